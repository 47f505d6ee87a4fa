"""VGPNN: new videos out of the space-time patches of one, without learning.

Haim, Feinstein, Granot, Shocher, Bagon, Dekel and Irani, "Diverse Generation from a Single Video Made Possible"
(ECCV 2022). A pyramid shrinks the video in space and time. Its coarsest level, disturbed by noise, is where a new video
begins. At each level every patch of it (Q) is compared with those of the clip (K), blurred as much as itself, and
replaced by what stands there in the sharp clip (V); the patches that overlap vote. Then it is compared with the sharp
clip, several times.
"""

from dataclasses import dataclass

import numpy as np
import torch

from tests.benchmarks.yardsticks.patches import Size, basis_of, counts_of, features_of, nearest, same_places, vote


@dataclass(frozen=True)
class Patchwork:
    """Settings of VGPNN. The defaults are those of the published program, but for `fewer_above`, which bounds the time
    on a CPU, and `alpha`, which the program leaves out: without it the largest fish of a clip of fish was lost."""

    shrink: float = 0.85
    """A level's size ÷ that of the next finer one, in space and time."""
    coarsest: tuple[int, int] = (3, 15)
    """The coarsest level has so many frames, and the shorter side of its pictures so many pixels."""
    size: Size = (3, 7, 7)
    """Frames, rows and columns of a patch."""
    noise: float = 5.0
    """Standard deviation of the noise at the coarsest level; values go from −1 to 1."""
    repeats: int = 5
    """So often is a level matched and voted, the coarsest one once."""
    fewer_above: int = 60_000
    """A level of more pixels is matched and voted twice, and without `alpha`."""
    alpha: float | None = 0.01
    """Distances are divided by this plus the distance of the key to its nearest query, the mean over a patch's values,
    so that every part of the clip is used (bidirectional similarity, Simakov et al. 2008); None does not."""


def patchwork(clip: np.ndarray, seed: int, settings: Patchwork = Patchwork()) -> np.ndarray:
    """A new video from a clip: uint8 [T, H, W, 3], both of the same shape.

    Raises:
        ValueError: the clip is smaller than a patch.
    """
    if any(whole < part for whole, part in zip(clip.shape[:3], settings.size, strict=True)):
        raise ValueError(f"A clip of {clip.shape[:3]} has no patch of {settings.size}.")
    levels = pyramid(clip.astype(np.float32) / 127.5 - 1, settings)
    noise = np.random.default_rng(seed).standard_normal(levels[0].shape)
    video = (levels[0] + settings.noise * noise).astype(np.float32)
    field = same_places(counts_of(levels[0].shape, settings.size))
    for number, values in enumerate(levels):
        blurred = values if number == 0 else resized(levels[number - 1], values.shape)
        if number:
            video = resized(video, values.shape)
            field = _enlarged(field, counts_of(values.shape, settings.size))
        small = values[..., 0].size <= settings.fewer_above
        repeats = 1 if number == 0 else settings.repeats if small else 2
        alpha = settings.alpha if small else None
        for repeat in range(repeats):
            rounds = 4 if repeat == 0 else 2
            field = _match(video, blurred if repeat == 0 else values, field, settings.size, alpha, rounds, seed)
            video = vote(values, field, settings.size)
    return ((video + 1) * 127.5).round().clip(0, 255).astype(np.uint8)


def pyramid(video: np.ndarray, settings: Patchwork) -> list[np.ndarray]:
    """The video, float32 [T, H, W, 3], at all sizes, the coarsest first."""
    time, space = min(settings.coarsest[0], len(video)), min(settings.coarsest[1], *video.shape[1:3])
    shortest = min(video.shape[1:3])
    sizes, scale = [video.shape[:3]], 1.0
    while sizes[-1][0] > time or min(sizes[-1][1:]) > space:
        scale *= settings.shrink
        across = max(scale, space / shortest)
        sizes.append((max(round(scale * len(video)), time), *(round(across * side) for side in video.shape[1:3])))
    return [resized(video, size) for size in reversed(sizes)]


def resized(video: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A video [T, H, W, 3] in another shape [T, H, W]: bicubic, averaged where it shrinks."""
    if video.shape[:3] == tuple(shape[:3]):
        return video
    planes = torch.from_numpy(np.ascontiguousarray(video.transpose(0, 3, 1, 2)))
    planes = torch.nn.functional.interpolate(planes, size=tuple(shape[1:3]), mode="bicubic", antialias=True)
    # Each column of the identity, resized, says how much of a frame every new frame has.
    mixing = torch.nn.functional.interpolate(
        torch.eye(len(video))[None, None], size=(shape[0], len(video)), mode="bicubic", antialias=True
    )[0, 0]
    mixed: np.ndarray = torch.einsum("tn,nchw->thwc", mixing, planes).contiguous().numpy()
    return mixed


def _match(
    video: np.ndarray,
    keys: np.ndarray,
    begin: np.ndarray,
    size: Size,
    alpha: float | None,
    rounds: int,
    seed: int,
) -> np.ndarray:
    basis = basis_of(keys, size)
    queries, bank = features_of(video, basis), features_of(keys, basis)
    weights = None
    if alpha is not None:
        _, apart = nearest(bank, queries, begin=same_places(bank.shape), seed=seed)
        weights = 1 / (alpha + apart / basis[0].size)
    return nearest(queries, bank, begin=begin, weights=weights, rounds=rounds, seed=seed)[0]


def _enlarged(field: np.ndarray, counts: Size) -> np.ndarray:
    """A field for a finer level: what a coarse patch found, at the same place relative to it."""
    here = same_places(counts)
    scale = np.array(counts) / field.shape[:3]
    coarse = np.minimum((here / scale).astype(np.int32), np.array(field.shape[:3], np.int32) - 1)
    displaced = field[coarse[..., 0], coarse[..., 1], coarse[..., 2]] - coarse
    return np.clip(here + np.round(displaced * scale), 0, np.array(counts) - 1).astype(np.int32)
