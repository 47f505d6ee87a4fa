"""Touch and look: which offsets move a place, how they swing back, and what they refuse."""

import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.drivers.look import DEAD_ZONE, RESTS, LookDriver
from alive_cli.runtime.drivers.touch import CLICK, HARDLY, TouchDriver
from alive_cli.runtime.events import KeyEvent, PointerEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import LINEAR, MOST_STRETCH, NO_MODES, Steering
from bundle_spec.conformance.scenes import scene as plain
from bundle_spec.conformance.warp import steerable

FRAME = 1 / 30


def steering(reach: float = 3.0) -> Steering:
    """Two modes: the whole picture goes right, and its left half goes down. The picture is twice as wide as high."""
    modes = np.zeros((2, 4, 8, 2))
    modes[0, ..., 0] = 0.05
    modes[1, :, :4, 1] = 0.05
    return Steering(
        modes=modes,
        size=(200, 100),
        spread=np.array([2.0, 0.5]),
        frequency=np.array([0.1, 2.0]),
        look=np.array([[-1.5, 0.0], [0.0, 0.0]]),
        reach=reach,
        pose=(0, 2),
        pose_scale=0.5,
    )


def still() -> np.ndarray:
    """An embedding of the mean pose."""
    return np.array([0, 0, 1], np.float32)


def swinging(driver: TouchDriver, how: Steering, frames: int) -> np.ndarray:
    offsets = [driver.offset(how, still(), FRAME) for _ in range(frames)]
    return np.array([np.zeros(2) if offset is None else offset for offset in offsets])


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(steerable(), device="cpu")


def test_the_least_offset_moves_a_place_as_far_as_it_was_dragged() -> None:
    how = steering(reach=100)
    offset = how.least(-0.5, 0.1, 0.04, -0.02)
    moved = -(how.displacements(-0.5, 0.1) * offset[:, None]).sum(0) * 2  # a coordinate is half a longest side
    assert moved == pytest.approx([0.04, -0.02], rel=0.05)


def test_what_never_moves_hardly_gives_way() -> None:
    how = steering()
    down = how.least(0.5, 0.1, 0, 0.1)
    assert abs(down).max() < 1e-9
    still_scene = replace(how, modes=np.zeros_like(how.modes))
    assert not still_scene.follows(0, 0)
    assert np.isfinite(still_scene.least(0, 0, 0.0, 0.0)).all()


@pytest.mark.parametrize("point", [(-1, -0.5), (1, 0.5), (-9, 9), (0, 0)])
def test_places_outside_count_as_the_nearest_inside(point: tuple[float, float]) -> None:
    displacements = steering().displacements(*point)
    assert displacements[0] == pytest.approx([0.05, 0])


def test_offsets_come_softly_to_the_reach() -> None:
    how = steering(reach=3)
    short, lengths = np.array([LINEAR * 3, 0]), [0.5, 2.1, 2.5, 3, 10, 1e6]
    assert np.array_equal(how.within(short), short)
    limited = [np.linalg.norm(how.within(np.array([length, 0]))) for length in lengths]
    assert np.all(np.diff(limited) >= 0)
    assert limited[-1] <= 3
    assert not steering(reach=5e-324).within(np.ones(2)).any()


def test_offsets_fold_nothing() -> None:
    how = steering(reach=1e9)  # the second mode tears in the middle
    assert how.stretch(np.array([5.0, 0])) == pytest.approx(0)
    assert how.stretch(np.array([0, 1.0])) == pytest.approx(0.05 * 8)  # a step of a cell, over an eighth of the width
    stretches = [how.stretch(how.within(np.array([0, length]))) for length in (1, 2, 3, 100)]
    assert stretches[0] == pytest.approx(0.4)
    assert np.all(np.diff(stretches) >= 0)
    assert stretches[-1] <= MOST_STRETCH


def test_what_is_held_follows_and_swings_back() -> None:
    how, driver = steering(reach=100), TouchDriver()
    driver.hold(how, -0.5, 0, 0.04, 0.02)
    held = swinging(driver, how, 10)
    assert held[-1] == pytest.approx(how.least(-0.46, 0.02, 0.04, 0.02), rel=1e-3)
    assert np.linalg.norm(held[0]) > 0.4 * np.linalg.norm(held[-1])  # the first picture shows it
    driver.let_go()
    free = swinging(driver, how, 120)
    assert np.linalg.norm(free[89]) < 0.05 * np.linalg.norm(held[-1])
    assert (np.diff(np.sign(free[:60, 1])) != 0).sum() >= 3  # the second mode swings at 2 hertz


