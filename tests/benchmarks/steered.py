"""How pictures follow a drag and a look: judged on the pictures themselves, by flow and by naturalness."""

import math
import os
import time
from itertools import islice
from typing import Any

import cv2
import numpy as np

from alive_cli.report.naturalness import Reference, judge
from alive_cli.runtime.events import InputEvent, PointerEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import Steering
from alive_cli.views.loop import play
from alive_cli.views.performance import Performance
from alive_cli.views.window import WindowSurface
from tests.benchmarks.parts import Row

SIDE = 480
"""Pictures are judged with at most so many pixels on their longest side."""
LARGEST_DRAG = 0.05
"""Drags are up to this share of the picture's width."""
MOVING = 0.5
"""Places are touched that move at least this share of the most, so that there is something to hold."""
DRAG_SECONDS, HELD_SECONDS, SWING_SECONDS = 0.4, 0.2, 3.0
LOOK_SECONDS = 15.0
CLOSE = 0.25
"""What is held follows if it is at most this share of the drag from the pointer."""
TOUCH = ("error", "90 %", "within ¼", "naturalness", "ratio", "broken", "left after 3 s", "failed")
LOOK = ("across", "down", "naturalness", "ratio", "broken")
LATENCY = ("median ms", "90 %", "most", "fps", "own fps")
WINDOW = 4
"""A place has moved as the median of the flow of so many pixels around it says."""


def touch(scene: Scene, clip: Reference | None, drags: int = 60, random_drags: int = 1000) -> Row:
    """Drags of what moves, in lives at the defaults."""
    steering = scene.steering
    if steering is None or clip is None:
        return dict.fromkeys(TOUCH)
    random = np.random.default_rng(0)
    size = scene.size_up_to(SIDE)
    places = moving_places(steering)
    errors, back, judged = [], [], []
    seconds = 1 / scene.fps
    for number in range(drags):
        life = scene.life(seed=number)
        frames = scene.frames(life)
        for _ in islice(frames, int(random.integers(20, 120))):
            pass
        x, y = places[random.integers(len(places))]
        angle = random.uniform(0, 2 * math.pi)
        length = random.uniform(LARGEST_DRAG / 10, LARGEST_DRAG) * 2 * steering.longest[0]
        dx, dy = length * math.cos(angle), length * math.sin(angle)
        count = max(1, round(DRAG_SECONDS * scene.fps))
        for step in range(count):
            life.touch(x, y, dx * (step + 1) / count, dy * (step + 1) / count)
            frame = next(frames)
            if step == count // 2:
                judged.append(scene.draw(frame, clip.size))
        frame = list(islice(frames, max(1, round(HELD_SECONDS * scene.fps))))[-1]
        judged.append(scene.draw(frame, clip.size))
        still, moved = scene.draw(frame.embedding, size), scene.draw(frame, size)
        flow = moved_by(still, moved, x, y)
        errors.append(np.hypot(flow[0] - dx, flow[1] - dy) / length)
        life.let_go()
        at_most = _apart(still, moved)
        frame = list(islice(frames, round(SWING_SECONDS / seconds)))[-1]
        back.append(_apart(scene.draw(frame.embedding, size), scene.draw(frame, size)) / max(at_most, 1e-9))
    natural = judge(np.array(judged), clip)
    figures = (
        *(np.median(errors), np.percentile(errors, 90), np.mean(np.array(errors) <= CLOSE)),
        *(natural.rollout, natural.ratio, natural.broken, np.max(back), random_failures(scene, random_drags)),
    )
    return dict(zip(TOUCH, map(float, figures), strict=True))


def latency(scene: Scene, clip: Reference | None, drags: int = 20) -> Row:
    """Milliseconds from an event to the first picture that shows it, in a window at the scene's own size."""
    if scene.steering is None:
        return dict.fromkeys(LATENCY)
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    import pygame

    random = np.random.default_rng(0)
    show = Performance(scene, scene.controls(), name="reacts", seed=1)
    surface = _Watched(pygame, show, scene.size, random, drags)
    begun = time.perf_counter()
    played = play(show, surface, frames=round(scene.fps * (drags + 1) * _Watched.PERIOD))
    seconds = time.perf_counter() - begun
    delays = 1000 * np.array(surface.delays)
    figures = (np.median(delays), np.percentile(delays, 90), delays.max(), played.frames_shown / seconds, scene.fps)
    return dict(zip(LATENCY, map(float, figures), strict=True))


