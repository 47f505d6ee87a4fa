"""How faithfully a bundle draws, measured through the player itself."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from alive_cli.media.sampling import ClipFrames, evenly_spread
from alive_cli.progress import Progress, silent
from alive_cli.report import fidelity
from alive_cli.report.pictures import decibels, mean_squared_error, moving_pixels, sharpness, ssim
from alive_cli.runtime.scene import Scene

STAGE = "Checking the pictures"
"""The progress bar shows this text while pictures are measured."""
SAMPLES, FEWER_SAMPLES = 40, 12
"""Consistency and sharpness are measured at so many embeddings of each kind; fewer where not all frames are measured
either."""
ROLLOUT_FRAMES = 600
"""The embeddings of a rollout are taken from its first so many frames."""
BATCH = 32
"""So many pictures are compared at once, so that a long clip's pictures never lie in memory together."""


def evaluate(
    scene: Scene,
    encode: fidelity.Encode | None,
    clip: ClipFrames | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure a scene's fidelity; every figure is defined in `alive_cli.report`.

    Args:
        encode: the encoder of the scene's bank; without it there is no consistency and no held-out figure.
        clip: the frames that the scene was fitted to; without them nothing is compared with the clip.
        limit: number of evenly spread frames on which PSNR and SSIM are measured; all by default.
        seed: chooses the in-between pairs and the rollout.

    Returns:
        Rounded figures by name: `psnr`, `ssim` and `psnr_moving` (over the pixels that move in the clip, if any do) of
        the fitted frames; `held_out`, with the baselines; `consistency` (5th percentiles) and `sharpness`
        (relative to drawn observed frames) at `observed`, `between` and `rollout` embeddings.
    """
    bank = scene.embeddings
    chosen = evenly_spread(len(bank), limit)
    samples = SAMPLES if len(chosen) == len(bank) else FEWER_SAMPLES
    total = 3 * samples
    if clip is not None:
        total += len(chosen) * (1 if clip.withheld is None or encode is None else 2)
    done = 0

    def draw(embeddings: np.ndarray) -> np.ndarray:
        nonlocal done
        pictures = []
        for embedding in embeddings:
            pictures.append(scene.draw(embedding))
            done += 1
            progress(STAGE, min(done, total), total)
        return np.stack(pictures) if pictures else np.empty((0, *scene.size[::-1], 3), np.uint8)

    figures: dict[str, Any] = {}
    if clip is not None:
        moving = moving_pixels(clip.fitted)
        figures |= _compare(draw, bank[chosen], clip.fitted, chosen, moving)
        if clip.withheld is not None and encode is not None:
            figures["held_out"] = _held_out(draw, encode, bank, clip, moving, limit)
    figures |= _beyond_the_clip(scene, draw, encode, samples, seed)
    progress(STAGE, total, total)
    return _rounded(figures)


Draw = Callable[[np.ndarray], np.ndarray]


def _compare(
    draw: Draw, embeddings: np.ndarray, frames: np.ndarray, numbers: np.ndarray, moving: np.ndarray
) -> dict[str, float]:
    """PSNR and SSIM of the pictures of embeddings [M, D] and the frames with these numbers, int [M].

    Args:
        moving: which pixels ever move in the clip, bool [H, W]; they have a PSNR of their own.
    """
    # PSNR is that of the mean error, so the errors are averaged and not the decibels.
    errors, moving_errors, similarities, weights = [], [], [], []
    for piece in _batches(len(embeddings)):
        drawn, shown = draw(embeddings[piece]), frames[numbers[piece]]
        errors.append(mean_squared_error(drawn, shown))
        if moving.any():
            moving_errors.append(mean_squared_error(drawn[:, moving], shown[:, moving]))
        similarities.append(ssim(drawn, shown))
        weights.append(len(drawn))
    error, similarity = np.average([errors, similarities], axis=1, weights=weights)
    figures = {"psnr": decibels(error), "ssim": similarity}
    if moving_errors:
        figures["psnr_moving"] = decibels(float(np.average(moving_errors, weights=weights)))
    return figures


def _held_out(
    draw: Draw, encode: fidelity.Encode, bank: np.ndarray, clip: ClipFrames, moving: np.ndarray, limit: int | None
) -> dict[str, float]:
    assert clip.withheld is not None
    # A withheld frame counts where it lies between two fitted ones.
    chosen = evenly_spread(min(len(clip.withheld), len(bank) - 1), limit)
    pieces = [chosen[piece] for piece in _batches(len(chosen))]
    embeddings = [encode(clip.withheld[numbers]) for numbers in pieces]
    figures = _compare(draw, np.concatenate(embeddings), clip.withheld, chosen, moving)
    errors: dict[str, list[float]] = {"nearest_frame": [], "cross_fade": [], "linear_decode": []}
    for numbers, targets in zip(pieces, embeddings, strict=True):
        frames = clip.withheld[numbers]
        baselines = (
            fidelity.nearest_frames(bank, clip.fitted, targets),
            fidelity.cross_fades(clip.fitted[numbers], clip.fitted[numbers + 1]),
            fidelity.linear_decode(bank, clip.fitted, targets),
        )
        for each, drawn in zip(errors.values(), baselines, strict=True):
            each.append(mean_squared_error(drawn, frames))
    weights = [len(numbers) for numbers in pieces]
    return figures | {name: decibels(float(np.average(each, weights=weights))) for name, each in errors.items()}


def _beyond_the_clip(
    scene: Scene, draw: Draw, encode: fidelity.Encode | None, samples: int, seed: int
) -> dict[str, Any]:
    bank = scene.embeddings
    rollout = np.stack(list(islice(scene.live(scene.life(seed=seed)), ROLLOUT_FRAMES)))
    kinds = {
        "observed": bank[evenly_spread(len(bank), samples)],
        "between": fidelity.in_betweens(bank, samples, seed),
        "rollout": rollout[evenly_spread(len(rollout), samples)],
    }
    consistent: dict[str, float] = {}
    sharp: dict[str, float] = {}
    for kind, embeddings in kinds.items():
        if not len(embeddings):
            continue  # the clip has no two near frames
        drawn = draw(embeddings)
        sharp[kind] = sharpness(drawn)
        if encode is not None:
            cosines = fidelity.consistency(encode, drawn, embeddings, bank.mean(0))
            consistent[kind] = float(np.percentile(cosines, 5))
    relative = {kind: value / max(sharp["observed"], 1e-12) for kind, value in sharp.items() if kind != "observed"}
    return {"sharpness": relative} | ({"consistency": consistent} if consistent else {})


def _batches(count: int) -> Iterator[slice]:
    for first in range(0, count, BATCH):
        yield slice(first, min(first + BATCH, count))


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value) if isinstance(value, dict) else round(float(value), 2 if "psnr" in name else 4)
        for name, value in figures.items()
    }
