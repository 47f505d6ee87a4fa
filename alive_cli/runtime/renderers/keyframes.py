"""Decoded keyframes: those that were used last, and the others before they are needed."""

import atexit
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock

import numpy as np

from alive_cli.threads import Aside

_leaving = Event()
"""It is set when Python ends. A thread that still decodes would then end the process with an error."""
_working: "weakref.WeakSet[Aside[None]]" = weakref.WeakSet()


@atexit.register
def _finish() -> None:
    _leaving.set()
    for aside in list(_working):
        with suppress(Exception):  # who draws the keyframe would have been told
            aside.result()


class KeyframeCache:
    """Keeps decoded keyframes; those that were used least recently make room."""

    def __init__(self, decode: Callable[[int], np.ndarray], count: int, most: int) -> None:
        """Begin empty.

        Args:
            decode: gives a keyframe by its place, 0 … `count` − 1, to any thread.
            most: at most so many are kept.
        """
        self._decode, self._count, self._most = decode, count, most
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()
        self._lock = Lock()
        self._ahead: Aside[None] | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, place: int) -> np.ndarray:
        """The keyframe at a place; raises what `decode` raises."""
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
                return self._kept[place]
        picture = self._decode(place)
        with self._lock:
            self._kept[place] = picture
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return picture

    def decode_ahead(self) -> None:
        """Begin to decode the others aside, as far as there is room, so that no picture waits for one later."""
        if self._ahead is None:
            cache = weakref.ref(self)  # who drops the cache ends the work
            places = range(self._count)
            self._ahead = Aside(lambda: _decode_all(cache, places))
            _working.add(self._ahead)

    def fill(self, place: int) -> bool:
        """Decode the keyframe at a place if there is room for it. Returns whether there was."""
        with self._lock:
            if place in self._kept or len(self._kept) >= self._most:
                return len(self._kept) < self._most
        picture = self._decode(place)
        with self._lock:
            if len(self._kept) < self._most:
                self._kept.setdefault(place, picture)
        return True


def _decode_all(reference: "weakref.ref[KeyframeCache]", places: range) -> None:
    for place in places:
        cache = reference()
        if cache is None or _leaving.is_set() or not cache.fill(place):
            return
        del cache
