"""Transparent scenes: as the reference draws them, and over a colour."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli.media.alpha import over, premultiplied
from alive_cli.runtime.live_renderer import LiveRenderer
from alive_cli.runtime.scene import Scene
from bundle_spec.conformance.alpha import transparent
from bundle_spec.conformance.player import Player
from bundle_spec.conformance.valid import VALID
from bundle_spec.container import unpack_bundle, write_bundle

CLEAR = [name for name in VALID if name.startswith("warp-alpha")]
SIZES = [(1, 1), (7, 5), (21, 14), (100, 67), (700, 9)]
RED = (200, 10, 0)


def scene_of(name: str) -> Scene:
    return Scene(unpack_bundle(VALID[name].build()), device="cpu", threads=2)


def embeddings(count: int) -> np.ndarray:
    rows = np.random.default_rng(5).standard_normal((count, 4)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_there_are_some() -> None:
    assert len(CLEAR) >= 3
    assert all(scene_of(name).transparent for name in CLEAR)
    assert not scene_of("warp").transparent


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize("size", SIZES)
def test_they_are_drawn_like_the_reference(name: str, size: tuple[int, int]) -> None:
    scene, player = scene_of(name), Player(VALID[name].build())
    for embedding in embeddings(2):
        picture = scene.draw(embedding, size)
        assert (picture.shape, picture.dtype) == ((size[1], size[0], 4), np.uint8)
        expected = player.draw(embedding, *size, "fine").astype(int)
        assert np.abs(premultiplied(picture).astype(int) - expected).max() <= 3


@pytest.mark.parametrize("name", CLEAR)
def test_they_lie_on_a_colour(name: str) -> None:
    scene = scene_of(name)
    opaque = scene.on(RED)
    assert not opaque.transparent
    assert scene.transparent
    for embedding in embeddings(3):
        picture = opaque.draw(embedding, (60, 40))
        assert picture.shape == (40, 60, 3)
        assert np.abs(picture.astype(int) - over(scene.draw(embedding, (60, 40)), RED)).max() <= 2


def test_an_opaque_scene_is_the_same_on_a_colour() -> None:
    scene = scene_of("warp-masked")
    for embedding in embeddings(2):
        assert (scene.on(RED).draw(embedding) == scene.draw(embedding)).all()


def test_a_live_view_draws_on_a_colour() -> None:
    scene = scene_of("warp-alpha").on(RED)
    renderer = LiveRenderer(scene)
    assert renderer.draw(embeddings(1)[0], (30, 20)).shape == (20, 30, 3)


def test_a_written_scene_stays_transparent(tmp_path: Path) -> None:
    bundle = transparent(masked=True)
    write_bundle(tmp_path / "a.alive", bundle.manifest, bundle.parts)
    scene = Scene.open(tmp_path / "a.alive", device="cpu")
    pictures = list(scene.rollout(frames=3, seed=1))
    assert {picture.shape[2] for picture in pictures} == {4}
