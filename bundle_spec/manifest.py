"""The typed manifest of an `.alive` bundle; its JSON Schema is generated from these types.

Unknown keys are ignored, so that a reader of 1.0 opens a bundle of 1.7. What a reader must not
ignore is named in `features_required`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from bundle_spec.errors import CorruptBundle, UnsupportedVersion

FORMAT_MAJOR = 1
FORMAT_MINOR = 0
FORMAT_VERSION = f"{FORMAT_MAJOR}.{FORMAT_MINOR}"
KNOWN_FEATURES: frozenset[str] = frozenset()
"""Features this reader implements; a bundle that requires another is refused."""

CONTROLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "temperature": ("float32", ()),
    "pull": ("float32", ()),
    "novelty": ("float32", ()),
    "bank_weight": ("float32", ("N",)),
    "next_node": ("int64", ("B",)),
}
"""Dtype and shape of the control inputs that every behavior graph has, used by its recipe or not."""

Text = Annotated[str, Meta(max_length=4096)]
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.\-]+$")]
Version = Annotated[str, Meta(pattern=r"^[0-9]{1,6}\.[0-9]{1,6}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
DType = Literal["float32", "int32", "int64"]
Dim = Annotated[int, Meta(ge=0, le=2**31 - 1)] | Annotated[str, Meta(pattern=r"^[A-Z]$")]
Shape = Annotated[list[Dim], Meta(max_length=8)]
FixedShape = Annotated[list[Annotated[int, Meta(ge=1, le=2**20)]], Meta(max_length=4)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Positive = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Rate = Annotated[float, Meta(ge=0.01, le=240)]


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
    """A recurrent state of the behavior graph: fed to `input`, replaced by `output` at each step."""

    input: Name
    output: Name
    dtype: DType
    shape: FixedShape
    """Shape of one life, without the batch dimension."""
    initial: Name | None = None
    """Tensor of the bank whose row i is the state at observed frame i; None starts from zeros."""


class NoiseTensor(Struct, kw_only=True, frozen=True):
    """A noise input. Its place in the list is its stream number (SPEC.md, Noise)."""

    input: Name
    distribution: Literal["uniform", "normal", "gumbel"]
    shape: FixedShape
    """Shape of one life, without the batch dimension."""


class BankTensor(Struct, kw_only=True, frozen=True):
    """A constant input of the behavior graph, read from bank.safetensors."""

    input: Name
    tensor: Name


class Transitions(Struct, kw_only=True, frozen=True):
    """The graph over the observed moments that the behavior walks: its presence says that `next_node` is heeded."""

    targets: Name
    """Bank tensor, int64 [N, K]: the moments that each moment may be followed by."""
    costs: Name
    """Bank tensor, float32 [N, K] ≥ 0: what that costs, in median steps of the clip; 0 for observed motion."""
    following: Name
    """Bank tensor, int64 [N]: the next observed moment, −1 where a cut or the end follows."""
    node: Name
    """State input, int64: the observed moment that is approached."""


class Behavior(Struct, kw_only=True, frozen=True):
    """How to run the behavior graph."""

    graph: Graph
    steps_per_frame: Annotated[int, Meta(ge=1, le=64)]
    largest_step: Annotated[float, Meta(ge=0.25, le=100)] | None = None
    """Largest temperature of one step: a frame at temperature T takes ⌈T / this⌉ times the steps, each of its
    share of T. None: any temperature in one step."""
    transitions: Transitions | None = None
    state: Annotated[list[StateTensor], Meta(max_length=32)]
    noise: Annotated[list[NoiseTensor], Meta(max_length=32)]
    bank: Annotated[list[BankTensor], Meta(max_length=32)]


class Drawing(Struct, kw_only=True, frozen=True):
    """How to draw an embedding."""

    trunk: Graph
    generator: Graph
    fast: Graph | None = None
    """A second generator, of fewer of the trunk's features (the leading ones), for players short of time."""
    background: Name | None = None
    """PNG part, RGB: what lies behind the moving pixels; None means zeros."""
    mask: Name | None = None
    """PNG part, grey, of the background's size: 0 where nothing ever moves; None means everywhere it may."""


class EncoderInfo(Struct, kw_only=True, frozen=True):
    """What turned the frames into the embeddings of the bank."""

    id: Text
    """`clip` or `pca`."""
    model: Text | None = None
    weights: Text | None = None
    """The open_clip tag, or the sha256 of a local checkpoint."""
    dimension: Positive
    note: Text | None = None


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


class Recipe(Struct, kw_only=True, frozen=True):
    """What was trained, and with which settings."""

    name: Text
    settings: dict[Text, bool | int | float | Text | None] = {}


class Defaults(Struct, kw_only=True, frozen=True):
    """What a player does unless told otherwise."""

    temperature: Annotated[float, Meta(ge=0, le=100)] = 1.0
    pull: Annotated[float, Meta(ge=0, le=1)] = 0.1
    novelty: Annotated[float, Meta(ge=0, le=1)] = 0.5
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
    min_reader_version: Version = FORMAT_VERSION
    features_required: Annotated[list[Text], Meta(max_length=64)] = []
    features_used: Annotated[list[Text], Meta(max_length=64)] = []
    written_by: Tool
    title: Text = ""
    author: Text = ""
    licence: Text = ""
    source: Source
    encoder: EncoderInfo
    recipe: Recipe
    drawing: Drawing | None = None
    behavior: Behavior | None = None
    defaults: Defaults
    figures: dict[str, Any] = {}
    """Measured when the scene was fitted and exported; informative."""
    parts: dict[Name, Part] = {}


def encode_manifest(manifest: Manifest) -> bytes:
    """Canonical JSON: keys sorted, two-space indent, UTF-8, one newline at the end."""
    packed = msgspec.json.encode(manifest, order="sorted")
    return msgspec.json.format(packed, indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Parse and validate `manifest.json`.

    Raises:
        CorruptBundle: not JSON, or a key is missing or of the wrong type.
        UnsupportedVersion: another major version, a newer `min_reader_version`, or an unknown
            required feature.
    """
    try:
        header = msgspec.json.decode(data, type=_Header)
        _check_version(header)
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptBundle(f"manifest.json is not a valid manifest: {error}.") from error


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the manifest."""
    return msgspec.json.schema(Manifest)


class _Header(Struct):
    """The keys that decide whether the rest may be parsed at all."""

    format_version: Version
    min_reader_version: Version
    features_required: list[Text] = []


def _check_version(header: _Header) -> None:
    major = int(header.format_version.split(".")[0])
    needed = tuple(int(number) for number in header.min_reader_version.split("."))
    if major != FORMAT_MAJOR or needed > (FORMAT_MAJOR, FORMAT_MINOR):
        raise UnsupportedVersion(
            f"This bundle has format {header.format_version} and needs a newer alive; "
            f"this one reads {FORMAT_VERSION}. Upgrade with: pip install -U alive-scene"
        )
    unknown = sorted(set(header.features_required) - KNOWN_FEATURES)
    if unknown:
        raise UnsupportedVersion(
            f"This bundle needs a newer alive: it requires {ascii(', '.join(unknown))[:200]}."
            " Upgrade with: pip install -U alive-scene"
        )
