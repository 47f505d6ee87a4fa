"""Drawing that nobody waits for."""

import time
from concurrent.futures import CancelledError
from itertools import pairwise
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime import live_renderer as live
from alive_cli.runtime.cpu_budget import EVERYTHING, Thrift
from alive_cli.runtime.live_renderer import LiveRenderer, enlarge
from alive_cli.runtime.renderers import implicit
from alive_cli.runtime.renderers.protocol import Renderer
from alive_cli.runtime.renderers.warp import WarpRenderer

LARGE = (240, 160)


@pytest.fixture
def scene(bundle: Path) -> Scene:
    return Scene.open(bundle, device="cpu")


def refined(live_renderer: LiveRenderer, target: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture once it is as large as was asked for, which comes within a minute."""
    until = time.monotonic() + 60
    while (picture := live_renderer.draw(target, size)).shape[1::-1] != size and time.monotonic() < until:
        time.sleep(0.01)
    return picture


def test_small_pictures_are_exact_at_once(scene: Scene) -> None:
    target = scene.embeddings[3]
    np.testing.assert_array_equal(LiveRenderer(scene).draw(target), scene.draw(target))


def test_large_pictures_come_at_once_and_become_exact(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[int] = []
    prepare, go = Scene.renderer, Event()

    def slow(own: Scene, size: tuple[int, int], *others: object, **named: object) -> Renderer:
        requested.append(size[0] * size[1])
        assert len(requested) == 1 or go.wait(60)
        return prepare(own, size, *others, **named)  # type: ignore[arg-type]

    exact = scene.draw(scene.embeddings[0], LARGE)
    monkeypatch.setattr(Scene, "renderer", slow)
    live_renderer = LiveRenderer(scene)
    coarse = enlarge(live_renderer.draw(scene.embeddings[0], LARGE), LARGE)
    assert coarse.shape == exact.shape
    assert 0 < np.abs(coarse.astype(int) - exact).mean() < 10
    go.set()
    np.testing.assert_array_equal(refined(live_renderer, scene.embeddings[0], LARGE), exact)
    assert requested[0] <= live.FIRST_PIXELS
    assert all(after <= live.FINAL_GROWTH * live.GROWTH * before for before, after in pairwise(requested))


def test_another_size_is_no_interruption(scene: Scene) -> None:
    live_renderer = LiveRenderer(scene)
    for size in ((48, 32), LARGE, (20, 90), (1, 1)):
        assert enlarge(live_renderer.draw(scene.embeddings[0], size), size).shape == (size[1], size[0], 3)


def test_what_nobody_watches_is_not_finished(scene: Scene) -> None:
    with pytest.raises(CancelledError):
        scene.renderer(LARGE, lambda: True)


def test_impossible_sizes(scene: Scene) -> None:
    with pytest.raises(InputError, match="9000"):
        scene.renderer((9000, 10))


def test_what_goes_wrong_meanwhile_is_raised(scene: Scene) -> None:
    live_renderer = LiveRenderer(scene)

    def watch() -> None:
        for _ in range(1000):
            live_renderer.draw(scene.embeddings[0], (9000, 10))
            time.sleep(0.01)

    with pytest.raises(InputError, match="9000"):
        watch()


def test_who_has_left_hears_nothing_of_a_cancelled_picture(scene: Scene) -> None:
    live_renderer = LiveRenderer(scene, lambda: True)
    for _ in range(30):
        live_renderer.draw(scene.embeddings[0], LARGE)
        time.sleep(0.01)


def test_what_takes_too_long_is_drawn_with_fewer_pixels_as_long_as_it_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, slowness, drawn = 0.0, 2e-6, 0
    paint = WarpRenderer.render

    def slow(own: WarpRenderer, embedding: np.ndarray) -> np.ndarray:
        nonlocal now, drawn
        drawn = own.size[0] * own.size[1]
        now += slowness * drawn
        return paint(own, embedding)

    monkeypatch.setattr(WarpRenderer, "render", slow)
    monkeypatch.setattr(live, "perf_counter", lambda: now)
    live_renderer = LiveRenderer(scene, seconds=0.04)

    def watch(frames: int) -> set[int]:
        seen = set()
        for _ in range(frames):
            live_renderer.draw(scene.embeddings[0], LARGE)
            seen.add(drawn)
            if live_renderer._coming:
                live_renderer._coming.exception()
        return seen

    watch(80)
    assert 14_000 < drawn < 20_000
    assert watch(200) == {drawn}, "it stays with that"
    slowness = 8e-7
    watch(80)
    assert drawn == 240 * 160
    slowness = 2e-6
    watch(80)
    assert 14_000 < drawn < 20_000
    slowness = 1e-7
    watch(700)
    np.testing.assert_array_equal(
        live_renderer.draw(scene.embeddings[0], LARGE), scene.draw(scene.embeddings[0], LARGE)
    )
    assert enlarge(live_renderer.draw(scene.embeddings[0], (30, 90)), (30, 90)).shape == (90, 30, 3)
    assert refined(live_renderer, scene.embeddings[0], (30, 90)).shape == (90, 30, 3)


def test_all_stages_are_drawn_with_the_net_of_the_last(two_nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nets: list[str | None] = []
    prepare = Scene.renderer

    def renderer(own: Scene, *arguments: object, net: str | None = None, **named: object) -> Renderer:
        nets.append(net)
        return prepare(own, *arguments, net=net, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Scene, "renderer", renderer)
    monkeypatch.setattr(implicit, "LIVE_BYTES", 0)
    own = Scene.open(two_nets, device="cpu")
    assert refined(LiveRenderer(own), own.embeddings[0], LARGE).shape == (160, 240, 3)
    assert len(nets) > 1
    assert set(nets) == {"fast"}


def test_however_slow_something_is_drawn(scene: Scene) -> None:
    live_renderer = LiveRenderer(scene, seconds=0.0)
    for _ in range(40):
        live_renderer.draw(scene.embeddings[0], LARGE)


def test_thrift_draws_fewer_pixels_and_has_more_time_for_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    paint = WarpRenderer.render

    def slow(own: WarpRenderer, embedding: np.ndarray) -> np.ndarray:
        nonlocal now
        now += 2e-6 * own.size[0] * own.size[1]
        return paint(own, embedding)

    monkeypatch.setattr(WarpRenderer, "render", slow)
    monkeypatch.setattr(live, "perf_counter", lambda: now)

    def drawn(thrift: Thrift) -> int:
        for _ in range(60):
            picture = live_renderer.draw(scene.embeddings[0], LARGE, thrift)
            if live_renderer._coming:
                live_renderer._coming.exception()
        return picture.shape[0] * picture.shape[1]

    live_renderer, whole = LiveRenderer(scene, seconds=0.04), LARGE[0] * LARGE[1]
    in_time = drawn(EVERYTHING)
    assert in_time < 0.6 * whole
    assert drawn(Thrift(1.0, 3)) == whole
    assert drawn(Thrift(1 / 4, 3)) == pytest.approx(whole / 4, rel=0.02)
    assert drawn(Thrift(1 / 2, 3)) == pytest.approx(whole / 2, rel=0.02)
    assert drawn(Thrift(1e-9, 3)) == pytest.approx(live.FIRST_PIXELS, rel=0.05)
    assert drawn(EVERYTHING) == pytest.approx(in_time, rel=0.3)
