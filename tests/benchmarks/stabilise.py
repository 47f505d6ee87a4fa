"""How still a stabilised camera stands, and which clips are stabilised at all.

    python -m tests.benchmarks.stabilise [--clips FOLDER] [--size 1920] [--json FILE]

Drawn clips have a camera whose motion is known: *left* is how far what a stabilised picture shows is from where it
should be, in pixels, over 25 places of all frames. Of real clips, *moves* is the median, over the cells along the
border in which something is seen, of the standard deviation of a pixel in time, before and after.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from alive_cli.media.decode import read_clip
from alive_cli.media.stabilising import TooFar, Unclear, look_for_shake, plan_for, stabilise
from tests.shaken import shaken

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
DRAWN: dict[str, dict[str, Any]] = {
    "3 px, 0.3°": {},
    "6 px, 0.6°, 45 % subject": {"reach": 6.0, "turn": 0.6, "subject": 0.45},
    "3 px, noise of 4 levels": {"noise": 4.0},
    "0.8 px": {"reach": 0.8, "turn": 0.05},
    "3 px and a drift of 20 %": {"pan": 0.2},
    "128×96, 1.5 px": {"width": 128, "height": 96, "reach": 1.5},
    "1280×720, 12 px": {"width": 1280, "height": 720, "reach": 12.0, "count": 30},
    "tripod": {"reach": 0.0, "turn": 0.0},
    "plain wall": {"plain": True},
    "pan over 60 %": {"pan": 0.6},
}
"""The clips that are drawn, by what is said of them; 320×240, and a subject of 30 % of the picture, but for that."""
SAMPLED = 60
"""Standard deviations are those of so many frames."""


def measured(frames: np.ndarray) -> tuple[dict[str, Any], Any]:
    """What auto decides on frames, uint8 [N, H, W, 3], and the plan, if there is one."""
    began = time.perf_counter()
    row: dict[str, Any] = {"frames": len(frames), "size": f"{frames.shape[2]}×{frames.shape[1]}"}
    try:
        steadiness = look_for_shake(frames)
        row["shake"] = round(steadiness.background.path.shake(frames.shape[2], frames.shape[1], drifting=True), 2)
        row["look_seconds"] = round(time.perf_counter() - began, 2)
        if not steadiness.shakes:
            return row | {"auto": "off: it stands, or it isn't clear that it shakes"}, None
        plan = plan_for(frames, steadiness)
    except Unclear:
        return row | {"auto": "off: no background that moves as one"}, None
    except TooFar as kept:
        return row | {"auto": f"off: only {kept} would be left"}, None
    return row | {"auto": "on", "kept": f"{plan.size[0]}×{plan.size[1]}"}, plan


def of_drawn(clip: dict[str, Any]) -> dict[str, Any]:
    drawn = shaken(**clip)
    row, plan = measured(drawn.frames)
    if plan is not None:
        left = drawn.left(plan.path, plan.laid, plan.size)
        row["left_rms"] = round(float(np.sqrt(np.square(left).mean())), 3)
        row["left_95"] = round(float(np.quantile(left, 0.95)), 3)
    return row


def of_real(clip: Path, size: int) -> dict[str, Any]:
    frames = read_clip(clip, size=size).frames
    row, plan = measured(frames)
    if plan is not None:
        before = moves(frames)
        began = time.perf_counter()
        after = moves(stabilise(frames, plan))
        row |= {"moves": f"{before:.1f} → {after:.1f}", "stabilise_seconds": round(time.perf_counter() - began, 2)}
    return row


def moves(frames: np.ndarray) -> float:
    """The median standard deviation in time of the pixels along the border, in levels."""
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), SAMPLED)).round().astype(int)
    small = np.stack([cv2.resize(frames[each], (160, 160), interpolation=cv2.INTER_AREA) for each in chosen])
    spread = small.astype(np.float32).std(0).mean(-1)
    border = np.ones(spread.shape, bool)
    border[24:-24, 24:-24] = False
    return float(np.median(spread[border]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, default=CLIPS)
    parser.add_argument("--size", type=int, default=1920)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    columns = ["size", "frames", "shake", "auto", "kept", "left_rms", "left_95", "moves", "look_seconds"]
    print("| clip | " + " | ".join(columns) + " |")
    print("| --- " * (1 + len(columns)) + "|")
    rows = []
    real = sorted(path for path in arguments.clips.glob("*") if path.suffix in (".mp4", ".gif"))
    for name, make in [(name, lambda clip=clip: of_drawn(clip)) for name, clip in DRAWN.items()] + [
        (path.stem, lambda path=path: of_real(path, arguments.size)) for path in real
    ]:
        row = {"clip": name, **make()}
        rows.append(row)
        print(f"| {name} | " + " | ".join(str(row.get(column, "–")) for column in columns) + " |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
