/** Colours with and without their opacity multiplied in. Pixels are words: red, green, blue, opacity from the lowest byte. */

/** Multiply the colours of pixels by their opacity, in place. */
export function premultiply(words: Uint32Array<ArrayBuffer>): void {
  const bytes = new Uint8ClampedArray(words.buffer, words.byteOffset, words.byteLength);
  for (let place = 0; place < bytes.length; place += 4) {
    const opacity = bytes[place + 3];
    if (opacity === 255) continue;
    for (let channel = place; channel < place + 3; channel++) bytes[channel] = (bytes[channel] * opacity) / 255;
  }
}

/** Copy pixels whose colours are multiplied by their opacity as a canvas takes them: divided by it. */
export function straighten(words: Uint32Array, target: Uint8ClampedArray<ArrayBuffer>): void {
  const result = new Uint32Array(target.buffer);
  for (let place = 0; place < words.length; place++) {
    const word = words[place];
    const opacity = word >>> 24;
    if (opacity === 255 || !opacity) {
      result[place] = word;
      continue;
    }
    const scale = 255 / opacity;
    const [red, green, blue] = [scale * (word & 255) + 0.5, scale * ((word >>> 8) & 255) + 0.5, scale * ((word >>> 16) & 255) + 0.5];
    result[place] = (opacity << 24) | (Math.min(255, blue) << 16) | (Math.min(255, green) << 8) | Math.min(255, red);
  }
}
