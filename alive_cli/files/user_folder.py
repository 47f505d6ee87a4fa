"""Where each system keeps what a user's machine remembers."""

import os
import sys
from pathlib import Path

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
