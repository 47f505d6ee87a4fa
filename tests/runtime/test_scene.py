"""The public API on a real small bundle."""

from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import DeviceError, InputError
from alive_cli.runtime.gpus import cuda_devices
from alive_cli.runtime.renderers import implicit, tiles, warp
from bundle_spec.container import BACKGROUND_NAME, MASK_NAME, Bundle, pack_picture, read_bundle
from bundle_spec.contracts import features_of, verify_scene
from bundle_spec.errors import CorruptBundle


@pytest.fixture(scope="module")
def scene(bundle: Path) -> Scene:
    return Scene.open(bundle, device="cpu")


@pytest.fixture(scope="module")
def pixelwise(two_nets: Path) -> Scene:
    return Scene.open(two_nets, device="cpu")


def test_rollout_yields_pictures(scene: Scene) -> None:
    pictures = list(scene.rollout(temperature=1, seed=1, frames=3))
    assert [(picture.shape, picture.dtype) for picture in pictures] == [((32, 48, 3), np.uint8)] * 3


def lived(scene: Scene, frames: int = 12, **options: float) -> np.ndarray:
    seed = int(options.pop("seed", 0))
    return np.stack(list(islice(scene.live(scene.life(scene.controls(**options), seed=seed)), frames)))


def test_same_seed_same_life(scene: Scene) -> None:
    np.testing.assert_array_equal(lived(scene, seed=5), lived(scene, seed=5))


def test_other_seed_other_life(scene: Scene) -> None:
    assert np.abs(lived(scene, seed=5) - lived(scene, seed=6)).max() > 0


def test_embeddings_stay_on_the_sphere(scene: Scene) -> None:
    np.testing.assert_allclose(
        np.linalg.norm(lived(scene, 40, temperature=4, speed=5, novelty=1), axis=1), 1, atol=1e-5
    )


def test_temperature_zero_is_still(scene: Scene) -> None:
    path = lived(scene, 20, temperature=0)
    assert np.abs(path - path[0]).max() == 0
    assert np.linalg.norm(path[0] - scene.embeddings, axis=1).min() < 0.2 * median_step(scene)


def median_step(scene: Scene) -> float:
    return float(np.median(np.linalg.norm(np.diff(scene.embeddings, axis=0), axis=1)))


def test_pull_leads_to_observed_frames(scene: Scene) -> None:
    def distance(pull: float) -> float:
        path = lived(scene, 60, pull=pull)
        return float(np.linalg.norm(path[:, None] - scene.embeddings, axis=2).min(1).mean())

    assert distance(1.0) < 0.7 * distance(0.0)


def test_start_at(scene: Scene) -> None:
    life = scene.life(scene.controls(temperature=0), start_at=0.7)
    assert life.node == 7
    np.testing.assert_allclose(life.advance(), scene.embeddings[7], atol=0.05)
    with pytest.raises(InputError, match=r"0 to 1\.5"):
        scene.life(start_at=9)


def test_a_wild_frame_is_split_into_steps(scene: Scene) -> None:
    life = scene.life(scene.controls(speed=3.5, novelty=0))
    assert life.steps_per_frame == 4
    life.advance()
    assert life.number == 4


def test_it_goes_where_it_is_sent_and_lives_on(scene: Scene) -> None:
    life = scene.life(start_at=0.2, goal=1.1)
    seen = []
    for _ in range(60):
        life.advance()
        seen.append(life.node)
    assert 11 in seen[:12]
    assert len(set(seen[seen.index(11) :])) > 3
    with pytest.raises(InputError, match="second"):
        scene.life(goal=99)


LOOPS = [(12, None, 1.0), (20, None, 1.0), (31, 25.0, 1.0), (40, None, 0.5)]


