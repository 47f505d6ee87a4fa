/** How much a bundle may ask for (SPEC.md, Limits). What exceeds one of these is refused. */

/** A file, and all of its parts together, may be this large, so that a page survives holding both. */
export const MAX_BUNDLE_BYTES = 512 * 2 ** 20;
/** One part may inflate to this many bytes. */
export const MAX_PART_BYTES = 256 * 2 ** 20;
/** The manifest may be this large, because it is read before anything vouches for it. */
export const MAX_MANIFEST_BYTES = 2 ** 20;
/** An archive may have this many entries. */
export const MAX_ENTRIES = 64;
/** The name of an entry may have this many bytes. */
export const MAX_NAME_BYTES = 128;
/** An entry may inflate to this many times its compressed bytes: real parts stay far below, bombs don't. */
export const MAX_INFLATION_RATIO = 100;
/** An entry counts as at least this large where the ratio is checked, because tiny entries may compress very well. */
export const SMALL_ENTRY_BYTES = 1024;
/** A safetensors part may hold this many tensors. */
export const MAX_TENSORS = 256;
/** A picture in a bundle, or one to draw, may be this many pixels wide or high. */
export const MAX_PICTURE_SIDE = 8192;
/** A picture in a bundle may have this many pixels. */
export const MAX_PICTURE_PIXELS = 2 ** 24;
/** A scene may be drawn in this many pixels, because every frame takes work for each of them. */
export const MAX_DEFAULT_PIXELS = 2 ** 22;
/** A graph is of this opset or a later one; the rules for shapes hold from here on. */
export const MIN_OPSET = 17;
/** A graph is of this opset or an earlier one; nobody has checked the rules for shapes beyond. */
export const MAX_OPSET = 24;
/** A part that holds a graph may be this large. */
export const MAX_GRAPH_BYTES = 64 * 2 ** 20;
/** A graph may have this many nodes. */
export const MAX_NODES = 4096;
/** Graphs are measured, and run, for this many pixels at once, so that what a run takes is known. */
export const CHECKED_PIXELS = 2048;
/** The values that a run computes may take this many bytes while they are alive at once. */
export const MAX_LIVE_BYTES = 2 ** 27;
/** The constants of a graph, with what is computed from them alone, may take this many bytes. */
export const MAX_KEPT_BYTES = 2 ** 27;
/** One run of a graph may read or compute this many elements, terms of matrix products counted one by one. */
export const MAX_WORK = 2 ** 33;
/** All runs for one frame may do this much work together. */
export const MAX_FRAME_WORK = 2 ** 41;
/** A bank may hold this many observed frames. */
export const MAX_FRAMES = 65536;
/** The motion graph may have this many transitions from each frame. */
export const MAX_EDGES = 256;
/** The states and noises of one rollout may have this many elements together. */
export const MAX_STATE_ELEMENTS = 2 ** 20;
/** A frame may take this many steps of the behavior graph. */
export const MAX_FRAME_STEPS = 1024;
/** A control that is a vector may have this many elements. */
export const MAX_CONTROL_ELEMENTS = 256;
/** A drawing may have this many keyframes, because each of them is looked at before the scene plays. */
export const MAX_KEYFRAMES = 1024;
/** The part with the keyframes may be this large, because it stays in memory beside the pictures drawn from it. */
export const MAX_KEYFRAMES_BYTES = 64 * 2 ** 20;
/** A keyframe may be this many pixels wide or high, so that it fits a texture of most graphics cards. */
export const MAX_KEYFRAME_SIDE = 4096;
/** A keyframe may have this many pixels, so that decoding one takes at most a few tenths of a second. */
export const MAX_KEYFRAME_PIXELS = 2 ** 23;
/** A picture may mix this many keyframes, because each pixel is sampled from all of them. */
export const MAX_MIXED_KEYFRAMES = 8;
/** A drawing may have this many motion modes, because each frame sums all of them over the motion grid. */
export const MAX_MOTION_MODES = 128;
/** A drawing may have this many colour modes, because each frame sums all of them over the colour grid. */
export const MAX_COLOUR_MODES = 256;
/** The motion grid may have this many cells on a side, because displacements vary slowly over a picture. */
export const MAX_MOTION_SIDE = 128;
/** The colour grid may have this many cells on a side, because finer detail comes from the keyframes. */
export const MAX_COLOUR_SIDE = 512;
/** The modes may have this many values on their two grids together, so that a player keeps them in 128 MiB. */
export const MAX_GRID_ELEMENTS = 2 ** 24;

/** JSON nested deeper than this is refused; SPEC.md leaves the number to the reader. */
export const MAX_DEPTH = 128;
/** A value in a graph may have this many dimensions: runtimes support no more. */
export const MAX_DIMENSIONS = 8;
/** A value, and the largest of its dimensions, may have this many elements, so that products of sizes stay exact. */
export const MAX_VALUE_ELEMENTS = 2 ** 30;
/** A value that shapes are computed from may have this many elements, because each of them is computed in advance. */
export const MAX_FOLDED_ELEMENTS = 1024;
