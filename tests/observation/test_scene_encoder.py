"""The encoder of a scene, rebuilt from its bundle."""

import pytest

from alive_cli.observation import scene_encoder
from bundle_spec.conformance.warp import HEIGHT, KEYFRAMES, WIDTH, warped
from bundle_spec.errors import UnsafeBundle


@pytest.mark.parametrize("masked", [False, True])
def test_keyframes_are_decoded_without_the_background(masked: bool) -> None:
    bundle = warped(masked=masked)
    assert bundle.manifest.drawing is not None
    assert bundle.manifest.drawing.warp is not None
    keyframes = scene_encoder.decoded_keyframes(bundle, bundle.manifest.drawing.warp)
    assert keyframes.shape == (KEYFRAMES, HEIGHT, WIDTH, 3)


def test_keyframes_that_take_too_much_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = warped()
    assert bundle.manifest.drawing is not None
    assert bundle.manifest.drawing.warp is not None
    monkeypatch.setattr(scene_encoder, "MOST_BYTES", KEYFRAMES * WIDTH * HEIGHT * 3 - 1)
    with pytest.raises(UnsafeBundle, match="once they are decoded"):
        scene_encoder.decoded_keyframes(bundle, bundle.manifest.drawing.warp)