class _Watched(WindowSurface):
    """A window in which somebody presses and drags at random times, and that notes when pictures show it."""

    PERIOD = 4.0
    """Seconds from one drag to the next, so that the picture is still in between."""

    def __init__(
        self, pygame: Any, performance: Performance, size: tuple[int, int], random: np.random.Generator, drags: int
    ) -> None:
        super().__init__(pygame, performance, size)
        self.delays: list[float] = []
        assert performance.scene.steering is not None
        self._places = moving_places(performance.scene.steering)
        self._random, self._left = random, drags
        self._begun = time.perf_counter() + 2
        self._offsets: dict[int, bool] = {}
        self._plan: list[tuple[float, PointerEvent]] = []
        self._reported: float | None = None
        draw = performance.draw

        def noted(frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
            picture = draw(frame, size)
            self._offsets = {id(picture): frame.offset is not None and bool(frame.offset.any())}
            return picture

        performance.draw = noted  # type: ignore[method-assign]

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        now = time.perf_counter()
        if not self._plan and self._left and now >= self._begun:
            x, y = self._places[self._random.integers(len(self._places))]
            press = now + self._random.uniform(0, 0.1)
            self._plan = [
                (press, PointerEvent("press", x, y)),
                (press + 0.08 + self._random.uniform(0, 0.04), PointerEvent("drag", x + 0.06, y)),
                (press + 0.25, PointerEvent("release", x + 0.06, y)),
            ]
            self._begun, self._left = now + self.PERIOD, self._left - 1
        due = [event for at, event in self._plan if at <= now]
        for at, event in self._plan:
            if at <= now and event.kind == "drag":
                self._reported = at
        self._plan = [(at, event) for at, event in self._plan if at > now]
        return [*super().events(), *due]

    def show(self, prepared: np.ndarray, rate: float) -> None:
        """As `Surface.show`."""
        moved = self._offsets.get(id(prepared), False)
        super().show(prepared, rate)
        if self._reported is not None and moved:
            self.delays.append(time.perf_counter() - self._reported)
            self._reported = None


def random_failures(scene: Scene, count: int) -> int:
    """How many random drags, anywhere and of any length, fail, or give a picture that isn't one."""
    random = np.random.default_rng(1)
    life, failed = scene.life(seed=1), 0
    assert scene.steering is not None
    across, down = scene.steering.longest
    size = scene.size_up_to(128)
    for _ in range(count):
        x, y = random.uniform(-across, across), random.uniform(-down, down)
        life.touch(x, y, *random.normal(0, 1, 2))
        if random.random() < 0.3:
            life.let_go()
        frame = life.steer(life.advance(), 1 / scene.fps)
        reach = scene.steering.reach * 1.001
        offset = np.zeros(1) if frame.offset is None else frame.offset / np.maximum(scene.steering.spread, 1e-12)
        failed += not (np.isfinite(offset).all() and np.linalg.norm(offset) <= reach)
        failed += scene.draw(frame, size).std() == 0
    return failed


def look(scene: Scene, clip: Reference | None) -> Row:
    """A pointer that wanders, and where what moves most is seen: its displacement from the picture of the mean pose.

    The displacement is measured by flow against one picture, so the life's own motion counts against the correlation.
    """
    steering = scene.steering
    if steering is None or clip is None or not steering.look.any():
        return dict.fromkeys(LOOK)
    size = scene.size_up_to(SIDE)
    life = scene.life(seed=0)
    own = np.array([steering.own(each) for each in scene.embeddings])
    calm = scene.draw(scene.embeddings[np.linalg.norm(own @ steering.look.T, axis=1).argmin()], size)
    weights = moving_mask(steering, size)
    count = round(LOOK_SECONDS * scene.fps)
    time = np.arange(count) / scene.fps
    pointer = np.stack([0.9 * np.sin(2 * np.pi * time / 5), 0.7 * np.sin(2 * np.pi * time / 3.7 + 1)], 1)
    moved, judged = [], []
    for number in range(count):
        life.look_at(*pointer[number])
        frame = life.steer(life.advance(), 1 / scene.fps)
        picture = scene.draw(frame, size)
        flow = flow_between(calm, picture)
        moved.append([(flow[..., axis] * weights).sum() / weights.sum() for axis in (0, 1)])
        if number % 6 == 0:
            judged.append(scene.draw(frame, clip.size))
    natural = judge(np.array(judged), clip)
    begin = round(scene.fps)
    seen = np.array(moved)[begin:]
    turns = [
        best_correlation(pointer[begin:, axis], seen[:, axis], scene.fps) if steering.look[axis].any() else None
        for axis in (0, 1)
    ]
    return dict(zip(LOOK, (*turns, natural.rollout, natural.ratio, natural.broken), strict=True))


def best_correlation(pointer: np.ndarray, moved: np.ndarray, fps: float) -> float:
    """The correlation of two signals [M], the second delayed by up to half a second."""
    delays = range(round(fps / 2))
    return max(float(np.corrcoef(pointer[: len(pointer) - delay], moved[delay:])[0, 1]) for delay in delays)


def moving_places(steering: Steering) -> np.ndarray:
    """Points that move much, [P, 2], in the picture's coordinates."""
    energy = np.sqrt(np.square(steering.modes).sum((0, 3)))
    rows, columns = np.nonzero(energy >= MOVING * energy.max())
    across, down = steering.longest
    x = ((columns + 0.5) / energy.shape[1] * 2 - 1) * across
    y = ((rows + 0.5) / energy.shape[0] * 2 - 1) * down
    return np.stack([x, y], 1)


def moving_mask(steering: Steering, size: tuple[int, int]) -> np.ndarray:
    """How much each pixel of a picture moves in the clip where it moves much: float32 [h, w]."""
    energy = np.square(steering.modes).sum((0, 3)).astype(np.float32)
    large = np.asarray(cv2.resize(energy, size))
    return np.where(large >= MOVING**2 * large.max(), large, 0)


def flow_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where each pixel of the first picture is in the second: float32 [h, w, 2], in the picture's coordinates."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    greys = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second)]
    flow = search.calc(greys[0], greys[1], None)  # type: ignore[call-overload]
    return np.asarray(flow) * 2 / max(first.shape[:2])


def moved_by(first: np.ndarray, second: np.ndarray, x: float, y: float) -> np.ndarray:
    """How far what is at a point has moved, [2], in the picture's coordinates."""
    height, width = first.shape[:2]
    column = int(np.clip((x * max(width, height) + width) / 2, 0, width - 1))
    row = int(np.clip((y * max(width, height) + height) / 2, 0, height - 1))
    around = slice(max(0, row - WINDOW), row + WINDOW + 1), slice(max(0, column - WINDOW), column + WINDOW + 1)
    return np.asarray(np.median(flow_between(first, second)[around].reshape(-1, 2), axis=0))


def _apart(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(np.float32) - second).mean())
