"""What a scene costs that lives unattended: processor time at its defaults, on a budget, on battery, and at rest.

    python -m tests.benchmarks.calm BUNDLE … [--seconds 20] [--states defaults 25% hidden …] [--size 1280]

Each state plays as a window on the display that DISPLAY names, or else on SDL's dummy display. Shares are processor
seconds of the process ÷ seconds that passed, in percent of one core, after a time to settle. Other programs don't
change what is counted, but they slow caches and memory. Battery, the hour and whether the window is seen are
substituted. Prints a table and JSON.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
if "DISPLAY" not in os.environ:
    os.environ["SDL_VIDEODRIVER"] = "dummy"

from alive_cli.runtime.events import VisibilityEvent
from alive_cli.runtime.scene import Scene
from alive_cli.views.economy import Economy, read_economy
from alive_cli.views.performance import Performance
from alive_cli.views.window import play_in_window

ALWAYS = ["00:00-12:00", "12:00-23:59"]
NOON = time.strptime("2026-01-05 11:00", "%Y-%m-%d %H:%M")
STATES: dict[str, tuple[Economy, Callable[[Performance], object]]] = {
    "defaults": (Economy(), lambda show: None),
    "--cpu 50%": (read_economy("50%"), lambda show: None),
    "--cpu 25%": (read_economy("25%"), lambda show: None),
    "--cpu 10%": (read_economy("10%"), lambda show: None),
    "--cpu 5%": (read_economy("5%"), lambda show: None),
    "on battery": (read_economy(battery="calm"), lambda show: None),
    "--battery pause": (read_economy(battery="pause"), lambda show: None),
    "paused": (Economy(), lambda show: show.press(" ")),
    "hidden": (Economy(), lambda show: show.handle(VisibilityEvent(False))),
    "quiet hours": (read_economy(quiet=ALWAYS), lambda show: None),
}


def measure(scene: Scene, state: str, settle: float, seconds: float, longest: int | None) -> dict:
    """One row of the table."""
    economy, begin = STATES[state]
    show = Performance(scene, scene.controls(), name="calm", seed=1, economy=economy)
    show.rest._power._read = lambda: True
    show.rest._now = lambda: NOON
    pictures: list[int] = []
    draw = show.draw

    def drawn(*arguments: object) -> np.ndarray:
        picture = draw(*arguments)  # type: ignore[arg-type]
        pictures.append(picture.shape[0] * picture.shape[1])
        return picture

    show.draw = drawn  # type: ignore[method-assign]
    row: dict = {"state": state}

    def watch() -> None:
        time.sleep(2)
        begin(show)
        time.sleep(settle)
        count, used, began = len(pictures), time.process_time(), time.perf_counter()
        time.sleep(seconds)
        passed = time.perf_counter() - began
        row["share"] = (time.process_time() - used) / passed
        row["pictures"] = (len(pictures) - count) / passed
        row["pixels"] = int(np.median(pictures[count:])) if len(pictures) > count else 0
        show.leave()

    thread = threading.Thread(target=watch)
    thread.start()
    play_in_window(show, size=scene.size_within(longest) if longest else None)
    thread.join()
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--settle", type=float, default=25)
    parser.add_argument("--states", nargs="+", default=list(STATES), choices=list(STATES))
    parser.add_argument("--size", type=int)
    arguments = parser.parse_args()
    rows = []
    print("| scene | state | of one core | pictures a second | pixels |\n| --- | --- | --- | --- | --- |")
    for path in arguments.bundles:
        scene = Scene.open(path, device="cpu")
        for state in arguments.states:
            row = measure(scene, state, arguments.settle, arguments.seconds, arguments.size)
            rows.append({"scene": path.stem, **row})
            shown = f"{row['pictures']:.1f} | {row['pixels']:,}" if row["pixels"] else "0 | –"
            print(f"| {path.stem} | {state} | {row['share']:.2%} | {shown} |", flush=True)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
