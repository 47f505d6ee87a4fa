"""The best of several loops, chosen by their pictures."""

from alive_cli.progress import Progress, silent
from alive_cli.report.seam import LoopPictures, Seam, SeamJudge
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.loops import Loop, steady_starts
from alive_cli.runtime.scene import Scene

STAGE = "Choosing a loop"
"""The progress bar shows this stage while loops are judged."""
MOST_LOOPS = 6
"""So many loops are judged at most, because each takes as long as some thirty pictures."""
MOST_STARTS = 6
"""The wrap of the best loop is judged at so many places at most."""


def best_loop(
    scene: Scene,
    controls: Controls | None = None,
    *,
    frames: int,
    fps: float | None = None,
    seed: int | None = None,
    start_at: float | None = None,
    judge: SeamJudge | None = None,
    progress: Progress = silent,
) -> tuple[Loop, Seam]:
    """The loop with the least visible seam among the cheapest ones, and how visible its seam is.

    The first loop whose transitions are invisible is taken. It begins where its pictures move most evenly.

    Args:
        judge: it judges the loops; by default one that takes pictures of observed embeddings for the clip.

    Raises:
        InputError: as for `Scene.loops`, which has the other arguments.
    """
    judge = judge or SeamJudge(scene)
    rate = fps or scene.fps
    best: tuple[float, Loop, LoopPictures] | None = None
    loops = scene.loops(
        controls, frames=frames, fps=fps, seed=seed, start_at=start_at, most=MOST_LOOPS, progress=progress
    )
    for number, loop in enumerate(loops, 1):
        pictures = judge.pictures(loop)
        unevenness = judge.unevenness(loop, rate, pictures)
        progress(STAGE, number, MOST_LOOPS)
        if best is None or unevenness < best[0]:
            best = unevenness, loop, pictures
        if unevenness <= 1:
            break
    progress(STAGE, MOST_LOOPS, MOST_LOOPS)
    assert best is not None
    _, loop, pictures = best
    if start_at is None:
        turns = {start: pictures.turned(start) for start in steady_starts(loop.embeddings, MOST_STARTS)}
        start = min(turns, key=lambda each: judge.wrap_unevenness(turns[each]))
        loop, pictures = loop.turned(start), turns[start]
    return loop, judge.seam(loop, rate, pictures)
