/** Draws pictures of displaced keyframes with a fragment shader (SPEC.md, Keyframes). */

import { PlayerError } from "./errors";
import type { Fields } from "./fields";
import type { KeyframeStore } from "./keyframe_store";
import type { Mixed } from "./mixture";
import type { Canvas } from "./renderer";
import type { PictureRenderer } from "./warp_renderer";

/** The shader mixes at most this many keyframes; the CPU draws scenes that mix more. */
const MOST_MIXED = 6;
/** The textures have these units; each keyframe and its displacements have one from the first and the second on. */
const UNITS = { keyframes: 0, moves: MOST_MIXED, colours: 2 * MOST_MIXED, still: 2 * MOST_MIXED + 1, share: 2 * MOST_MIXED + 2, view: 2 * MOST_MIXED + 3 };

/** A triangle that covers the picture. */
const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1), 0, 1);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform vec2 size;
uniform vec2 longest;
uniform int count;
uniform bool masked;
uniform bool clear;
uniform float weights[${MOST_MIXED}];
uniform sampler2D keyframes[${MOST_MIXED}];
uniform sampler2D moves[${MOST_MIXED}];
uniform sampler2D colours;
uniform sampler2D still;
uniform sampler2D share;
uniform sampler2D view;
out vec4 colour;

// Filters of textures round the way between two cells to 8 bits, which is too coarse for displacements.
vec4 between(sampler2D grid, vec2 place) {
  ivec2 last = textureSize(grid, 0) - 1;
  vec2 position = place * vec2(last + 1) - 0.5;
  vec2 part = position - floor(position);
  ivec2 near = clamp(ivec2(floor(position)), ivec2(0), last);
  ivec2 far = clamp(ivec2(floor(position)) + 1, ivec2(0), last);
  vec4 above = mix(texelFetch(grid, near, 0), texelFetch(grid, ivec2(far.x, near.y), 0), part.x);
  vec4 below = mix(texelFetch(grid, ivec2(near.x, far.y), 0), texelFetch(grid, far, 0), part.x);
  return mix(above, below, part.y);
}

