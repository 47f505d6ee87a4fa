"""Write files so that they appear whole or not at all, whatever happens to the program meanwhile."""

import contextlib
import glob
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bundle_spec.file_system import lock, move, moves_open_files, permissions, sync_folder

STALE_SECONDS = 24 * 3600
"""Where files can't be locked, a temporary file older than this belongs to no running program and is removed."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path`, on any error it is removed.

    Temporary files of killed programs are removed by the next one that writes to the same path. The temporary name
    keeps `path`'s suffix, because encoders choose their format by it.

    Raises:
        OSError: the folder can't be written, or the replacement fails.
    """
    path = Path(path).resolve()  # a link stays a link: what it points to is replaced
    _sweep(path)
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        with contextlib.suppress(BlockingIOError):  # another writer looks just now whether it was left behind
            lock(handle, shared_reading=True)
        yield temporary
        # mkstemp makes private files: give the result the old file's permissions, or those of any new file.
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else permissions(0o666))
        with temporary.open("r+b") as written:
            os.fsync(written.fileno())
        if not moves_open_files():
            os.close(handle)
            handle = -1
        move(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        if error.errno is not None and error.filename is None:  # the disk is full, say, while a file is open
            error.filename = str(path)
        raise
    finally:
        if handle >= 0 and not moves_open_files():
            os.close(handle)
            handle = -1
        temporary.unlink(missing_ok=True)
        if handle >= 0:
            os.close(handle)


def _prefix(path: Path) -> str:
    return f".{path.name}.part-"


def _is_left_behind(handle: int) -> bool:
    """Whether no running program writes an open temporary file: nobody holds it, or, where nobody can, it is old."""
    try:
        if lock(handle, shared_reading=True):
            return True
    except BlockingIOError:
        return False
    return time.time() - os.fstat(handle).st_mtime > STALE_SECONDS


def _sweep(path: Path) -> None:
    """Remove the temporary files of programs that were killed while they wrote to `path`."""
    for name in glob.glob(glob.escape(str(path.parent / _prefix(path))) + "*" + glob.escape(path.suffix)):
        with contextlib.suppress(OSError):
            handle = os.open(name, os.O_RDWR)
            try:
                left = _is_left_behind(handle)
            finally:
                os.close(handle)
            if left:
                os.unlink(name)
