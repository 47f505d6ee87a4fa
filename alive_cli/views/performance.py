"""A performance: a rollout that people steer, with keys, a status and recent frames. All live views use it."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from alive_cli.errors import AliveError, InputError
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.runtime.live_renderer import LiveRenderer
from alive_cli.runtime.scene import Scene

KEPT_SECONDS = 6.0
"""The frames of this many seconds are kept, so that the key `g` can save them."""
MESSAGE_SECONDS = 4.0
"""A message replaces the status for this long, which is enough to read it."""
DRAWING_SHARE = 0.6
"""Drawing may take this share of the time between two frames, because showing takes time, too."""
CONTROL_KEYS = (("down", "up"), ("left", "right"), ("[", "]"), ("{", "}"), ("<", ">"))
"""These pairs of keys, less and more, change the declared controls in the order of their declaration."""
KEY_NAMES = {"down": "↓", "up": "↑", "left": "←", "right": "→"}
"""The help shows these keys as arrows."""
HELP_WIDTH = 37
"""Lines of the help are padded to this many characters, so that they cover the picture evenly."""
OTHER_KEYS = {
    "space": "pause",
    "r": "another life",
    "0 … 9": "go to a tenth of the source",
    "g": "save the last seconds as a gif",
    "s": "save a still",
    "?": "this help",
    "q": "leave",
}
"""The help lists these keys after those of the controls."""


class Performance:
    """An endless source of embeddings that people steer: one rollout after the other."""

    def __init__(
        self,
        scene: Scene,
        controls: Controls,
        *,
        name: str,
        fps: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | None = None,
        folder: Path | None = None,
    ) -> None:
        """Begin a rollout. The other arguments are those of `Scene.life` and `Scene.live`.

        Args:
            name: the beginning of the names of saved pictures.
            folder: the folder for saved pictures; the working directory by default.

        Raises:
            InputError: an argument is out of range.
        """
        self.scene, self.controls = scene, controls
        self.fps = fps or scene.fps
        self.paused = self.help = self.left = False
        self._name, self.folder = name, folder or Path()
        self._message, self._message_end = "", 0.0
        self._saving: list[threading.Thread] = []
        self._saved: list[Path] = []
        self._paths: set[Path] = set()
        self.recent: deque[np.ndarray] = deque(maxlen=max(2, round(KEPT_SECONDS * self.fps)))
        """The embeddings of the last seconds, up to the picture that is shown."""
        self._renderer = LiveRenderer(scene, lambda: self.left, DRAWING_SHARE / self.fps)
        self._begin(scene.manifest.defaults.seed if seed is None else seed, start_at, goal)

    def _begin(self, seed: int, start_at: float | None, goal: float | None = None) -> None:
        self.seed = seed
        self.rollout = self.scene.life(self.controls, seed=seed, start_at=start_at, goal=goal)
        self._source = self.scene.live(self.rollout, fps=self.fps)

    def __iter__(self) -> Iterator[np.ndarray]:
        return self

    def __next__(self) -> np.ndarray:
        """Advance by one frame. Returns its embedding, float32 [D]."""
        return next(self._source)

    def record(self, embeddings: Sequence[np.ndarray]) -> None:
        """Note which embeddings a view has come to: those it skipped, and last the one that it shows."""
        self.recent.extend(embeddings)

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw an embedding, as `LiveRenderer.draw` does."""
        return self._renderer.draw(embedding, size)

    @property
    def second(self) -> float | None:
        """The second of the source that the scene is near, or None if its behavior doesn't define one."""
        node = self.rollout.node
        return None if node is None else self.rollout.second_of(node)

    @property
    def message(self) -> str:
        """The present message, or an empty string."""
        return self._message if time.monotonic() < self._message_end else ""

    def say(self, message: str) -> None:
        """Show a message for a few seconds."""
        self._message, self._message_end = message, time.monotonic() + MESSAGE_SECONDS

    def status(self, rate: float) -> str:
        """One line: the present message, or the rate (frames per second), the controls, the seed and the second."""
        if self.message:
            return self.message
        near = "" if self.second is None else f"   near {self.second:.1f} s"
        pace = "paused" if self.paused else f"{rate:.1f} fps"
        controls = "".join(f"   {name} {self.controls[name]:.3g}" for name in self.controls)
        return f"{pace}   seed {self.seed}{near}{controls}"

    @property
    def help_lines(self) -> list[str]:
        """The help: one line for each key."""
        controls = {
            f"{KEY_NAMES.get(less, less)} {KEY_NAMES.get(more, more)}": name
            for (less, more), name in zip(CONTROL_KEYS, self.controls, strict=False)
        }
        lines = (f"{key:<7}{meaning}" for key, meaning in (controls | OTHER_KEYS).items())
        return [f"{line:<{HELP_WIDTH}}" for line in lines]

    @property
    def watches_pointer(self) -> bool:
        """Whether an enabled driver needs pointer events."""
        return any(driver.enabled and driver.watches_pointer for driver in self.rollout.drivers)

    def press(self, key: str) -> None:
        """Handle a key: a character, or `up`, `down`, `left`, `right`. Other keys have no effect."""
        self.handle(KeyEvent(key))

    def handle(self, event: InputEvent) -> None:
        """React to an event: first the view's own keys, then the drivers."""
        if isinstance(event, KeyEvent) and self._run_action(event.key):
            return
        reply = self.rollout.handle(event)
        if reply is None:
            return
        self.paused = self.paused and not reply.wakes
        if reply.message:
            self.say(reply.message)

    def _run_action(self, key: str) -> bool:
        """Run the action of a key. Returns whether the key has one."""
        actions: dict[str, Callable[[], None]] = {
            " ": self._pause,
            "r": self.begin_another,
            "g": self.save_gif,
            "s": self.save_still,
            "?": self._toggle_help,
            "q": self.leave,
        }
        if key in actions:
            actions[key]()
            return True
        for keys, name in zip(CONTROL_KEYS, self.controls, strict=False):
            if key in keys:
                self._message_end = 0.0  # an older message must not hide the control that changes
                self.controls.nudge(name, 2 * keys.index(key) - 1)
                return True
        return False

    def set(self, values: Mapping[str, float]) -> None:
        """Set controls by name.

        Raises:
            InputError: a value is out of range, or the scene declares no such control. Then nothing changes.
        """
        self.controls.copy(values)
        self._message_end = 0.0
        for name, value in values.items():
            self.controls[name] = value

    def begin_another(self) -> None:
        """Begin another rollout at the present second. Drivers that were switched off stay off."""
        enabled = {driver.name: driver.enabled for driver in self.rollout.drivers}
        self._begin(random.SystemRandom().randrange(1_000_000), self.second)
        for driver in self.rollout.drivers:
            driver.enabled = enabled[driver.name]

    def leave(self) -> None:
        """End the performance."""
        self.left = True

    def save_still(self) -> None:
        """Save the frame that is shown as a picture of the scene's own size."""
        if self.recent:
            embedding = self.recent[-1]
            self._save(".png", lambda scene, path: _write_still(scene, embedding, path))

    def save_gif(self) -> None:
        """Save the last seconds as an animation."""
        if len(self.recent) > 1:
            recent = list(self.recent)
            self._save(".gif", lambda scene, path: _write_gif(scene, recent, path, self.fps))

    def _pause(self) -> None:
        self.paused = not self.paused

    def _toggle_help(self) -> None:
        self.help = not self.help

    def _save(self, suffix: str, write: Callable[[Scene, Path], object]) -> None:
        """Draw and write in a second thread, so that the performance continues."""
        path = _unused_path(self.folder, self._name, suffix, self._paths)
        self._paths.add(path)
        self.say(f"saving {path.name} …")

        def work() -> None:
            try:
                write(self.scene.twin(), path)
                self._saved.append(path)
                self.say(f"saved {path}")
            except (AliveError, OSError) as error:
                self.say(f"{path.name} could not be saved: {error}")

        self._saving.append(threading.Thread(target=work, name="saving"))
        self._saving[-1].start()

    def saved(self) -> list[Path]:
        """Wait until all pictures are saved. Returns their paths."""
        for thread in self._saving:
            thread.join()
        return self._saved


def _unused_path(folder: Path, name: str, suffix: str, reserved: set[Path]) -> Path:
    for number in range(1, 100_000):
        path = folder / f"{name}-{number}{suffix}"
        if path not in reserved and not path.exists():
            return path
    raise InputError(f"There are too many pictures of {name} in {folder.resolve()}; move some of them.")


def _write_still(scene: Scene, embedding: np.ndarray, path: Path) -> None:
    from PIL import Image

    from bundle_spec.atomic import replacing

    with replacing(path) as temporary:
        Image.fromarray(scene.draw(embedding)).save(temporary)


def _write_gif(scene: Scene, embeddings: list[np.ndarray], path: Path, fps: float) -> None:
    from alive_cli.views.file import Encoding, shared_size, write_rollout

    size = shared_size(scene)
    write_rollout(scene, embeddings, path, count=len(embeddings), encoding=Encoding(fps), size=size)
