"""What a sound does to scenes: how soon pictures show it, and how natural they are."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from alive_cli.media.sampling import evenly_spread
from alive_cli.report.naturalness import Reference, draw_judged, judge
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from alive_cli.views.listening import Sound
from alive_cli.views.loop import play
from alive_cli.views.performance import Performance
from alive_cli.views.window import WindowSurface
from tests.benchmarks.parts import JUDGED, Row
from tests.drums import RATE, click, drums, hiss, put
from tests.waves import write_wave

LIVES = 12
"""So many lives hear one click each for each target."""
LIFE_SECONDS = 2.5
CLICK_SECONDS = 1.2, 1.5
"""The click comes at a random time in this range."""
VISIBLE = 0.5
"""A picture has changed where it differs by so many levels on average from one of a life that hears nothing."""
SIDE = 256
"""Pictures are compared with at most so many pixels on their longest side."""
TARGETS = ("nudge", "temperature", "speed")
LIVELY = ("loud=temperature", "beat=nudge")
DRUM_SECONDS = 40.0
DELAYS = ("nudge ms", "90 %", "most", "temperature ms", "speed ms", "fps", "own fps")
NATURAL = ("natural", "broken", "free broken")


def sound(scene: Scene, clip: Reference | None) -> Row:
    """Milliseconds from an onset in a sound file to the first changed picture in a window, and naturalness."""
    if scene.steering is None:
        return dict.fromkeys(DELAYS + NATURAL)
    random = np.random.default_rng(0)
    delays: dict[str, list[float]] = {}
    rates: list[float] = []
    for target in TARGETS:
        if target != "nudge" and target not in scene.controls():
            delays[target] = [np.nan]
            continue
        measured = [_delay(scene, f"beat={target}", seed, random) for seed in range(LIVES)]
        delays[target] = [1000 * delay for delay, _ in measured]
        rates += [rate for _, rate in measured]
    nudge = np.array(delays["nudge"])
    figures = (
        *(np.nanmedian(nudge), np.nanpercentile(nudge, 90), np.nanmax(nudge)),
        *(np.nanmedian(delays["temperature"]), np.nanmedian(delays["speed"]), np.mean(rates), scene.fps),
    )
    judged: Row = dict.fromkeys(NATURAL)
    if clip is not None:
        moved, free = (judge(draw_judged(scene, _frames(scene, each), clip), clip) for each in (LIVELY, ()))
        judged = {"natural": moved.rollout / free.rollout, "broken": moved.broken, "free broken": free.broken}
    return {**dict(zip(DELAYS, map(float, figures), strict=True)), **judged}


def _delay(scene: Scene, mapping: str, seed: int, random: np.random.Generator) -> tuple[float, float]:
    """Seconds from one click to the first changed picture of a life, and pictures a second."""
    at = random.uniform(*CLICK_SECONDS)
    heard = hiss(LIFE_SECONDS + 1, random)
    put(heard, at, 0.5 * click(random))
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    import pygame

    with TemporaryDirectory() as folder:
        path = Path(folder) / "click.wav"
        write_wave(path, heard)
        show = Performance(scene, scene.controls(), name="heard", seed=seed, sound=Sound(path, mappings=(mapping,)))
        surface = _Noted(pygame, show, scene.size)
        assert show.listener is not None
        begun = time.perf_counter()
        played = play(show, surface, frames=round(LIFE_SECONDS * scene.fps))
        seconds = time.perf_counter() - begun
    onset = show.listener.begun + at
    silent = scene.frames(scene.life(seed=seed))
    size = scene.size_up_to(SIDE)
    pairs = zip(surface.frames, silent, strict=False)
    for number, (frame, own) in enumerate(pairs):
        same = frame.offset is None and np.array_equal(frame.embedding, own.embedding)
        if number in surface.shown and surface.shown[number] > onset and not same:
            apart = np.abs(scene.draw(frame, size).astype(np.float32) - scene.draw(own, size)).mean()
            if apart >= VISIBLE:
                return surface.shown[number] - onset, played.frames_shown / seconds
    return np.nan, played.frames_shown / seconds


class _Noted(WindowSurface):
    """A window that notes which frames it has shown, and when."""

    def __init__(self, pygame: Any, performance: Performance, size: tuple[int, int]) -> None:
        super().__init__(pygame, performance, size)
        self.frames: list[Frame] = []
        """Every frame of the life, also those that were skipped."""
        self.shown: dict[int, float] = {}
        """When frames were shown, in seconds of the listener's clock, by their number."""
        self._numbers: dict[int, int] = {}
        draw, source = performance.draw, performance._source

        def noted() -> Iterator[Frame]:
            for frame in source:
                self.frames.append(frame)
                yield frame

        def drawn(frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
            picture = draw(frame, size)
            self._numbers = {id(picture): len(self.frames) - 1}
            return picture

        performance._source, performance.draw = noted(), drawn  # type: ignore[method-assign]

    def show(self, prepared: np.ndarray, rate: float) -> None:
        """As `Surface.show`."""
        number = self._numbers.get(id(prepared))
        super().show(prepared, rate)
        if number is not None:
            self.shown[number] = time.monotonic()


def _frames(scene: Scene, mappings: tuple[str, ...]) -> list[Frame]:
    """Frames of a life that hears drums, evenly spread."""
    life = scene.life(seed=5)
    life.map_sound(mappings)
    heard, _ = drums(DRUM_SECONDS)
    source = scene.frames(life)
    frames = []
    for piece in np.array_split(heard, round(DRUM_SECONDS * scene.fps)):
        life.hear(piece, RATE)
        frames.append(next(source))
    return [frames[number] for number in evenly_spread(len(frames), JUDGED)]
