"""A day of a life, faster than real time: does it stay alive, and does anything pile up?

The life is that of `Performance`, as in a live view, without a surface. For ten minutes of each hour somebody is
there, who steers at random: a goal, a mood, a drag, a look, other controls, another life. Then it is left alone at its
defaults, and at the end of the hour its liveness is measured as `alive eval` measures it.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from alive_cli.errors import AliveError
from alive_cli.report.liveness import frames_needed, liveness
from alive_cli.report.living import observed_path
from alive_cli.runtime.scene import Scene
from alive_cli.views.performance import Performance
from tests.benchmarks.soaking.processes import held
from tests.benchmarks.soaking.samples import HOUR, Samples, growth

VISIT = 1 / 6
"""Somebody is there for this share of each hour."""
EVENT_SECONDS = 4.0
"""Whoever is there does something in so many seconds of the life, on average."""
ONE_DRAWN = 1000
"""One frame in so many is drawn, because a day has 2.6 million."""
SETTLING_SECONDS = 10.0
"""A life is left alone for so long before it is measured."""
FIGURES = ("verdict", "energy", "freeze", "jump", "coverage", "distance", "drift", "replay", "period")
"""These figures of liveness are noted."""
RARE = 0.02
"""Another life, and other moods, which take a while, are this share of the events each."""


class Steering:
    """Does to a performance at random what people do."""

    def __init__(self, performance: Performance, seed: int) -> None:
        self.performance = performance
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        """Errors that are no refusals."""
        self._chance = random.Random(seed)
        acts: list[Callable[[], object]] = [
            self.controls,
            self.goal,
            self.touch,
            self.let_go,
            self.look,
            self.look_away,
        ]
        if performance.scene.view_stretch is not None:
            acts += [self.view]
        if performance.scene.actions:
            acts += [self.action]
        self._acts = acts

    def act(self) -> None:
        """One event, or another life, or other moods."""
        rare = self._chance.random()
        act = self.another if rare < RARE else self.mood if rare < 2 * RARE else self._chance.choice(self._acts)
        name = act.__name__
        try:
            act()
            self.counts[name] += 1
        except AliveError:
            self.counts[f"{name}, refused"] += 1
        except Exception as error:
            self.errors[f"{name}: {type(error).__name__}: {error}"] += 1

    def calm(self) -> None:
        """Leave the life alone, at its defaults."""
        performance = self.performance
        usual = performance.scene.controls()
        for name in usual:
            performance.controls[name] = usual[name]
        rollout = performance.rollout
        rollout.give_up()
        rollout.put_in({})
        self.let_go()
        self.look_away()

    def controls(self) -> None:
        name = self._chance.choice(list(self.performance.controls))
        self.performance.controls.nudge(name, self._chance.choice((-3, -2, -1, 1, 2, 3)))

    def goal(self) -> None:
        rollout = self.performance.rollout
        names = list(self.performance.scene.names)
        second = self._chance.uniform(0, rollout.second_of(rollout.frames - 1))
        goal = self._chance.choice(names) if names and self._chance.random() < 0.2 else second
        rollout.go_to(goal, queue=self._chance.random() < 0.3)

    def action(self) -> None:
        self.performance.rollout.act(self._chance.choice(list(self.performance.scene.actions)))

    def mood(self) -> None:
        moods = list(self.performance.scene.moods)
        if moods:
            strength = self._chance.choice((0.0, 0.5, 1.0, -1.0))
            self.performance.rollout.put_in({self._chance.choice(moods): strength} if strength else {})

    def touch(self) -> None:
        across, down, dx, dy = (self._chance.uniform(-1, 1) for _ in range(4))
        self.performance.rollout.touch(across * 0.5, down * 0.5, dx * 0.2, dy * 0.2)

    def let_go(self) -> None:
        self.performance.rollout.let_go()

    def look(self) -> None:
        self.performance.rollout.look_at(self._chance.uniform(-1, 1), self._chance.uniform(-1, 1))

    def look_away(self) -> None:
        self.performance.rollout.look_away()

    def view(self) -> None:
        self.performance.rollout.view_from(self._chance.uniform(-1, 1), self._chance.uniform(-1, 1))

    def another(self) -> None:
        self.performance.begin_another()


def soak_life(bundle: Path, hours: float, samples: Samples, say: Callable[[str], None]) -> dict[str, Any]:
    """Live so many hours. Returns what became of memory, handles and liveness, and how many errors there were."""
    scene = Scene.open(bundle, device="cpu")
    performance = Performance(scene, scene.controls(), name="soak", seed=0)
    steering = Steering(performance, seed=0)
    observed = observed_path(scene)
    measured = frames_needed(len(observed.embeddings), 1.0)
    settling = round(SETTLING_SECONDS * scene.fps)
    chance = random.Random(1)
    size = scene.size_within(96)
    total = round(hours * HOUR * scene.fps)
    each_hour = min(round(HOUR * scene.fps), total)
    blackened = 0
    figures: list[dict[str, Any]] = []
    began = time.perf_counter()

    def live(count: int, *, steered: bool = False, kept: list[np.ndarray] | None = None) -> None:
        nonlocal blackened
        for _ in range(count):
            if steered and chance.random() < 1 / (EVENT_SECONDS * scene.fps):
                steering.act()
            frame = next(performance)
            performance.record([frame])
            if chance.random() < 1 / ONE_DRAWN:
                blackened += int(scene.draw(frame, size).std() < 1)
            if kept is not None:
                kept.append(frame.embedding)

    lived = 0
    while lived < total:
        hour = max(measured + settling, min(each_hour, total - lived))
        visit = min(round(VISIT * hour), hour - measured - settling)
        live(visit, steered=True)
        steering.calm()
        live(hour - visit - measured)
        kept: list[np.ndarray] = []
        live(measured, kept=kept)
        lived += hour
        rollout = np.stack(kept).astype(np.float64)
        result = liveness(rollout, observed, speed=1.0, fps=scene.fps)
        row = {name: result[name] for name in FIGURES if name in result}
        row = {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
        seconds = time.perf_counter() - began
        figures.append(row)
        samples.add(lived / scene.fps / HOUR, {**held(), "fps": round(lived / seconds, 1), **row})
        say(f"life: {lived / scene.fps / HOUR:.1f} h in {seconds:.0f} s, {samples.rows[-1]}")
    verdicts = Counter(str(row["verdict"]) for row in figures)
    return {
        "hours": round(lived / scene.fps / HOUR, 2),
        "frames": lived,
        "real_seconds": round(time.perf_counter() - began, 1),
        "memory": growth(samples.rows, "memory"),
        "handles": growth(samples.rows, "handles"),
        "threads": growth(samples.rows, "threads"),
        "verdicts": dict(verdicts),
        "first": figures[0],
        "last": figures[-1],
        "worst_jump": max(row.get("jump", 0) for row in figures),
        "coverage": [min(row.get("coverage", 0) for row in figures), max(row.get("coverage", 0) for row in figures)],
        "distance": [min(row.get("distance", 0) for row in figures), max(row.get("distance", 0) for row in figures)],
        "pictures_of_one_colour": blackened,
        "events": dict(steering.counts),
        "errors": dict(steering.errors),
    }