def test_swinging_does_not_depend_on_the_rate_of_pictures() -> None:
    how, ends = steering(), []
    for frames in (15, 60):
        driver = TouchDriver()
        driver.nudge(how, -0.5, 0)
        offset = [driver.offset(how, still(), 0.5 / frames) for _ in range(frames)][-1]
        ends.append(offset)
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_swings_end(scene: Scene) -> None:
    life = scene.life()
    life.touch(0, 0)
    frames = [life.steer(life.advance(), FRAME) for _ in range(600)]
    assert frames[0].offset is not None
    assert frames[-1].offset is None


def test_a_press_without_a_drag_is_a_nudge(scene: Scene) -> None:
    life = scene.life()
    assert life.handle(PointerEvent("press", 0.1, 0.1)) is not None
    assert life.handle(PointerEvent("drag", 0.1 + CLICK / 3, 0.1)) is not None
    assert life.handle(PointerEvent("release", 0.1 + CLICK / 3, 0.1)) is not None
    assert any(life.steer(life.advance(), FRAME).offset is not None for _ in range(3))


@pytest.mark.parametrize("kind", ["release", "leave"])
def test_a_pointer_that_goes_lets_go(scene: Scene, kind: str) -> None:
    life = scene.life()
    life.handle(PointerEvent("press", 0, 0))
    life.handle(PointerEvent("drag", 0.2, 0))
    driver = life.driver("touch")
    assert driver.is_active
    life.handle(PointerEvent(kind, 0.2, 0))  # type: ignore[arg-type]
    assert not driver.is_active


def test_a_drag_out_and_back_is_no_nudge(scene: Scene) -> None:
    life = scene.life()
    life.handle(PointerEvent("press", 0, 0))
    for x in (0.2, 0.0):
        life.handle(PointerEvent("drag", x, 0))
    life.handle(PointerEvent("release", 0, 0))
    assert all(life.steer(life.advance(), FRAME).offset is None for _ in range(3))


def test_what_is_dragged_is_not_looked_at(scene: Scene) -> None:
    life = scene.life()
    life.driver("look").enabled = True
    life.handle(PointerEvent("press", 0, 0))
    life.handle(PointerEvent("drag", 0.5, 0))
    alone = scene.life()
    alone.handle(PointerEvent("press", 0, 0))
    alone.handle(PointerEvent("drag", 0.5, 0))
    life.look_away()  # what the press made it look at
    offsets = [[each.steer(each.advance(), FRAME).offset for _ in range(60)][-1] for each in (life, alone)]
    np.testing.assert_allclose(*offsets, atol=1e-4)


def test_presses_beside_the_picture_hold_nothing(scene: Scene) -> None:
    life = scene.life()
    assert life.handle(PointerEvent("press", 0, 0.99)) is None
    assert not life.driver("touch").is_active
    assert life.handle(PointerEvent("drag", 0, 0)) is None


def test_a_driver_that_is_switched_off_eases_back(scene: Scene) -> None:
    life = scene.life()
    life.touch(0, 0, 0.1, 0)
    steady = [life.steer(life.advance(), FRAME) for _ in range(10)][-1]
    life.driver("touch").enabled = False
    after = life.steer(life.advance(), FRAME)
    assert after.offset is not None
    assert steady.offset is not None
    assert 0 < np.linalg.norm(after.offset) < np.linalg.norm(steady.offset) * 1.01
    assert [life.steer(life.advance(), FRAME) for _ in range(400)][-1].offset is None


def test_places_that_hardly_move_say_so() -> None:
    how = steering()
    modes = how.modes.copy()
    modes[:, :, 6:] = 0
    assert not replace(how, modes=modes).follows(0.9, 0)
    assert how.follows(0.9, 0)
    assert HARDLY.endswith(".")


def test_lives_go_on_as_they_would_have(scene: Scene) -> None:
    touched, other = scene.life(seed=3), scene.life(seed=3)
    touched.touch(0, 0, 0.3, -0.2)
    frames = list(islice(scene.frames(touched), 20))
    assert np.array_equal([each.embedding for each in frames], [other.advance() for _ in range(20)])
    assert not np.array_equal(scene.draw(frames[-1]), scene.draw(frames[-1].embedding))


