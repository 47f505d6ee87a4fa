/**
 * The inner loops of drawing keyframes on the CPU, in AssemblyScript, which becomes WebAssembly with SIMD.
 *
 * All addresses are bytes of the one memory, which the caller lays out; nothing is allocated here. A pixel's sums are
 * four floats: red, green, blue and opacity, 0 … 255. Where pictures are opaque, the last one is not used.
 */

/** Positions are rounded to 32nds of a pixel. They get this many added, so that rounding is the same everywhere. */
const MARGIN: i32 = 1 << 16;

/**
 * Sums of modes. Sums that are no numbers, or infinite, become 0.
 *
 * @param modes f32 [count, size], and `coefficients` f32 [count]; the size is a multiple of 4.
 * @param result f32 [size].
 */
export function combine(modes: usize, count: i32, size: i32, coefficients: usize, result: usize): void {
  const stride = <usize>size << 2;
  const end = coefficients + (<usize>count << 2);
  for (let last = modes + stride; modes < last; modes += 16) {
    let sum = f32x4.splat(0);
    let mode = modes;
    for (let place = coefficients; place < end; place += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(place), v128.load(mode)));
      mode += stride;
    }
    const rest = f32x4.sub(sum, sum);
    v128.store(result, v128.and(sum, f32x4.eq(rest, rest)));
    result += 16;
  }
}

/** Bring numbers, f32 [size], a multiple of 4, into −limit … limit. */
export function bound(values: usize, size: i32, limit: f32): void {
  const most = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  for (let place = values; place < values + (<usize>size << 2); place += 16) {
    v128.store(place, f32x4.max(least, f32x4.min(most, v128.load(place))));
  }
}

/**
 * A grid's displacements where its cells come to when they move, added to how they move.
 *
 * @param grid f32 [rows, columns, 2], and `moves` of the same shape; one of 1 moves by `across` and `down` cells.
 * @param result of the same shape.
 */
export function carry(
  grid: usize,
  columns: i32,
  rows: i32,
  moves: usize,
  across: f32,
  down: f32,
  result: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = <f32>column + across * load<f32>(moves);
      const y = <f32>row + down * load<f32>(moves, 4);
      const left = Mathf.floor(x);
      const top = Mathf.floor(y);
      const near = <usize>clamp(<i32>left, columns - 1) << 3;
      const far = <usize>clamp(<i32>left + 1, columns - 1) << 3;
      const upper = grid + (<usize>(clamp(<i32>top, rows - 1) * columns) << 3);
      const lower = grid + (<usize>(clamp(<i32>top + 1, rows - 1) * columns) << 3);
      const value = mix(
        mix(v128.load64_zero(upper + near), v128.load64_zero(upper + far), x - left),
        mix(v128.load64_zero(lower + near), v128.load64_zero(lower + far), x - left),
        y - top,
      );
      v128.store64_lane(result, f32x4.add(v128.load64_zero(moves), value), 0);
      moves += 8;
      result += 8;
    }
  }
}

/**
 * The colours of a grid's cells: sums of the colour modes. Sums that are no numbers become 0.
 *
 * @param modes f32 [cells, count], and `coefficients` f32 [count, 4]; the count is a multiple of 4.
 * @param result f32 [cells, 4].
 */
export function tint(modes: usize, cells: i32, count: i32, coefficients: usize, result: usize): void {
  const end = coefficients + (<usize>count << 4);
  for (let cell = 0; cell < cells; cell++) {
    // Four sums at once, because each addition waits for the one before it.
    let one = f32x4.splat(0);
    let two = one;
    let three = one;
    let four = one;
    for (let place = coefficients; place < end; place += 64) {
      one = f32x4.add(one, f32x4.mul(v128.load32_splat(modes), v128.load(place)));
      two = f32x4.add(two, f32x4.mul(v128.load32_splat(modes, 4), v128.load(place, 16)));
      three = f32x4.add(three, f32x4.mul(v128.load32_splat(modes, 8), v128.load(place, 32)));
      four = f32x4.add(four, f32x4.mul(v128.load32_splat(modes, 12), v128.load(place, 48)));
      modes += 16;
    }
    const sum = f32x4.add(f32x4.add(one, two), f32x4.add(three, four));
    v128.store(result, v128.and(sum, f32x4.eq(sum, sum)));
    result += 16;
  }
}

/**
 * A row of a grid's colours where its cells come to when they move.
 *
 * @param grid f32 [rows, columns, 4].
 * @param one expanded displacements of the motion grid's row above, and `other` of that below; `part`: the way between;
 *   `plane`: bytes from those across to those down. One of 1 moves by `across` and `down` cells.
 * @param result f32 [columns, 4].
 */
