"""A day of the live loop, faster than real time: its own code, with a clock that goes as fast as the loop does.

The surface shows nothing and waits for nothing: each wait moves the clock. Now and then it moves it too far, so that
frames are late and skipped, as on a slow machine: that keeps the number of pictures small. People press keys, drag,
pause and save at random.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from alive_cli.runtime.events import InputEvent, KeyEvent, PointerEvent
from alive_cli.runtime.pace import Pace
from alive_cli.runtime.scene import Scene
from alive_cli.views import loop
from alive_cli.views.performance import Performance
from alive_cli.views.unseen import UnseenSurface
from tests.benchmarks.soaking.processes import held
from tests.benchmarks.soaking.samples import HOUR, Samples, growth

SIZE = 16
"""Pictures are so many pixels wide or high at most."""
LATE = 0.9
"""Each wait for a frame moves the clock by so many seconds more, so that the frames in between are skipped."""
EVENT_SECONDS = 20.0
"""An event comes in so many seconds of the clock, on average."""
KEYS = (*"r0123456789matf?c[]", "up", "down", "left", "right", " ")
"""Keys that people press; `q`, which leaves, is not among them."""
SAVING_HOURS = 1.0
"""A still and a gif are saved in turn, so far apart."""
SAMPLES = 96
"""So many samples are written."""


class Clock:
    """A clock that goes on only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Nowhere(UnseenSurface):
    """A surface that shows nothing, and passes on what people do at random."""

    def __init__(self, performance: Performance, clock: Clock, seconds: float, sample: Callable[[], None]) -> None:
        super().__init__(performance.scene.size_within(SIZE))
        self._performance, self._clock, self._seconds, self._sample = performance, clock, seconds, sample
        self._chance = random.Random(0)
        self._next_saving = SAVING_HOURS * HOUR / 2
        self._next_sample = 0.0
        self._held = False
        self.pictures = 0
        self.dark = 0
        """Pictures of one colour."""
        self.events_sent: Counter[str] = Counter()

    def show(self, prepared: np.ndarray, rate: float) -> None:
        self.pictures += 1
        self.dark += int(prepared.std() < 1)
        self._performance.status(rate)

    def refresh(self, rate: float) -> None:
        self._performance.status(rate)

    def wait(self, seconds: float) -> None:
        self._clock.now += seconds + LATE * self._chance.random()

    def events(self) -> list[InputEvent]:
        now = self._clock.now
        if now >= self._next_sample:
            self._next_sample += self._seconds / SAMPLES
            self._sample()
        if now >= self._seconds:
            self._performance.leave()
            return []
        if now >= self._next_saving:
            self._next_saving += SAVING_HOURS * HOUR
            return [self._key("s" if round(now / HOUR / SAVING_HOURS) % 2 else "g")]
        if self._performance.paused:
            return [self._key(" ")] if self._chance.random() < 0.2 else []
        if self._held:  # nobody holds a picture for long
            self._held = False
            return [PointerEvent("release", 0.0, 0.0)]
        if self._chance.random() > 0.5 * LATE / EVENT_SECONDS:
            return []
        if self._chance.random() < 0.3:
            self._held = True
            x, y = self._chance.uniform(-0.5, 0.5), self._chance.uniform(-0.5, 0.5)
            self.events_sent["drag"] += 1
            return [PointerEvent("press", x, y), PointerEvent("drag", x + 0.1, y)]
        return [self._key(self._chance.choice(KEYS))]

    def _key(self, key: str) -> KeyEvent:
        self.events_sent[key] += 1
        return KeyEvent(key)


def soak_loop(bundle: Path, hours: float, samples: Samples, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the live loop for so many hours of its clock. Returns what became of memory, handles and pictures."""
    clock, began = Clock(), time.perf_counter()
    errors: list[str] = []
    with tempfile.TemporaryDirectory(prefix="soak_loop_") as folder:
        scene = Scene.open(bundle, device="cpu")
        performance = Performance(scene, scene.controls(), name="soak", seed=0, folder=Path(folder), follow=True)
        saved = Counter[str]()

        def sample() -> None:
            for path in Path(folder).iterdir():
                if not path.name.startswith("."):
                    saved[path.suffix] += 1
                    path.unlink()
            seconds = time.perf_counter() - began
            frames = surface.pictures / max(clock.now, 1e-9)
            samples.add(clock.now / HOUR, {**held(), "fps": round(frames, 3), "pictures": surface.pictures})
            if len(samples.rows) % 8 == 1:
                say(f"loop: {clock.now / HOUR:.1f} h in {seconds:.0f} s, {samples.rows[-1]}")

        surface = Nowhere(performance, clock, hours * HOUR, sample)
        played = loop.Playback()
        with mock.patch.object(loop, "Pace", partial(Pace, clock=clock)):
            try:
                played = loop.play(performance, surface)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
        performance.saved(print)
        sample()
        unfinished = [path.name for path in Path(folder).iterdir()]
    lived = played.frames_shown + played.frames_dropped
    return {
        "hours": round(clock.now / HOUR, 2),
        "frames_lived": lived,
        "frames_shown": played.frames_shown,
        "frames_a_second": round(lived / max(clock.now, 1e-9), 3),
        "scene_fps": scene.fps,
        "real_seconds": round(time.perf_counter() - began, 1),
        "memory": growth(samples.rows, "memory"),
        "handles": growth(samples.rows, "handles"),
        "threads": growth(samples.rows, "threads"),
        "pictures_of_one_colour": surface.dark,
        "saved": dict(saved),
        "unfinished": unfinished,
        "events": dict(surface.events_sent),
        "errors": errors,
    }
