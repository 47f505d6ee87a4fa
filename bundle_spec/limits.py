"""How much a bundle may ask for (SPEC.md, Limits). A reader refuses a bundle that exceeds one of these."""

MAX_BUNDLE_BYTES = 512 << 20
"""A file, and all its inflated parts together, have at most this size, because a reader holds both in memory."""
MAX_PART_BYTES = 256 << 20
"""One inflated part has at most this size, so that no single allocation takes more than half of the whole."""
MAX_MANIFEST_BYTES = 1 << 20
"""`manifest.json` has at most this size, because parsed JSON takes many times its length in memory."""
MAX_ENTRIES = 64
"""An archive has at most this many entries; version 1.0 knows eleven, and the rest is room for later ones."""
MAX_NAME_BYTES = 128
"""The name of an entry has at most this length, so that every message can show it whole."""
MAX_INFLATION_RATIO = 100
"""An entry inflates to at most this many times its compressed bytes; a scene stays far below that."""
SMALL_ENTRY_BYTES = 1024
"""The ratio counts an entry's compressed bytes as at least this many, because short repetitive texts deflate well."""

MAX_TENSORS = 256
"""A safetensors part holds at most this many tensors, because each of them costs a reader time, however small."""
MAX_PICTURE_SIDE = 8192
"""No side of a picture is longer than this, whether the bundle holds it or a player draws it."""
MAX_PICTURE_PIXELS = 1 << 24
"""A picture in the bundle has at most this many pixels, so that decoding it takes at most 48 MiB."""
MAX_DEFAULT_PIXELS = 1 << 22
"""The default size has at most this many pixels, so that opening a stranger's scene doesn't start an endless frame."""

MIN_OPSET = 17
"""Graphs of older operator sets are refused, because LayerNormalization begins with this one."""
MAX_OPSET = 24
"""Graphs of newer operator sets are refused, because their operators are not known to this format."""
MAX_GRAPH_BYTES = 64 << 20
"""An `.onnx` part has at most this size, because a runtime copies it several times while it loads."""
MAX_NODES = 4096
"""A graph has at most this many nodes, so that checking and loading it takes well under a second."""
CHECKED_PIXELS = 2048
"""Drawing graphs are measured for this many pixels (P), a tile that every player can draw, and for one rollout (B)."""
MAX_LIVE_BYTES = 1 << 27
"""The computed values of a graph that are alive at once take at most this much memory in a run."""
MAX_KEPT_BYTES = 1 << 27
"""The constants of a graph, and what is computed from them alone, take at most this much memory for its whole life."""
MAX_WORK = 1 << 33
"""A run reads or computes at most this many elements, and terms of matrix products: some seconds on one core."""
MAX_FRAME_WORK = 1 << 41
"""A frame at the defaults takes at most this much work, so that a scene that can't be played is refused at once."""

MAX_FRAMES = 1 << 16
"""A bank has at most this many observed frames: 36 minutes at 30 frames a second."""
MAX_EDGES = 256
"""A frame has at most this many transitions, because a plan reads all of them."""
MAX_STATE_ELEMENTS = 1 << 20
"""The states and noises of one rollout have at most this many elements together, since each step draws the noises."""
MAX_FRAME_STEPS = 1024
"""A frame takes at most this many steps of the behavior graph at the default clock."""
MAX_CONTROLS = 32
"""A behavior declares at most this many controls, because people see each of them as an option or a slider."""
MAX_NAMES = 64
"""A bundle names at most this many frames or ranges, because people see all of them in a list."""
MAX_MOODS = 16
"""A bundle has at most this many moods, because people choose among all of them with one key."""
MAX_ACTIONS = 16
"""A bundle has at most this many actions, because people choose among all of them with one key."""
MAX_OCCURRENCES = 64
"""An action has at most this many occurrences, because a plan searches for the way to all of them, and more hardly
shorten it."""
MAX_CONTROL_ELEMENTS = 256
"""A vector control has at most this many elements, because a player copies and checks them at every step."""

MAX_KEYFRAMES = 1024
"""A warp drawing has at most this many keyframes, because a reader looks at each of them before it plays."""
MAX_KEYFRAMES_BYTES = 64 << 20
"""The part with the keyframes has at most this size, since it stays in memory beside the pictures drawn from it."""
MAX_KEYFRAME_SIDE = 4096
"""No side of a keyframe is longer than this, so that it fits a texture of most graphics cards."""
MAX_KEYFRAME_PIXELS = 1 << 23
"""A keyframe has at most this many pixels, almost 4K, so that decoding one takes at most a few tenths of a second."""
MAX_MIXED_KEYFRAMES = 8
"""A picture mixes at most this many keyframes, because each pixel is sampled from all of them."""
MAX_MOTION_MODES = 128
"""A warp drawing has at most this many motion modes, because each frame sums all of them over the motion grid."""
MAX_COLOUR_MODES = 256
"""A warp drawing has at most this many colour modes, because each frame sums all of them over the colour grid."""
MAX_MOTION_SIDE = 128
"""The motion grid has at most this many cells on a side, because displacements vary slowly over a picture."""
MAX_COLOUR_SIDE = 512
"""The colour grid has at most this many cells on a side, because finer detail comes from the keyframes."""
MAX_GRID_ELEMENTS = 1 << 24
"""The modes have at most this many values on their two grids together, so that a player keeps them in 64 MiB."""
