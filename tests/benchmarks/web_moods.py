"""Whether moods hold lives in a page as they do in Python: `python tests/benchmarks/web_moods.py BUNDLE…`.

Moods from examples, as in understands.py, each at strength 1. `share` is the mean share of the frames, after the first
ten seconds, that are among the fifth that is most like the examples, in a page and in Python; `least` that of the worst
mood. `same nodes` are the frames that a page comes to as Python does, of all. `weights` is the number of weights that
differ from Python's in any bit. `weigh` is the longest time, in milliseconds, until a page has put a scene in a mood.
Needs the built player (make web), Chromium and Node.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli import Scene
from alive_cli.report.liveness import frames_needed
from alive_cli.runtime.moods import liking, mood_weights
from bundle_spec.container import WEIGHTS_NAME, pack_bundle
from tests.benchmarks.understands import SETTLING, lived, with_example_moods
from tests.conftest import REPOSITORY
from tests.web.browsers import ask
from tests.web.modules import run_module
from tests.web.scripts import ELEMENT
from tests.web.test_moods import WEIGHING

DIST = REPOSITORY / "alive_cli" / "web" / "dist"

LIVES = """
const { Player } = await import("/alive-scene.js");
const player = await open(Player, "scene.alive");
const lives = [];
for (const [seed, name] of player.info.moods.entries()) {
  await player.begin(BigInt(seed));
  const begun = performance.now();
  await player.putIn(new Map([[name, 1]]));
  const weigh = performance.now() - begun;
  const nodes = [];
  for (let frame = 0; frame < QUESTION.frames; frame++) nodes.push((await player.live()).node);
  lives.push({ nodes, weigh });
}
await report(lives);
"""


def measure(path: Path) -> dict[str, Any]:
    """The figures of one scene."""
    bundle = with_example_moods(path)
    scene = Scene(bundle, device="cpu")
    assert scene.graph is not None
    frames, settled = frames_needed(len(scene.embeddings), 1.0), round(SETTLING * scene.fps)
    parts = {name: part for name, part in bundle.parts.items() if name != WEIGHTS_NAME}
    script = f"const QUESTION = {json.dumps({'frames': frames})};\n{ELEMENT}{LIVES}"
    lives = ask(script, [DIST], {"scene.alive": pack_bundle(bundle.manifest, parts)}, seconds=900)["result"]
    if "crash" in lives:
        sys.exit(f"The page failed: {lives['crash']}")
    graph = {
        "targets": scene.graph.targets.ravel().tolist(),
        "costs": scene.graph.costs.ravel().astype(float).tolist(),
    }
    shares, own_shares, same, different = [], [], 0, 0
    for seed, ((name, much), life) in enumerate(zip(scene.moods.items(), lives, strict=True)):
        _, nodes, _ = lived(scene, {name: 1.0}, seed)
        same += int((nodes == life["nodes"]).sum())
        within = much >= 0.5
        shares.append(within[life["nodes"][settled:]].mean())
        own_shares.append(within[nodes[settled:]].mean())
        liked = np.asarray(liking(scene.moods, {name: 1.0}))
        with tempfile.TemporaryDirectory() as folder:
            (weights,) = run_module(WEIGHING, [{"liking": liked.tolist(), **graph}], Path(folder))
        expected = mood_weights(liked, scene.graph.targets, scene.graph.costs)
        different += int((np.array(weights, np.float32).view(np.int32) != expected.view(np.int32)).sum())
    return {
        "frames": frames,
        "share": float(np.mean(shares)),
        "in Python": float(np.mean(own_shares)),
        "least": float(min(shares)),
        "same nodes": f"{same} of {len(lives) * frames}",
        "weights": different,
        "weigh": max(life["weigh"] for life in lives),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    rows = {path.stem: measure(path) for path in parser.parse_args().bundles}
    columns = list(next(iter(rows.values())))
    print("| scene | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for name, row in rows.items():
        cells = [f"{each:.3g}" if isinstance(each, float) else str(each) for each in row.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
