/**
 * The inner loops of drawing keyframes on the CPU, in AssemblyScript, which becomes WebAssembly with SIMD.
 *
 * All addresses are bytes of the one memory, which the caller lays out; nothing is allocated here. A pixel's sums are
 * four floats: red, green, blue, 0 … 255, and one that is not used.
 */

/** Positions are rounded to 32nds of a pixel. They get this many added, so that rounding is the same everywhere. */
const MARGIN: i32 = 1 << 16;

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
 * A grid's colours where its cells come to when they move.
 *
 * @param grid f32 [rows, columns, 4].
 * @param moves displacements of its cells, f32 [rows, columns, 2]; one of 1 moves by `across` and `down` cells.
 * @param result f32 [rows, columns, 4].
 */
export function displace(
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
      const near = <usize>clamp(<i32>left, columns - 1) << 4;
      const far = <usize>clamp(<i32>left + 1, columns - 1) << 4;
      const upper = grid + (<usize>(clamp(<i32>top, rows - 1) * columns) << 4);
      const lower = grid + (<usize>(clamp(<i32>top + 1, rows - 1) * columns) << 4);
      const part = f32x4.splat(x - left);
      const one = v128.load(upper + near);
      const other = v128.load(lower + near);
      const above = f32x4.add(one, f32x4.mul(part, f32x4.sub(v128.load(upper + far), one)));
      const below = f32x4.add(other, f32x4.mul(part, f32x4.sub(v128.load(lower + far), other)));
      v128.store(result, f32x4.add(above, f32x4.mul(f32x4.splat(y - top), f32x4.sub(below, above))));
      moves += 8;
      result += 16;
    }
  }
}

/**
 * Interpolate the rows of a grid of colours across, once for a picture.
 *
 * @param grid f32 [rows, cells, 4].
 * @param before cells before each column, and `behind` those after it: i32 [width]; `share`: the way between, f32.
 * @param result f32 [rows, width, 4].
 */
export function expandColours(
  grid: usize,
  cells: i32,
  rows: i32,
  before: usize,
  behind: usize,
  share: usize,
  width: i32,
  result: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const source = grid + (<usize>(row * cells) << 4);
    for (let column: usize = 0; column < <usize>width; column++) {
      const one = v128.load(source + (<usize>load<i32>(before + (column << 2)) << 4));
      const other = v128.load(source + (<usize>load<i32>(behind + (column << 2)) << 4));
      const part = f32x4.splat(load<f32>(share + (column << 2)));
      v128.store(result, f32x4.add(one, f32x4.mul(part, f32x4.sub(other, one))));
      result += 16;
    }
  }
}

/** The same for a grid of displacements: f32 [rows, cells, 2] to f32 [rows, width, 2]. */
export function expandMoves(
  grid: usize,
  cells: i32,
  rows: i32,
  before: usize,
  behind: usize,
  share: usize,
  width: i32,
  result: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const source = grid + (<usize>(row * cells) << 3);
    for (let column: usize = 0; column < <usize>width; column++) {
      const one = source + (<usize>load<i32>(before + (column << 2)) << 3);
      const other = source + (<usize>load<i32>(behind + (column << 2)) << 3);
      const part = load<f32>(share + (column << 2));
      const x = load<f32>(one);
      const y = load<f32>(one, 4);
      store<f32>(result, x + part * (load<f32>(other) - x));
      store<f32>(result, y + part * (load<f32>(other, 4) - y), 4);
      result += 8;
    }
  }
}

/** Begin the sums of the columns from … to of a row with colours between two expanded rows, `part` of the way. */
export function begin(sums: usize, one: usize, other: usize, part: f32, from: i32, to: i32): void {
  const share = f32x4.splat(part);
  for (let place = <usize>from << 4; place < <usize>to << 4; place += 16) {
    const value = v128.load(one + place);
    v128.store(sums + place, f32x4.add(value, f32x4.mul(share, f32x4.sub(v128.load(other + place), value))));
  }
}

/**
 * Add a displaced keyframe to the sums of the columns from … to.
 *
 * @param one expanded displacements of the row above, and `other` of that below; `part`: the way between.
 * @param words the keyframe: red, green, blue and opacity, a byte each, [height, width].
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
  const right = width - 1;
  const bottom = height - 1;
  const scale = f32x4.splat(weight);
  for (let column = from; column < to; column++) {
    const place = <usize>column << 3;
    const moveX = load<f32>(one + place);
    const moveY = load<f32>(one + place, 4);
    const x = <i32>(startX + step * (<f32>column) + across * (moveX + part * (load<f32>(other + place) - moveX)));
    const y = <i32>(startY + down * (moveY + part * (load<f32>(other + place, 4) - moveY)));
    const left = (x >> 5) - MARGIN;
    const top = (y >> 5) - MARGIN;
    const near = <usize>clamp(left, right) << 2;
    const far = <usize>clamp(left + 1, right) << 2;
    const upper = words + (<usize>(clamp(top, bottom) * width) << 2);
    const lower = words + (<usize>(clamp(top + 1, bottom) * width) << 2);
    const entry = table + (<usize>(((y & 31) << 5) | (x & 31)) << 5);
    // The upper two pixels side by side, and the lower two; a byte times a weight fits into 16 bits, and so do sums.
    const above = i32x4.replace_lane(v128.load32_zero(upper + near), 1, load<i32>(upper + far));
    const below = i32x4.replace_lane(v128.load32_zero(lower + near), 1, load<i32>(lower + far));
    const pairs = i16x8.add(
      i16x8.mul(i16x8.extend_low_i8x16_u(above), v128.load(entry)),
      i16x8.mul(i16x8.extend_low_i8x16_u(below), v128.load(entry, 16)),
    );
    const mixed = i32x4.add(i32x4.extend_low_i16x8_u(pairs), i32x4.extend_high_i16x8_u(pairs));
    const target = sums + (<usize>column << 4);
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(scale, f32x4.convert_i32x4_s(mixed))));
  }
}

/**
 * Store the sums of the columns from … to as words.
 *
 * @param still the background's words of the row, and `shares` how much of the drawn picture is seen, f32; 0: no still.
 */
export function finish(sums: usize, still: usize, shares: usize, result: usize, from: i32, to: i32): void {
  const half = f32x4.splat(0.5);
  for (let column = <usize>from; column < <usize>to; column++) {
    let sum = v128.load(sums + (column << 4));
    if (still) {
      const bytes = v128.load32_zero(still + (column << 2));
      const behind = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
      const share = f32x4.splat(load<f32>(shares + (column << 2)));
      sum = f32x4.add(behind, f32x4.mul(share, f32x4.sub(sum, behind)));
    }
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(sum, half)));
    const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(whole, whole), i16x8.narrow_i32x4_s(whole, whole));
    store<i32>(result, i32x4.extract_lane(bytes, 0) | 0xff000000);
    result += 4;
  }
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function clamp(value: i32, last: i32): i32 {
  return min(max(value, 0), last);
}
