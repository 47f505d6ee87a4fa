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

CLICKS, PERIOD = 20, 2.0
"""A life hears so many clicks for the nudge, one in so many seconds: a nudge has ended by then."""
LIVES = 6
"""So many lives hear one click each for every other target, because it changes all that follows."""
WARMING = 3.0
"""The first click comes after so many seconds, when pictures have their full size."""
VISIBLE = 0.5
"""A picture has changed where it differs by so many levels on average from one of a life that hears nothing."""
SIDE = 256
"""Pictures are compared with at most so many pixels on their longest side."""
TARGETS = ("temperature", "speed")
LIVELY = ("loud=temperature", "beat=nudge")
DRUM_SECONDS = 40.0
DELAYS = ("nudge ms", "90 %", "most", "temperature ms", "speed ms", "fps", "own fps")
NATURAL = ("natural", "broken", "free broken")


def sound(scene: Scene, clip: Reference | None) -> Row:
    """Milliseconds from an onset in a sound file to the first changed picture in a window, and naturalness."""
    if scene.steering is None:
        return dict.fromkeys(DELAYS + NATURAL)
    random = np.random.default_rng(0)
    nudge, fps = _delays(scene, "beat=nudge", CLICKS, 0, random)
    medians = []
    for target in TARGETS:
        lives = range(LIVES) if target in scene.controls() else ()
        delays = [_delays(scene, f"beat={target}", 1, seed, random)[0] for seed in lives]
        medians.append(np.median(np.concatenate(delays)) if delays else np.nan)
    figures = (*(np.median(nudge), np.percentile(nudge, 90), np.max(nudge)), *medians, fps, scene.fps)
    judged: Row = dict.fromkeys(NATURAL)
    if clip is not None:
        moved, free = (judge(draw_judged(scene, _frames(scene, each), clip), clip) for each in (LIVELY, ()))
        judged = {"natural": moved.rollout / free.rollout, "broken": moved.broken, "free broken": free.broken}
    return {**dict(zip(DELAYS, map(float, figures), strict=True)), **judged}


def _delays(
    scene: Scene, mapping: str, clicks: int, seed: int, random: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Milliseconds from each of some clicks to the first changed picture of one life, infinite where there is none, and
    pictures a second."""
    begins = WARMING + PERIOD * np.arange(clicks) + random.uniform(0, 0.3, clicks)
    length = WARMING + PERIOD * clicks
    heard = hiss(length + 1, random)
    for at in begins:
        put(heard, at, 0.5 * click(random))
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    import pygame

    with TemporaryDirectory() as folder:
        path = Path(folder) / "clicks.wav"
        write_wave(path, heard)
        show = Performance(scene, scene.controls(), name="heard", seed=seed, sound=Sound(path, mappings=(mapping,)))
        surface = _Noted(pygame, show, scene.size)
        assert show.listener is not None
        began = time.perf_counter()
        played = play(show, surface, frames=round(length * scene.fps))
        seconds = time.perf_counter() - began
    others = scene.frames(scene.life(seed=seed))
    if "nudge" in mapping:
        others = (Frame(frame.embedding) for frame in surface.frames)
    size = scene.size_up_to(SIDE)
    changed = []
    for number, (frame, own) in enumerate(zip(surface.frames, others, strict=False)):
        same = frame.offset is None and np.array_equal(frame.embedding, own.embedding)
        if number in surface.shown and not same:
            apart = np.abs(scene.draw(frame, size).astype(np.float32) - scene.draw(own, size)).mean()
            if apart >= VISIBLE:
                changed.append(surface.shown[number])
    onsets = show.listener.begun + begins
    delays = [min((at - onset for at in changed if 0 < at - onset < PERIOD), default=np.inf) for onset in onsets]
    return 1000 * np.array(delays), played.frames_shown / seconds


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
