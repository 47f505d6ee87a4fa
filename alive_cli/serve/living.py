"""The living rollout: a scene that lives in real time in a thread of its own, whether or not somebody listens."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from alive_cli.runtime.controls import Controls
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.pace import Pace
from alive_cli.runtime.quiet_hours import QuietClock, QuietHours
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.view import Seen

SEEDS = 1_000_000
"""Another life has a seed below this, which is short enough to note down."""

QUIET_SECONDS = 1.0
"""In quiet hours the clock on the wall is looked at once in so many seconds."""


class Present(NamedTuple):
    """What the scene shows now."""

    number: int
    """Frames that it has lived."""
    frame: Frame


class Living:
    """One life after the other, in real time. Its methods may be called from any thread."""

    def __init__(
        self,
        scene: Scene,
        controls: Controls,
        *,
        fps: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        seen: Seen | None = None,
        quiet: QuietHours | None = None,
    ) -> None:
        """Begin a life; time begins with `start`. The arguments are those of `Scene.life` and `Scene.live`.

        Args:
            seen: from where lives are seen; by default a scene with depth sways.
            quiet: hours in which time stands still by itself.

        Raises:
            InputError: an argument is out of range.
        """
        self.scene, self.controls, self._seen = scene, controls, seen
        self._quiet = QuietClock(quiet)
        self.fps = fps or scene.fps
        self.frames_late = 0
        """Frames that were lived late, because the machine had no time; nothing shows them."""
        self.error: Exception | None = None
        """What ended the life, if it didn't end by `stop`."""
        self.on_goal: Callable[[str, Goal], None] = lambda event, goal: None
        """It receives `arriving` or `arrived`, and the goal, in the thread of the scene."""
        self.on_end: Callable[[], None] = lambda: None
        """It is called in the thread of the scene when an error has ended it."""
        self._lock = threading.Lock()
        """The life and what is present change together."""
        self._going, self._ended = threading.Event(), threading.Event()
        self._going.set()
        self.seed = scene.manifest.defaults.seed if seed is None else seed
        self._life = self._begin(self.seed, start_at)
        self.present = Present(1, next(self._life[1]))
        self._thread = threading.Thread(target=self._run, name="living", daemon=True)

    def start(self) -> None:
        """Let time begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the life, and wait for its thread."""
        self._ended.set()
        self._going.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def rollout(self) -> Rollout:
        """The present life."""
        return self._life[0]

    @property
    def second(self) -> float | None:
        """The second of the source that the scene is near, or None if its behavior doesn't define one."""
        rollout = self.rollout
        return None if rollout.node is None else rollout.second_of(rollout.node)

    @property
    def is_paused(self) -> bool:
        """Whether time stands still, because of `pause` or in quiet hours."""
        return not self._going.is_set() or bool(self._quiet.until)

    def pause(self) -> None:
        """Stop time."""
        if not self._ended.is_set():
            self._going.clear()

    def resume(self) -> None:
        """Let time go on."""
        self._going.set()

    def begin_another(self, seed: int | None = None) -> None:
        """Begin another life at the present second, by default with a random seed, and show its first frame at once.

        Drivers that were switched off stay off.
        """
        before = self.rollout
        seed = random.SystemRandom().randrange(SEEDS) if seed is None else seed
        rollout, source = self._begin(seed, self.second, before.moods)
        rollout.switch_as(before)
        first = next(source)
        with self._lock:
            self.seed, self._life = seed, (rollout, source)
            self.present = Present(self.present.number + 1, first)

    def _begin(
        self, seed: int, start_at: float | None, moods: Mapping[str, float] | None = None
    ) -> tuple[Rollout, Iterator[Frame]]:
        rollout = self.scene.life(self.controls, seed=seed, start_at=start_at, moods=moods)
        if self._seen is not None:
            self._seen.begin(rollout)
        for event in ("arriving", "arrived"):
            rollout.on(event, partial(self._tell, event))
        return rollout, self.scene.frames(rollout, fps=self.fps)

    def _tell(self, event: str, goal: Goal) -> None:
        self.on_goal(event, goal)

    def _run(self) -> None:
        pace = Pace(self.fps)
        try:
            while not self._ended.is_set():
                late = pace.record_frame()
                if self._ended.wait(max(0.0, pace.seconds_left())):
                    return
                if not self._going.is_set():
                    self._going.wait()
                    pace.resume()
                elif self._quiet.until:
                    self._ended.wait(QUIET_SECONDS)
                    pace.resume()
                else:
                    self._advance(late)
        except Exception as error:
            self.error = error
            self.on_end()

    def _advance(self, late: int) -> None:
        """Live the frames that are late, and the one that is due."""
        for _ in range(late + 1):
            if self._ended.is_set():
                return
            with self._lock:
                self.present = Present(self.present.number + 1, next(self._life[1]))
        self.frames_late += late
