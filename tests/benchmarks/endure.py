"""Is a scene still alive, and is memory still small, after a very long life?

    python tests/benchmarks/endure.py BUNDLE [--steps 1000000]

Each row has the figures of `alive eval` for a part of one life at the defaults, and the resident memory at its end.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.report.liveness import frames_needed, liveness
from alive_cli.report.living import observed_path
from alive_cli.runtime.scene import Scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--steps", type=int, default=1_000_000)
    arguments = parser.parse_args()
    scene = Scene.open(arguments.bundle)
    observed = observed_path(scene)
    life = scene.life(seed=0)
    measured = frames_needed(len(observed.embeddings), 1.0)
    for name, skipped in (("beginning", 0), ("end", arguments.steps - 2 * measured)):
        for _ in range(skipped):
            life.advance()
        rollout = np.stack([life.advance() for _ in range(measured)]).astype(np.float64)
        figures = liveness(rollout, observed, speed=1.0, fps=scene.fps)
        row = {"part": name, "step": life.number, "resident_MB": resident(), **figures}
        print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}))


def resident() -> int:
    """Memory of this process now, MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 1_000_000


if __name__ == "__main__":
    main()
