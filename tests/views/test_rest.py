"""When a live view stands still by itself, and how much it draws."""

import math
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime.cpu_budget import EVERYTHING, CpuBudget, Thrift
from alive_cli.runtime.events import FocusEvent, InputEvent, KeyEvent, PointerEvent, TextEvent, VisibilityEvent
from alive_cli.runtime.frame import Frame
from alive_cli.threads import usable_cores
from alive_cli.views import loop
from alive_cli.views.economy import Economy, check_place, read_cpu, read_economy
from alive_cli.views.performance import NOTHING_LEADS, Performance
from alive_cli.views.power import Power
from alive_cli.views.rest import CALM, LOOK_SECONDS, WAKE_SECONDS, Rest
from bundle_spec import conformance
from tests.views.test_loop import Notes
from tests.views.test_senses import Heard

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


class Watched:
    """A rest whose clocks and battery a test sets."""

    def __init__(self, economy: Economy) -> None:
        self.clock, self.wall, self.battery = 0.0, "05 12:00", False
        self.said: list[str] = []
        power = Power(lambda: self.battery, clock=lambda: self.clock, wait=True)
        self.rest = Rest(economy, self.said.append, clock=lambda: self.clock, now=self.now, power=power)

    def now(self) -> time.struct_time:
        return time.strptime(f"2026-01-{self.wall}", "%Y-%m-%d %H:%M")

    def reason(self, wall: str | None = None, later: float = LOOK_SECONDS) -> str:
        self.clock += later
        self.wall = wall or self.wall
        return self.rest.reason


def test_by_default_nothing_rests() -> None:
    own = Watched(Economy())
    own.battery = True
    for event in (FocusEvent(False), KeyEvent("x")):
        own.rest.handle(event)
    assert own.reason() == ""
    assert own.rest.thrift == EVERYTHING


def test_what_is_hidden_rests() -> None:
    own = Watched(Economy())
    own.rest.handle(VisibilityEvent(False))
    assert own.reason(later=0) == "hidden"
    own.rest.handle(VisibilityEvent(True))
    assert own.reason(later=0) == ""


def test_without_the_focus_it_rests_if_people_chose_so() -> None:
    own = Watched(read_economy(pause_unfocused=True))
    own.rest.handle(FocusEvent(False))
    assert "focus" in own.reason(later=0)
    own.rest.handle(FocusEvent(True))
    assert own.reason(later=0) == ""


def test_quiet_hours_begin_and_end_by_the_wall_clock() -> None:
    own = Watched(read_economy(quiet=["22:00-07:00"]))
    assert own.reason("05 21:59") == ""
    assert own.reason("05 22:00") == "quiet until 07:00"
    assert own.reason("06 06:59") == "quiet until 07:00"
    assert own.reason("06 07:00") == ""
    assert own.reason("05 23:00") == "quiet until 07:00", "where the clock is set back"
    assert own.reason("06 12:00") == ""


@pytest.mark.parametrize(
    ("events", "wakes"),
    [
        ([KeyEvent("x")], True),
        ([TextEvent("x")], True),
        ([PointerEvent("press")], True),
        ([PointerEvent("move", 0.1, 0.1)], False),  # where the pointer is when a window opens
        ([PointerEvent("move", 0.1, 0.1), PointerEvent("move", 0.11, 0.1)], False),  # a table shakes
        ([PointerEvent("move", 0.1, 0.1), PointerEvent("leave"), PointerEvent("move", 0.5, 0.1)], True),
        ([PointerEvent("leave"), VisibilityEvent(True), FocusEvent(True)], False),
    ],
)
def test_people_wake_it_for_some_minutes(events: list[InputEvent], wakes: bool) -> None:
    own = Watched(read_economy(quiet=["22:00-07:00"]))
    assert own.reason("05 23:00")
    for event in events:
        own.rest.handle(event)
    assert own.reason(later=0) == ("" if wakes else "quiet until 07:00")
    assert own.reason(later=WAKE_SECONDS) == "quiet until 07:00"


def test_on_battery_it_is_calm_or_stands_still() -> None:
    calm, pause = Watched(read_economy(battery="calm")), Watched(read_economy(battery="pause"))
    for own in (calm, pause):
        assert (own.reason(), own.rest.thrift) == ("", EVERYTHING)
        own.battery = True
        own.clock += 60
    assert (calm.reason(), calm.rest.thrift) == ("", CALM)
    assert (pause.reason(), pause.rest.thrift) == ("paused on battery", EVERYTHING)
    assert len(calm.said) == 1, "it says so once"
    calm.battery = False
    calm.clock += 60
    assert calm.rest.thrift == EVERYTHING


