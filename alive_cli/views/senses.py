"""What a performance hears and sees: it begins with the view, rests with the scene, and ends with both."""

from typing import Protocol


class Sense(Protocol):
    """Something that listens or looks, such as a microphone or a lead."""

    @property
    def is_on(self) -> bool:
        """Whether it listens or looks now. It may end by itself."""
        ...

    def start(self) -> None:
        """Begin to listen or look, afresh if it did so before."""
        ...

    def stop(self) -> None:
        """End that, and close the device or file. It may be off already."""
        ...


class Senses:
    """All senses of a performance. They are for the thread of its view."""

    def __init__(self) -> None:
        """Begin without any, and with nothing on."""
        self._all: list[Sense] = []
        self._resting: list[Sense] | None = None
        """Those that begin again when the rest ends; None without a rest."""

    def add(self, sense: Sense) -> None:
        """Add one that is off."""
        self._all.append(sense)

    def begin(self, *, resting: bool = False) -> None:
        """Switch all on; in a rest, they wait for `wake`."""
        self._resting = list(self._all)
        if not resting:
            self.wake()

    def rest(self) -> None:
        """Switch all off until `wake`; only the first call counts."""
        if self._resting is None:
            self._resting = [sense for sense in self._all if sense.is_on]
            self._stop()

    def wake(self) -> None:
        """Switch those on again that were on when the rest began, or were switched on in it."""
        waking, self._resting = self._resting or [], None
        for sense in waking:
            sense.start()

    def end(self) -> None:
        """Switch all off for good, in a rest as well."""
        self._resting = None
        self._stop()

    @property
    def are_resting(self) -> bool:
        """Whether nothing listens or looks until `wake`."""
        return self._resting is not None

    def waits(self, sense: Sense) -> bool:
        """Whether one begins again when the rest ends."""
        return self._resting is not None and sense in self._resting

    def switch(self, sense: Sense) -> bool:
        """Switch one on or off; in a rest, that is how it will be afterwards. Returns whether it is on then."""
        if self._resting is not None:
            will_be_on = sense not in self._resting
            (self._resting.append if will_be_on else self._resting.remove)(sense)
            return will_be_on
        was_on = sense.is_on
        (sense.stop if was_on else sense.start)()
        return not was_on

    def _stop(self) -> None:
        for sense in self._all:
            sense.stop()