void main() {
  vec2 place = gl_FragCoord.xy / size;
  vec4 sum = between(colours, place);
${Array.from(
  { length: MOST_MIXED },
  (_, slot) => `  if (count > ${slot}) {
    sum += weights[${slot}] * texture(keyframes[${slot}], place + longest * between(moves[${slot}], place).xy);
  }`,
).join("\n")}
  if (masked) {
    vec2 seen = place + longest * between(view, place).xy;
    vec4 behind = texture(still, seen);
    sum = mix(behind, sum, texture(share, seen).r);
  }
  sum = clamp(sum, 0.0, 1.0);
  colour = clear ? vec4(min(sum.rgb, sum.a), sum.a) : vec4(sum.rgb, 1);
}`;

export class WarpShader implements PictureRenderer {
  private readonly textures = new Map<number, WebGLTexture>();
  private readonly uniforms: (name: string) => WebGLUniformLocation | null;
  /** Which keyframe each of the first units holds. */
  private readonly held: number[] = new Array(MOST_MIXED).fill(-1);

  /**
   * @param software whether to take a GPU that is a program in disguise.
   * @throws PlayerError: there is no GPU that this browser lets pages use in this way. Drawing throws one where a
   *   picture mixes more keyframes than the shader can.
   */
  constructor(
    private readonly fields: Fields,
    private readonly store: KeyframeStore,
    private readonly canvas: Canvas,
    software: boolean,
  ) {
    const { width, height, places, behind, share } = canvas;
    const gl = new OffscreenCanvas(width, height).getContext("webgl2", {
      alpha: store.alpha,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: !software,
      preserveDrawingBuffer: true,
    });
    if (!gl) throw new PlayerError("There is no GPU that this browser lets pages use.");
    this.gl = gl;
    const program = linked(gl);
    gl.useProgram(program);
    this.uniforms = (name) => gl.getUniformLocation(program, name);
    for (const [name, unit] of [["colours", UNITS.colours], ["still", UNITS.still], ["share", UNITS.share], ["view", UNITS.view]] as const) {
      gl.uniform1i(this.uniforms(name), unit);
    }
    const slots = [...Array(MOST_MIXED).keys()];
    gl.uniform1iv(this.uniforms("keyframes"), slots.map((slot) => UNITS.keyframes + slot));
    gl.uniform1iv(this.uniforms("moves"), slots.map((slot) => UNITS.moves + slot));
    gl.uniform2f(this.uniforms("size"), width, height);
    const { across, down } = store.cells;
    gl.uniform2f(this.uniforms("longest"), across / store.sampled.width, down / store.sampled.height);
    gl.uniform1i(this.uniforms("masked"), behind.length ? 1 : 0);
    gl.uniform1i(this.uniforms("clear"), store.alpha ? 1 : 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    if (behind.length) {
      const still = new Uint32Array(width * height);
      const seen = new Uint8Array(width * height);
      places.forEach((place, pixel) => {
        still[place] = behind[pixel];
        seen[place] = 255 * share[pixel] + 0.5;
      });
      this.upload(UNITS.still, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, width, height, new Uint8Array(still.buffer));
      this.upload(UNITS.share, gl.R8, gl.RED, gl.UNSIGNED_BYTE, width, height, seen);
    }
  }

  private readonly gl: WebGL2RenderingContext;

  async draw(source: Float32Array | Mixed): Promise<Uint32Array<ArrayBuffer>> {
    const { gl, fields } = this;
    const mixed = source as Mixed;
    if (mixed.keyframes.length > MOST_MIXED) throw new PlayerError(`The GPU mixes at most ${MOST_MIXED} keyframes.`);
    const keyframes = mixed.keyframes.map((each, slot) => ({ ...each, address: fields.moves[slot] }));
    const units = await this.place(keyframes.map(({ number }) => number));
    if (gl.isContextLost()) throw new PlayerError("The GPU was lost.");
    const weights = new Float32Array(MOST_MIXED);
    fields.move(mixed);
    const { memory, warp, colourGrid } = fields;
    fields.colour(mixed, 0, colourGrid[1]);
    const colours = memory.floats(fields.colours, 4 * colourGrid[0] * colourGrid[1]).map((value) => value / 255);
    this.upload(UNITS.colours, gl.RGBA32F, gl.RGBA, gl.FLOAT, ...colourGrid, colours);
    const [columns, rows] = warp.motion_grid;
    if (fields.viewed) {
      this.upload(UNITS.view, gl.RG32F, gl.RG, gl.FLOAT, columns, rows, memory.floats(fields.view, 2 * columns * rows));
    } else this.upload(UNITS.view, gl.RG32F, gl.RG, gl.FLOAT, 1, 1, new Float32Array(2));
    units.forEach((_, slot) => {
      const { weight, address } = keyframes[slot];
      weights[slot] = weight;
      this.upload(UNITS.moves + slot, gl.RG32F, gl.RG, gl.FLOAT, columns, rows, memory.floats(address, 2 * columns * rows));
    });
    gl.uniform1iv(this.uniforms("keyframes"), [...units, ...this.unused(units)]);
    gl.uniform1fv(this.uniforms("weights"), weights);
    gl.uniform1i(this.uniforms("count"), units.length);
    const { width, height, places } = this.canvas;
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    // The first row that is read is the lowest on a screen, and the one that was drawn first: the picture's first.
    const words = new Uint32Array(width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(words.buffer));
    this.store.prefetch(Math.max(-1, ...keyframes.map(({ number }) => number)) + 1);
    return places.length === words.length ? words : Uint32Array.from(places, (place) => words[place]);
  }

  /** Bring keyframes to the GPU. Returns the unit of each. */
  private async place(numbers: number[]): Promise<number[]> {
    const { gl } = this;
    const units: number[] = [];
    for (const number of numbers) {
      let unit = this.held.findIndex((held, place) => held === number && !units.includes(place));
      if (unit < 0) {
        const { words, width, height } = await this.store.get(number);
        unit = this.held.findIndex((held, place) => !numbers.includes(held) && !units.includes(place));
        if (unit < 0) unit = this.held.findIndex((_, place) => !units.includes(place));
        this.held[unit] = number;
        const bytes = new Uint8Array(words.buffer);
        this.upload(UNITS.keyframes + unit, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, width, height, bytes);
      }
      units.push(unit);
    }
    return units;
  }

  private unused(units: number[]): number[] {
    return [...Array(MOST_MIXED).keys()].filter((unit) => !units.includes(unit));
  }

  private upload(
    unit: number,
    internal: GLenum,
    format: GLenum,
    type: GLenum,
    width: number,
    height: number,
    values: Uint8Array | Float32Array,
  ): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    let texture = this.textures.get(unit);
    if (!texture) {
      texture = gl.createTexture()!;
      this.textures.set(unit, texture);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const filter = type === gl.FLOAT ? gl.NEAREST : gl.LINEAR;
      for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, filter);
      for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, values);
  }
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new PlayerError(`The GPU's shader can't be built (${gl.getProgramInfoLog(program)?.trim() ?? "no reason given"}).`);
  }
  return program;
}

