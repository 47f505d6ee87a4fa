"""How scenes react to what people ask of them.

    python tests/benchmarks/reacts.py BUNDLE… --clips FOLDER_OR_CLIP… [--only go_to touch look latency] [--json FILE]

`go_to`: ten lives are sent to ten random frames each, after one to three free seconds at the defaults. `arrived` is the
share of the goals that they come to, `shown` the share where the picture then shows the frame: it is within two median
steps of its embedding. `told` is the worst ratio of the real time to the time that was told, `median` and `p90` are
seconds on the way. `plan` and `worst plan` are milliseconds of a core for one call of `go_to`, without the first call
of a scene, `first plan`, which prepares the search. `natural` is the naturalness of pictures on the way ÷ that of as
many pictures of free lives, `broken` and `free broken` the shares of broken ones, and `step` the largest step between
two embeddings on the way ÷ the largest of free lives.

`touch`: sixty drags of what moves, of 0.5 to 5 % of the width, in a life at the defaults. `error` is how far what is
held is from the pointer ÷ the drag, by flow on the pictures (median, and 90 % of them); `within ¼` the share of the
drags where that is at most a quarter. `ratio` and `broken` are the naturalness of pictures during the drags. `left
after 3 s` is the worst share of the change that is left three seconds after the release, and `failed` how many of a
thousand random drags give numbers or pictures that are none.

`look`: a pointer wanders for fifteen seconds. `across` and `down` are its correlation with the displacement of what
moves most, by flow against one picture, so that the life's own motion counts against it.

`latency`: milliseconds from a drag to the first picture that shows it, in a window (SDL's dummy display) at the scene's
own size, and the pictures a second meanwhile beside the scene's own rate.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.report.living import observed_path
from alive_cli.report.naturalness import Reference
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene
from tests.benchmarks import steered
from tests.benchmarks.parts import Part, Row, compared, run

LIVES, GOALS = 10, 10
"""So many lives are sent to so many goals each."""
FREE_SECONDS = 1.0, 3.0
"""Before each goal a life is free for a time in this range."""
FREE_LIFE = 20.0
"""So many seconds of free lives are compared with the ways to goals."""
LONGEST = 60.0
"""A life that is on its way for so many seconds will not arrive."""
SHOWN = 2.0
"""A picture shows a frame if their embeddings are at most so many median steps apart."""


def go_to(scene: Scene, reference: Reference | None) -> Row:
    """What happens when lives are sent to random frames."""
    random = np.random.default_rng(0)
    unit = observed_path(scene).unit
    ratios, seconds, plans, apart = [], [], [], []
    ways: list[np.ndarray] = []
    free: list[np.ndarray] = []
    for seed in range(LIVES):
        life = scene.life(seed=seed)
        arrivals: list[object] = []
        life.on("arrived", arrivals.append)
        for _ in range(GOALS):
            last = advanced(life, round(random.uniform(*FREE_SECONDS) * scene.fps))[-1]
            frame = int(random.integers(life.frames))
            began = time.thread_time()
            goal = life.go_to(life.second_of(frame))
            plans.append(1000 * (time.thread_time() - began))
            arrivals.clear()
            way = [last]
            while not arrivals and len(way) <= LONGEST * scene.fps:
                way.append(life.advance())
            if not arrivals:
                life.give_up()
                continue
            real = (len(way) - 1) / scene.fps if goal.seconds else 0.0
            ratios.append(real / goal.seconds if goal.seconds else 1.0)
            seconds.append(real)
            if real:
                apart.append(float(np.linalg.norm(way[-1] - scene.embeddings[frame]) / unit))
                ways.append(np.stack(way))
        free.append(advanced(scene.life(seed=LIVES + seed), round(FREE_LIFE * scene.fps)))
    step, free_step = (max(largest_step(path) for path in paths) for paths in (ways, free))
    return {
        "arrived": len(ratios) / (LIVES * GOALS),
        "shown": float(np.mean(np.array(apart) <= SHOWN)),
        "told": max(ratios, key=lambda ratio: abs(ratio - 1)),
        "median": float(np.median(seconds)),
        "p90": float(np.percentile(seconds, 90)),
        "plan": float(np.median(plans[1:])),
        "worst plan": max(plans[1:]),
        "first plan": plans[0],
        **compared(scene, np.concatenate([way[1:] for way in ways]), np.concatenate(free), reference),
        "step": step / free_step,
    }


def advanced(life: Rollout, frames: int) -> np.ndarray:
    """The next embeddings of a life, [frames, D]."""
    return np.stack([life.advance() for _ in range(frames)])


def largest_step(embeddings: np.ndarray) -> float:
    """The largest distance of an embedding to the one before it."""
    return float(np.linalg.norm(np.diff(embeddings, axis=0), axis=1).max())


PARTS: dict[str, Part] = {
    "go_to": go_to,
    "touch": steered.touch,
    "look": steered.look,
    "latency": steered.latency,
}
"""The parts by name: each gives a row of its table for a scene."""

if __name__ == "__main__":
    run(__doc__, PARTS, lambda path: Scene.open(path, device="cpu"))
