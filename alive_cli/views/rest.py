"""Rest: when a live view stands still though nobody paused it, and how much it draws otherwise."""

import math
import time
from collections.abc import Callable

from alive_cli.runtime.cpu_budget import EVERYTHING, CpuBudget, Thrift
from alive_cli.runtime.events import FocusEvent, InputEvent, KeyEvent, PointerEvent, TextEvent, VisibilityEvent
from alive_cli.runtime.quiet_hours import QuietClock
from alive_cli.views.economy import Economy
from alive_cli.views.power import Power

LOOK_SECONDS = 1.0
"""The battery is looked at once in so many seconds, at most."""
WAKE_SECONDS = 300.0
"""Whoever presses a key or moves the pointer in quiet hours sees the scene live for so many seconds."""
LEAST_MOTION = 0.02
"""Somebody moves the pointer where it comes so far from where it was, in the picture's coordinates."""
CALM = Thrift(1 / 4, 3)
"""This much is drawn on battery."""
HIDDEN, UNFOCUSED, ON_BATTERY = "hidden", "paused without the focus", "paused on battery"
"""The status says with these words why a scene stands still."""


class Rest:
    """Watches what a live view may cost. Its answers are for the thread of the view."""

    def __init__(
        self,
        economy: Economy,
        say: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], time.struct_time] = time.localtime,
        power: Power | None = None,
        budget: CpuBudget | None = None,
    ) -> None:
        """Begin awake.

        Args:
            economy: what people chose.
            say: it receives messages for people.
            clock: the time in seconds, which nobody sets.
            now: the time that the clock on the wall shows.
            power: whether the machine runs on its battery; by default as the system says it.
            budget: what measures the processor time; by default this process's.
        """
        self._economy, self._say, self._clock = economy, say, clock
        self._quiet = QuietClock(economy.quiet, clock=clock, now=now)
        self._power = power or Power()
        self._budget = budget or CpuBudget(economy.cores)
        self._is_visible = self._has_focus = True
        self._awake_until = self._looked_at = float("-inf")
        self._is_on_battery = False
        self._has_warned = False
        """Whether it has said that the budget can't be kept, which may change every minute."""
        self._pointer: tuple[float, float] | None = None
        """Where the pointer was, in the picture's coordinates."""

    @property
    def pauses_unfocused(self) -> bool:
        """Whether a view needs to say if it has the focus."""
        return self._economy.pauses_unfocused

    @property
    def is_visible(self) -> bool:
        """Whether the view isn't hidden, as far as it can say."""
        return self._is_visible

    @property
    def reason(self) -> str:
        """Why the scene stands still, in a few words; empty while it lives."""
        self._look()
        if not self._is_visible:
            return HIDDEN
        if self._economy.pauses_unfocused and not self._has_focus:
            return UNFOCUSED
        if self._is_on_battery and self._economy.battery == "pause":
            return ON_BATTERY
        if self._quiet.until and self._clock() >= self._awake_until:
            return f"quiet until {self._quiet.until}"
        return ""

    @property
    def thrift(self) -> Thrift:
        """How much of the life is drawn now."""
        self._look()
        calm = self._is_on_battery and self._economy.battery == "calm"
        return self._budget.thrift.beside(CALM if calm else EVERYTHING)

    def handle(self, event: InputEvent) -> None:
        """Note whether the view is seen, and that somebody is there."""
        if isinstance(event, VisibilityEvent):
            self._is_visible = event.is_visible
        elif isinstance(event, FocusEvent):
            self._has_focus = event.has_focus
        elif isinstance(event, KeyEvent | TextEvent) or self._moves(event):
            self._awake_until = self._clock() + WAKE_SECONDS

    def _moves(self, event: PointerEvent) -> bool:
        """Whether somebody moves the pointer: a window that opens reports where it is, and tables shake."""
        if event.kind == "leave":
            return False
        before, self._pointer = self._pointer, (event.x, event.y)
        if event.kind != "move":
            return True
        if before is None:
            return False
        if math.dist(before, self._pointer) >= LEAST_MOTION:
            return True
        self._pointer = before
        return False

    def record_picture(self, pixels: int = 0) -> None:
        """Note that a picture of so many pixels was shown."""
        self._budget.record_picture(pixels)
        if not self._budget.is_kept and not self._has_warned:
            self._has_warned = True
            self._say("--cpu can't be kept here: the least that the scene draws takes more.")

    def end(self) -> None:
        """Note that the scene lives again."""
        self._budget.forget()

    def _look(self) -> None:
        """Look at the battery, if that was a while ago."""
        clock = self._clock()
        if clock - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = clock
        if self._economy.battery != "as-is":
            was, self._is_on_battery = self._is_on_battery, self._power.is_on_battery
            if self._is_on_battery and not was and self._economy.battery == "calm":
                self._say("On battery: it draws less; --battery as-is changes that.")
