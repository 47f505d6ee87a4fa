"""A slim bundle: no training weights, and everything else only as fine as it shows."""

from collections.abc import Callable

import msgspec
import numpy as np
import torch

from alive_cli.export.compact import STALE, Compact, compact, compressed, quality_within, size_of
from alive_cli.generators.protocol import Generator
from alive_cli.media.alpha import premultiplied, straight
from alive_cli.media.warping import reduce
from alive_cli.progress import Progress, silent
from alive_cli.training.steps import round_to_steps, rounded
from bundle_spec.container import BANK_NAME, POSTER_NAME, WEIGHTS_NAME, Bundle, pack_picture, pack_tensors
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.warp import warp_of

QUALITY = 84
"""Keyframes are compressed with at most this quality of WebP, unless that makes them no smaller."""
BITS = 0.64
"""The quality is lower where keyframes would have more than about so many bits a pixel."""
LEAST_ROOM = 300_000
"""Keyframes that take at most so many bytes may have any number of bits a pixel."""
FINE = 90
"""Where keyframes fit with this quality, numbers are not stored more coarsely: better keyframes would bring less."""
POSTER_SIDE = 128
"""The longest side of the poster has at most so many pixels."""
SHARE = 1 / 8
"""A table is rounded to this share of what it changes from one frame to the next, in the root mean square."""


def slim_bundle(
    bundle: Bundle,
    generator: Generator,
    export: Callable[[Bundle], Bundle],
    most: int | None = None,
    progress: Progress = silent,
) -> Compact:
    """A bundle without its training weights.

    Numbers and keyframes are stored more coarsely, unless the file may have `most` bytes and has room for them.

    Args:
        export: writes the graphs of a bundle's weights into it.

    Raises:
        InputError: as `compact`.
    """
    whole = without_weights(bundle)
    if most is not None and (size_of(whole) <= most or (quality_within(whole, most) or 0) >= FINE):
        return compact(whole, most, progress)
    coarse = without_weights(export(_rounded(bundle, generator)))
    return compact(coarse, most, progress) if most is not None else compressed(coarse, _quality(coarse))


def without_weights(bundle: Bundle) -> Bundle:
    """A bundle that can be played alone."""
    return Bundle(bundle.manifest, {name: part for name, part in bundle.parts.items() if name != WEIGHTS_NAME})


def _rounded(bundle: Bundle, generator: Generator) -> Bundle:
    """A bundle with coarser weights, tables and poster; its graphs are those from before."""
    bundle = generator.slim(bundle)
    weights = {name: _as_bytes(name, each) for name, each in bundle.tensors(WEIGHTS_NAME).items()}
    moods = bundle.manifest.moods.values()
    bank = {name: table if name in moods else _coarse(table) for name, table in bundle.tensors(BANK_NAME).items()}
    parts = {**bundle.parts, BANK_NAME: pack_tensors(bank), WEIGHTS_NAME: pack_tensors(weights)}
    if POSTER_NAME in parts:
        alpha = is_transparent(bundle.manifest)
        poster = bundle.picture(POSTER_NAME, "RGBA" if alpha else "RGB")
        height, width = poster.shape[:2]
        scale = min(1.0, POSTER_SIDE / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = straight(reduce(premultiplied(poster), size)) if alpha else reduce(poster, size)
        parts[POSTER_NAME] = pack_picture(small)
    figures = {name: value for name, value in bundle.manifest.figures.items() if name not in STALE}
    return Bundle(msgspec.structs.replace(bundle.manifest, figures=figures), parts)


def _coarse(table: np.ndarray) -> np.ndarray:
    if table.dtype != np.float32 or len(table) < 2:
        return table
    change = float(np.sqrt(np.square(np.diff(table, axis=0), dtype=np.float64).mean()))
    return rounded(table, SHARE * change) if change else table


def _as_bytes(name: str, weights: np.ndarray) -> np.ndarray:
    """The weights of a behavior as bytes hold them: what varies a life needs no more."""
    if not name.startswith("behavior.") or weights.ndim != 2 or weights.dtype != np.float32:
        return weights
    tensor = torch.from_numpy(weights.copy())
    round_to_steps(tensor, 0, torch.zeros(len(tensor)))
    return tensor.numpy()


def _quality(bundle: Bundle) -> int:
    """The quality of WebP of a slim bundle's keyframes."""
    warp = warp_of(bundle.manifest)
    if warp is None:
        return QUALITY
    most = max(LEAST_ROOM, round(BITS * warp.count * warp.width * warp.height / 8))
    room = size_of(bundle) - len(bundle.part(warp.keyframes)) + most
    return min(QUALITY, quality_within(bundle, room) or QUALITY)
