"""What keys do, in every live view."""

import errno
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli import Scene
from alive_cli.runtime.events import PointerEvent
from alive_cli.runtime.lead.poses import LeadPose
from alive_cli.runtime.pace import Pace
from alive_cli.runtime.steering import NO_MODES
from alive_cli.views.performance import NOTHING_LEADS, Performance
from bundle_spec import conformance
from bundle_spec.conformance.warp import steerable

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


@pytest.fixture
def show(tmp_path: Path) -> Performance:
    scene = Scene.open(PLAIN)
    return Performance(scene, scene.controls(), name="ring", seed=1, folder=tmp_path)


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert path.exists()


def test_keys_change_the_declared_controls(show: Performance) -> None:
    for key in ("up", "up", "right", "left", "left", "left", "left"):
        show.press(key)
    assert (show.controls.temperature, show.controls.pull) == (1.2, 0.0)
    show.press("]")
    assert show.controls.novelty == 0.55
    for _ in range(50):
        show.press("down")
    assert show.controls.temperature == 0


def test_pause_help_and_leaving(show: Performance) -> None:
    for key in (" ", "?", "q"):
        show.press(key)
    assert show.paused
    assert show.help
    assert show.left
    assert "paused" in show.status(20)
    show.press(" ")
    assert not show.paused
    assert "20.0 fps" in show.status(20)


def test_unknown_keys_do_nothing(show: Performance) -> None:
    before = dict(vars(show))
    for key in ("x", "Q", "\x01", "é", "", "²"):
        show.press(key)
    assert vars(show) == before


def test_a_key_changes_to_the_next_mood(show: Performance, tmp_path: Path) -> None:
    show.press("m")
    assert "no moods yet" in show.status(10)
    scene = Scene.open(PLAIN.with_name("moods.alive"))
    moody = Performance(scene, scene.controls(), name="ring", folder=tmp_path, moods={"calm": 0.5})
    assert "calm 0.5" in moody.status(10)
    for message, moods in (("mood: constructor", {"constructor": 1.0}), ("no mood", {}), ("mood: calm", {"calm": 1.0})):
        moody.press("m")
        assert message in moody.status(10)
        assert moody.rollout.moods == moods
    moody.press("r")
    assert moody.rollout.moods == {"calm": 1.0}


def test_a_key_does_the_next_action(show: Performance, tmp_path: Path) -> None:
    show.press("a")
    assert "alive actions with --find" in show.status(10)
    scene = Scene.open(PLAIN.with_name("actions.alive"))
    acting = Performance(scene, scene.controls(), name="ring", folder=tmp_path)
    for name in ("left", "constructor", "left"):
        acting.paused = True
        acting.press("a")
        assert f"action: {name}" in acting.status(10)
        assert not acting.paused
        while acting.rollout.goals:
            next(acting)
        assert f"doing {name}" in acting.status(10)


def test_another_life_goes_on_from_here(show: Performance) -> None:
    for _ in range(5):
        next(show)
    second, seed = show.second, show.seed
    show.press("r")
    assert show.second == second
    assert show.seed != seed


def test_travelling(show: Performance) -> None:
    show.press("9")
    assert "going to" in show.status(10)
    seen = set()
    for _ in range(12):
        next(show)
        seen.add(show.second)
    assert 0.5 in seen  # the last of six moments at ten frames per second
    assert "arrived at second 0.5" in show.status(10)


def test_travelling_wakes_a_paused_scene(show: Performance) -> None:
    show.press(" ")
    show.press("9")
    assert not show.paused


def test_nobody_travels_at_temperature_0(show: Performance) -> None:
    show.controls.temperature = 0
    show.press("9")
    assert "temperature 0" in show.status(10)
    show.press("up")  # what was said doesn't hide the knob that is turned
    assert "temperature 0.1" in show.status(10)


def test_where_nobody_can_be_sent(show: Performance) -> None:
    show.rollout.graph = None
    show.press("3")
    assert "can't go to" in show.status(1)


