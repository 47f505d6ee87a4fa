"""A page may be opened more than once; only the newest one saves."""

from alive_cli.errors import InputError


class Pages:
    """Numbers pages as they are opened."""

    def __init__(self) -> None:
        """Begin without any page."""
        self._newest = 0

    def open(self) -> int:
        """The number of a page that is opened now, from 1 on."""
        self._newest += 1
        return self._newest

    def check(self, page: int) -> None:
        """Refuse to save from an older page; a program, which has no page, says 0.

        Raises:
            InputError: the page was opened once more.
        """
        if page not in (0, self._newest):
            raise InputError("This page was opened once more; go on there, or reload this one to save from here.")
