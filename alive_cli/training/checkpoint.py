"""What an interrupted fit needs to go on: a folder beside the bundle, of arrays (safetensors) and settings (JSON)."""

import errno
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from alive_cli.errors import InputError
from alive_cli.files.lock import locked_folder
from bundle_spec.atomic import replacing

VERSION = 1
SECONDS = 20.0
"""How often a training is kept: 5 MB for a standard fit, in 30 ms on two busy cores; for a high one thrice that."""
SETTINGS = "fit.json"
SPENT = "seconds.json"
LOCK = "fit.lock"
TRAINING = "training"
"""Under which name the state of a training is kept."""

Setting = str | int | float | bool | None
Arrays = dict[str, np.ndarray]


class Checkpoint:
    """Keeps named arrays; each file is replaced as a whole, so a fit may be killed at any moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watch: Callable[[], Mapping[str, float]] = dict
        """Tells the seconds spent so far by stage, which are kept with what was made in them."""
        self.begun = False
        """Whether what it keeps was begun here, and not taken over."""
        self._began = time.monotonic()
        self._kept: dict[str, float] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from it meanwhile. Of a fit that made nothing, nothing is left afterwards.

        Raises:
            InputError: another process holds it, or something else than a folder is in its place.
            OSError: the folder can't be made.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked_folder(self.folder, LOCK))
            except FileExistsError:
                raise self._something_else() from None
            except BlockingIOError:
                output = self.folder.with_suffix("")
                raise InputError(f"Another alive fit is at work on {output}; let it finish, or stop it.") from None
            try:
                yield
            finally:
                if self.empty:
                    self.remove()

    def begin(self, settings: Mapping[str, Setting]) -> None:
        """Anew, in place of an earlier fit's, while it is held.

        Raises:
            InputError: the folder is no checkpoint.
            OSError: it can't be written.
        """
        own = (LOCK, f".{SETTINGS}.part-")
        if not self.there and not all(path.name.startswith(own) for path in self.folder.iterdir()):
            raise self._something_else()
        self.remove()
        self.begun = True
        told = json.dumps({"version": VERSION, "settings": dict(settings)}, indent=2)
        with replacing(self.folder / SETTINGS) as temporary:
            temporary.write_text(told + "\n", "utf-8")

    @property
    def there(self) -> bool:
        """Whether there is something to go on from."""
        return (self.folder / SETTINGS).is_file()

    @property
    def empty(self) -> bool:
        """Whether nothing was kept yet but the settings."""
        return not any(self.folder.glob("*.safetensors"))

    def holds(self, name: str) -> bool:
        """Whether arrays were kept under a name."""
        return self._path(name).is_file()

    def settings(self) -> dict[str, Setting]:
        """The settings that it was begun with.

        Raises:
            InputError: it is damaged, or of another version of this program.
        """
        try:
            told = json.loads((self.folder / SETTINGS).read_text("utf-8"))
            version, settings = told["version"], dict(told["settings"])
        except (OSError, ValueError, TypeError, KeyError):
            raise self.damaged() from None
        if version != VERSION:
            raise InputError(f"{self.folder} was kept by another version of alive; begin anew with --force.")
        return settings

    def seconds(self) -> dict[str, float]:
        """What was spent by stage on what it keeps.

        Raises:
            InputError: it is damaged.
        """
        path = self.folder / SPENT
        try:
            told = json.loads(path.read_text("utf-8")) if path.exists() else {}
            spent = {str(stage): float(seconds) for stage, seconds in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            raise self.damaged() from None
        if not all(math.isfinite(seconds) and seconds >= 0 for seconds in spent.values()):
            raise self.damaged()
        return spent

    def load(self, name: str) -> Arrays | None:
        """Arrays that were kept under a name, or None.

        Raises:
            InputError: they are damaged.
        """
        if not self.holds(name):
            return None
        try:
            return load_file(self._path(name))
        except (OSError, SafetensorError, ValueError):
            raise self.damaged() from None

    def keep(self, name: str, arrays: Arrays) -> None:
        """Keep arrays under a name, in place of those kept before.

        Raises:
            OSError: the disk is full, or the folder can't be written.
        """
        with replacing(self._path(name)) as temporary:
            try:
                save_file({key: np.asarray(array, order="C") for key, array in arrays.items()}, temporary)
            except SafetensorError as error:
                raise OSError(errno.EIO, f"the checkpoint can't be written: {error}", str(self.folder)) from None
        with replacing(self.folder / SPENT) as temporary:
            temporary.write_text(json.dumps(dict(self.watch())) + "\n", "utf-8")
        self._kept[name] = time.monotonic()

    def once(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """What was kept under a name; made, and kept, the first time."""
        arrays = self.load(name)
        if arrays is None:
            arrays = make()
            self.keep(name, arrays)
        return arrays

    def due(self, name: str) -> bool:
        """Whether what changes all the time ought to be kept again."""
        return time.monotonic() - self._kept.get(name, self._began) >= SECONDS

    def remove(self) -> None:
        """Forget everything; what others put into the folder stays."""
        if not self.there:
            return
        own = [*self.folder.glob("*.safetensors"), *self.folder.glob(".*.part-*")]
        for path in (*own, self.folder / SPENT, self.folder / SETTINGS):
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"

    def _something_else(self) -> InputError:
        return InputError(f"{self.folder} would keep the fit, but is something else; move it, or choose another -o.")

    def damaged(self) -> InputError:
        """What to say where something in it isn't what was kept."""
        return InputError(f"{self.folder} is damaged; begin anew with --force.")
