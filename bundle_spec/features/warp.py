"""The feature `warp`: pictures are keyframes that motion modes displace, plus colour modes (SPEC.md, §3)."""

from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np

from bundle_spec.container import BANK_NAME, Bundle, pack_tensors
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.features import FEATURES
from bundle_spec.features.alpha import FEATURE as ALPHA
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.depth import check_depth
from bundle_spec.limits import (
    MAX_COLOUR_MODES,
    MAX_COLOUR_SIDE,
    MAX_GRID_ELEMENTS,
    MAX_KEYFRAME_PIXELS,
    MAX_KEYFRAME_SIDE,
    MAX_KEYFRAMES,
    MAX_KEYFRAMES_BYTES,
    MAX_MIXED_KEYFRAMES,
    MAX_MOTION_MODES,
    MAX_MOTION_SIDE,
)
from bundle_spec.manifest import Drawing, Manifest, Steering, Warp
from bundle_spec.signatures import Signature, expect, fits
from bundle_spec.webp import Still, read_still, still_size, unpack_webp

FEATURE = "warp"
"""The feature has this name in the manifest and in the registry."""
OFFSETS, DATA = "offsets", "data"
"""The two tensors of the part with the keyframes have these names."""


@dataclass(frozen=True)
class Keyframes:
    """The keyframes of a verified bundle, compressed."""

    count: int
    """K, without the background."""
    size: tuple[int, int]
    """Width and height of each picture in pixels."""
    pictures: list[bytes]
    """K WebP files, and that of the background where the drawing has a mask."""
    alpha: bool = False
    """Whether pictures may be transparent."""

    def picture(self, number: int) -> np.ndarray:
        """Decode keyframe `number`, 0 … K−1, as uint8 [h, w, 3], or with alpha [h, w, 4], straight.

        A player keeps what it will need again.

        Raises:
            CorruptBundle: its data are damaged.
        """
        try:
            return unpack_webp(self.pictures[number], self.size, alpha=self.alpha)
        except CorruptBundle as error:
            raise CorruptBundle(f"Keyframe {number} can't be drawn: {error}.") from error

    def background(self) -> np.ndarray | None:
        """The picture that lies behind the mask, as `picture` gives it, or None; errors as for `picture`."""
        return self.picture(self.count) if len(self.pictures) > self.count else None


def warp_of(manifest: Manifest) -> Warp | None:
    """How a bundle displaces keyframes, or None if it isn't exported or draws without keyframes."""
    return None if manifest.drawing is None else manifest.drawing.warp


def steers(manifest: Manifest) -> bool:
    """Whether a bundle says how offsets move its pictures."""
    warp = warp_of(manifest)
    return warp is not None and warp.steering is not None


def pack_keyframes(pictures: list[bytes]) -> bytes:
    """The part that holds these WebP files, in this order."""
    offsets = np.cumsum([0, *map(len, pictures)], dtype=np.int64)
    return pack_tensors({OFFSETS: offsets, DATA: np.frombuffer(b"".join(pictures), np.uint8)})


def unpack_keyframes(bundle: Bundle, warp: Warp) -> list[bytes]:
    """The WebP files of a bundle: the keyframes, and the background where there is one.

    Raises:
        CorruptBundle: the part is missing or damaged, its offsets are not sound, or it holds another number of files.
        UnsafeBundle: it is larger than MAX_KEYFRAMES_BYTES.
    """
    name = warp.keyframes
    if len(bundle.part(name)) > MAX_KEYFRAMES_BYTES:
        raise UnsafeBundle(f"{name} is larger than {MAX_KEYFRAMES_BYTES >> 20} MiB.")
    tensors = bundle.tensors(name)
    offsets, data = tensors.get(OFFSETS), tensors.get(DATA)
    if offsets is None or offsets.dtype != np.int64 or offsets.ndim != 1 or len(offsets) < 2:
        raise CorruptBundle(f"{name} has no offsets.")
    if data is None or data.dtype != np.uint8 or data.ndim != 1:
        raise CorruptBundle(f"{name} has no data.")
    drawing = bundle.manifest.drawing
    masked = drawing is not None and drawing.mask is not None
    # The part could hold millions of files of a byte each, so they are counted before they are taken apart.
    if len(offsets) != warp.count + masked + 1:
        raise CorruptBundle(f"{name} holds {len(offsets) - 1} pictures, which is not what the manifest says.")
    if offsets[0] != 0 or offsets[-1] != len(data) or not (offsets[1:] > offsets[:-1]).all():
        raise CorruptBundle(f"{name} has offsets that don't divide its data.")
    return [data[start:end].tobytes() for start, end in pairwise(offsets)]