export function displace(
  grid: usize,
  columns: i32,
  rows: i32,
  one: usize,
  other: usize,
  plane: usize,
  part: f32,
  across: f32,
  down: f32,
  row: i32,
  result: usize,
): void {
  for (let column = 0; column < columns; column++) {
    const x = <f32>column + across * between(one, other, part);
    const y = <f32>row + down * between(one + plane, other + plane, part);
    const left = Mathf.floor(x);
    const top = Mathf.floor(y);
    const near = <usize>clamp(<i32>left, columns - 1) << 4;
    const far = <usize>clamp(<i32>left + 1, columns - 1) << 4;
    const upper = grid + (<usize>(clamp(<i32>top, rows - 1) * columns) << 4);
    const lower = grid + (<usize>(clamp(<i32>top + 1, rows - 1) * columns) << 4);
    const above = mix(v128.load(upper + near), v128.load(upper + far), x - left);
    const below = mix(v128.load(lower + near), v128.load(lower + far), x - left);
    v128.store(result, mix(above, below, y - top));
    one += 4;
    other += 4;
    result += 16;
  }
}

/**
 * Interpolate the rows from … to of a grid of colours across.
 *
 * @param grid f32 [rows, cells, 4].
 * @param before cells before each column, and `behind` those after it: i32 [width]; `share`: the way between, f32.
 * @param result f32 [rows, width, 4].
 */
export function expandColours(
  grid: usize,
  cells: i32,
  from: i32,
  to: i32,
  before: usize,
  behind: usize,
  share: usize,
  width: i32,
  result: usize,
): void {
  result += <usize>(from * width) << 4;
  for (let row = from; row < to; row++) {
    const source = grid + (<usize>(row * cells) << 4);
    for (let column: usize = 0; column < <usize>width << 2; column += 4) {
      const one = v128.load(source + (<usize>load<i32>(before + column) << 4));
      const other = v128.load(source + (<usize>load<i32>(behind + column) << 4));
      v128.store(result, mix(one, other, load<f32>(share + column)));
      result += 16;
    }
  }
}

/**
 * The same for a grid of displacements, f32 [rows, cells, 2].
 *
 * @param plane bytes of a row of displacements across; those down follow.
 * @param result f32 [rows, 2, plane].
 */
export function expandMoves(
  grid: usize,
  cells: i32,
  from: i32,
  to: i32,
  before: usize,
  behind: usize,
  share: usize,
  width: i32,
  plane: usize,
  result: usize,
): void {
  for (let row = from; row < to; row++) {
    const source = grid + (<usize>(row * cells) << 3);
    const target = result + 2 * plane * row;
    for (let column: usize = 0; column < <usize>width << 2; column += 4) {
      const one = v128.load64_zero(source + (<usize>load<i32>(before + column) << 3));
      const other = v128.load64_zero(source + (<usize>load<i32>(behind + column) << 3));
      const move = mix(one, other, load<f32>(share + column));
      store<f32>(target + column, f32x4.extract_lane(move, 0));
      store<f32>(target + plane + column, f32x4.extract_lane(move, 1));
    }
  }
}

/** Begin the sums of the columns from … to of a row with colours between two expanded rows, `part` of the way. */
export function begin(sums: usize, one: usize, other: usize, part: f32, from: i32, to: i32): void {
  for (let place = <usize>from << 4; place < <usize>to << 4; place += 16) {
    v128.store(sums + place, mix(v128.load(one + place), v128.load(other + place), part));
  }
}

/**
 * Add a displaced keyframe to the sums of the columns from … to, and of up to three more.
 *
 * @param one expanded displacements of the row above, and `other` of that below; `part`: the way between; `plane`: bytes
 *   from those across to those down.
 * @param words the keyframe: red, green, blue and opacity, a byte each, [height + 2, width + 2]; its outermost pixels
 *   occur twice.
 * @param weight of the keyframe ÷ 256.
 * @param across 32nds of a pixel that a displacement of 1 moves to the right, and `down` down.
 * @param step 32nds of a pixel from column to column.
 * @param startX, startY 32nds of a pixel of column 0 and of the row, with the margin and a half for rounding.
 * @param table the four pixels' weights for each pair of 32nds, u16 [32, 32, 4, 4]: each of them four times.
 */
