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

from alive_cli.report.liveness import frames_needed, liveness
from alive_cli.report.living import VERDICTS, observed_path
from alive_cli.report.naturalness import Reference
from alive_cli.runtime.mood_making import graded, likeness
from alive_cli.runtime.scene import Scene
from bundle_spec.container import read_bundle
from bundle_spec.features.moods import with_moods
from tests.benchmarks.heard import sound
from tests.benchmarks.parts import Part, Row, compared, run

PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""The examples of a mood begin at one of these shares of the clip …"""
EXAMPLE_SECONDS = 0.5
"""… and last so long."""
SETTLING = 10.0
"""A life may take so many seconds to come into a mood."""


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


PARTS: dict[str, Part] = {"moods": moods, "sound": sound}
"""The parts by name: each gives a row of its table for a scene."""

if __name__ == "__main__":
    run(__doc__, PARTS, lambda path: Scene(with_example_moods(path), device="cpu"))
