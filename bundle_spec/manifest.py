"""The typed manifest of an `.alive` bundle; its JSON Schema is generated from these types.

Readers ignore unknown keys, so that a reader of 1.1 opens a bundle of 1.7. `features_required` names what a reader
must not ignore.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from bundle_spec.limits import MAX_ACTIONS, MAX_CONTROLS, MAX_MOODS, MAX_NAMES, MAX_OCCURRENCES

FORMAT_MAJOR = 1
"""A bundle of another major version may differ in anything, so this reader refuses it."""
FORMAT_MINOR = 1
"""This reader knows the additions up to this minor version; those of later ones it ignores, or refuses if required."""
FORMAT_VERSION = f"{FORMAT_MAJOR}.{FORMAT_MINOR}"
"""Writers state this version: it is the one whose text they follow."""
OLDEST_READER = "1.0"
"""A bundle that uses no addition to 1.0 states this as `min_reader_version`, because readers of 1.0 can play it."""
LARGEST_NUMBER = 3.4028234663852886e38
"""A control's numbers are at most this large, because a graph gets them in single precision, where more is infinite."""

Text = Annotated[str, Meta(max_length=4096)]
"""Texts for people are at most this long, so that a page or a terminal can show each of them whole."""
# To Python, `$` matches before a final newline as well; to JSON Schema it doesn't. The patterns exclude it for both.
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.\-]+$(?!\n)")]
"""Parts and tensors have names of at most this length and of these characters, which need no quoting anywhere."""
ControlName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)")]
"""Controls have names that can be options of a command line, attributes of a page and arguments in most languages."""
FRAME_NAME = r"[A-Za-z][A-Za-z0-9_\-]{0,31}"
"""Names of frames, moods and actions have this form."""
FrameName = Annotated[str, Meta(pattern=rf"^{FRAME_NAME}$(?!\n)")]
"""Frames have names that can be written on a command line without quotes, and that no number looks like."""
FrameRange = Annotated[list[Annotated[int, Meta(ge=0, le=2**31 - 1)]], Meta(min_length=2, max_length=2)]
"""A range has these two observed frames: the first and the last."""
Occurrences = Annotated[list[FrameRange], Meta(min_length=1, max_length=MAX_OCCURRENCES)]
"""An action has at least one occurrence, from its first observed frame to its last."""
Version = Annotated[str, Meta(pattern=r"^[0-9]{1,6}\.[0-9]{1,6}$(?!\n)")]
"""A version is `major.minor`; each number has at most six digits, so that every language can hold it."""
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
"""A digest is written in lower-case hexadecimal digits."""
Role = Literal["plain", "clock", "frame_weight", "next_frame"]
"""A control of each role but `plain` has a use in the player's own loop (SPEC.md, §5)."""
DType = Literal["float32", "int32", "int64"]
"""Inputs and outputs of graphs have these element types, which every runtime has."""
Dim = Annotated[int, Meta(ge=0, le=2**31 - 1)] | Annotated[str, Meta(pattern=r"^[A-Z]$(?!\n)")]
"""A dimension is a number, or a letter where it is free."""
POSE = "pose"
"""The slice of an embedding that says where things are has this name."""
Shape = Annotated[list[Dim], Meta(max_length=8)]
"""A tensor has at most this many dimensions, as many as a value inside a graph."""
FixedShape = Annotated[list[Annotated[int, Meta(ge=1, le=2**20)]], Meta(max_length=4)]
"""States and noises have at most this many dimensions of known sizes, besides that of the batch."""
Count = Annotated[int, Meta(ge=0, le=2**53)]
"""A count is at most this large, because double precision holds whole numbers exactly up to here."""
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""A size is at most this large, so that 32-bit integers hold it."""
Grid = Annotated[list[Positive], Meta(min_length=2, max_length=2)]
"""A grid has this many cells: first across, then down."""
Slice = Annotated[list[Count], Meta(min_length=2, max_length=2)]
"""A part of an embedding goes from the first of these elements to the one before the second."""
Rate = Annotated[float, Meta(ge=0.01, le=240)]
"""A rate per second is in this range: no camera or display is faster, and at slower rates nothing seems to move."""
Number = Annotated[float, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
"""A number of a control is finite in single precision."""


class Tensor(Struct, kw_only=True, frozen=True):
    """A graph input or output. Dimensions named by a letter (B, P, N) are free."""

    name: Name
    dtype: DType
    shape: Shape


class Graph(Struct, kw_only=True, frozen=True):
    """One ONNX graph of the bundle and its signature."""

    file: Name
    opset: Annotated[int, Meta(ge=13, le=64)]
    inputs: Annotated[list[Tensor], Meta(max_length=64)]
    outputs: Annotated[list[Tensor], Meta(max_length=64)]


class StateTensor(Struct, kw_only=True, frozen=True):
    """A recurrent state of the behavior graph: each step reads `input` and gives the next value as `output`."""

    input: Name
    output: Name
    dtype: DType
    shape: FixedShape
    """Shape of one life, without the batch dimension."""
    initial: Name | None = None
    """Tensor of the bank whose row i is the state at observed frame i; with None the state starts at zeros."""


class NoiseTensor(Struct, kw_only=True, frozen=True):
    """A noise input. Its place in the list is its stream number (SPEC.md, Noise)."""

    input: Name
    distribution: Literal["uniform", "normal", "gumbel"]
    shape: FixedShape
    """Shape of one life, without the batch dimension."""


class BankTensor(Struct, kw_only=True, frozen=True):
    """A constant input of a graph, read from bank.safetensors."""

    input: Name
    tensor: Name


class Transitions(Struct, kw_only=True, frozen=True):
    """The motion graph over the observed frames. Where it is present, the behavior heeds the control `next_frame`."""

    targets: Name
    """Bank tensor, int64 [N, K]: the frames that may follow each frame."""
    costs: Name
    """Bank tensor, float32 [N, K] ≥ 0: the cost of each transition in median steps of the clip, 0 if observed."""
    following: Name
    """Bank tensor, int64 [N]: the next observed frame, −1 where a cut or the end of the clip follows."""
    node: Name
    """State input, int64: the observed frame that the rollout is coming to."""


class Control(Struct, kw_only=True, frozen=True):
    """An input of the behavior graph that a person or a program may set (SPEC.md, §5)."""

    name: ControlName
    dtype: Literal["float32", "int64"]
    shape: Shape
    default: Number
    """The value that a player uses until somebody sets another; for `frame_weight`, that of each element."""
    minimum: Number | None = None
    """The smallest value allowed; None: no lower bound."""
    maximum: Number | None = None
    """The largest value allowed; None: no upper bound."""
    role: Role = "plain"
    """What a player does with the control by itself, without knowing its name."""
    description: Text = ""
    """One sentence for people, as help or as the label of a slider. It comes from a stranger."""


class Behavior(Struct, kw_only=True, frozen=True):
    """How to run the behavior graph."""

    graph: Graph
    steps_per_frame: Annotated[int, Meta(ge=1, le=64)]
    largest_step: Annotated[float, Meta(ge=0.25, le=100)] | None = None
    """The largest clock of one step: a frame with the clock T takes ⌈T / this⌉ times the steps, each with an equal
    share of T. None: a step takes any clock."""
    transitions: Transitions | None = None
    starts: Text | None = None
    """Bank tensor, int64 [M]: the observed frames that rollouts begin at where nothing else is asked, since 1.1. None:
    the first frame."""
    controls: Annotated[list[Control], Meta(max_length=MAX_CONTROLS)] | None = None
    """What steers the behavior, since 1.1. None: the five controls of 1.0."""
    state: Annotated[list[StateTensor], Meta(max_length=32)]
    noise: Annotated[list[NoiseTensor], Meta(max_length=32)]
    bank: Annotated[list[BankTensor], Meta(max_length=32)]


class Steering(Struct, kw_only=True, frozen=True):
    """How the motion modes move by themselves, so that a player can move a picture as its clip moves, since 1.1
    (SPEC.md, Steering)."""

    pose: Slice
    """The elements of an embedding that hold the pose: the first, and the one after the last."""
    pose_scale: Annotated[float, Meta(gt=0)]
    """An element of the pose, divided by the last element of the embedding and by this, is a mode's coefficient."""
    reach: Annotated[float, Meta(gt=0, le=100)]
    """Length of the largest offset, in spreads, whose pictures look natural."""
    spread: Text
    """Tensor of the bank, float32 [S]: the standard deviation of each mode's coefficient in the clip."""
    frequency: Text
    """Tensor of the bank, float32 [S]: cycles per frame with which each mode swings in the clip."""
    look: Text
    """Tensor of the bank, float32 [2, S]: the offsets that turn what moves most to the right, and down."""


