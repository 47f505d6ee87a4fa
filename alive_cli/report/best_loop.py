"""The best of several loops, chosen by their pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from alive_cli.progress import Progress, silent
from alive_cli.report.seam import LoopPictures, Seam, SeamJudge
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.loops import Loop, steady_starts
from alive_cli.runtime.scene import Scene

STAGE = "Choosing a loop"
"""The progress bar shows this stage while loops are judged."""
OTHER_STAGE = "Trying other lengths"
"""The progress bar shows this stage while a length with a less visible seam is looked for."""
MOST_LOOPS = 6
"""So many loops are judged at most, because each takes as long as some thirty pictures."""
GOOD = 1.2
"""A loop with this score is taken at once, because nobody sees its seam and it moves enough."""
MOST_STARTS = 6
"""The wrap of the best loop is judged at so many places at most."""
OTHER_LENGTHS = (0.8, 0.5, 0.6)
"""Where a loop has a visible seam, loops with these shares of its length are tried. Each takes a few seconds, and most
clips have a length among them that closes better."""
LEAST_OTHER_SECONDS = 1.0
"""No shorter loop than this is suggested, because people see that it repeats."""
LOOP_SECONDS = (2, 4, 8)
"""The seams of loops of these lengths in seconds are measured."""


def loop_seams(
    scene: Scene,
    controls: Controls | None = None,
    *,
    seed: int = 0,
    frames: np.ndarray | None = None,
    progress: Progress = silent,
) -> dict[str, dict[str, Any]]:
    """The figures of `Seam` of the best loops of LOOP_SECONDS, by their seconds.

    Args:
        frames: the clip, uint8 [N, H, W, 3], if it is at hand.
    """
    judge = SeamJudge(scene, frames)
    seams = {}
    for seconds in LOOP_SECONDS:
        count = max(3, round(seconds * scene.fps))
        _, seam = best_loop(scene, controls, frames=count, seed=seed, judge=judge, suggest=False, progress=progress)
        seams[f"{seconds}"] = seam.figures()
    return seams


def best_loop(
    scene: Scene,
    controls: Controls | None = None,
    *,
    frames: int,
    fps: float | None = None,
    seed: int | None = None,
    start_at: float | None = None,
    moods: Mapping[str, float] | None = None,
    judge: SeamJudge | None = None,
    suggest: bool = True,
    may_shorten: bool = False,
    progress: Progress = silent,
) -> tuple[Loop, Seam]:
    """The loop with the least visible seam among the cheapest ones, and how visible its seam is.

    A loop that moves less than the cheapest one counts as worse. The chosen one begins where its pictures move most
    evenly.

    Args:
        judge: it judges the loops; by default one that takes pictures of observed embeddings for the clip.
        suggest: whether to look for a better length where the seam is visible.
        may_shorten: whether to return the loop of that length.

    Raises:
        InputError: as for `Scene.loops`, which has the other arguments.
    """
    judge = judge or SeamJudge(scene)

    def of(count: int) -> tuple[Loop, Seam]:
        loops = scene.loops(
            controls,
            frames=count,
            fps=fps,
            seed=seed,
            start_at=start_at,
            moods=moods,
            most=MOST_LOOPS,
            progress=progress,
        )
        return _least_visible(loops, judge, may_turn=start_at is None, progress=progress)

    loop, seam = of(frames)
    if not suggest or seam.verdict != "visible":
        return loop, seam
    rate = fps or scene.fps
    for number, share in enumerate(OTHER_LENGTHS):
        progress(OTHER_STAGE, number, len(OTHER_LENGTHS))
        seconds = round(share * frames / rate, 1)
        if seconds < LEAST_OTHER_SECONDS:
            continue
        other = of(max(1, round(seconds * rate)))
        if other[1].verdict != "visible":
            loop, seam = other if may_shorten else (loop, replace(seam, better_seconds=seconds))
            break
    progress(OTHER_STAGE, len(OTHER_LENGTHS), len(OTHER_LENGTHS))
    return loop, seam


def _least_visible(loops: Iterator[Loop], judge: SeamJudge, *, may_turn: bool, progress: Progress) -> tuple[Loop, Seam]:
    """The best of some loops, and its seam; it begins where its motion is steadiest, if it `may_turn`."""
    best: tuple[float, Loop, LoopPictures] | None = None
    usual = 0.0
    for number, loop in enumerate(loops, 1):
        pictures = judge.pictures(loop)
        pace = _pace(loop)
        usual = usual or pace
        score = max(1.0, judge.unevenness(loop, pictures)) * max(1.0, usual / max(pace, 1e-9)) ** 2
        progress(STAGE, number, MOST_LOOPS)
        if best is None or score < best[0]:
            best = score, loop, pictures
        if score <= GOOD:
            break
    progress(STAGE, MOST_LOOPS, MOST_LOOPS)
    assert best is not None
    _, loop, pictures = best
    if may_turn:
        turns = {start: pictures.turned(start) for start in steady_starts(loop.embeddings, MOST_STARTS)}
        start = min(turns, key=lambda each: judge.wrap_unevenness(turns[each]))
        loop, pictures = loop.turned(start), turns[start]
    return loop, judge.seam(loop, pictures)


def _pace(loop: Loop) -> float:
    """The mean length of a loop's steps."""
    return float(np.linalg.norm(loop.embeddings - np.roll(loop.embeddings, 1, axis=0), axis=1).mean())