def test_look_follows_clamps_and_returns() -> None:
    how, driver = steering(), LookDriver()
    driver.enabled = True
    driver.look_at(5, 5)
    offsets = [driver.offset(how, still(), FRAME) for _ in range(90)]
    assert offsets[-1] == pytest.approx(how.look[0], rel=0.02)  # nothing turns down
    driver.look_away()
    offsets = [driver.offset(how, still(), FRAME) for _ in range(300)]
    assert offsets[0] is not None
    assert offsets[-1] is None
    lengths = [0 if each is None else np.linalg.norm(each) for each in offsets]
    assert np.all(np.diff(lengths) <= 1e-9)


def test_look_replaces_the_life_s_own() -> None:
    how, driver = steering(), LookDriver()
    driver.enabled = True
    embedding = np.array([0.3, 0.1, 1], np.float32)
    own = how.own(embedding)
    assert own == pytest.approx([0.3, 0.4])
    assert how.turned(embedding) == pytest.approx([-0.2, 0], abs=1e-4)
    driver.look_at(0.5, 0)
    offset = [driver.offset(how, embedding, FRAME) for _ in range(120)][-1]
    assert offset is not None
    kept = (0.5 - DEAD_ZONE) / (1 - DEAD_ZONE)
    assert (own + offset)[0] == pytest.approx(kept * how.look[0, 0], rel=0.02)


def test_a_pointer_at_rest_is_let_be(scene: Scene) -> None:
    life = scene.life()
    life.driver("look").enabled = True
    assert life.handle(PointerEvent("move", 0.9, 0)) is None
    frames = [life.steer(life.advance(), FRAME) for _ in range(math.ceil((RESTS + 6) / FRAME))]
    assert frames[5].offset is not None
    assert frames[-1].offset is None


def test_small_movements_about_the_middle_are_none() -> None:
    how, driver = steering(), LookDriver()
    driver.enabled = True
    driver.look_at(DEAD_ZONE / 2, 0)
    offset = [driver.offset(how, still(), FRAME) for _ in range(30)][-1]
    assert offset is not None
    assert np.allclose(offset, 0)


def test_several_drivers_stay_within_the_reach(scene: Scene) -> None:
    life = scene.life()
    how = scene.steering
    assert how is not None
    life.look_at(1, 1)
    life.touch(0, 0, 3, 3)
    for _ in range(60):
        frame = life.steer(life.advance(), FRAME)
    assert frame.offset is not None
    spreads = frame.offset[:2] / how.spread[:2]
    assert np.linalg.norm(spreads) <= how.reach * 1.001


def test_other_keys_are_not_for_these_drivers(scene: Scene) -> None:
    life = scene.life()
    assert life.driver("touch").handle(KeyEvent("x"), life) is None
    assert life.driver("look").handle(KeyEvent("x"), life) is None


@pytest.mark.parametrize(
    "drag", [(0, 5, 0, 0), (2, 0, 0.1, 0), (math.nan, 0, 0, 0), (0, 0, math.inf, 0), (0, 0, math.nan, 0)]
)
def test_bad_touches_are_refused(scene: Scene, drag: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match=r"touch a point of it"):
        scene.life().touch(*drag)


def test_scenes_without_motion_modes_live_on() -> None:
    life = Scene(plain(), device="cpu").life()
    with pytest.raises(InputError, match="alive export"):
        life.touch(0, 0, 0.1, 0)
    with pytest.raises(InputError, match="alive export"):
        life.look_at(0, 0)
    reply = life.handle(PointerEvent("press", 0, 0))
    assert reply is not None
    assert reply.message == NO_MODES
    embedding = life.advance()
    assert life.steer(embedding, FRAME) == Frame(embedding)
    with pytest.raises(InputError, match="autonomous"):
        life.driver("weather")


@pytest.mark.parametrize("look", [(math.nan, 0), (0, math.inf)])
def test_looks_nowhere_are_refused(scene: Scene, look: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="number"):
        scene.life().look_at(*look)


@pytest.mark.parametrize("name", ["modes", "spread", "look"])
@pytest.mark.parametrize("size", [1e30, 3e38, 1e200])
def test_numbers_of_strangers_stay_finite(name: str, size: float) -> None:
    how = steering()
    with np.errstate(all="ignore"):
        strange = replace(how, **{name: getattr(how, name) * size})
        touch, look = TouchDriver(), LookDriver()
        look.enabled = True
        look.look_at(1, 1)
        touch.hold(strange, 0, 0, 1, 1)
        for driver in (touch, look):
            offset = [driver.offset(strange, np.ones(3, np.float32), FRAME) for _ in range(3)][-1]
            assert offset is not None
            assert np.isfinite(strange.within(offset)).all()
