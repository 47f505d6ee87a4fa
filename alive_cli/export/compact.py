"""A bundle of at most so many bytes: its keyframes are compressed again until it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.sampling import evenly_spread
from alive_cli.progress import Progress, silent
from alive_cli.threads import over_cores
from alive_cli.training.trainer import psnr
from bundle_spec.container import WEIGHTS_NAME, Bundle, pack_bundle
from bundle_spec.features.warp import pack_keyframes, unpack_keyframes
from bundle_spec.webp import pack_webp, unpack_webp

HIGHEST, LOWEST = 92, 30
"""The qualities of WebP that are tried: above the first nobody sees a difference, below the second everybody does."""
SAMPLES = 6
"""A quality is chosen by so many keyframes, evenly spread, and then tried on all."""
STALE = ("fidelity",)
"""These figures were measured with other keyframes, so they are dropped."""
STAGE = "Compressing keyframes"
"""The progress bar shows this text while keyframes are compressed."""


@dataclass(frozen=True)
class Compact:
    """A bundle that fits."""

    bundle: Bundle
    quality: int | None
    """Quality of WebP, 0 … 100, of its keyframes; None if they are as they were."""
    psnr: float | None
    """Of the keyframes against those before, in dB; None if they are as they were."""


def compact(bundle: Bundle, most: int, progress: Progress = silent) -> Compact:
    """Compress a bundle's keyframes, with the highest quality with which the whole file has at most `most` bytes.

    Raises:
        InputError: the bundle has no keyframes, or is larger even with the lowest quality.
    """
    whole = len(pack_bundle(bundle.manifest, bundle.parts))
    if whole <= most:
        return Compact(bundle, None, None)
    drawing = bundle.manifest.drawing
    if drawing is None or drawing.warp is None:
        raise InputError(f"The scene takes {_megabytes(whole)} and has no keyframes to compress; leave out --max-size.")
    warp = drawing.warp
    size = (warp.width, warp.height)
    pictures = unpack_keyframes(bundle, warp)
    room = most - (whole - len(bundle.part(warp.keyframes)))
    some = [pictures[number] for number in evenly_spread(len(pictures), SAMPLES)]
    figures = {name: value for name, value in bundle.manifest.figures.items() if name not in STALE}
    manifest = msgspec.structs.replace(bundle.manifest, figures=figures)
    low, high = LOWEST, HIGHEST
    while low < high:  # the highest quality with which the samples say that all fit
        middle = (low + high + 1) // 2
        usual = np.mean([len(data) for data, _ in _compressed(some, size, middle)])
        low, high = (middle, high) if usual * len(pictures) <= room else (low, middle - 1)
    steps = low - LOWEST + 1
    for quality in range(low, LOWEST - 1, -1):
        progress(STAGE, low - quality, steps, f"quality {quality}")
        files, errors = zip(*_compressed(pictures, size, quality), strict=True)
        smaller = Bundle(manifest, {**bundle.parts, warp.keyframes: pack_keyframes(list(files))})
        length = len(pack_bundle(smaller.manifest, smaller.parts))
        if length <= most:
            progress(STAGE, steps, steps, f"quality {quality}")
            return Compact(smaller, quality, psnr(float(np.mean(errors))))
    advice = ", or add --slim." if WEIGHTS_NAME in bundle.parts else "."
    raise InputError(f"The scene takes {_megabytes(length)} even with the lowest quality; allow more{advice}")


def _compressed(pictures: Sequence[bytes], size: tuple[int, int], quality: int) -> list[tuple[bytes, float]]:
    """WebP files compressed again, each with its mean squared error, of values 0…1; few are decoded at a time."""

    def work(picture: bytes) -> tuple[bytes, float]:
        before = unpack_webp(picture, size)
        data = pack_webp(before, quality)
        after = unpack_webp(data, size)
        return data, float(np.square(before.astype(np.float32) - after).mean(dtype=np.float64)) / 255**2

    return list(over_cores(work, pictures))


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB"
