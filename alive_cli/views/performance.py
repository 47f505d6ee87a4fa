"""A life on show: what its keys do, its status, what was shown of it lately. Every live view shares it."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from alive_cli.errors import AliveError, InputError
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.events import InputEvent, KeyEvent
from alive_cli.runtime.live_renderer import LiveRenderer
from alive_cli.runtime.scene import Scene

KEPT_SECONDS = 6.0
"""The last seconds that were shown are kept, so that `g` can save them."""
MESSAGE_SECONDS = 4.0
"""A message takes the place of the status for so long."""
DRAWING_SHARE = 0.6
"""Drawing may take this share of the time between two frames; showing takes some, too."""
CONTROL_KEYS = (("down", "up"), ("left", "right"), ("[", "]"), ("{", "}"), ("<", ">"))
"""The declared controls have these pairs of keys, in their order: less, and more."""
KEY_NAMES = {"down": "↓", "up": "↑", "left": "←", "right": "→"}
"""The help shows these keys by a sign."""
HELP_WIDTH = 37
"""Lines of the help are filled up to so many characters, so that they cover the picture."""
OTHER_KEYS = {
    "space": "pause",
    "r": "another life",
    "0 … 9": "go to a tenth of the source",
    "g": "save the last seconds as a gif",
    "s": "save a still",
    "?": "this help",
    "q": "leave",
}
"""The other keys, and what they do."""


class Performance:
    """One life, and then another: an endless source of embeddings that people steer."""

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
        """Begin a life; arguments as for `Scene.life` and `Scene.live`.

        Args:
            name: what saved pictures are called after.
            folder: where they go; the working directory by default.

        Raises:
            InputError: an argument is out of range.
        """
        self.scene, self.controls = scene, controls
        self.fps = fps or scene.fps
        self.paused = self.help = self.left = False
        self._name, self.folder = name, folder or Path()
        self._message, self._until = "", 0.0
        self._saving: list[threading.Thread] = []
        self._saved: list[Path] = []
        self.recent: deque[np.ndarray] = deque(maxlen=max(2, round(KEPT_SECONDS * self.fps)))
        self._renderer = LiveRenderer(scene, lambda: self.left, DRAWING_SHARE / self.fps)
        self._begin(scene.manifest.defaults.seed if seed is None else seed, start_at, goal)

    def _begin(self, seed: int, start_at: float | None, goal: float | None = None) -> None:
        self.seed = seed
        self.rollout = self.scene.life(self.controls, seed=seed, start_at=start_at, goal=goal)
        self._source = self.scene.live(self.rollout, fps=self.fps)

    def __iter__(self) -> Iterator[np.ndarray]:
        return self

    def __next__(self) -> np.ndarray:
        """Live through one frame; the embedding then, float32 [D]."""
        embedding = next(self._source)
        self.recent.append(embedding)
        return embedding

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw what was lived through, as `LiveRenderer.draw` does."""
        return self._renderer.draw(embedding, size)

    @property
    def second(self) -> float | None:
        """The second of the source near which the scene is, where its behavior knows."""
        node = self.rollout.node
        return None if node is None else self.rollout.second_of(node)

    @property
    def message(self) -> str:
        """What there is to say just now, mostly nothing."""
        return self._message if time.monotonic() < self._until else ""

    def say(self, message: str) -> None:
        """Have something said for a few seconds."""
        self._message, self._until = message, time.monotonic() + MESSAGE_SECONDS

    def status(self, rate: float) -> str:
        """One line: the last message, or how the scene does at so many frames a second."""
        if self.message:
            return self.message
        near = "" if self.second is None else f"   near {self.second:.1f} s"
        pace = "paused" if self.paused else f"{rate:.1f} fps"
        controls = "".join(f"   {name} {self.controls[name]:.2g}" for name in self.controls)
        return f"{pace}{controls}   seed {self.seed}{near}"

    @property
    def help_lines(self) -> list[str]:
        """What every key does, a line each."""
        controls = {
            f"{KEY_NAMES.get(more, more)} {KEY_NAMES.get(less, less)}": name
            for (less, more), name in zip(CONTROL_KEYS, self.controls, strict=False)
        }
        lines = (f"{key:<7}{meaning}" for key, meaning in (controls | OTHER_KEYS).items())
        return [f"{line:<{HELP_WIDTH}}" for line in lines]

    @property
    def watches_pointer(self) -> bool:
        """Whether a driver wants to know where the pointer is."""
        return any(driver.enabled and driver.watches_pointer for driver in self.rollout.drivers)

    def press(self, key: str) -> None:
        """Handle a key: a character, or `up`, `down`, `left`, `right`; other keys do nothing."""
        self.handle(KeyEvent(key))

    def handle(self, event: InputEvent) -> None:
        """React to what a person did: the view's own keys first, then the drivers."""
        if isinstance(event, KeyEvent) and self._do(event.key):
            return
        reply = self.rollout.handle(event)
        if reply is None:
            return
        self.paused = self.paused and not reply.wakes
        if reply.message:
            self.say(reply.message)

    def _do(self, key: str) -> bool:
        """Do what a key of the view stands for; whether it is one."""
        actions: dict[str, Callable[[], None]] = {
            " ": self._pause,
            "r": self.another,
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
                self._until = 0.0  # an older message must not hide the control that changes
                self.controls.nudge(name, 2 * keys.index(key) - 1)
                return True
        return False

    def set(self, **values: float) -> None:
        """Change controls.

        Raises:
            InputError: a value is out of range, or the scene declares no such control; then nothing changes.
        """
        self.controls.copy(**values)
        self._until = 0.0
        for name, value in values.items():
            self.controls[name] = value

    def another(self) -> None:
        """Begin another life where this one is."""
        self._begin(random.SystemRandom().randrange(1_000_000), self.second)

    def leave(self) -> None:
        """End the show."""
        self.left = True

    def save_still(self) -> None:
        """Save what was recent last, at the scene's own size."""
        if self.recent:
            recent = self.recent[-1]
            self._save(".png", lambda scene, path: _write_still(scene, recent, path))

    def save_gif(self) -> None:
        """Save the last seconds."""
        if len(self.recent) > 1:
            recent = list(self.recent)
            self._save(".gif", lambda scene, path: _write_gif(scene, recent, path, self.fps))

    def _pause(self) -> None:
        self.paused = not self.paused

    def _toggle_help(self) -> None:
        self.help = not self.help

    def _save(self, suffix: str, write: Callable[[Scene, Path], object]) -> None:
        """Draw and write in a thread of its own, so that the show goes on."""
        path = _unused(self.folder, self._name, suffix)
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
        """What was saved, once all of it is."""
        for thread in self._saving:
            thread.join()
        return self._saved


def _unused(folder: Path, name: str, suffix: str) -> Path:
    for number in range(1, 100_000):
        path = folder / f"{name}-{number}{suffix}"
        if not path.exists():
            return path
    raise InputError(f"There are too many pictures of {name} in {folder.resolve()}.")


def _write_still(scene: Scene, embedding: np.ndarray, path: Path) -> None:
    from PIL import Image

    from bundle_spec.atomic import replacing

    with replacing(path) as temporary:
        Image.fromarray(scene.draw(embedding)).save(temporary)


def _write_gif(scene: Scene, embeddings: list[np.ndarray], path: Path, fps: float) -> None:
    from alive_cli.views.file import Encoding, write_rollout

    write_rollout(scene, embeddings, path, count=len(embeddings), encoding=Encoding(fps))
