"""Posters, as views show them."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli.media.alpha import DARK
from alive_cli.views.poster import poster_of
from bundle_spec import conformance
from bundle_spec.container import POSTER_NAME, Bundle, pack_picture, read_bundle

VALID = Path(conformance.__file__).parent / "valid"


def bundle_with(name: str, poster: bytes) -> Bundle:
    plain = read_bundle(VALID / f"{name}.alive")
    return Bundle(plain.manifest, plain.parts | {POSTER_NAME: poster})


def test_an_opaque_poster() -> None:
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    shown = poster_of(bundle_with("plain", pack_picture(picture)))
    np.testing.assert_array_equal(shown, picture)


@pytest.mark.parametrize(("colour", "behind"), [(None, DARK), ((1, 2, 3), (1, 2, 3))])
def test_a_transparent_poster_lies_over_a_colour(
    colour: tuple[int, int, int] | None, behind: tuple[int, int, int]
) -> None:
    picture = np.full((2, 2, 4), 200, np.uint8)
    picture[0, :, 3], picture[1, :, 3] = 0, 255
    shown = poster_of(bundle_with("warp-alpha-lossy", pack_picture(picture)), colour)
    assert shown is not None
    assert shown[0, 0].tolist() == list(behind)
    assert shown[1, 0].tolist() == [200] * 3


@pytest.mark.parametrize("poster", [b"", b"no picture", pack_picture(np.zeros((2, 2, 4), np.uint8))])
def test_a_poster_that_is_none_is_left_out(poster: bytes) -> None:
    assert poster_of(bundle_with("plain", poster)) is None


def test_a_bundle_may_have_no_poster() -> None:
    assert poster_of(read_bundle(VALID / "plain.alive")) is None
