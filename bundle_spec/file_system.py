"""What file systems and systems do differently with files: locks, open files, folders, permissions, owners."""

import contextlib
import errno
import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

TRIES, PAUSE_SECONDS = 20, 0.05
"""Where a file can't be replaced while it is open, it is tried so many times, and so long apart."""
HELD_ERRORS = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""A lock that another process holds is one of these errors; any other says that there are no locks."""


def moves_open_files() -> bool:
    """Whether this system removes and renames files that are open. Windows refuses that."""
    return fcntl is not None


def lock(handle: int, *, shared_reading: bool = False) -> bool:
    """Lock an open file until it is closed or the process ends, however it ends.

    Args:
        shared_reading: other processes must be able to read and write the file meanwhile. On Windows they couldn't, so
            there it isn't locked.

    Returns:
        Whether it is locked: False on a file system without locks.

    Raises:
        BlockingIOError: another process holds the lock.
    """
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif shared_reading:
            return False
        else:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in HELD_ERRORS:
            raise BlockingIOError(errno.EWOULDBLOCK, "in use by another process") from None
        return False
    return True


def move(source: Path, target: Path) -> None:
    """Move a file to the place of another, which may exist. Windows refuses that while somebody has the other open, as
    virus scanners do for a moment, so it is tried again.

    Raises:
        PermissionError: the folder can't be written, or another program goes on using the file.
        OSError: the file can't be moved.
    """
    for tries_left in reversed(range(1 if moves_open_files() else TRIES)):
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if moves_open_files():
                raise
            if not tries_left:
                raise PermissionError(error.errno, "in use by another program", str(target)) from None
        time.sleep(PAUSE_SECONDS)


def sync_folder(folder: Path) -> None:
    """Write a rename to the disk, where folders can be opened: not on Windows."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def permissions(mode: int) -> int:
    """The permissions that this user's new files or folders get of `mode`, as 0o666 or 0o777."""
    mask = os.umask(0)
    os.umask(mask)
    return mode & ~mask


def is_ours(path: Path) -> bool:
    """Whether this user owns a file or a folder itself, not what a link leads to. On Windows it counts as ours, because
    each user has temporary folders of their own.

    Raises:
        OSError: there is no such file.
    """
    return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
