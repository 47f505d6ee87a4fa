"""How natural, steady and faithful the pictures of scenes are, beside the clips that they were fitted to.

    python tests/benchmarks/naturalness.py BUNDLE… --clips FOLDER_OR_CLIP… [--net fine] [--json FILE]

A bundle is compared with the clip whose name its manifest holds. `alone` are the frames of transitions alone,
`between` the embeddings halfway between observed frames nearer than the median distance. All figures are those of
`alive eval`, with the seeds 0, 1 and 2.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from alive_cli.media.sampling import read_frames
from alive_cli.report.evaluate import evaluate
from alive_cli.report.naturalness import (
    Reference,
    between_embeddings,
    draw_judged,
    evaluate_naturalness,
    judge,
    reference_of,
    transition_embeddings,
)
from alive_cli.report.rollouts import judged_rollouts
from alive_cli.report.steadiness import evaluate_steadiness
from alive_cli.runtime.scene import Scene

COMPARED = 100
"""PSNR is measured on so many evenly spread frames."""
COLUMNS = {
    "rollout": ("naturalness", "rollout"),
    "real": ("naturalness", "real"),
    "ratio": ("naturalness", "ratio"),
    "broken": ("naturalness", "broken"),
    "withheld": ("naturalness", "withheld"),
    "ratio withheld": ("naturalness", "ratio_withheld"),
    "strange": ("naturalness", "strange"),
    "alone": ("transitions", "rollout"),
    "broken alone": ("transitions", "broken"),
    "between": ("between", "rollout"),
    "broken between": ("between", "broken"),
    "still": ("steadiness", "still"),
    "still, clip": ("steadiness", "still_clip"),
    "2nd order": ("steadiness", "second_order"),
    "2nd order, transitions": ("steadiness", "second_order_transitions"),
    "largest step": ("steadiness", "largest_step"),
    "largest step, transitions": ("steadiness", "largest_step_transitions"),
    "PSNR": ("fidelity", "psnr"),
    "PSNR where it moves": ("fidelity", "psnr_moving"),
}
"""Columns of the table, with the path of each figure."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--clips", nargs="+", type=Path, required=True)
    parser.add_argument("--net", default="fine")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = {}
    for bundle in arguments.bundles:
        results[bundle.stem] = measure(bundle, arguments.clips, arguments.net)
        print(bundle.stem, "done", file=sys.stderr, flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1))
    print("| scene | " + " | ".join(COLUMNS) + " |")
    print("| --- " * (len(COLUMNS) + 1) + "|")
    for name, figures in results.items():
        print(f"| {name} | " + " | ".join(cell(figures, *path) for path in COLUMNS.values()) + " |")


def measure(bundle: Path, clips: list[Path], net: str) -> dict[str, Any]:
    scene = Scene.open(bundle, device="cpu", net=net)
    clip = read_frames(scene.manifest, clip_of(scene, clips), lambda text: print(text, file=sys.stderr))
    began = time.perf_counter()
    rollouts = judged_rollouts(scene)
    figures: dict[str, Any] = {"naturalness": evaluate_naturalness(scene, clip.fitted, rollouts)}
    figures["seconds"] = round(time.perf_counter() - began, 1)
    reference = reference_of(clip.fitted, scene.fps)
    if reference is not None:
        figures["transitions"] = of_embeddings(scene, transition_embeddings(rollouts), reference)
        figures["between"] = of_embeddings(scene, between_embeddings(scene), reference)
    figures["steadiness"] = evaluate_steadiness(scene, clip.fitted, rollouts)
    figures["fidelity"] = evaluate(scene, None, clip, limit=COMPARED)
    return figures


def of_embeddings(scene: Scene, embeddings: Any, reference: Reference) -> dict[str, Any] | None:
    return vars(judge(draw_judged(scene, embeddings, reference), reference)) if len(embeddings) else None


def clip_of(scene: Scene, clips: list[Path]) -> Path:
    """The clip of a scene among files and folders."""
    name = scene.manifest.source.name
    for clip in clips:
        path = clip / name if clip.is_dir() and clip.name != name else clip
        if path.name == name and path.exists():
            return path
    raise SystemExit(f"{name} is not among the clips.")


def cell(figures: dict[str, Any], kind: str, name: str) -> str:
    value = (figures.get(kind) or {}).get(name)
    return "–" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
