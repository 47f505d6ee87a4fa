"""How well scenes understand what people mean.

    python tests/benchmarks/understands.py BUNDLE… --clips FOLDER_OR_CLIP… [--only moods sound] [--json FILE]

`moods`: five moods from examples of half a second, spread evenly over the clip, each at strength 1 for as long a life
as `alive eval` measures. The scenes must have been exported by this version. `share` is the mean share of the time,
after the first ten seconds, with the fifth of the frames that are most like the examples, `least` that of the worst
mood, `half` that at strength 0.5, `free` that without a mood, and `avoided` that at strength -1. `lives` is the worst
verdict at strength 1, `alive` the number of moods with the verdict alive. `replay` and `free replay` are mean shares of
frames that replay the clip, `covered` is the mean share of a mood's frames that are visited. `natural` is the
naturalness of pictures in moods ÷ that of as many pictures of free lives, `broken` and `free broken` the shares of
broken ones. `weigh` is the longest time of a core, in milliseconds, that a mood takes to be chosen.

`lead`: scenes fitted to the first part of a clip (`alive fit CLIP --duration HALF`) and led by the rest of it; see
led.py.

`actions`: each action is done from twenty random frames, at the defaults. `count` and `seconds` are the number of
actions and their length, `recur` the number of those that occur more than once. `alike` is the mean correlation of the
pose's velocity, from the picture that shows the beginning to the one that shows the end, with the mean of the action's
occurrences; `least` that of the worst action, `others` the mean correlation with the other actions, and `free` that of
a life which does nothing in particular with an action. `begun` is the share of the actions that begin, `median` and
`p90` are the seconds until then. `natural` and `broken` are those of the pictures of ways and actions.

`sound`: milliseconds from an onset in a sound file to the first picture in a window (SDL's dummy display, the scene's
own size) that differs by half a level from that of a life that hears nothing: `nudge ms` (median, 90 % and most of
twenty clicks) with `beat=nudge`, `temperature ms` and `speed ms` (medians of six lives) with those. A microphone adds
the system's own delay. `fps` are the pictures a second. `natural` is the naturalness of a life that hears drums
(`loud=temperature`, `beat=nudge`) ÷ that of a free one, `broken` and `free broken` the shares of broken pictures.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.report.action_finding import with_own_actions
from alive_cli.report.liveness import frames_needed, liveness
from alive_cli.report.living import VERDICTS, observed_path
from alive_cli.report.naturalness import Reference
from alive_cli.runtime.mood_making import graded, likeness
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene
from bundle_spec.container import read_bundle
from bundle_spec.features.moods import with_moods
from tests.benchmarks.heard import sound
from tests.benchmarks.led import lead
from tests.benchmarks.parts import ClipPart, Part, Row, compared, run

PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""The examples of a mood begin at one of these shares of the clip …"""
EXAMPLE_SECONDS = 0.5
"""… and last so long."""
SETTLING = 10.0
"""A life may take so many seconds to come into a mood."""
STARTS = 20
"""Each action is done from so many random frames."""
LONGEST = 60.0
"""An action that has not ended after so many seconds will not."""


def with_example_moods(path: Path) -> Any:
    """A bundle with a mood from examples at each of PLACES, and no others."""
    bundle = read_bundle(path)
    embeddings = Scene(bundle, device="cpu").embeddings
    length = round(EXAMPLE_SECONDS * bundle.manifest.source.fps)
    moods = {}
    for place in PLACES:
        first = min(round(place * len(embeddings)), len(embeddings) - length)
        moods[f"at{100 * place:.0f}"] = graded(likeness(embeddings, [(first, first + length - 1)]))
    return with_moods(bundle, moods)