export function add(
  sums: usize,
  one: usize,
  other: usize,
  plane: usize,
  part: f32,
  words: usize,
  width: i32,
  height: i32,
  weight: f32,
  across: f32,
  down: f32,
  step: f32,
  startX: f32,
  startY: f32,
  from: i32,
  to: i32,
  table: usize,
): void {
  const least = i32x4.splat(0);
  const right = i32x4.splat(width);
  const bottom = i32x4.splat(height);
  const stride = <usize>(width + 2) << 2;
  const pixels = i32x4.splat(width + 2);
  const margin = i32x4.splat(MARGIN - 1);
  const fraction = i32x4.splat(31);
  const ramp = f32x4.mul(f32x4.splat(step), f32x4(0, 1, 2, 3));
  const scale = f32x4.splat(weight);
  for (let column = from; column < to; column += 4) {
    const place = <usize>column << 2;
    const moveX = mix(v128.load(one + place), v128.load(other + place), part);
    const moveY = mix(v128.load(one + plane + place), v128.load(other + plane + place), part);
    const startOf = f32x4.add(f32x4.splat(startX + step * <f32>column), ramp);
    const x = i32x4.trunc_sat_f32x4_s(f32x4.add(startOf, f32x4.mul(f32x4.splat(across), moveX)));
    const y = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.splat(startY), f32x4.mul(f32x4.splat(down), moveY)));
    const left = i32x4.min_s(i32x4.max_s(i32x4.sub(i32x4.shr_s(x, 5), margin), least), right);
    const top = i32x4.min_s(i32x4.max_s(i32x4.sub(i32x4.shr_s(y, 5), margin), least), bottom);
    const offset = i32x4.shl(i32x4.add(i32x4.mul(top, pixels), left), 2);
    const entry = v128.or(i32x4.shl(v128.and(y, fraction), 10), i32x4.shl(v128.and(x, fraction), 5));
    const target = sums + (<usize>column << 4);
    addPixel(target, scale, words + i32x4.extract_lane(offset, 0), stride, table + i32x4.extract_lane(entry, 0));
    addPixel(target + 16, scale, words + i32x4.extract_lane(offset, 1), stride, table + i32x4.extract_lane(entry, 1));
    addPixel(target + 32, scale, words + i32x4.extract_lane(offset, 2), stride, table + i32x4.extract_lane(entry, 2));
    addPixel(target + 48, scale, words + i32x4.extract_lane(offset, 3), stride, table + i32x4.extract_lane(entry, 3));
  }
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function addPixel(target: usize, scale: v128, upper: usize, stride: usize, entry: usize): void {
  // The upper two pixels side by side, and the lower two; a byte times a weight fits into 16 bits, and so do sums.
  const pairs = i16x8.add(
    i16x8.mul(v128.load8x8_u(upper), v128.load(entry)),
    i16x8.mul(v128.load8x8_u(upper + stride), v128.load(entry, 16)),
  );
  const mixed = i32x4.add(i32x4.extend_low_i16x8_u(pairs), i32x4.extend_high_i16x8_u(pairs));
  v128.store(target, f32x4.add(v128.load(target), f32x4.mul(scale, f32x4.convert_i32x4_s(mixed))));
}

/**
 * Blend the sums of the columns from … to with those of what lies behind.
 *
 * @param behind sums, and `shares` how much of the drawn picture is seen, × 255: f32 [columns, 4] each.
 */
export function cover(sums: usize, behind: usize, shares: usize, from: i32, to: i32): void {
  const unit = f32x4.splat(1 / 255);
  for (let place = <usize>from << 4; place < <usize>to << 4; place += 16) {
    const still = v128.load(behind + place);
    const share = f32x4.mul(unit, v128.load(shares + place));
    v128.store(sums + place, f32x4.add(still, f32x4.mul(share, f32x4.sub(v128.load(sums + place), still))));
  }
}

/**
 * Store the sums of the columns from … to, and of up to three more, as words.
 *
 * @param still what lies behind the pixels, words, and `shares` how much of the drawn picture is seen, f32, both of the
 *   first column on; 0: no still.
 * @param opaque 1: pixels hide all that is behind them; 0: colours are multiplied by opacity, so none is above it.
 */
export function finish(
  sums: usize,
  still: usize,
  shares: usize,
  result: usize,
  from: i32,
  to: i32,
  opaque: i32,
): void {
  const all = f32x4.splat(1);
  for (let place = sums + (<usize>from << 4); place < sums + (<usize>to << 4); place += 64) {
    let one = v128.load(place);
    let two = v128.load(place, 16);
    let three = v128.load(place, 32);
    let four = v128.load(place, 48);
    if (still) {
      if (!i32x4.all_true(f32x4.ge(v128.load(shares), all))) {
        one = blend(one, still, shares);
        two = blend(two, still + 4, shares + 4);
        three = blend(three, still + 8, shares + 8);
        four = blend(four, still + 12, shares + 12);
      }
      still += 16;
      shares += 16;
    }
    const bytes = i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(rounded(one), rounded(two)),
      i16x8.narrow_i32x4_s(rounded(three), rounded(four)),
    );
    const opacity = i8x16.shuffle(bytes, bytes, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
    v128.store(result, opaque ? v128.or(bytes, i32x4.splat(0xff000000)) : i8x16.min_u(bytes, opacity));
    result += 16;
  }
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function blend(sum: v128, still: usize, share: usize): v128 {
  const bytes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(still)));
  return mix(f32x4.convert_i32x4_s(bytes), sum, load<f32>(share));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function rounded(sum: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.add(sum, f32x4.splat(0.5)));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function mix(one: v128, other: v128, part: f32): v128 {
  return f32x4.add(one, f32x4.mul(f32x4.splat(part), f32x4.sub(other, one)));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function between(one: usize, other: usize, part: f32): f32 {
  const value = load<f32>(one);
  return value + part * (load<f32>(other) - value);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function clamp(value: i32, last: i32): i32 {
  return min(max(value, 0), last);
}