def test_stills_and_gifs(show: Performance, tmp_path: Path) -> None:
    show.press("s")  # nothing was seen yet: nothing happens
    show.record([next(show) for _ in range(8)])
    show.press("s")
    show.press("g")
    wait_for(tmp_path / "ring-1.png")
    wait_for(tmp_path / "ring-1.gif")
    assert Image.open(tmp_path / "ring-1.png").size == (12, 8)
    assert Image.open(tmp_path / "ring-1.gif").n_frames >= 2  # type: ignore[attr-defined]
    show.press("s")
    wait_for(tmp_path / "ring-2.png")
    assert sorted(path.name for path in show.saved(print)) == ["ring-1.gif", "ring-1.png", "ring-2.png"]


def test_two_pictures_at_once_have_two_names(show: Performance, tmp_path: Path) -> None:
    show.record([next(show)])
    show.press("s")
    show.press("s")
    assert sorted(path.name for path in show.saved(print)) == ["ring-1.png", "ring-2.png"]


def test_who_leaves_reads_what_is_still_saved_and_what_can_not_be(
    show: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    said: list[str] = []

    def write(*_: object) -> None:
        goes_on.wait(10)
        raise OSError(errno.ENOSPC, "No space left on device")

    def say(text: str) -> None:
        said.append(text)
        goes_on.set()

    monkeypatch.setattr("alive_cli.views.saving._write_still", write)
    show.record([next(show)])
    show.press("s")
    show.leave()
    assert show.saved(say) == []
    assert said == ["Saving ring-1.png …", "ring-1.png could not be saved: no space left on device."]


def test_a_picture_that_can_not_be_saved_is_reported(show: Performance) -> None:
    show.saver.folder = Path("/nowhere")
    show.record([next(show)])
    show.press("s")
    until = time.monotonic() + 10
    while "could not be saved" not in show.message and time.monotonic() < until:
        time.sleep(0.02)
    assert "could not be saved" in show.status(1)


def test_it_lives_as_the_scene_does(show: Performance) -> None:
    scene = Scene.open(PLAIN)
    life = scene.life(seed=1)
    assert all(np.array_equal(next(show).embedding, life.advance()) for _ in range(10))


def test_pace_drops_what_is_late() -> None:
    now = [0.0]
    pace = Pace(10, clock=lambda: now[0])
    now[0] = 0.01
    assert pace.record_frame() == 0
    assert pace.seconds_left() == pytest.approx(0.09)
    now[0] = 0.45  # frame 1 comes when 4 is due
    assert pace.record_frame() == 3
    now[0] = 50  # it was suspended: go on from here
    assert pace.record_frame() == 0
    assert pace.seconds_left() == pytest.approx(0.1)


def test_touch_and_looks_are_switched_by_keys(show: Performance) -> None:
    show.press("t")
    assert show.message == NO_MODES
    scene = Scene(steerable(), device="cpu")
    steered = Performance(scene, scene.controls(), name="warp", seed=1, touch=False)
    assert not steered.rollout.driver("touch").enabled
    steered.press("t")
    steered.press("f")
    assert steered.message == "Following the pointer is on."
    steered.handle(PointerEvent("press", 0.1, 0))
    assert steered.is_steered
    steered.handle(PointerEvent("leave"))
    assert not steered.is_steered
    steered.press("r")  # another life keeps what is switched on
    assert all(steered.rollout.driver(name).enabled for name in ("touch", "look"))


def test_a_key_switches_a_lead_that_is_there(show: Performance) -> None:
    show.press("c")
    assert show.message == NOTHING_LEADS
    assert show.rollout.driver("lead").enabled
    base = np.append(np.zeros(show.scene.embeddings.shape[1] - 1), 1.0)
    show.rollout.lead(LeadPose(base, np.zeros(1)))
    show.press("c")
    assert show.message == "Following the lead is off."
    show.press("r")
    assert not show.rollout.driver("lead").enabled
    show.press("c")
    assert show.message == "Following the lead is on."


def test_stills_show_what_is_moved(tmp_path: Path) -> None:
    scene = Scene(steerable(), device="cpu")
    show = Performance(scene, scene.controls(), name="warp", seed=1, folder=tmp_path)
    show.rollout.touch(0, 0, 0.3, 0)
    show.record([next(show) for _ in range(20)])
    frame = show.recent[-1]
    show.press("s")
    assert show.saved(print) == [tmp_path / "warp-1.png"]
    saved = np.asarray(Image.open(tmp_path / "warp-1.png"))
    np.testing.assert_array_equal(saved, scene.draw(frame))
    assert not np.array_equal(saved, scene.draw(frame.embedding))