def bank_inputs(warp: Warp, bank: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What feeds the generator graph besides embedding and offset: the tensors of the bank by the graph's names."""
    feeds = {entry.input: bank[entry.tensor] for entry in warp.bank}
    return {name: each.astype(np.float32) if each.dtype == np.float16 else each for name, each in feeds.items()}


def grid_points(warp: Warp) -> int:
    """At how many points a player runs the trunk, once for a scene."""
    return warp.motion_grid[0] * warp.motion_grid[1] + warp.colour_grid[0] * warp.colour_grid[1]


def requiring_warp(manifest: Manifest) -> Manifest:
    """A manifest that says that its readers need this feature."""
    return msgspec.structs.replace(
        manifest,
        min_reader_version=FEATURES[FEATURE].since,
        features_used=sorted({*manifest.features_used, FEATURE}),
        features_required=sorted({*manifest.features_required, FEATURE}),
    )


def check_warp(bundle: Bundle, drawing: Drawing, warp: Warp, bank: dict[str, np.ndarray]) -> Keyframes:
    """Refuse a warp drawing that contradicts itself or asks for too much. No picture is decoded.

    Args:
        bundle: where the keyframes are.
        drawing: its graphs' signatures are those of the graphs.
        warp: `drawing.warp`.
        bank: all tensors of the bank; its embeddings are sound.

    Raises:
        CorruptBundle: graphs, bank or keyframes are not what the contract says.
        UnsafeBundle: a size exceeds its limit.
    """
    if FEATURE not in bundle.manifest.features_required:
        raise CorruptBundle(f"The bundle has keyframes, but doesn't require the feature {FEATURE}.")
    if drawing.fast is not None or drawing.background is not None:
        raise CorruptBundle("The bundle has keyframes beside a fast generator or a background of its own.")
    _check_sizes(warp)
    _check_graphs(drawing, warp, bundle.manifest.encoder.dimension)
    _check_bank(drawing, warp, bank)
    if warp.steering is not None:
        _check_steering(warp.steering, warp, bank)
    check_depth(warp, bank)
    pictures = unpack_keyframes(bundle, warp)
    size, alpha, seen_through = (warp.width, warp.height), is_transparent(bundle.manifest), False
    for number, picture in enumerate(pictures):
        try:
            still = read_still(picture) if alpha else Still(still_size(picture), alpha=False)
        except CorruptBundle as error:
            raise CorruptBundle(f"Picture {number} of {warp.keyframes} can't be used: {error}.") from error
        own, seen_through = still.size, seen_through or still.alpha
        if own != size:
            raise CorruptBundle(f"Picture {number} of {warp.keyframes} has {own[0]}×{own[1]} pixels, not as declared.")
    if alpha and not seen_through:
        raise CorruptBundle(f"The bundle requires the feature {ALPHA}, but none of its keyframes has alpha.")
    return Keyframes(warp.count, size, pictures, alpha)


def _check_sizes(warp: Warp) -> None:
    motion, colour = warp.motion_grid, warp.colour_grid
    elements = motion[0] * motion[1] * 2 * warp.motion_modes + colour[0] * colour[1] * warp.colour_modes
    limits = (
        ("keyframes", warp.count, MAX_KEYFRAMES),
        ("pixels on a side of a keyframe", max(warp.width, warp.height), MAX_KEYFRAME_SIDE),
        ("pixels in a keyframe", warp.width * warp.height, MAX_KEYFRAME_PIXELS),
        ("motion modes", warp.motion_modes, MAX_MOTION_MODES),
        ("colour modes", warp.colour_modes, MAX_COLOUR_MODES),
        ("cells on a side of the motion grid", max(motion), MAX_MOTION_SIDE),
        ("cells on a side of the colour grid", max(colour), MAX_COLOUR_SIDE),
        ("values of modes on the grids", elements, MAX_GRID_ELEMENTS),
    )
    for what, number, most in limits:
        if number > most:
            raise UnsafeBundle(f"The bundle has {number} {what}; at most {most} are allowed.")


def _check_graphs(drawing: Drawing, warp: Warp, dimension: int) -> None:
    modes, colours = warp.motion_modes, warp.colour_modes
    features: Signature = {"features": ("float32", ["P", 2 * modes + colours])}
    expect(drawing.trunk, {"coords": ("float32", ["P", 2])}, features)
    generator = drawing.generator
    mixed = next((each.shape[1] for each in generator.outputs if each.name == "keyframe" and len(each.shape) == 2), 0)
    if not isinstance(mixed, int) or mixed < 1:
        raise CorruptBundle(f"{generator.file} doesn't choose keyframes [B, L].")
    if mixed > MAX_MIXED_KEYFRAMES:
        raise UnsafeBundle(f"{generator.file} mixes {mixed} keyframes; at most {MAX_MIXED_KEYFRAMES} are allowed.")
    inputs: Signature = {"embedding": ("float32", ["B", dimension]), "offset": ("float32", ["B", modes])}
    tensors = {tensor.name: tensor for tensor in generator.inputs}
    for entry in warp.bank:
        if entry.input in inputs or entry.input not in tensors:
            raise CorruptBundle(f"{generator.file} has no input {entry.input!r} of its own for the bank.")
        inputs[entry.input] = (tensors[entry.input].dtype, list(tensors[entry.input].shape))
    outputs: Signature = {
        "keyframe": ("int64", ["B", mixed]),
        "weight": ("float32", ["B", mixed]),
        "motion": ("float32", ["B", mixed, modes]),
        "shift": ("float32", ["B", modes]),
        "colour": ("float32", ["B", colours, 3]),
    }
    expect(generator, inputs, outputs)
    if [tensor.name for tensor in generator.outputs] != list(outputs):
        raise CorruptBundle(f"{generator.file} doesn't give its outputs in the order of its contract.")


def _check_bank(drawing: Drawing, warp: Warp, bank: dict[str, np.ndarray]) -> None:
    inputs = {tensor.name: tensor for tensor in drawing.generator.inputs}
    for entry in warp.bank:
        array, tensor = bank.get(entry.tensor), inputs[entry.input]
        if array is None or not fits(array, tensor, len(bank["embedding"]), narrow=True):
            raise CorruptBundle(f"{BANK_NAME} has no tensor {entry.tensor!r} that fits {drawing.generator.file}.")
        if array.dtype.kind == "i" and not ((array >= 0) & (array < warp.count)).all():
            raise CorruptBundle(f"{BANK_NAME} names keyframes in {entry.tensor!r} that the bundle doesn't have.")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise CorruptBundle(f"{BANK_NAME} holds numbers in {entry.tensor!r} that are not finite.")


def _check_steering(steering: Steering, warp: Warp, bank: dict[str, np.ndarray]) -> None:
    first, end = steering.pose
    if end - first != warp.motion_modes or end >= bank["embedding"].shape[1]:
        raise CorruptBundle("The pose that the bundle steers is not part of its embeddings, or has other modes.")
    modes = warp.motion_modes
    shapes = {steering.spread: [modes], steering.frequency: [modes], steering.look: [2, modes]}
    for name, shape in shapes.items():
        array = bank.get(name, np.empty(0))
        if array.dtype != np.float32 or list(array.shape) != shape or not np.isfinite(array).all():
            raise CorruptBundle(f"{BANK_NAME} has no tensor {name!r} that fits its motion modes.")
    if (bank[steering.spread] < 0).any() or not (
        (bank[steering.frequency] >= 0) & (bank[steering.frequency] <= 1)
    ).all():
        raise CorruptBundle(f"{BANK_NAME} holds spreads or frequencies of motion modes that can't be.")
