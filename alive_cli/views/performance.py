"""A life on show: what its keys do, what it tells of itself, what was seen of it lately. Every live view shares it."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from alive_cli.errors import AliveError, InputError
from alive_cli.runtime.live_renderer import LiveDrawing
from alive_cli.runtime.rollout import MAX_TEMPERATURE, Controls
from alive_cli.runtime.scene import Scene

KEPT_SECONDS = 6.0
"""Of what was seen lately, for `g`."""
MESSAGE_SECONDS = 4.0
PAINTING = 0.6
"""Of the time between two frames, what painting may take; showing takes some, too."""
TEMPERATURE_STEP = 0.1
PULL_STEP = 0.05
HELP = (
    "↑ ↓    temperature                   ",
    "← →    pull                          ",
    "space  pause                         ",
    "r      another life                  ",
    "0 … 9  go to a tenth of the source   ",
    "g      save the last seconds as a gif",
    "s      save a still                  ",
    "?      this help                     ",
    "q      leave                         ",
)


class Performance:
    """One life, and then another: an endless source of embeddings that keys and sliders steer."""

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
        self._name, self._folder = name, folder or Path()
        self._message, self._until = "", 0.0
        self._saving: list[threading.Thread] = []
        self._saved: list[Path] = []
        self._seen: deque[np.ndarray] = deque(maxlen=max(2, round(KEPT_SECONDS * self.fps)))
        self._drawing = LiveDrawing(scene, lambda: self.left, PAINTING / self.fps)
        self._begin(scene.manifest.defaults.seed if seed is None else seed, start_at, goal)

    def _begin(self, seed: int, start_at: float | None, goal: float | None = None) -> None:
        self.seed = seed
        self._life = self.scene.life(self.controls, seed=seed, start_at=start_at, goal=goal)
        self._source = self.scene.live(self._life, fps=self.fps)

    def __iter__(self) -> Iterator[np.ndarray]:
        return self

    def __next__(self) -> np.ndarray:
        """Live through one frame; the embedding then, float32 [D]."""
        embedding = next(self._source)
        self._seen.append(embedding)
        return embedding

    def draw(self, embedding: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw what was lived through, as `LiveDrawing.draw` does."""
        return self._drawing.draw(embedding, size)

    @property
    def second(self) -> float | None:
        """The second of the source near which the scene is, where its behavior knows."""
        moment = self._life.moment
        return None if moment is None else self.scene.manifest.source.start + moment / self.scene.fps

    @property
    def message(self) -> str:
        """What there is to say just now, mostly nothing."""
        return self._message if time.monotonic() < self._until else ""

    def say(self, message: str) -> None:
        """Have something said for a few seconds."""
        self._message, self._until = message, time.monotonic() + MESSAGE_SECONDS

    def status(self, rate: float) -> str:
        """One line: what was said last, or how the scene does."""
        if self.message:
            return self.message
        near = "" if self.second is None else f"   near {self.second:.1f} s"
        pace = "paused" if self.paused else f"{rate:.1f} fps"
        knobs = f"temperature {self.controls.temperature:.2g}   pull {self.controls.pull:.2g}"
        return f"{pace}   {knobs}   seed {self.seed}{near}"

    def press(self, key: str) -> None:
        """Do what a key stands for: a character, or `up`, `down`, `left`, `right`; other keys do nothing."""
        actions: dict[str, Callable[[], None]] = {
            "up": lambda: self.set(temperature=self.controls.temperature + TEMPERATURE_STEP),
            "down": lambda: self.set(temperature=self.controls.temperature - TEMPERATURE_STEP),
            "right": lambda: self.set(pull=self.controls.pull + PULL_STEP),
            "left": lambda: self.set(pull=self.controls.pull - PULL_STEP),
            " ": self._pause,
            "r": self.another,
            "g": self.save_gif,
            "s": self.save_still,
            "?": self._toggle_help,
            "q": self.leave,
        }
        if key in actions:
            actions[key]()
        elif len(key) == 1 and key in "0123456789":
            self.travel(int(key) / 10)

    def set(self, *, temperature: float | None = None, pull: float | None = None, novelty: float | None = None) -> None:
        """Change controls; values out of range go to the nearest that isn't."""
        self._until = 0.0  # what was said last must not hide the knob that is turned
        if temperature is not None:
            self.controls.temperature = round(min(max(temperature, 0.0), MAX_TEMPERATURE), 3)
        if pull is not None:
            self.controls.pull = round(min(max(pull, 0.0), 1.0), 3)
        if novelty is not None:
            self.controls.novelty = round(min(max(novelty, 0.0), 1.0), 3)

    def another(self) -> None:
        """Another life, from where this one is."""
        self._begin(random.SystemRandom().randrange(1_000_000), self.second)

    def travel(self, share: float) -> None:
        """Go to a share, 0…1, of the source, along what was observed."""
        ways, moment = self.scene.ways, self._life.moment
        if ways is None or moment is None:
            self.say("This scene's behavior can't be sent anywhere.")
            return
        if not self.controls.temperature:
            self.say("At temperature 0 it can't go anywhere.")
            return
        self.paused = False
        goal = min(len(self.scene.embeddings) - 1, int(share * len(self.scene.embeddings)))
        self._life.follow(ways.arriving(moment, goal))
        self.say(f"on its way to second {self.scene.manifest.source.start + goal / self.scene.fps:.1f}")

    def leave(self) -> None:
        """End the show."""
        self.left = True

    def save_still(self) -> None:
        """Save what was seen last, at the scene's own size."""
        if self._seen:
            seen = self._seen[-1]
            self._save(".png", lambda scene, path: _write_still(scene, seen, path))

    def save_gif(self) -> None:
        """Save the last seconds."""
        if len(self._seen) > 1:
            seen = list(self._seen)
            self._save(".gif", lambda scene, path: _write_gif(scene, seen, path, self.fps))

    def _pause(self) -> None:
        self.paused = not self.paused

    def _toggle_help(self) -> None:
        self.help = not self.help

    def _save(self, suffix: str, write: Callable[[Scene, Path], object]) -> None:
        """Draw and write in a thread of its own, so that the show goes on."""
        path = _unused(self._folder, self._name, suffix)
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
