"""The files of a clip that travel to another machine, and the folder for them there."""

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
from bundle_spec.file_system import is_ours

LOCK = "clip.lock"
"""The folder of a payload is locked by this file."""
PATIENCE = 5
"""A worker that was killed has so many seconds to disappear before another folder is used."""


@dataclass(frozen=True)
class ClipPayload:
    """The contents of a video file, or of the pictures of a clip."""

    name: str
    """The name of the clip in messages."""
    path: str
    """The path of the clip in its folder: a file, a folder of pictures, or a pattern."""
    files: dict[str, bytes]
    """Contents by path; pictures lie in a folder with the name of their original one."""

    @classmethod
    def of(cls, clip: Path) -> "ClipPayload":
        """Read the files of a clip.

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
        """Write the files into a locked folder and yield it. Afterwards the files are removed; others in it stay.

        The folder depends on the clip and the `purpose`, so that a process continues the work of one that was killed.
        """
        digest = hashlib.sha256(purpose.encode() + os.fsencode(self.path))
        for path, data in sorted(self.files.items()):
            digest.update(hashlib.sha256(os.fsencode(path)).digest() + hashlib.sha256(data).digest())
        folder = Path(tempfile.gettempdir()) / f"alive-{digest.hexdigest()[:24]}"
        with ExitStack() as stack:
            if not _lock_folder(stack, folder):
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


def _lock_folder(stack: ExitStack, folder: Path) -> bool:
    """Whether the folder belongs to this user and is locked now, until the stack is closed."""
    for _ in range(PATIENCE):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            # Files of another user can't be trusted.
            if not is_ours(folder):
                return False
            stack.enter_context(locked_folder(folder, LOCK))
            return True
        except BlockingIOError:
            time.sleep(1)
        except OSError:
            return False
    return False