def lived(scene: Scene, moods: Mapping[str, float], seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """A life in moods: embeddings [F, D], the frames that it comes to [F], and milliseconds to choose the moods."""
    life = scene.life(seed=seed)
    began = time.thread_time()
    life.put_in(moods)
    milliseconds = 1000 * (time.thread_time() - began)
    embeddings, nodes = [], []
    for _ in range(frames_needed(len(scene.embeddings), 1.0)):
        embeddings.append(life.advance())
        nodes.append(life.node)
    return np.stack(embeddings), np.array(nodes), milliseconds


def moods(scene: Scene, reference: Reference | None) -> Row:
    """What moods from examples do to lives."""
    observed, settled = observed_path(scene), round(SETTLING * scene.fps)
    rows: list[dict[str, float]] = []
    verdicts, moody, free = [], [], []
    for seed, (name, much) in enumerate(scene.moods.items()):
        within = much >= 0.5
        shares = {}
        for column, strength in {"share": 1.0, "half": 0.5, "free": 0.0, "avoided": -1.0}.items():
            embeddings, nodes, milliseconds = lived(scene, {name: strength}, seed)
            shares[column] = float(within[nodes[settled:]].mean())
            if strength not in (0, 1):
                continue
            figures = liveness(embeddings.astype(np.float64), observed, speed=1.0, fps=scene.fps, visited=nodes)
            (moody if strength else free).append(embeddings[settled:])
            shares["replay" if strength else "free replay"] = float(figures["replay"])
            if strength:
                verdicts.append(str(figures["verdict"]))
                visited = np.unique(nodes[settled:])
                shares |= {"covered": float(within[visited].sum() / within.sum()), "weigh": milliseconds}
        rows.append(shares)
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return {
        "share": means["share"],
        "least": min(row["share"] for row in rows),
        **{key: means[key] for key in ("half", "free", "avoided")},
        "lives": min(verdicts, key=VERDICTS.index),
        "alive": verdicts.count("alive"),
        **{key: means[key] for key in ("replay", "free replay", "covered")},
        **compared(scene, np.concatenate(moody), np.concatenate(free), reference),
        "weigh": max(row["weigh"] for row in rows),
    }


def actions(scene: Scene, reference: Reference | None) -> Row:
    """How well actions are done from random frames."""
    means = {name: mean_motion(scene, ranges) for name, ranges in scene.actions.items()}
    random = np.random.default_rng(0)
    alike: dict[str, list[float]] = {name: [] for name in means}
    others, idle, seconds = [], [], []
    shown, free = [], []
    for name, mean in means.items():
        for seed in range(STARTS):
            frame = int(random.integers(len(scene.embeddings)))
            life = scene.life(seed=seed, start_at=life_second(scene, frame))
            done, waited = acted(life, name)
            if done is None:
                continue
            seconds.append(waited / scene.fps)
            shown.append(done)
            motion = velocities(scene, done[waited:])
            alike[name].append(correlation(motion, mean))
            others += [correlation(motion, mean) for other, mean in means.items() if other != name]
            life = scene.life(seed=STARTS + seed, start_at=life_second(scene, frame))
            free.append(np.stack([life.advance() for _ in range(len(done))]))
            idle.append(correlation(velocities(scene, free[-1]), mean))
    figures = [figure for row in alike.values() for figure in row]
    lengths = [last - first + 1 for ranges in scene.actions.values() for first, last in ranges]
    return {
        "count": len(means),
        "recur": sum(len(ranges) > 1 for ranges in scene.actions.values()),
        "seconds": float(np.median(lengths)) / scene.fps,
        "alike": float(np.mean(figures)),
        "least": min(float(np.mean(row)) for row in alike.values() if row),
        "others": float(np.mean(others)) if others else None,
        "free": float(np.mean(idle)),
        "begun": len(seconds) / (STARTS * len(means)),
        "median": float(np.median(seconds)),
        "p90": float(np.percentile(seconds, 90)),
        **compared(scene, np.concatenate(shown), np.concatenate(free), reference),
    }


def life_second(scene: Scene, frame: int) -> float:
    """The second of the source that an observed frame shows."""
    source = scene.manifest.source
    return source.start + frame / source.fps


def acted(life: Rollout, name: str) -> tuple[np.ndarray | None, int]:
    """A life that does an action: its embeddings up to the end of the action, [F, D], None if it never begins; and the
    number of those before the picture that shows the beginning."""
    begun: list[int] = []
    embeddings: list[np.ndarray] = []
    life.on("arrived", lambda goal: begun.append(len(embeddings)))
    goal = life.act(name)
    while life.goals and len(embeddings) < LONGEST * life.source.fps:
        embeddings.append(life.advance())
        goal = life.goals[0] if life.goals else goal
    return (np.stack(embeddings), begun[0]) if begun else (None, 0)


def velocities(scene: Scene, embeddings: np.ndarray) -> np.ndarray:
    """The motion of the pose from each embedding to the next, [F − 1, S], in displacements."""
    steering = scene.steering
    assert steering is not None
    return np.diff(np.stack([steering.own(each) * steering.spread for each in embeddings]), axis=0)


def mean_motion(scene: Scene, ranges: list[list[int]]) -> np.ndarray:
    """The mean motion of an action's occurrences in the clip, [F − 1, S]."""
    motions = [velocities(scene, scene.embeddings[first : last + 1]) for first, last in ranges]
    length = min(map(len, motions))
    return np.asarray(np.mean([motion[:length] for motion in motions], 0))


def correlation(motion: np.ndarray, mean: np.ndarray) -> float:
    """The correlation of two motions from their beginnings on."""
    length = min(len(motion), len(mean))
    return float(np.corrcoef(motion[:length].ravel(), mean[:length].ravel())[0, 1]) if length else 0.0


PARTS: dict[str, Part] = {"moods": moods, "actions": actions, "sound": sound}
"""The parts by name: each gives a row of its table for a scene."""
CLIP_PARTS: dict[str, ClipPart] = {"lead": lead}
"""Those that read more of a clip than its scene was fitted to."""

if __name__ == "__main__":
    run(__doc__, PARTS, lambda path: Scene(with_own_actions(with_example_moods(path)), device="cpu"), CLIP_PARTS)
