"""Notes that people read once a day, however often they run a command."""

import time
from contextlib import suppress

from alive_cli.files.user_folder import cache_folder

DAY = 24 * 3600
"""Seconds until a note is due again."""


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
