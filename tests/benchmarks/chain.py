"""The whole chain on real clips: what fitting, the bundle and playing cost.

    python tests/benchmarks/chain.py [CLIP …] [--recipes original living] [--quality draft | --budget SECONDS]
                                     [--json FILE] [--sheets FOLDER]

Without clips, the example is drawn and measured. Timings are medians; compare them within one run
only. What drawing costs is playback.py's, and which generator draws best is generator.py's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from alive_cli import Scene
from alive_cli.media.decode import read_clip
from bundle_spec.container import read_bundle

sys.path.insert(0, str(Path(__file__).parent))

from playback import first_picture_seconds, median_seconds

SHEET_COLUMNS, SHEET_ROWS, SHEET_SIDE = 8, 3, 160
REPOSITORY = Path(__file__).parents[2]


def contact_sheet(scene: Scene, clip: Path, target: Path, every: int = 15) -> None:
    """Rows: observed frames, the same numbers drawn, then one rollout at the defaults, `every` frames apart."""
    size = scene.size_within(SHEET_SIDE)
    numbers = np.linspace(0, len(scene.embeddings) - 1, SHEET_COLUMNS).round().astype(int)
    frames = read_clip(clip, size=max(scene.size)).frames
    rows = [[np.asarray(Image.fromarray(frames[min(i, len(frames) - 1)]).resize(size)) for i in numbers]]
    rows.append([scene.draw(scene.embeddings[i], size) for i in numbers])
    life = islice(scene.live(scene.life()), 0, SHEET_ROWS * SHEET_COLUMNS * every, every)
    drawn = [scene.draw(embedding, size) for embedding in life]
    rows += [drawn[first : first + SHEET_COLUMNS] for first in range(0, len(drawn), SHEET_COLUMNS)]
    Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in rows])).save(target)


def visited(scene: Scene, frames: int = 600) -> float:
    """Share of the observed numbers that are nearest at least once in `frames` frames of a rollout."""
    path = np.stack(list(islice(scene.live(scene.life()), frames)))
    return len(set((path @ scene.embeddings.T).argmax(1))) / len(scene.embeddings)


def measure(clip: Path, recipe: str, length: list[str], folder: Path, sheets: Path | None) -> dict[str, Any]:
    bundle = folder / f"{clip.stem}-{recipe}.alive"
    command = [sys.executable, "-m", "alive_cli.cli", "fit", str(clip), "-o", str(bundle), "--encoder", "pca"]
    began = time.perf_counter()
    subprocess.run([*command, "--recipe", recipe, *length], check=True, capture_output=True)
    seconds = time.perf_counter() - began
    manifest = read_bundle(bundle).manifest
    row: dict[str, Any] = {
        "clip": clip.name,
        "recipe": recipe,
        "frames": manifest.source.frames,
        "fit_s": round(seconds, 1),
    }
    row |= {"size": f"{manifest.source.width}x{manifest.source.height}", "steps": manifest.recipe.settings["steps"]}
    row |= manifest.figures
    scene = Scene.open(bundle, device="cpu")
    life = scene.life()
    row["ms_behavior_step"] = round(median_seconds(life.advance, 40) * 1e3 / manifest.behavior.steps_per_frame, 3)  # type: ignore[union-attr]
    row["visited"] = round(visited(scene), 3)
    row["first_picture_s"] = round(first_picture_seconds(bundle), 2)
    row["bytes"] = {"file": bundle.stat().st_size} | {name: part.bytes for name, part in manifest.parts.items()}
    if sheets:
        contact_sheet(scene, clip, sheets / f"{clip.stem}-{recipe}.png")
    return row


def print_table(rows: list[dict[str, Any]]) -> None:
    """Figures down, clips and recipes across; a figure that a recipe doesn't have stays empty."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    print("| figure | " + " | ".join(f"{row['clip']} {row['recipe']}" for row in rows) + " |")
    print("| --- |" + " --- |" * len(rows))
    for name in names[2:]:
        print(f"| {name} | " + " | ".join(str(row.get(name, "")) for row in flat) + " |")


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{name}: ")
        elif isinstance(value, float) and 0 < abs(value) < 1e-3:
            flat[prefix + name] = f"{value:.1e}"
        else:
            flat[prefix + name] = f"{value:,}" if isinstance(value, int) else str(value)
    return flat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--recipes", nargs="+", default=["original", "living"])
    parser.add_argument("--quality", default="draft", choices=["draft", "standard", "high"])
    parser.add_argument("--budget", type=float)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path)
    options = parser.parse_args()
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        clips = options.clips
        if not clips:
            clips = [Path(folder) / "napping_cat.mp4"]
            draw = [sys.executable, str(REPOSITORY / "examples" / "napping_cat.py")]
            subprocess.run([*draw, str(clips[0]), "0.25"], check=True)  # 320×180, so that a run takes minutes
        length = ["--budget", str(options.budget)] if options.budget else ["--quality", options.quality]
        rows = [
            measure(clip, recipe, length, Path(folder), options.sheets) for clip in clips for recipe in options.recipes
        ]
    command = [sys.executable, "-m", "alive_cli.cli", "--help"]
    help_seconds = median_seconds(lambda: subprocess.run(command, check=True, capture_output=True), 7)
    print_table(rows)
    print(f"\nalive --help: {help_seconds:.2f} s")
    if options.json:
        options.json.write_text(json.dumps({"help_s": round(help_seconds, 3), "clips": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