def test_a_budget_that_cannot_be_kept_is_said_once() -> None:
    said: list[str] = []
    clock = iter(range(10_000))
    budget = CpuBudget(0.01, clock=lambda: float(next(clock)), used=time.process_time)
    used = iter(range(10_000))
    budget._used = lambda: float(next(used))
    rest = Rest(read_economy("1%"), said.append, budget=budget)
    for _ in range(60):
        rest.record_picture()
    assert rest.thrift.frames == 64
    assert len(said) == 1


def test_a_budget_that_comes_and_goes_is_said_once() -> None:
    said: list[str] = []
    budget = CpuBudget(0.01)
    rest = Rest(read_economy("1%"), said.append, budget=budget)
    for is_kept in (True, False, True, False):
        budget.record_picture = lambda _, is_kept=is_kept: setattr(budget, "is_kept", is_kept)  # type: ignore[method-assign, misc]
        rest.record_picture()
    assert len(said) == 1


@pytest.mark.parametrize(("text", "cores"), [("25%", 0.25), ("25", 0.25), (" 12.5 % ", 0.125), ("100%", 1.0)])
def test_budgets(text: str, cores: float) -> None:
    assert read_cpu(text) == cores


@pytest.mark.parametrize(
    "text", ["0%", "0", "-5%", "0.5", f"{100 * usable_cores() + 1}%", "abc", "", "25%%", "nan", "inf", "1e3", "9" * 99]
)
def test_what_is_no_budget_gets_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"100% is one whole core\.$"):
        read_cpu(text)


@pytest.mark.parametrize(
    ("economy", "place", "full"),
    [
        (read_economy("25%"), "file", False),
        (read_economy(quiet=["22:00-07:00"]), "browser", False),
        (read_economy(battery="pause"), "browser", False),
        (read_economy(pause_unfocused=True), "none", False),
        (Economy(), "blocks", True),
        (Economy(), "file", True),
    ],
)
def test_not_everything_can_be_had_everywhere(economy: Economy, place: str, full: bool) -> None:
    with pytest.raises(InputError, match="leave out"):
        check_place(economy, place, fullscreen=full)


def test_pages_get_what_they_can_keep() -> None:
    check_place(read_economy("25%", "calm"), "browser")
    assert read_economy("25%", "calm").attributes == {"cpu": "25", "battery": "calm"}
    assert Economy().attributes == {"cpu": None, "battery": None}
    with pytest.raises(InputError, match="--fullscreen"):
        check_place(Economy(), "window", fill=True)


def perform(economy: Economy | None = None) -> Performance:
    scene = Scene.open(PLAIN)
    return Performance(scene, scene.controls(temperature=2), name="ring", fps=100, seed=1, economy=economy)


def test_fewer_frames_are_drawn_of_the_same_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.runtime.pace.Pace.record_frame", lambda pace: 0)
    show, other = perform(), perform()
    monkeypatch.setattr(Rest, "thrift", Thrift(1.0, 3))
    notes = Notes({})
    played = loop.play(show, notes, frames=10)
    assert (played.frames_shown, played.frames_dropped, played.frames_spared) == (4, 0, 6)
    lived = [next(other) for _ in range(10)]
    np.testing.assert_array_equal(
        np.stack([each.embedding for each in show.recent]), np.stack([each.embedding for each in lived])
    )


def test_an_economy_without_limits_changes_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.runtime.pace.Pace.record_frame", lambda pace: 0)
    shown = []
    for economy in (None, Economy(), Economy(cores=math.inf, battery="calm")):
        notes = Notes({})
        loop.play(perform(economy), notes, frames=5)
        shown.append(np.stack(notes.shown))
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[0], shown[2])


class Hidden(Notes):
    """A view that is hidden after three pictures, for some looks, and left after six."""

    looks = 0

    def events(self) -> list[InputEvent]:
        if len(self.shown) == 3:
            self.looks += 1
            return [VisibilityEvent(self.looks > 10)]
        return [KeyEvent("q")] if len(self.shown) == 6 else []

    def refresh(self, rate: float) -> None: ...


def test_a_hidden_life_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSED_SECONDS", 0.01)
    monkeypatch.setattr("alive_cli.runtime.pace.Pace.record_frame", lambda pace: 0)
    show, notes, other = perform(), Hidden({}), perform()
    sense = Heard()
    show.senses.add(sense)
    loop.play(show, notes)
    assert sense.happened == ["starts", "stops", "starts", "stops"]
    lived = [next(other) for _ in range(len(show.recent))]
    np.testing.assert_array_equal(
        np.stack([each.embedding for each in show.recent]), np.stack([each.embedding for each in lived])
    )


