"""One at a time: a lock that the operating system takes back however its holder ends."""

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

_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


TRIES = 100
"""To make and lock a folder that its last holder takes away meanwhile."""


@contextmanager
def locked_folder(folder: Path, name: str) -> Iterator[None]:
    """Hold a folder by the lock file `name` in it. It is made, and goes afterwards if nothing else is in it.

    Raises:
        FileExistsError: it is something else than a folder.
        BlockingIOError: somebody else holds it.
        OSError: it can't be made.
    """
    with ExitStack() as stack:
        stack.callback(vacate, folder)
        for left in reversed(range(TRIES)):
            folder.mkdir(exist_ok=True)
            try:
                stack.enter_context(locked(folder / name))
                break
            except FileNotFoundError:
                if not left:
                    raise
        yield


def vacate(folder: Path) -> None:
    """Remove a folder if nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which is there only meanwhile; its folder must exist.

    One that a killed process left behind holds nobody up. Where files can't be locked, nothing is.

    Raises:
        BlockingIOError: somebody else holds it.
        OSError: the file can't be made.
    """
    handle = _held(path)
    try:
        yield
    finally:
        if fcntl is None:  # Windows removes nothing that is open
            os.close(handle)
        with contextlib.suppress(OSError):
            path.unlink()
        if fcntl is not None:
            os.close(handle)


def _held(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            # Its last holder may have removed it between the two: a lock on a file without a name is none.
            if fcntl is None or (path.exists() and os.path.samestat(path.stat(), os.fstat(handle))):
                return handle
        except OSError as error:
            os.close(handle)
            if error.errno in _HELD:
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
        if error.errno in _HELD:
            raise
