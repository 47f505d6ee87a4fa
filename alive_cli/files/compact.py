"""A bundle of at most so many bytes: its keyframes are compressed again until it fits."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import numpy as np

from alive_cli.errors import InputError
from alive_cli.progress import Progress, silent
from bundle_spec.container import Bundle, pack_bundle
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
    pictures = [unpack_webp(data, size) for data in unpack_keyframes(bundle, warp)]
    room = most - (whole - len(bundle.part(warp.keyframes)))
    some = [pictures[round(place)] for place in np.linspace(0, len(pictures) - 1, min(SAMPLES, len(pictures)))]
    figures = {name: value for name, value in bundle.manifest.figures.items() if name not in STALE}
    manifest = msgspec.structs.replace(bundle.manifest, figures=figures)
    low, high = LOWEST, HIGHEST
    while low < high:  # the highest quality with which the samples say that all fit
        middle = (low + high + 1) // 2
        usual = np.mean([len(data) for data in _compressed(some, middle)])
        low, high = (middle, high) if usual * len(pictures) <= room else (low, middle - 1)
    for quality in range(low, LOWEST - 1, -1):
        progress(STAGE, low - quality, low - LOWEST + 1, f"quality {quality}")
        files = _compressed(pictures, quality)
        smaller = Bundle(manifest, {**bundle.parts, warp.keyframes: pack_keyframes(files)})
        final = len(pack_bundle(smaller.manifest, smaller.parts))
        if final <= most:
            progress(STAGE, low - LOWEST + 1, low - LOWEST + 1, f"quality {quality}")
            return Compact(smaller, quality, _psnr(pictures, files, size))
    raise InputError(
        f"The scene takes {_megabytes(final)} even with the lowest quality; allow more"
        + (", or add --slim." if any(name.startswith("weights") for name in bundle.parts) else ".")
    )


def _compressed(pictures: Sequence[np.ndarray], quality: int) -> list[bytes]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda picture: pack_webp(picture, quality), pictures))


def _psnr(pictures: list[np.ndarray], files: list[bytes], size: tuple[int, int]) -> float:
    errors = [
        np.square(picture.astype(np.float32) - unpack_webp(data, size)).mean(dtype=np.float64)
        for picture, data in zip(pictures, files, strict=True)
    ]
    return float(-10 * np.log10(max(float(np.mean(errors)), 1e-6) / 255**2))


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB"
