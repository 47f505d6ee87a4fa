"""How alive a bundle is, measured on its own rollouts through the player itself."""

from itertools import islice
from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.progress import Progress, silent
from alive_cli.report.liveness import LEAST_TEMPERATURE, Observed, frames_needed, liveness, one_way
from alive_cli.runtime.loops import seam, seam_cosine
from alive_cli.runtime.scene import Scene

STAGE = "Checking that it lives"
BLOCK = 250
LOOP_SECONDS = (2, 4, 8)
VERDICTS = ("broken", "frozen", "drifting", "looping", "stuck", "alive")
"""From worst to best; of several lives the worst counts."""


def observed_of(scene: Scene) -> Observed:
    """The clip of a scene in its embedding space; a behavior without a graph knows of no cuts."""
    count = len(scene.embeddings)
    plain = np.append(np.arange(1, count), -1)
    following = plain if scene.graph is None else scene.graph.following
    return Observed(scene.embeddings.astype(np.float64), following)


def evaluate_liveness(
    scene: Scene,
    *,
    temperature: float | None = None,
    seeds: tuple[int, ...] = (0, 1, 2),
    frames: int | None = None,
    most: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Figures of several lives, as `liveness` gives them, averaged, with the worst verdict.

    Args:
        temperature: the scene's default by default; at least 0.05.
        seeds: one life each; the same seeds give the same figures.
        frames: of each life; as many as say enough by default.
        most: limits what the default may come to; on long clips the coverage is then too low.

    Raises:
        InputError: no moment of the scene is followed by another.

    Returns:
        Rounded figures by name, with `verdict`, `verdicts` by seed, `temperature`, `frames`, `one_way`, and
        the `loops` of 2, 4 and 8 seconds: seam, cosine of the
        velocities across it, and the largest step ÷ the clip's.
    """
    controls = scene.controls()
    controls.clock = max(controls.clock if temperature is None else temperature, LEAST_TEMPERATURE)
    observed = observed_of(scene)
    if not observed.stretches():
        raise InputError("The scene observed no motion, so there is nothing to measure.")
    needed = frames_needed(len(observed.embeddings), controls.clock)
    count = frames or min(needed, most or needed)
    total = count * len(seeds)
    lives = []
    for number, seed in enumerate(seeds):
        embeddings = scene.live(scene.life(controls, seed=seed))
        path: list[np.ndarray] = []
        for done in range(0, count, BLOCK):
            path += islice(embeddings, min(BLOCK, count - done))
            progress(STAGE, number * count + len(path), total)
        rollout = np.stack(path).astype(np.float64)
        lives.append(liveness(rollout, observed, temperature=controls.clock, fps=scene.fps))
    verdicts = [str(life["verdict"]) for life in lives]
    figures: dict[str, Any] = {"verdict": min(verdicts, key=VERDICTS.index), "verdicts": verdicts}
    figures |= {"temperature": controls.clock, "frames": count}
    whole = [life for life in lives if len(life) > 1]
    for name in whole[0] if whole else ():
        if name != "verdict":
            figures[name] = round(float(np.mean([life[name] for life in whole])), 4)
    figures["one_way"] = round(one_way(observed), 4)
    figures["loops"] = {}
    largest = float(observed.steps.max())
    for seconds in LOOP_SECONDS:
        loop = scene.loop(controls, frames=max(3, round(seconds * scene.fps)), seed=seeds[0])
        steps = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
        figures["loops"][f"{seconds}"] = {
            "seam": round(seam(loop), 4),
            "cosine": round(seam_cosine(loop), 4),
            "largest_step": round(float(steps.max() / max(largest, 1e-12)), 4),
        }
    return figures