class Warp(Struct, kw_only=True, frozen=True):
    """How keyframes are displaced and coloured, since 1.1 (SPEC.md, §3)."""

    keyframes: Name
    """Part with the keyframes, a safetensors file of WebP pictures."""
    count: Positive
    """Number of keyframes (K), without the background."""
    width: Positive
    """Width of every keyframe, and of the background, in pixels."""
    height: Positive
    motion_modes: Positive
    """Number of motion modes (S): the trunk's first 2·S features are their displacements, x before y."""
    colour_modes: Positive
    """Number of colour modes (R): the trunk's last features."""
    motion_grid: Grid
    colour_grid: Grid
    bank: Annotated[list[BankTensor], Meta(max_length=32)]
    """The constant inputs of the generator graph."""
    steering: Steering | None = None
    """None: pictures can't be steered by offsets."""
    depth: Text | None = None
    """Tensor of the bank, float32 [2, gh, gw]: the displacements to the right that a view of 1 across adds at the cells
    of the motion grid, and those down that a view of 1 down adds, since 1.1. None: nothing is near or far."""


class Drawing(Struct, kw_only=True, frozen=True):
    """How to draw an embedding."""

    trunk: Graph
    generator: Graph
    fast: Graph | None = None
    """A second generator that reads only the trunk's first features, for players that have too little time."""
    background: Name | None = None
    """PNG part, RGB: what lies behind the moving pixels. None: zeros."""
    mask: Name | None = None
    """PNG part, grey, of the background's size: 0 where nothing ever moves. None: every pixel may move."""
    warp: Warp | None = None
    """Keyframes that the generator's coefficients displace, since 1.1. None: the generator gives the pixels."""


