"""Notes that people read once a day, however often they run a command."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

DAY = 24 * 3600
"""Seconds until a note is due again."""
FOLDER = "ALIVE_CACHE"
"""This environment variable names another folder for what a user's machine remembers between runs."""


def cache_folder() -> Path:
    """The folder of what this user's machine remembers between runs; losing it loses nothing."""
    if chosen := os.environ.get(FOLDER):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "alive"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "alive"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "alive"


def is_due(note: str) -> bool:
    """Whether a note has not been due for a day; then it counts as read. Without a folder it is always due."""
    try:
        stamp = cache_folder() / f"{note}.note"
        age = time.time() - stamp.stat().st_mtime
        if 0 <= age < DAY:
            return False
    except (OSError, RuntimeError):  # no stamp, or no home
        pass
    with suppress(OSError, RuntimeError):
        stamp = cache_folder() / f"{note}.note"
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    return True