@pytest.mark.parametrize(("count", "fps", "temperature"), LOOPS)
def test_loops_close(scene: Scene, count: int, fps: float | None, temperature: float) -> None:
    loop = scene.loop(scene.controls(temperature=temperature), frames=count, fps=fps, seed=2)
    assert loop.shape == (count, scene.embeddings.shape[1])
    np.testing.assert_allclose(np.linalg.norm(loop, axis=1), 1, atol=1e-5)
    steps = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
    assert steps[0] <= 0.75 * (steps[1] + steps[-1])
    assert steps.mean() > 0.1 * temperature * median_step(scene)


def test_loops_differ_and_know_their_joins(scene: Scene) -> None:
    assert scene.graph is not None
    loops = list(scene.loops(frames=20, seed=2, most=3))
    assert 1 <= len(loops) <= 3
    for loop in loops:
        assert loop.embeddings.shape == (20, scene.embeddings.shape[1])
        assert len(loop.joins)
        assert ((loop.joins >= [0, 1]) & (loop.joins <= [19, 20])).all()
    np.testing.assert_array_equal(loops[0].embeddings, scene.loop(frames=20, seed=2))


def test_the_same_seed_gives_the_same_loop(scene: Scene) -> None:
    np.testing.assert_array_equal(scene.loop(frames=16, seed=4), scene.loop(frames=16, seed=4))


def test_slow_motion_interpolates(scene: Scene) -> None:
    source = lived(scene, 4)
    slow = np.stack(list(islice(scene.live(scene.life(), fps=20), 7)))
    np.testing.assert_allclose(slow[::2], source, atol=1e-6)
    middle = source[0] + source[1]
    np.testing.assert_allclose(slow[1], middle / np.linalg.norm(middle), atol=1e-5)


def test_lower_rate_keeps_the_speed(scene: Scene) -> None:
    np.testing.assert_allclose(
        np.stack(list(islice(scene.live(scene.life(), fps=5), 3))), lived(scene, 5)[::2], atol=1e-6
    )


