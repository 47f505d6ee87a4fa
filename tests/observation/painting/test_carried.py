"""Motion is carried over in the right direction and size, where it should be, and brightness with it."""

import numpy as np
import pytest

from alive_cli.media.warping import grid_positions, sample
from alive_cli.observation.painting.carried import Place, carried_modes, places_of
from alive_cli.observation.painting.points import Pairs
from alive_cli.observation.painting.shading import ratios_of, shading_of

SCENE, PAINTING = (200, 100), (300, 400)
"""Width and height of a frame and of a painting."""
MIDDLE = (64, 48)
"""Row and column of the middle of the painting's motion grid."""


def pairs(turned: bool = False, moves: list[np.ndarray] | None = None) -> Pairs:
    """A grid of pairs: the painting shows the frame's middle, twice as large in pixels, upright or turned by 90°."""
    across, down = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9))
    offsets = 40 * np.stack([across, down], -1).reshape(-1, 2)
    own = offsets @ np.array([[0, 1], [-1, 0]]) if turned else offsets
    return Pairs(
        names=[f"{number}" for number in range(len(offsets))],
        scene=np.array(SCENE) / 2 + offsets,
        painting=np.array(PAINTING) / 2 + 2 * own,
        scene_size=SCENE,
        painting_size=PAINTING,
        second=0.0,
        moves=[] if moves is None else moves,
    )


def shift(x: float, y: float) -> np.ndarray:
    """One mode that moves everything by so many longest sides of the frame."""
    return np.tile(np.array([x, y]), (1, 10, 20, 1))


def test_a_displacement_is_as_large_as_what_it_displaces() -> None:
    place = places_of(pairs())
    mode = carried_modes(place, shift(0.01, 0.02), 0.03)[0]
    # 2 and 4 pixels of the frame are 4 and 8 of the painting, whose longest side has 400.
    np.testing.assert_allclose(mode[MIDDLE], [4 / 400, 8 / 400], rtol=0.02)


def test_a_displacement_turns_with_what_it_displaces() -> None:
    place = places_of(pairs(turned=True))
    mode = carried_modes(place, shift(0.01, 0), 0.03)[0]
    np.testing.assert_allclose(mode[MIDDLE], [0, 4 / 400], atol=2e-4)


def test_what_is_not_outlined_stays() -> None:
    place = places_of(pairs(moves=[np.array([[110, 160], [190, 160], [190, 240], [110, 240]], float)]))
    mode = carried_modes(place, shift(0.01, 0.02), 0.03)[0]
    assert np.abs(mode[MIDDLE]).min() > 0.009
    for edge in (mode[0], mode[-1], mode[:, 0], mode[:, -1]):
        assert not edge.any()


def test_a_mask_says_what_moves() -> None:
    mask = np.zeros(PAINTING[::-1], np.uint8)
    mask[160:240, 110:190] = 255
    outlined = places_of(pairs(moves=[np.array([[110, 160], [190, 160], [190, 240], [110, 240]], float)]))
    np.testing.assert_allclose(places_of(pairs(), mask).moving, outlined.moving, atol=0.1)


def test_a_few_pairs_move_the_head_alone() -> None:
    whole = pairs()
    few = [0, 8, 72, 80]
    corners = Pairs(["a", "b", "c", "d"], whole.scene[few], whole.painting[few], SCENE, PAINTING, 0.0, [])
    head = places_of(corners)
    assert head.face.max() < 0.1
    mode = carried_modes(head, shift(0.01, 0.02), 0.03)[0]
    np.testing.assert_allclose(mode[MIDDLE], [4 / 400, 8 / 400], rtol=0.02)
    assert places_of(whole).face.max() > 0.9


@pytest.fixture(scope="module")
def place() -> Place:
    return places_of(pairs())


def shaded(place: Place, darker: float) -> np.ndarray:
    """Ratios of two frames, the second of which is darker in the middle."""
    rows, columns = np.mgrid[:100, :200]
    picture = np.repeat((120 + 60 * np.sin(columns / 15))[..., None], 3, 2).astype(np.uint8)
    spot = np.exp(-((rows - 50) ** 2 + (columns - 100) ** 2) / 600)[..., None]
    pictures = [picture, (picture * (1 - darker * spot)).astype(np.uint8)]
    return ratios_of(pictures, [np.zeros((10, 20, 2), np.float32)] * 2, picture, place)


def test_brightness_changes_as_in_the_clip_and_in_the_colour_of_the_painting(place: Place) -> None:
    ratios = shaded(place, 0.3)
    assert abs(ratios[0]).max() < 0.01
    assert -0.35 < ratios[1][MIDDLE] < -0.15
    painting = np.full((*PAINTING[::-1], 3), (200, 100, 60), np.uint8)
    modes, amounts = shading_of(ratios, painting, 1.0)
    change = np.einsum("rc,ryx->yxc", amounts[1], modes)[MIDDLE]
    np.testing.assert_allclose(change / change[0], [1, 0.5, 0.3], atol=0.05)
    np.testing.assert_allclose(change[0], ratios[1][MIDDLE] * 200 / 255, rtol=0.1)


def test_without_shading_colours_stay(place: Place) -> None:
    modes, amounts = shading_of(shaded(place, 0.3), np.full((40, 30, 3), 99, np.uint8), 0.0)
    assert modes.shape[0] == amounts.shape[1] == 1
    assert not modes.any()


def test_what_moves_alone_shades_nothing(place: Place) -> None:
    rows, columns = np.mgrid[:100, :200]
    picture = np.repeat((120 + 60 * np.sin(columns / 9) * np.cos(rows / 9))[..., None], 3, 2).astype(np.float32)
    moved = sample(picture, grid_positions(200, 100) + np.array([4, 2], np.float32))
    displacement = np.tile(np.array([0.02, 0.01], np.float32), (10, 20, 1))
    ratios = ratios_of([moved.astype(np.uint8)], [displacement], picture.astype(np.uint8), place)
    assert abs(ratios).max() < 0.02
