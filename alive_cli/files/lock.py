"""Locks of files and folders, which the operating system releases when their process ends, in whatever way."""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

_HELD_ERRORS = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


TRIES = 100
"""`locked_folder` tries so many times to make and lock a folder, because its last holder may remove it in between."""


@contextmanager
def locked_folder(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock file `name` in a folder. The folder is made, and is removed afterwards if it is empty.

    Raises:
        FileExistsError: the path is not a folder.
        BlockingIOError: another process holds the lock.
        OSError: the folder can't be made.
    """
    with ExitStack() as stack:
        stack.callback(vacate, folder)
        for tries_left in reversed(range(TRIES)):
            folder.mkdir(exist_ok=True)
            try:
                stack.enter_context(locked(folder / name))
                break
            except FileNotFoundError:
                if not tries_left:
                    raise
        yield


def vacate(folder: Path) -> None:
    """Remove a folder if nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`. It exists only while it is held; its folder must exist.

    A lock file that a killed process left behind blocks nobody. On a file system without locks nothing is locked.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the file can't be made.
    """
    handle = _open_and_lock(path)
    try:
        yield
    finally:
        if fcntl is None:  # Windows can't remove an open file
            os.close(handle)
        with contextlib.suppress(OSError):
            path.unlink()
        if fcntl is not None:
            os.close(handle)


def _open_and_lock(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            # The last holder may have removed the file before it was locked here: such a lock keeps nobody out.
            if fcntl is None or (path.exists() and os.path.samestat(path.stat(), os.fstat(handle))):
                return handle
        except OSError as error:
            os.close(handle)
            if error.errno in _HELD_ERRORS:
                raise BlockingIOError(errno.EWOULDBLOCK, "in use by another process", str(path)) from None
            raise
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        if fcntl is None:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD_ERRORS:
            raise