def test_any_size_without_seams(scene: Scene, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedding = scene.embeddings[3]
    whole = scene.draw(embedding, (97, 161))
    monkeypatch.setattr(tiles, "TILE_WIDTH", 20)
    monkeypatch.setattr(tiles, "TILE_HEIGHT", 30)
    tiled = Scene.open(bundle, device="cpu", threads=2).draw(embedding, (97, 161))
    assert tiled.shape == (161, 97, 3)
    np.testing.assert_array_equal(whole, tiled)


def test_any_size_without_seams_pixel_by_pixel(
    pixelwise: Scene, two_nets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedding = pixelwise.embeddings[3]
    tiled = pixelwise.draw(embedding, (97, 61))
    monkeypatch.setattr(implicit, "tile_pixels", lambda *_: 100)
    finer = Scene.open(two_nets, device="cpu", threads=2).draw(embedding, (97, 61))
    assert tiled.shape == (61, 97, 3)
    assert np.abs(tiled.astype(int) - finer).max() <= 1


def test_beyond_the_cache_limit_pictures_are_the_same(pixelwise: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = pixelwise.draw(pixelwise.embeddings[0], (48, 32))
    monkeypatch.setattr(implicit, "MAX_CACHE_BYTES", 1000)
    uncached = pixelwise.renderer((48, 32)).render(pixelwise.embeddings[0])
    np.testing.assert_array_equal(cached, uncached)


def test_few_keyframes_in_memory_draw_the_same(scene: Scene, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [scene.draw(embedding) for embedding in scene.embeddings]
    monkeypatch.setattr(warp, "CACHE_BYTES", 0)
    monkeypatch.setattr(warp, "LEAST_CACHED", 1)
    again = Scene.open(bundle, device="cpu")
    np.testing.assert_array_equal(pictures, [again.draw(embedding) for embedding in scene.embeddings])


def test_a_cache_of_halves_costs_next_to_nothing(
    pixelwise: Scene, two_nets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pixelwise.draw(pixelwise.embeddings[0])
    verified = verify_scene(read_bundle(two_nets))
    assert verified.mask is not None
    features = 4 * features_of(verified.drawing.generator) * int((verified.mask > 0).sum())
    monkeypatch.setattr(implicit, "MAX_CACHE_BYTES", features - 1)
    halved = pixelwise.renderer(pixelwise.size)
    assert np.abs(whole.astype(int) - halved.render(pixelwise.embeddings[0])).max() <= 2


def test_buffers_are_not_handed_out(scene: Scene) -> None:
    first = scene.draw(scene.embeddings[0])
    kept = first.copy()
    scene.draw(scene.embeddings[8])
    np.testing.assert_array_equal(first, kept)


def test_tiles_fit_their_bounds() -> None:
    assert implicit.tile_pixels(0, 64, 2) == 1
    assert implicit.tile_pixels(5600, 64, 2) == 1400
    assert implicit.tile_pixels(65_536, 64, 2) == 4096
    large = implicit.tile_pixels(10_000_000, 64, 2)
    assert 0.99 * implicit.TILE_BYTES < 4 * 64 * large <= implicit.TILE_BYTES


def test_nets(two_nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fine, fast, auto = (Scene.open(two_nets, device="cpu", net=net) for net in ("fine", "fast", "auto"))
    assert (fine.net(fine.size), fast.net(fast.size), auto.net(auto.size)) == ("fine", "fast", "fine")
    monkeypatch.setattr(implicit, "LIVE_BYTES", 1000)
    assert auto.net(auto.size) == "fast"
    embedding = fine.embeddings[2]
    np.testing.assert_array_equal(auto.draw(embedding), fast.draw(embedding))
    assert np.abs(fine.draw(embedding).astype(int) - fast.draw(embedding)).max() > 0
    with pytest.raises(InputError, match="choose auto, fine, fast"):
        Scene.open(two_nets, net="best")


def test_keyframes_need_no_nets(scene: Scene, bundle: Path) -> None:
    fast = Scene.open(bundle, device="cpu", net="fast")
    assert fast.net(fast.size) == "fine"
    np.testing.assert_array_equal(fast.draw(fast.embeddings[1]), scene.draw(scene.embeddings[1]))
    with pytest.raises(InputError, match="choose auto, fine, fast"):
        Scene.open(bundle, net="best")


def test_one_net_is_enough(two_nets: Path) -> None:
    opened = read_bundle(two_nets)
    drawing = msgspec.structs.replace(opened.manifest.drawing, fast=None)  # type: ignore[type-var]
    single = Bundle(msgspec.structs.replace(opened.manifest, drawing=drawing), opened.parts)
    fast, fine = (Scene(single, device="cpu", net=net) for net in ("fast", "fine"))
    np.testing.assert_array_equal(fast.draw(fast.embeddings[1]), fine.draw(fine.embeddings[1]))


@pytest.mark.parametrize("size", [(0, 10), (10, 100_000)])
def test_absurd_sizes(scene: Scene, size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="can't be drawn"):
        scene.draw(scene.embeddings[0], size)


@pytest.mark.parametrize("options", [{"temperature": -1}, {"pull": 2}, {"temperature": float("nan")}])
def test_controls_out_of_range(scene: Scene, options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="choose a number"):
        scene.controls(**options)


@pytest.mark.parametrize("options", [{"frames": -1}, {"seed": 1.5}, {"seed": "a"}, {"size": (0, 9)}, {"pull": 2}])
def test_a_rollout_refuses_at_once(scene: Scene, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="choose"):
        scene.rollout(**options)


def test_coordinates_match_the_fitting_side() -> None:
    torch_side = pytest.importorskip("alive_cli.observation.observation")
    for size in ((7, 5), (5, 7), (1, 1), (256, 144)):
        np.testing.assert_array_equal(implicit.pixel_coordinates(*size), torch_side.pixel_coordinates(*size).numpy())


@pytest.mark.skipif(cuda_devices() > 0, reason="there is a GPU")
def test_cuda_without_a_gpu(bundle: Path) -> None:
    with pytest.raises(DeviceError, match="--device auto"):
        Scene.open(bundle, device="cuda")
    assert Scene.open(bundle, device="auto").device == "cpu"


def test_bank_weight_forbids_frames(scene: Scene) -> None:
    life = scene.life(scene.controls(pull=1, temperature=0))
    weights = np.zeros(16, np.float32)
    weights[5] = 1
    life.frame_weights = weights
    np.testing.assert_allclose(life.advance(), scene.embeddings[5], atol=1e-5)


def with_still_layer(two_nets: Path, background: np.ndarray, mask: np.ndarray | None) -> Bundle:
    """The bundle of format 1.0 with another background and mask."""
    opened = read_bundle(two_nets)
    assert opened.manifest.drawing is not None
    pictures = {BACKGROUND_NAME: pack_picture(background)}
    drawing = msgspec.structs.replace(opened.manifest.drawing, background=BACKGROUND_NAME)
    if mask is not None:
        pictures[MASK_NAME] = pack_picture(mask)
        drawing = msgspec.structs.replace(drawing, mask=MASK_NAME)
    manifest = msgspec.structs.replace(opened.manifest, drawing=drawing)
    return Bundle(manifest, opened.parts | pictures)


def test_only_moving_pixels_are_drawn(two_nets: Path, pixelwise: Scene) -> None:
    background = np.full((8, 12, 3), 77, np.uint8)
    mask = np.zeros((8, 12), np.uint8)
    mask[2:6, 3:9] = 255
    layered = Scene(with_still_layer(two_nets, background, mask), device="cpu")
    picture = layered.draw(pixelwise.embeddings[2])
    assert (picture[mask == 0] == 77).all()
    own = pixelwise.draw(pixelwise.embeddings[2]).astype(int)
    verified = verify_scene(read_bundle(two_nets))
    assert verified.background is not None
    assert verified.mask is not None
    expected = np.clip(own - verified.background + 77, 0, 255)  # this generator adds the background
    lit = (mask > 0) & (verified.mask > 0) & (own.max(-1) < 255) & (own.min(-1) > 0)
    assert lit.any()
    assert np.abs(picture[lit] - expected[lit]).max() <= 1


def test_nothing_moves_at_all(two_nets: Path) -> None:
    background = np.arange(8 * 12 * 3, dtype=np.uint32).astype(np.uint8).reshape(8, 12, 3)
    still = Scene(with_still_layer(two_nets, background, np.zeros((8, 12), np.uint8)), device="cpu")
    np.testing.assert_array_equal(still.draw(still.embeddings[0]), background)


def test_mask_is_resized_by_maximum() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[7, 11] = 255
    assert implicit.resize_by_maximum(mask, (30, 20)).sum() == 255
    smaller = implicit.resize_by_maximum(mask, (7, 5))
    assert smaller.shape == (5, 7)
    assert smaller[1, 2] == 255  # one moving pixel is enough
    larger = implicit.resize_by_maximum(mask, (90, 60))
    assert (larger[21:24, 33:36] == 255).all()
    assert larger.sum() == 9 * 255


@pytest.mark.parametrize("wrong", ["sizes", "mode", "no background", "no picture"])
def test_wrong_still_layers_are_refused(two_nets: Path, wrong: str) -> None:
    background, mask = np.zeros((8, 12, 3), np.uint8), np.zeros((8, 12), np.uint8)
    layered = with_still_layer(two_nets, background, mask)
    assert layered.manifest.drawing is not None
    manifest, parts = layered.manifest, layered.parts
    if wrong == "sizes":
        parts[MASK_NAME] = pack_picture(mask[1:])
    elif wrong == "mode":
        parts[MASK_NAME] = pack_picture(background)
    elif wrong == "no picture":
        parts[BACKGROUND_NAME] = b"GIF89a"
    else:
        drawing = msgspec.structs.replace(layered.manifest.drawing, background=None)
        manifest = msgspec.structs.replace(manifest, drawing=drawing)
    with pytest.raises(CorruptBundle):
        Scene(Bundle(manifest, parts))
