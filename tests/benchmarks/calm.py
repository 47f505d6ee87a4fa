"""What a scene costs that lives unattended: processor time at its defaults, on a budget, on battery, and at rest.

    python -m tests.benchmarks.calm BUNDLE … [--seconds 20] [--states defaults "--cpu 25%" hidden …] [--size 1280]

Each state plays as a window on the display that DISPLAY names, or else on SDL's dummy display. Where a scene lives,
other programs don't matter: a second is one of this process's processor time, or of waiting, which is skipped; so times
are those of one core that has nothing else to do. Where it stands still, seconds are those of the wall clock, because
waking up costs most. Battery, the hour and whether the window is seen are substituted. Shares are processor seconds ÷
seconds, after a time to settle. Prints a table and JSON.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pygame

sys.path.insert(0, str(Path(__file__).parents[2]))
if "DISPLAY" not in os.environ:
    os.environ["SDL_VIDEODRIVER"] = "dummy"

from alive_cli.runtime import live_renderer
from alive_cli.runtime.cpu_budget import CpuBudget
from alive_cli.runtime.events import VisibilityEvent
from alive_cli.runtime.pace import Pace
from alive_cli.runtime.renderers import keyframes
from alive_cli.runtime.scene import Scene
from alive_cli.views import loop
from alive_cli.views.economy import Economy, read_economy
from alive_cli.views.performance import Performance
from alive_cli.views.power import Power
from alive_cli.views.rest import Rest
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

RESTING = ("--battery pause", "paused", "hidden", "quiet hours")


class Clock:
    """Seconds of processor time and of waiting, which is skipped; or real ones."""

    def __init__(self, *, real: bool) -> None:
        self.waited, self.real = 0.0, real
        self.at: list[tuple[float, Callable[[], object]]] = []
        """What is to happen at which times, in their order."""

    def __call__(self) -> float:
        return time.perf_counter() if self.real else time.process_time() + self.waited

    def wait(self, seconds: float) -> None:
        if self.real:
            time.sleep(seconds)
        self.waited += seconds
        while self.at and self() >= self.at[0][0]:
            self.at.pop(0)[1]()


class Inline:
    """A pool that does its work at once, so that no second thread has a time of its own."""

    def __init__(self, workers: int) -> None: ...

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., Any], *arguments: object, **options: object) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)
        return future


class Alongside:
    """Work that another core would do, done at once: its own thread would count as a picture's time."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._result = work()

    def result(self) -> Any:
        return self._result


def measure(scene: Scene, state: str, settle: float, seconds: float, longest: int | None) -> dict:
    """One row of the table."""
    economy, begin = STATES[state]
    clock = Clock(real=state in RESTING)
    loop.ThreadPoolExecutor = live_renderer.ThreadPoolExecutor = Inline  # type: ignore[assignment, misc]
    keyframes.Aside = Alongside  # type: ignore[assignment, misc]
    loop.time = SimpleNamespace(perf_counter=clock)  # type: ignore[assignment]
    loop.Pace = partial(Pace, clock=clock)  # type: ignore[assignment, misc]
    live_renderer.perf_counter = clock
    pygame.time.wait = lambda milliseconds: clock.wait(milliseconds / 1000)
    show = Performance(scene, scene.controls(), name="calm", seed=1, economy=economy)
    show.rest = Rest(
        economy,
        show.say,
        clock=clock,
        now=lambda: NOON,
        power=Power(lambda: True, clock=clock, wait=True),
        budget=CpuBudget(economy.cores, clock=clock),
    )
    pictures: list[int] = []
    draw = show.draw

    def drawn(*arguments: object) -> np.ndarray:
        picture = draw(*arguments)  # type: ignore[arg-type]
        pictures.append(picture.shape[0] * picture.shape[1])
        return picture

    show.draw = drawn  # type: ignore[method-assign, assignment]
    marks: list[tuple[float, float, int]] = []

    def mark() -> None:
        marks.append((clock(), time.process_time(), len(pictures)))
        if len(marks) > 1:
            show.leave()

    start = clock()
    clock.at = [
        (start + 2, lambda: begin(show)),
        (start + 2 + settle, mark),
        (start + 2 + settle + seconds, mark),
    ]
    play_in_window(show, size=scene.size_within(longest) if longest else None)
    (began, used, count), (ended, all_used, every) = marks
    return {
        "state": state,
        "share": (all_used - used) / (ended - began),
        "pictures": (every - count) / (ended - began),
        "pixels": int(np.median(pictures[count:every])) if every > count else 0,
    }


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
