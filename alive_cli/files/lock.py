"""Locks of files and folders, which the operating system releases when their process ends, in whatever way."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bundle_spec.file_system import lock, moves_open_files

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
        if not moves_open_files():
            os.close(handle)
        with contextlib.suppress(OSError):
            path.unlink()
        if moves_open_files():
            os.close(handle)


def _open_and_lock(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(handle)
            # The last holder may have removed the file before it was locked here: such a lock keeps nobody out.
            if not moves_open_files() or (path.exists() and os.path.samestat(path.stat(), os.fstat(handle))):
                return handle
        except OSError as error:
            os.close(handle)
            if isinstance(error, BlockingIOError):
                raise BlockingIOError(error.errno, error.strerror, str(path)) from None
            raise
        os.close(handle)
