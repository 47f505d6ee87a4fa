"""A bundle that must not be larger than a number of bytes."""

from pathlib import Path

import pytest

from alive_cli.errors import InputError
from alive_cli.export.compact import HIGHEST, LOWEST, compact
from bundle_spec.container import Bundle, pack_bundle, read_bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.features.warp import pack_keyframes
from bundle_spec.webp import pack_webp
from tests.textures import texture

VALID = Path(__file__).parents[2] / "bundle_spec" / "conformance" / "valid"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """A scene whose keyframes are most of it."""
    read = read_bundle(VALID / "warp.alive")
    assert read.manifest.drawing is not None
    warp = read.manifest.drawing.warp
    assert warp is not None
    pictures = [pack_webp(texture(warp.width, warp.height, seed, 0.5), 98) for seed in range(warp.count)]
    return Bundle(read.manifest, {**read.parts, warp.keyframes: pack_keyframes(pictures)})


def size_of(bundle: Bundle) -> int:
    return len(pack_bundle(bundle.manifest, bundle.parts))


def test_what_fits_stays_as_it_is(bundle: Bundle) -> None:
    result = compact(bundle, size_of(bundle))
    assert result.bundle is bundle
    assert result.quality is result.psnr is None


def test_keyframes_are_compressed_until_it_fits(bundle: Bundle) -> None:
    whole = size_of(bundle)
    qualities = []
    for most in (whole - 100, whole - 800):
        result = compact(bundle, most)
        assert size_of(result.bundle) <= most
        assert result.quality is not None
        assert LOWEST <= result.quality <= HIGHEST
        assert result.psnr is not None
        assert 15 < result.psnr < 60
        qualities.append(result.quality)
        verify_scene(result.bundle)
        assert "fidelity" not in result.bundle.manifest.figures
    assert qualities[1] < qualities[0]


def test_what_never_fits_is_refused(bundle: Bundle) -> None:
    with pytest.raises(InputError, match="even with the lowest quality; allow more"):
        compact(bundle, 1000)
    with pytest.raises(InputError, match="has no keyframes to compress"):
        compact(read_bundle(VALID / "plain.alive"), 1000)
