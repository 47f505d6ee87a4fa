"""Requests of which only the newest one counts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Replaced(Exception):
    """A newer request has taken the place of this one."""


class Turns:
    """Does one request at a time; a newer one ends those before it."""

    def __init__(self) -> None:
        """Begin without any request."""
        self.newest = 0
        """The number of the newest request."""
        self._count, self._turn = threading.Lock(), threading.Lock()

    def end(self) -> int:
        """End all requests so far. Returns the number of the next one."""
        with self._count:
            self.newest += 1
            return self.newest

    @contextmanager
    def turn(self) -> Iterator[Callable[[], None]]:
        """Wait for the turn of a new request, and hold it.

        Yields:
            What the request calls now and then; it raises `Replaced` once a newer request came, or the server ends.

        Raises:
            Replaced: a newer request came while this one waited.
        """
        number = self.end()

        def go_on() -> None:
            if number != self.newest:
                raise Replaced

        with self._turn:
            go_on()
            yield go_on
