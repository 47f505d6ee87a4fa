"""A bundle of at most so many bytes: its keyframes are compressed again until it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.alpha import over
from alive_cli.media.sampling import evenly_spread
from alive_cli.progress import Progress, silent
from alive_cli.threads import over_cores
from alive_cli.training.trainer import psnr
from bundle_spec.container import WEIGHTS_NAME, Bundle, pack_bundle
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.warp import pack_keyframes, unpack_keyframes, warp_of
from bundle_spec.webp import pack_webp, unpack_webp

HIGHEST, LOWEST = 97, 30
"""The qualities of WebP that are tried: the first is nearly that of the keyframes themselves, and below the second
everybody sees a difference."""
SAMPLES = 6
"""A quality is chosen by so many keyframes, evenly spread, and then tried on all."""
STALE = ("fidelity",)
"""These figures were measured with other pictures, so they are dropped."""
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
    whole = size_of(bundle)
    if whole <= most:
        return Compact(bundle, None, None)
    quality = quality_within(bundle, most)
    if quality is None:
        raise InputError(f"The scene takes {_megabytes(whole)} and has no keyframes to compress; leave out --max-size.")
    steps = quality - LOWEST + 1
    for tried in range(quality, LOWEST - 1, -1):
        progress(STAGE, quality - tried, steps, f"quality {tried}")
        smaller = compressed(bundle, tried)
        length = size_of(smaller.bundle)
        if length <= most:
            progress(STAGE, steps, steps, f"quality {tried}")
            return smaller
    advice = ", or add --slim." if WEIGHTS_NAME in bundle.parts else "."
    raise InputError(f"The scene takes {_megabytes(length)} even with the lowest quality; allow more{advice}")


def size_of(bundle: Bundle) -> int:
    """Bytes of the whole file."""
    return len(pack_bundle(bundle.manifest, bundle.parts))


def quality_within(bundle: Bundle, most: int) -> int | None:
    """The highest quality with which some keyframes say that the whole file has at most `most` bytes, or the lowest
    one; None if there are no keyframes."""
    warp = warp_of(bundle.manifest)
    if warp is None:
        return None
    pictures = unpack_keyframes(bundle, warp)
    room = most - (size_of(bundle) - len(bundle.part(warp.keyframes)))
    alpha = is_transparent(bundle.manifest)
    some = [pictures[number] for number in evenly_spread(len(pictures), SAMPLES)]
    low, high = LOWEST, HIGHEST
    while low < high:
        middle = (low + high + 1) // 2
        usual = np.mean([len(data) for data, _ in _compressed(some, (warp.width, warp.height), middle, alpha)])
        low, high = (middle, high) if usual * len(pictures) <= room else (low, middle - 1)
    return low


def compressed(bundle: Bundle, quality: int) -> Compact:
    """A bundle whose keyframes have a quality; as it is if it has none, or if it would not be smaller."""
    warp = warp_of(bundle.manifest)
    if warp is None:
        return Compact(bundle, None, None)
    before = bundle.part(warp.keyframes)
    size, alpha = (warp.width, warp.height), is_transparent(bundle.manifest)
    pictures = _compressed(unpack_keyframes(bundle, warp), size, quality, alpha)
    files, errors = zip(*pictures, strict=True)
    after = pack_keyframes(list(files))
    if len(after) >= len(before):
        return Compact(bundle, None, None)
    figures = {name: value for name, value in bundle.manifest.figures.items() if name not in STALE}
    manifest = msgspec.structs.replace(bundle.manifest, figures=figures)
    return Compact(Bundle(manifest, {**bundle.parts, warp.keyframes: after}), quality, psnr(float(np.mean(errors))))


def _compressed(
    pictures: Sequence[bytes], size: tuple[int, int], quality: int, alpha: bool
) -> list[tuple[bytes, float]]:
    """WebP files, with `alpha` or without, compressed again, each with its mean squared error, of values 0…1; few are
    decoded at a time."""

    def work(picture: bytes) -> tuple[bytes, float]:
        before = unpack_webp(picture, size, alpha=alpha)
        data = pack_webp(before, quality)
        before, after = over(before), over(unpack_webp(data, size, alpha=alpha))
        return data, float(np.square(before.astype(np.float32) - after).mean(dtype=np.float64)) / 255**2

    return list(over_cores(work, pictures))


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB"
