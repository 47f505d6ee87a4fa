/** Pictures and masks at another size. */

import type { Picture } from "./png";

/** The Lanczos filter has this many lobes, as the format defines. */
const LOBES = 3;

/**
 * A picture resized with a Lanczos filter of three lobes, widened by the factor where it shrinks; first across, then
 * down, rounded to 8 bits after each.
 */
export function resize(picture: Picture, width: number, height: number): Picture {
  const across = width === picture.width ? picture : resizeRows(picture, width);
  if (height === picture.height) return across;
  return transpose(resizeRows(transpose(across), height));
}

function resizeRows({ width, height, channels, pixels }: Picture, size: number): Picture {
  const scale = width / size;
  const stretch = Math.max(1, scale);
  const result = new Uint8ClampedArray(size * height * channels);
  const weights = new Float64Array(Math.ceil(2 * LOBES * stretch) + 2);
  for (let column = 0; column < size; column++) {
    const centre = (column + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - LOBES * stretch + 0.5));
    const last = Math.min(width, Math.trunc(centre + LOBES * stretch + 0.5));
    let sum = 0;
    for (let place = first; place < last; place++) {
      sum += weights[place - first] = lanczos((place - centre + 0.5) / stretch);
    }
    for (let row = 0; row < height; row++) {
      for (let channel = 0; channel < channels; channel++) {
        let value = 0;
        for (let place = first; place < last; place++) {
          value += weights[place - first] * pixels[(row * width + place) * channels + channel];
        }
        result[(row * size + column) * channels + channel] = Math.floor(value / sum + 0.5);
      }
    }
  }
  return { width: size, height, channels, pixels: new Uint8Array(result.buffer) };
}

function transpose({ width, height, channels, pixels }: Picture): Picture {
  const result = new Uint8Array(pixels.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        result[(column * height + row) * channels + channel] = pixels[(row * width + column) * channels + channel];
      }
    }
  }
  return { width: height, height: width, channels, pixels: result };
}

function lanczos(x: number): number {
  if (Math.abs(x) >= LOBES) return 0;
  if (x === 0) return 1;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

/** Indices of the pixels, of a picture of width × height, under whose area a mask has a value above 0: ascending. */
export function movingPixels(mask: Picture | null, width: number, height: number): Uint32Array<ArrayBuffer> {
  if (!mask) return Uint32Array.from({ length: width * height }, (_, place) => place);
  // Sums over rectangles: any value above 0 makes such a sum positive.
  const stride = mask.width + 1;
  const sums = new Float64Array(stride * (mask.height + 1));
  for (let row = 0; row < mask.height; row++) {
    let sum = 0;
    for (let column = 0; column < mask.width; column++) {
      sum += mask.pixels[row * mask.width + column];
      sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + sum;
    }
  }
  const places: number[] = [];
  for (let row = 0; row < height; row++) {
    const above = stride * Math.floor((row * mask.height) / height);
    const below = stride * Math.ceil(((row + 1) * mask.height) / height);
    for (let column = 0; column < width; column++) {
      const left = Math.floor((column * mask.width) / width);
      const right = Math.ceil(((column + 1) * mask.width) / width);
      if (sums[below + right] - sums[below + left] - sums[above + right] + sums[above + left] > 0) {
        places.push(row * width + column);
      }
    }
  }
  return Uint32Array.from(places);
}
