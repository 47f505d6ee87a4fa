"""Paintings that move: seconds, milliseconds a picture beside the scene's own, exactness, size, how far they stretch.

python -m tests.benchmarks.transfer SCENE.alive PAINTING.jpg POINTS.json [--json FILE]
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from alive_cli.media.pictures import read_pictures
from alive_cli.observation.painting.points import read_pairs
from alive_cli.runtime.goals import frame_at
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import stretch_of

PICTURES = 60
"""So many pictures of a life are timed."""
LONGEST = 480
"""Both scenes are timed at this longest side."""
SHARES = (0.5, 0.9, 1.0)
"""Stretches of the observed frames are given at these quantiles."""


def milliseconds(scene: Scene, size: tuple[int, int]) -> float:
    """Median time of a picture of a life."""
    lives = list(islice(scene.live(scene.life(seed=1)), PICTURES))
    times = []
    for embedding in lives:
        began = time.perf_counter()
        scene.draw(embedding, size)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times[5:]))


def measured(source: Path, painting: Path, points: Path, folder: Path) -> dict[str, float]:
    """All figures of one painting."""
    output = folder / "painting.alive"
    command = ["transfer", str(source), str(painting), "--points", str(points), "-o", str(output)]
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "alive_cli.cli", *command], check=True, capture_output=True)
    seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    clip, scene = Scene.open(source, device="cpu"), Scene.open(output, device="cpu")
    assert scene.manifest.painting is not None
    whole = (scene.manifest.painting.width, scene.manifest.painting.height)
    pairs = read_pairs(points, clip.size, whole)
    frame = frame_at(clip.manifest.source, len(clip.embeddings), pairs.second or 0.0)
    original = next(read_pictures([painting], scene.size)).astype(float)
    error = float(np.square(scene.draw(scene.embeddings[frame]) - original).mean())
    warp = scene.manifest.drawing.warp if scene.manifest.drawing else None
    assert warp is not None
    modes = scene.drawing.motion_modes.reshape(warp.motion_modes, warp.motion_grid[1], warp.motion_grid[0], 2)  # type: ignore[attr-defined]
    motion = scene._bank["warp_motion"][:, 0].astype(np.float32)
    stretches = [stretch_of(np.tensordot(each, modes, 1), scene.size) for each in motion]
    # The same number of pixels for both.
    side = lambda own: own.size_within(LONGEST)  # noqa: E731
    pixels = math.prod(side(clip)) / math.prod(side(scene))
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "ms": round(milliseconds(scene, side(scene)) * pixels, 2),
        "ms_clip": round(milliseconds(clip, side(clip)), 2),
        "psnr_calm": math.inf if error == 0 else round(10 * math.log10(255**2 / error), 1),
        "megabytes": round(output.stat().st_size / 1e6, 2),
        **{f"stretch_{share:g}": round(float(np.quantile(stretches, share)), 2) for share in SHARES},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("painting", type=Path)
    parser.add_argument("points", type=Path)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(chosen.scene, chosen.painting, chosen.points, Path(folder))
    print("| " + " | ".join(figures) + " |")
    print("| " + " | ".join("---" for _ in figures) + " |")
    print("| " + " | ".join(f"{value:g}" for value in figures.values()) + " |")
    if chosen.json is not None:
        text = {name: value if math.isfinite(value) else None for name, value in figures.items()}
        chosen.json.write_text(json.dumps(text, indent=1) + "\n")


if __name__ == "__main__":
    main()
