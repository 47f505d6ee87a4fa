"""Views of scenes with depth: how they sway, follow a pointer, close in loops, and leave room to other motion."""

import math
from itertools import islice

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.drivers import ViewDriver
from alive_cli.runtime.drivers.view import RESTS
from alive_cli.runtime.events import PointerEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import MOST_STRETCH
from alive_cli.runtime.view import ACROSS, LOWER, NO_DEPTH, SWAY, Seen, check_seen, looped, sway_at
from bundle_spec.conformance.warp import deep, steerable, warped

FRAME = 1 / 30


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(deep(), device="cpu")


def views(scene: Scene, count: int, **life: int) -> list[tuple[float, float] | None]:
    return [frame.view for frame in islice(scene.frames(scene.life(**life)), count)]


def test_a_scene_sways_from_straight_ahead_gently_and_the_same_each_time(scene: Scene) -> None:
    seen = views(scene, 300, seed=3)
    assert seen == views(scene, 300, seed=3)
    path = np.array([view or (0, 0) for view in seen])
    assert np.abs(path[0]).max() < 0.01
    assert SWAY / 2 < np.abs(path[:, 0]).max() <= SWAY
    assert 0 < np.abs(path[:, 1]).max() <= SWAY * LOWER
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() * scene.fps < 0.8


def test_the_rate_of_pictures_changes_nothing_of_a_sway(scene: Scene) -> None:
    slow, fast = ViewDriver(), ViewDriver()
    for _ in range(100):
        one = slow.after(0.04)
        fast.after(0.02)
        other = fast.after(0.02)
    assert one == pytest.approx(other, abs=0.02)


def test_without_depth_nothing_changes() -> None:
    plain = Scene(steerable(), device="cpu")
    assert plain.view_stretch is None
    assert views(plain, 5) == [None] * 5
    with pytest.raises(InputError, match="no near and far"):
        plain.life().view_from(0.5, 0)
    assert check_seen(None, None, None) == Seen()
    for chosen in ((0.5, None), (None, "1,0")):
        with pytest.raises(InputError, match=NO_DEPTH[:20]):
            check_seen(*chosen, None)  # type: ignore[arg-type]


def test_a_view_is_held_and_let_go(scene: Scene) -> None:
    life = scene.life()
    life.sway(0)
    life.view_from(-1, 0.5)
    frames = scene.frames(life)
    held = [next(frames).view for _ in range(90)][-1]
    assert held == pytest.approx((-1, 0.5), abs=0.01)
    life.view_away()
    assert [next(frames).view for _ in range(150)][-1] is None
    life.view_from(1, 1, at_once=True)
    assert next(frames).view == (1, 1)
    for wrong in ((1.1, 0), (0, math.nan), (math.inf, 0)):
        with pytest.raises(InputError, match="from −1 to 1"):
            life.view_from(*wrong)
    with pytest.raises(InputError, match="out of range"):
        life.sway(1.5)


def test_a_view_follows_the_pointer_and_sways_again(scene: Scene) -> None:
    life = scene.life()
    driver = life._of(ViewDriver)
    life.handle(PointerEvent("move", 0.9, 0.1))
    assert not driver.is_active  # it follows once that is switched on
    life.follow_view(True)
    source = life.source
    across, down = (side / max(source.width, source.height) for side in (source.width, source.height))
    life.handle(PointerEvent("move", across, -down))
    for _ in range(90):
        view = driver.after(FRAME)
    assert view == pytest.approx((1, -1), abs=0.01)
    assert not driver.is_active  # it has come there
    life.handle(PointerEvent("leave"))
    assert driver.after(FRAME) != pytest.approx((1, -1), abs=1e-3)
    life.handle(PointerEvent("move", 5 * across, 0))
    for _ in range(math.ceil(RESTS / FRAME) + 1):
        assert max(map(abs, driver.after(FRAME) or (0, 0))) <= 1
    assert not driver.is_active
    other = scene.life(seed=5)
    other.switch_as(life)
    assert other._of(ViewDriver).follows
    assert other._of(ViewDriver).after(0) == driver.after(0)


def test_offsets_and_views_fold_nothing_together(scene: Scene) -> None:
    steering, stretch = scene.steering, scene.view_stretch
    assert steering is not None
    assert stretch is not None
    life = scene.life()
    life.view_from(1, 1, at_once=True)
    life.touch(0.1, 0.1, 3, -2)
    offsets = [frame.offset for frame in islice(scene.frames(life), 20)]
    assert offsets[-1] is not None
    own = np.where(steering.spread > 0, offsets[-1] / np.maximum(steering.spread, 1e-12), 0)
    assert steering.stretch(own) <= MOST_STRETCH - stretch * math.sqrt(2) + 1e-6
    assert not steering.within(own, MOST_STRETCH + 1).any()


@pytest.mark.parametrize(("count", "rounds"), [(30, 1), (210, 1), (600, 3)])
def test_a_loop_closes_its_sway(scene: Scene, count: int, rounds: int) -> None:
    embeddings = np.repeat(scene.embeddings[:1], count, 0)
    path = np.array([frame.view for frame in looped(embeddings, 30, Seen(SWAY))])
    steps = np.linalg.norm(path - np.roll(path, 1, axis=0), axis=1)
    assert steps[0] == pytest.approx(steps[1:].mean(), rel=0.6)
    assert steps.max() * 30 <= 1.1 * 2 * math.pi / ACROSS * SWAY
    assert (np.diff(np.sign(path[:, 0] + 1e-9)) > 0).sum() == rounds - 1
    held = list(looped(embeddings, 30, Seen(SWAY, (0.5, 0))))
    assert {frame.view for frame in held} == {(0.5, 0)}
    assert {frame.view for frame in looped(embeddings, 30, Seen(0))} == {None}


def test_what_people_write(scene: Scene) -> None:
    stretch = scene.view_stretch
    assert check_seen(None, None, stretch) == Seen(SWAY)
    assert check_seen(0.2, "-1, 0.5", stretch) == Seen(0.2, (-1, 0.5))
    assert [Seen(0.25).attribute, Seen(1, (0.5, -1)).attribute] == ["0.25", "0.5,-1"]
    for wrong in ("1", "1,2,3", "a,b", "2,0", "nan,0", ""):
        with pytest.raises(InputError, match="view"):
            check_seen(None, wrong, stretch)


def test_a_view_moves_pictures_and_straight_ahead_is_the_picture_without(scene: Scene) -> None:
    embedding = scene.embeddings[0]
    still = scene.draw(embedding)
    assert (scene.draw(Frame(embedding, None, (0, 0))) == still).all()
    assert (scene.draw(Frame(embedding, None, (1, 0))) != still).any()
    without = Scene(warped(masked=True, shifts=True), device="cpu")
    assert (without.draw(Frame(embedding, None, (1, 0))) == without.draw(embedding)).all()


def test_a_sway_needs_no_steps_of_the_life() -> None:
    assert sway_at(0, 1) == (0, 0)
    assert max(map(abs, sway_at(ACROSS / 4, 0.5))) == pytest.approx(0.5)
