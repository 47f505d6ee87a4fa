"""How much a bundle may ask for (SPEC.md, Limits). A reader refuses what exceeds one of these."""

MAX_BUNDLE_BYTES = 512 << 20
"""Of the file; and of all parts together, inflated."""
MAX_PART_BYTES = 256 << 20
MAX_MANIFEST_BYTES = 1 << 20
MAX_ENTRIES = 64
MAX_NAME_BYTES = 128
MAX_INFLATION_RATIO = 100
"""Inflated by compressed bytes of an entry; entries of up to SMALL_ENTRY_BYTES may inflate to this times that."""
SMALL_ENTRY_BYTES = 1024

MAX_TENSORS = 256
"""In a safetensors part."""
MAX_PICTURE_SIDE = 8192
MAX_PICTURE_PIXELS = 1 << 24
"""Of a picture in the bundle."""
MAX_DEFAULT_PIXELS = 1 << 22
"""Of the size that a scene is drawn at unless told otherwise."""

MIN_OPSET = 17
MAX_OPSET = 24
MAX_GRAPH_BYTES = 64 << 20
MAX_NODES = 4096
CHECKED_PIXELS = 2048
"""P at which drawing graphs are measured; B is 1, N the number of observed moments."""
MAX_LIVE_BYTES = 1 << 27
"""Of computed values that are alive at once in a run."""
MAX_KEPT_BYTES = 1 << 27
"""Of a graph's constants: weights, and what is computed from them alone."""
MAX_WORK = 1 << 33
"""Elements read or computed, and multiply-adds of matrix products, in a run."""
MAX_FRAME_WORK = 1 << 41
"""The same for a frame, lived at the default temperature or drawn at the default size."""

MAX_MOMENTS = 1 << 16
"""Observed moments in a bank."""
MAX_EDGES = 256
"""Ways on from an observed moment."""
MAX_STATE_ELEMENTS = 1 << 20
"""Elements of one life's state and noise tensors together."""
MAX_FRAME_STEPS = 1024
"""Steps of the behavior graph that a frame takes at the default temperature."""
