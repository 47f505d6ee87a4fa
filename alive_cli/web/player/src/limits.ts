/** How much a bundle may ask for (SPEC.md, Limits). What exceeds one of these is refused. */

export const MAX_BUNDLE_BYTES = 512 * 2 ** 20;
export const MAX_PART_BYTES = 256 * 2 ** 20;
export const MAX_MANIFEST_BYTES = 2 ** 20;
export const MAX_ENTRIES = 64;
export const MAX_NAME_BYTES = 128;
export const MAX_INFLATION_RATIO = 100;
export const SMALL_ENTRY_BYTES = 1024;
export const MAX_TENSORS = 256;
export const MAX_PICTURE_SIDE = 8192;
export const MAX_PICTURE_PIXELS = 2 ** 24;
export const MAX_DEFAULT_PIXELS = 2 ** 22;
export const MIN_OPSET = 17;
export const MAX_OPSET = 24;
export const MAX_GRAPH_BYTES = 64 * 2 ** 20;
export const MAX_NODES = 4096;
export const CHECKED_PIXELS = 2048;
export const MAX_LIVE_BYTES = 2 ** 27;
export const MAX_KEPT_BYTES = 2 ** 27;
export const MAX_WORK = 2 ** 33;
export const MAX_FRAME_WORK = 2 ** 41;
export const MAX_MOMENTS = 65536;
export const MAX_EDGES = 256;
export const MAX_STATE_ELEMENTS = 2 ** 20;
export const MAX_FRAME_STEPS = 1024;

/** JSON nested deeper than this is refused; SPEC.md leaves the number to the reader. */
export const MAX_DEPTH = 128;
/** Dimensions of a value in a graph. */
export const MAX_DIMENSIONS = 8;
/** Elements of a value, and the largest of its dimensions. */
export const MAX_VALUE_ELEMENTS = 2 ** 30;
/** Elements of a value that shapes are computed from. */
export const MAX_FOLDED_ELEMENTS = 1024;