class EncoderInfo(Struct, kw_only=True, frozen=True):
    """The encoder that turned the frames into the embeddings of the bank."""

    id: Text
    """`clip` or `pca`."""
    model: Text | None = None
    weights: Text | None = None
    """The open_clip tag, or the sha256 of a local checkpoint."""
    dimension: Positive
    note: Text | None = None
    slices: dict[Text, Slice] | None = None
    """Which part of an embedding is what, since 1.1: a name, and the first element and the one after the last."""


class Source(Struct, kw_only=True, frozen=True):
    """The clip that was fitted."""

    name: Text
    sha256: Sha256
    bytes: Count
    width: Positive
    """Fitted width in square pixels."""
    height: Positive
    fps: Rate
    frames: Positive
    start: Annotated[float, Meta(ge=0)] = 0.0
    """Seconds into the clip of the first observed frame."""
    every: Annotated[int, Meta(ge=1, le=16)] = 1
    """Frames of the clip for each fitted one, since 1.1: 2 where the fit withheld every other frame."""
    pictures_fps: Rate | None = None
    """Still pictures of a sequence that make one second, since 1.1; None for a video."""


class Painting(Struct, kw_only=True, frozen=True):
    """The file of the painting that is seen, since 1.1, where the motion is that of `source`; its size is in pixels."""

    name: Text
    sha256: Sha256
    bytes: Count
    width: Positive
    height: Positive


class Recipe(Struct, kw_only=True, frozen=True):
    """The recipe that was trained, and its settings."""

    name: Text
    settings: dict[Text, bool | int | float | Text | None] = {}


class Defaults(Struct, kw_only=True, frozen=True):
    """What a player does until somebody chooses otherwise. Declared controls have defaults of their own."""

    temperature: Annotated[
        float, Meta(ge=0, le=100, description="Scale of the motion: 0 is still, 1 is as observed.")
    ] = 1.0
    pull: Annotated[
        float,
        Meta(ge=0, le=1, description="Pull toward what was observed, the last operation of a step (post-curing)."),
    ] = 0.1
    novelty: Annotated[
        float, Meta(ge=0, le=1, description="How far a life may leave what was observed: 0 re-enacts it.")
    ] = 0.5
    width: Positive = 256
    height: Positive = 256
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


class Part(Struct, kw_only=True, frozen=True):
    """Length and digest of one other entry of the container."""

    bytes: Count
    sha256: Sha256


class Tool(Struct, kw_only=True, frozen=True):
    """The program that wrote the bundle."""

    name: Text
    version: Text


class Manifest(Struct, kw_only=True, frozen=True):
    """`manifest.json`. `drawing` and `behavior` are absent until the scene has been exported."""

    format_version: Version = FORMAT_VERSION
    min_reader_version: Version = OLDEST_READER
    features_required: Annotated[list[Text], Meta(max_length=64)] = []
    features_used: Annotated[list[Text], Meta(max_length=64)] = []
    written_by: Tool
    title: Text = ""
    author: Text = ""
    licence: Text = ""
    source: Source
    painting: Painting | None = None
    """The painting that is seen, since 1.1. None: the pictures are those of the source."""
    encoder: EncoderInfo
    recipe: Recipe
    drawing: Drawing | None = None
    behavior: Behavior | None = None
    defaults: Defaults
    names: Annotated[dict[FrameName, FrameRange], Meta(max_length=MAX_NAMES)] = {}
    """Names of observed frames or of ranges of them, since 1.1: places that a player can go to."""
    moods: Annotated[dict[FrameName, Name], Meta(max_length=MAX_MOODS)] = {}
    """Moods, since 1.1: each names a tensor of the bank, float32 [N], 0…1: how much a frame has of it."""
    actions: Annotated[dict[FrameName, Occurrences], Meta(max_length=MAX_ACTIONS)] = {}
    """Actions, since 1.1: ranges of observed frames that show a movement, each from its beginning to its end."""
    figures: dict[str, Any] = {}
    """Measurements of the fit and of the export, for people."""
    parts: dict[Name, Part] = {}
