"""Drawings of keyframes: pictures that are checked before they are decoded, and what a player gets."""

import time
from contextlib import suppress

import msgspec
import numpy as np
import pytest

from bundle_spec.conformance import warp as scenes
from bundle_spec.conformance.player import Player, averaging, bilinear, centres
from bundle_spec.conformance.valid import VALID
from bundle_spec.container import BANK_NAME, Bundle, pack_bundle, pack_tensors, unpack_bundle
from bundle_spec.contracts import VerifiedScene, verify_scene
from bundle_spec.errors import CorruptBundle, UnsafeBundle
from bundle_spec.features.warp import Keyframes, bank_inputs, grid_points, pack_keyframes
from bundle_spec.limits import CHECKED_PIXELS, MAX_KEYFRAMES
from bundle_spec.manifest import Warp
from bundle_spec.manifest_json import encode_manifest
from bundle_spec.webp import pack_webp, still_size, unpack_webp


def verified(bundle: Bundle) -> VerifiedScene:
    return verify_scene(unpack_bundle(pack_bundle(bundle.manifest, bundle.parts)))


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)


def warp_of(bundle: Bundle) -> Warp:
    drawing = bundle.manifest.drawing
    assert drawing is not None
    assert drawing.warp is not None
    return drawing.warp


@pytest.mark.parametrize("quality", [None, 5, 90])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 16), (300, 5), (640, 360)])
def test_header_tells_the_size(size: tuple[int, int], quality: float | None) -> None:
    pixels = noise(*size)
    data = pack_webp(pixels, quality)
    assert still_size(data) == size
    decoded = unpack_webp(data, size)
    assert decoded.shape == pixels.shape
    assert quality is not None or (decoded == pixels).all()


def test_extended_header_without_flags_is_a_still() -> None:
    data = pack_webp(noise(9, 7))
    header = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + b"\x08\0\0" + b"\x06\0\0"
    body = b"WEBP" + header + data[12:]
    extended = b"RIFF" + len(body).to_bytes(4, "little") + body
    assert still_size(extended) == (9, 7)
    assert (unpack_webp(extended, (9, 7)) == noise(9, 7)).all()
    with pytest.raises(CorruptBundle):
        still_size(extended.replace(b"\x08\0\0\x06", b"\x09\0\0\x06"))


@pytest.mark.parametrize("quality", [None, 50])
def test_damaged_pictures_are_refused_in_one_way(quality: float | None) -> None:
    """Whatever a byte becomes, there are pixels of the declared size or a CorruptBundle."""
    data = pack_webp(noise(12, 9), quality)
    random = np.random.default_rng(0)
    for _ in range(300):
        other = bytearray(data)
        for place in random.integers(0, min(len(data), 200), 2):
            other[place] = random.integers(256)
        with suppress(CorruptBundle):
            assert unpack_webp(bytes(other), (12, 9)).shape == (9, 12, 3)


def test_truncated_data_under_a_sound_header() -> None:
    data = pack_webp(noise(64, 64), 90)
    body = data[20:120]
    short = b"RIFF" + (12 + len(body)).to_bytes(4, "little") + b"WEBPVP8 " + len(body).to_bytes(4, "little") + body
    assert still_size(short) == (64, 64)
    with pytest.raises(CorruptBundle, match="Keyframe 0 can't be drawn"):
        Keyframes(1, (64, 64), [short]).picture(0)


def test_what_a_player_gets() -> None:
    scene = verified(scenes.warped(masked=True, shifts=True))
    keyframes, warp = scene.keyframes, scene.drawing.warp
    assert keyframes is not None
    assert warp is not None
    assert (keyframes.count, keyframes.size, len(keyframes.pictures)) == (4, (21, 14), 5)
    assert keyframes.pictures == scenes.keyframes(5)
    assert keyframes.picture(3).shape == (14, 21, 3)
    background = keyframes.background()
    assert background is not None
    assert (background == unpack_webp(scenes.keyframes(5)[4], (21, 14))).all()
    assert scene.background is None
    assert scene.mask is not None
    assert scene.mask.shape == (9, 10)
    feeds = bank_inputs(warp, scene.bank)
    assert {name: each.dtype.name for name, each in feeds.items()} == {
        "observed": "float32",
        "frame_keyframe": "int64",
        "frame_motion": "float32",
        "frame_colour": "float32",
    }
    assert scene.bank["frame_motion"].dtype == np.float16


