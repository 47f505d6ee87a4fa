"""Saving what a live view shows, as a still picture or a gif, while the scene goes on."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alive_cli.errors import AliveError, InputError, OutputError
from alive_cli.runtime.frame import Drawn
from alive_cli.runtime.scene import Scene

KEPT_SECONDS = 6.0
"""A gif has the frames of this many seconds, so a view keeps their embeddings."""
MOST_NUMBER = 100_000
"""A name is tried with numbers below this, because no folder holds as many pictures of one scene."""


def frames_kept(fps: float) -> int:
    """How many frames a view keeps for a gif."""
    return max(2, round(KEPT_SECONDS * fps))


@dataclass(frozen=True)
class Saving:
    """A picture that is being saved."""

    path: Path
    thread: threading.Thread

    def join(self) -> bool:
        """Wait until that has ended. Returns whether the picture is there."""
        self.thread.join()
        return self.path.is_file()


class Saver:
    """Draws and writes pictures of a scene, each in a thread of its own, under names that are not in use."""

    def __init__(self, scene: Scene, name: str, folder: Path | None = None) -> None:
        """Save nothing yet.

        Args:
            name: the beginning of the names of the pictures.
            folder: the folder for them; the working directory by default.
        """
        self.scene, self.folder = scene, folder or Path()
        self._name = name
        self._lock = threading.Lock()
        self._savings: list[Saving] = []
        self._paths: set[Path] = set()
        self._saved: list[Path] = []
        self._say_at_end: Callable[[str], None] | None = None
        """It receives failures once nobody sees the view any more."""

    def save_still(self, drawn: Drawn, say: Callable[[str], None]) -> Saving:
        """Save one frame, or one embedding [D], as a picture of the scene's own size, in a thread.

        Args:
            say: it receives messages for the user: what is being saved, and how that ended.
        """
        return self._save(".png", lambda scene, path: _write_still(scene, drawn, path), say)

    def save_gif(self, drawn: Sequence[Drawn], fps: float, say: Callable[[str], None]) -> Saving:
        """Save frames, or embeddings, as an animation of `fps` frames per second. Otherwise as `save_still`."""
        frames = list(drawn)
        return self._save(".gif", lambda scene, path: _write_gif(scene, frames, path, fps), say)

    def saved(self, say: Callable[[str], None]) -> list[Path]:
        """Wait until all pictures are saved, once nobody sees the view any more. Returns their paths.

        Args:
            say: it receives messages for the user: what is still being saved, and what can't be.
        """
        self._say_at_end = say
        for saving in self._savings:
            if saving.thread.is_alive():
                say(f"Saving {saving.path.name} …")
            saving.join()
        return self._saved

    def _save(self, suffix: str, write: Callable[[Scene, Path], object], say: Callable[[str], None]) -> Saving:
        with self._lock:
            path = self._unused_path(suffix)
            self._paths.add(path)
        say(f"saving {path.name} …")

        def work() -> None:
            try:
                write(self.scene.twin(), path)
                self._saved.append(path)
                say(f"saved {path}")
                return
            except OutputError as error:
                failure = str(error)  # it names the file
            except AliveError as error:
                failure = f"{path.name} could not be saved: {error}"
            except OSError as error:
                failure = f"{path.name} could not be saved: {(error.strerror or str(error)).lower()}."
            (self._say_at_end or say)(failure)

        thread = threading.Thread(target=work, name="saving")
        thread.start()
        saving = Saving(path, thread)
        # A view may save for months, so what has ended is forgotten.
        self._savings = [each for each in self._savings if each.thread.is_alive()] + [saving]
        return saving

    def _unused_path(self, suffix: str) -> Path:
        for number in range(1, MOST_NUMBER):
            path = self.folder / f"{self._name}-{number}{suffix}"
            if path not in self._paths and not path.exists():
                return path
        raise InputError(f"There are too many pictures of {self._name} in {self.folder.resolve()}; move some of them.")


def _write_still(scene: Scene, drawn: Drawn, path: Path) -> None:
    from PIL import Image

    from bundle_spec.atomic import replacing

    with replacing(path) as temporary:
        Image.fromarray(scene.draw(drawn)).save(temporary)


def _write_gif(scene: Scene, frames: list[Drawn], path: Path, fps: float) -> None:
    from alive_cli.views.file import Encoding, shared_size, write_rollout

    size = shared_size(scene)
    write_rollout(scene, frames, path, count=len(frames), encoding=Encoding(fps), size=size)
