"""A file that a page edits, and that no other program may have changed meanwhile."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alive_cli.errors import InputError


class WatchedFile:
    """Knows whether a file is still as it was when it was last read or written."""

    def __init__(self, path: Path) -> None:
        """Watch a file that may not exist yet."""
        self.path = path
        self._digest = ""

    def note(self) -> None:
        """Remember the file as it is now."""
        self._digest = self._present()

    @contextmanager
    def reading(self) -> Iterator[bool]:
        """Remember the file as it is now, once it was read without an error. Yields whether there is one."""
        digest = self._present()
        yield bool(digest)
        self._digest = digest

    def check(self) -> None:
        """Refuse to replace a file that was changed; one that is no longer there may be written anew.

        Raises:
            InputError: another program has changed the file.
        """
        if self._present() not in ("", self._digest):
            raise InputError(
                f"{self.path.name} was changed by another program; move that file elsewhere and save again, or reload "
                "this page to go on from it."
            )

    def _present(self) -> str:
        """The digest of the file as it is now; empty if there is none."""
        if not self.path.is_file():
            return ""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