def test_without_a_mask_there_is_no_background() -> None:
    scene = verified(scenes.warped())
    assert scene.keyframes is not None
    assert scene.keyframes.background() is None
    assert scene.mask is None


def test_drawings_of_1_0_have_no_keyframes() -> None:
    plain = unpack_bundle(VALID["plain"].build())
    assert verify_scene(plain).keyframes is None
    assert b"warp" not in encode_manifest(plain.manifest)
    assert b"slices" not in encode_manifest(plain.manifest)


def test_work_is_that_of_the_grids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator runs once for a frame, and the trunk once for the cells of both grids, whatever the size."""
    bundle = scenes.warped()
    scene = verified(bundle)
    assert grid_points(warp_of(bundle)) == 5 * 4 + 8 * 6
    work = scene.footprint(scene.drawing.trunk, CHECKED_PIXELS).work * 68 / CHECKED_PIXELS
    behavior = scene.footprint(scene.behavior.graph, CHECKED_PIXELS).work
    monkeypatch.setattr("bundle_spec.contracts.MAX_FRAME_WORK", max(work, behavior))
    verified(bundle)
    monkeypatch.setattr("bundle_spec.contracts.MAX_FRAME_WORK", work - 1)
    with pytest.raises(UnsafeBundle, match=r"trunk\.onnx would take more work"):
        verified(bundle)


def test_the_most_keyframes_are_checked_at_once() -> None:
    pictures = scenes.keyframes() * (MAX_KEYFRAMES // 4)
    bundle = scenes.warped()
    assert bundle.manifest.drawing is not None
    warp = msgspec.structs.replace(warp_of(bundle), count=MAX_KEYFRAMES)
    drawing = msgspec.structs.replace(bundle.manifest.drawing, warp=warp)
    parts = bundle.parts | {warp.keyframes: pack_keyframes(pictures)}
    begin = time.perf_counter()
    scene = verify_scene(Bundle(msgspec.structs.replace(bundle.manifest, drawing=drawing), parts))
    assert time.perf_counter() - begin < 2
    assert scene.keyframes is not None
    assert scene.keyframes.pictures == pictures


def test_bank_may_be_in_single_precision() -> None:
    bundle = scenes.warped()
    tensors = {name: each.astype("f4") if each.dtype == "f2" else each for name, each in scenes.tables().items()}
    bank = pack_tensors(bundle.tensors(BANK_NAME) | tensors)
    verified(Bundle(bundle.manifest, bundle.parts | {BANK_NAME: bank}))


def test_interpolation_and_averaging() -> None:
    grid = np.arange(6.0).reshape(2, 3, 1)
    assert bilinear(grid, centres(3, 2)).ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert bilinear(grid, np.array([[0.5, 0.5], [-9, -9], [9, 9]])).ravel().tolist() == [2.5, 0, 5]
    np.testing.assert_allclose(averaging(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    assert averaging(4, 4).tolist() == np.eye(4).tolist()


def test_colour_and_shift_show() -> None:
    """Without them the picture is another one, so the conformance bundles test them."""
    embedding = np.array([1, 0, 0.5, 1], np.float32) / 1.5
    bundle = scenes.warped()
    bank = bundle.tensors(BANK_NAME)
    grey = Bundle(
        bundle.manifest, bundle.parts | {BANK_NAME: pack_tensors(bank | {"frame_colour": bank["frame_colour"] * 0})}
    )
    one, shifted, without = (
        Player(pack_bundle(each.manifest, each.parts)).draw(embedding, 24, 16, "fine").astype(int)
        for each in (bundle, scenes.warped(shifts=True), grey)
    )
    assert np.abs(one - shifted).max() > 10
    assert np.abs(one - without).max() > 10
