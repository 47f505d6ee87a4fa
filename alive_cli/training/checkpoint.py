"""The state of an interrupted fit: a folder beside the bundle with arrays (safetensors) and settings (JSON)."""

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

VERSION = 2
"""A checkpoint states this version of its layout, because another version of the program can't continue it."""
SECONDS = 20.0
"""A training is stored every so many seconds: 5 MB for a standard fit, in 30 ms on two busy cores; three times that
for a high one."""
SETTINGS = "fit.json"
"""A checkpoint keeps the settings of its fit in this file."""
SPENT = "seconds.json"
"""A checkpoint keeps the seconds that each stage has taken in this file."""
LOCK = "fit.lock"
"""A process that works on a checkpoint holds this file locked."""
TRAINING = "training"
"""A checkpoint keeps the state of a training under this name."""

Setting = str | int | float | bool | None
"""A setting is a plain value, because the checkpoint keeps it as JSON."""
Arrays = dict[str, np.ndarray]
"""Arrays have names, under which a safetensors file keeps them."""


class Checkpoint:
    """Stores named arrays. Each file is replaced as a whole, so a fit may be killed at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.watch: Callable[[], Mapping[str, float]] = dict
        """Returns the seconds by stage so far; they are stored together with the arrays."""
        self.is_new = False
        """Whether this process began the fit that the checkpoint keeps."""
        self._began = time.monotonic()
        self._kept: dict[str, float] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the checkpoint against other processes. If it holds no arrays afterwards, it is removed.

        Raises:
            InputError: another process holds it, or its path is not a folder.
            OSError: the folder can't be made.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked_folder(self.folder, LOCK))
            except FileExistsError:
                raise self._not_a_checkpoint() from None
            except BlockingIOError:
                output = self.folder.with_suffix("")
                raise InputError(f"Another alive fit is at work on {output}; let it finish, or stop it.") from None
            try:
                yield
            finally:
                if self.empty:
                    self.remove()

    def begin(self, settings: Mapping[str, Setting]) -> None:
        """Begin a new fit in place of an earlier one. The checkpoint must be held.

        Raises:
            InputError: the folder is no checkpoint.
            OSError: the folder can't be written.
        """
        own = (LOCK, f".{SETTINGS}.part-")
        if not self.there and not all(path.name.startswith(own) for path in self.folder.iterdir()):
            raise self._not_a_checkpoint()
        self.remove()
        self.is_new = True
        content = json.dumps({"version": VERSION, "settings": dict(settings)}, indent=2)
        with replacing(self.folder / SETTINGS) as temporary:
            temporary.write_text(content + "\n", "utf-8")

    @property
    def there(self) -> bool:
        """Whether there is a fit to go on with."""
        return (self.folder / SETTINGS).is_file()

    @property
    def empty(self) -> bool:
        """Whether the checkpoint holds no arrays yet."""
        return not any(self.folder.glob("*.safetensors"))

    def holds(self, name: str) -> bool:
        """Whether the checkpoint holds arrays under a name."""
        return self._path(name).is_file()

    def settings(self) -> dict[str, Setting]:
        """The settings of the fit that the checkpoint keeps.

        Raises:
            InputError: the checkpoint is damaged, or of another version of this program.
        """
        try:
            content = json.loads((self.folder / SETTINGS).read_text("utf-8"))
            version, settings = content["version"], dict(content["settings"])
        except (OSError, ValueError, TypeError, KeyError):
            raise self.damaged() from None
        if version != VERSION:
            raise InputError(f"{self.folder} is of another version of alive; begin anew with --force.")
        return settings

    def seconds(self) -> dict[str, float]:
        """The seconds by stage that the stored work took.

        Raises:
            InputError: the checkpoint is damaged.
        """
        path = self.folder / SPENT
        try:
            content = json.loads(path.read_text("utf-8")) if path.exists() else {}
            spent = {str(stage): float(seconds) for stage, seconds in content.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            raise self.damaged() from None
        if not all(math.isfinite(seconds) and seconds >= 0 for seconds in spent.values()):
            raise self.damaged()
        return spent

    def load(self, name: str) -> Arrays | None:
        """The arrays under a name, or None.

        Raises:
            InputError: the arrays are damaged.
        """
        if not self.holds(name):
            return None
        try:
            return load_file(self._path(name))
        except (OSError, SafetensorError, ValueError):
            raise self.damaged() from None

    def keep(self, name: str, arrays: Arrays) -> None:
        """Store arrays under a name, in place of earlier ones.

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
        """The arrays under a name; the first time, `make` makes them and they are stored.

        Raises:
            InputError: the stored arrays are damaged.
            OSError: the folder can't be written.
        """
        arrays = self.load(name)
        if arrays is None:
            arrays = make()
            self.keep(name, arrays)
        return arrays

    def due(self, name: str) -> bool:
        """Whether SECONDS have passed since arrays were stored under a name."""
        return time.monotonic() - self._kept.get(name, self._began) >= SECONDS

    def remove(self) -> None:
        """Remove the fit; other files in the folder stay."""
        if not self.there:
            return
        own = [*self.folder.glob("*.safetensors"), *self.folder.glob(".*.part-*")]
        for path in (*own, self.folder / SPENT, self.folder / SETTINGS):
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"

    def _not_a_checkpoint(self) -> InputError:
        return InputError(f"{self.folder} would keep the fit, but is something else; move it, or choose another -o.")

    def damaged(self) -> InputError:
        """The error for content that this program didn't store."""
        return InputError(f"{self.folder} is damaged; begin anew with --force.")
