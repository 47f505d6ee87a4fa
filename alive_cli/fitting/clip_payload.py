"""A clip on its way to another machine: its files, and the folder in which they are laid out there."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alive_cli.files.lock import locked_folder, vacate
from alive_cli.media.sources import Kind, clip_name, kind_of, pictures_of

LOCK = "clip.lock"
PATIENCE = 5
"""Seconds that a worker which was killed is given to be gone."""


@dataclass(frozen=True)
class Sent:
    """A video, or the pictures that make up a clip."""

    name: str
    """What to call it before people."""
    path: str
    """What to fit in that folder: a file, a folder of pictures, or a pattern."""
    files: dict[str, bytes]
    """By their paths; pictures lie in a folder that is called as their own."""

    @classmethod
    def of(cls, clip: Path) -> "Sent":
        """Read what a clip consists of.

        Raises:
            InputError: there is no such clip.
            OSError: a file can't be read.
        """
        name = clip.name or clip_name(clip)
        if kind_of(clip) is Kind.video:
            return cls(name, name, {name: clip.read_bytes()})
        within = Path((clip if clip.is_dir() else clip.parent).resolve().name or "clip")
        files = {str(within / picture.name): picture.read_bytes() for picture in pictures_of(clip)}
        return cls(name, str(within if clip.is_dir() else within / clip.name), files)

    @contextmanager
    def unpacked(self, purpose: str) -> Iterator[Path]:
        """Lay the files out in a folder that nobody else uses meanwhile; they go afterwards, what was added stays.

        Whoever comes with the same clip and `purpose` after a process that was killed is given the same folder.
        """
        digest = hashlib.sha256(purpose.encode() + os.fsencode(self.path))
        for path, data in sorted(self.files.items()):
            digest.update(hashlib.sha256(os.fsencode(path)).digest() + hashlib.sha256(data).digest())
        folder = Path(tempfile.gettempdir()) / f"alive-{digest.hexdigest()[:24]}"
        with ExitStack() as stack:
            if not _entered(stack, folder):
                folder = Path(tempfile.mkdtemp(prefix="alive-"))
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.callback(self._clear, folder)
            for path, data in self.files.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            yield folder

    def _clear(self, folder: Path) -> None:
        for path in self.files:
            (folder / path).unlink(missing_ok=True)
            vacate((folder / path).parent)


def _entered(stack: ExitStack, folder: Path) -> bool:
    """Whether a folder could be had, ours and held until the stack is left."""
    for _ in range(PATIENCE):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            # Another user's files are not to be trusted.
            if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
                return False
            stack.enter_context(locked_folder(folder, LOCK))
            return True
        except BlockingIOError:
            time.sleep(1)
        except OSError:
            return False
    return False
