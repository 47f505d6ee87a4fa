/** Numbers of half precision (IEEE 754 binary16) in single precision. */
export function widened(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const singles = new Float32Array(halves.length);
  const bits = new Uint32Array(singles.buffer);
  halves.forEach((half, place) => {
    // Infinities and NaN have an exponent of their own; multiplying gives all others theirs, and leaves these.
    const special = (half & 0x7c00) === 0x7c00 ? 0x7f800000 : 0;
    bits[place] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13) | special;
    singles[place] *= 2 ** 112;
  });
  return singles;
}