def test_nothing_listens_in_a_rest_from_the_start() -> None:
    own = Watched(read_economy(quiet=["22:00-07:00"]))
    show, sense, heard = perform(), Heard(), []
    show.rest = own.rest
    show.senses.add(sense)
    assert own.reason("05 23:00")

    class Woken(Notes):
        """A view in whose rest somebody presses a key."""

        def show(self, prepared: np.ndarray, rate: float) -> None:
            super().show(prepared, rate)
            heard.append(list(sense.happened))

        def refresh(self, rate: float) -> None:
            self._keys = {1: "x", 3: "q"}

    loop.play(show, Woken({}))
    assert heard == [[], ["starts"], ["starts"]]
    assert sense.happened == ["starts", "stops"]


def test_a_rest_that_ends_before_the_first_picture_lets_it_listen() -> None:
    own = Watched(read_economy(quiet=["22:00-07:00"]))
    show, sense = perform(), Heard()
    show.rest = own.rest
    show.senses.add(sense)
    assert own.reason("05 23:00")
    notes = Notes({0: "x", 3: "q"})
    draw = show.draw

    def slow(frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
        until = time.monotonic() + 5
        while 0 in notes._keys and time.monotonic() < until:
            time.sleep(0.005)
        return draw(frame, size)

    show.draw = slow  # type: ignore[method-assign]
    loop.play(show, notes)
    assert len(notes.shown) == 3, "keys are heard while the first picture is drawn"
    assert sense.happened == ["starts", "stops"]


class Led:
    """A lead that is on or off."""

    is_on = True

    def start(self) -> None:
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False


def test_what_keys_say_while_a_battery_rests() -> None:
    own = Watched(read_economy(battery="pause"))
    show = perform()
    show.rest = own.rest
    own.battery = True
    assert own.reason() == "paused on battery"
    show.press("c")
    assert show.message == NOTHING_LEADS
    show.lead = Led()
    show.senses.add(show.lead)
    show.senses.rest()
    said = []
    for key in ("c", "c", "5", "r"):
        show.press(key)
        said.append(show.message)
    assert said[:2] == ["Following the lead is off.", "Following the lead is on."]
    assert said[2].startswith("going to")
    assert said[2].endswith("(paused on battery)")
    assert said[3] == "Another life begins then (paused on battery)."
    assert show.stands_still


@pytest.mark.parametrize("key", [" ", "r", "s", "c", "l", "5", "?", "up", "x"])
def test_a_key_that_ends_a_rest_does_nothing_else(key: str) -> None:
    show, own = perform(), Watched(read_economy(quiet=["22:00-07:00"]))
    show.rest = own.rest
    before = show.rollout, [show.controls[name] for name in show.controls]
    assert own.reason("05 23:00")
    show.press(key)
    assert not show.stands_still
    assert (show.rollout, [show.controls[name] for name in show.controls]) == before
    assert not show.saved(print)
    assert not show.message
    assert not show.help
    assert show.rollout.driver("lead").enabled
    show.press(" ")
    assert show.paused
    own.reason(later=WAKE_SECONDS)
    show.press(" ")
    assert not show.stands_still, "whoever had paused it goes on"


def test_q_leaves_a_rest() -> None:
    show, own = perform(), Watched(read_economy(quiet=["22:00-07:00"]))
    show.rest = own.rest
    assert own.reason("05 23:00")
    show.press("q")
    assert show.left


class HiddenAtTheEnd(Notes):
    """A view that is hidden when its last frame is shown."""

    def events(self) -> list[InputEvent]:
        return [VisibilityEvent(False)] if len(self.shown) == 3 else []

    def refresh(self, rate: float) -> None:
        raise AssertionError("the view is over")


def test_a_rest_on_the_last_frame_ends_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.runtime.pace.Pace.record_frame", lambda pace: 0)
    assert loop.play(perform(), HiddenAtTheEnd({}), frames=3).frames_shown == 3


def test_only_the_thread_of_the_view_looks_at_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()
    drawn: list[float] = []

    def look(rest: Rest) -> Thrift:
        threads.add(threading.current_thread().name)
        return Thrift(0.5, 1)

    monkeypatch.setattr(Rest, "thrift", property(look))
    show = perform()
    draw = show._renderer.draw
    show._renderer.draw = lambda frame, size, thrift: (drawn.append(thrift.pixels), draw(frame, size, thrift))[1]  # type: ignore[method-assign, assignment]
    loop.play(show, Notes({}), frames=3)
    assert threads == {threading.current_thread().name}
    assert set(drawn) == {0.5}
