"""Command lines that people copy into a shell, which each system quotes in its own way."""

import shlex
import subprocess
import sys
from collections.abc import Sequence


def command_line(words: Sequence[str]) -> str:
    """A command as somebody may type it: quoted where needed, on Windows in double quotes, as cmd knows no others."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
