"""The size of frames, and where a scene lies in them."""

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.picture_size import check_size
from alive_cli.views.cast import frame_size
from alive_cli.views.cast.frame_size import fitted, own_size, read_size
from bundle_spec.limits import MAX_PICTURE_SIDE


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1280x720", (1280, 720)),
        (" 640 × 360 ", (640, 360)),
        ("720", (720, 480)),
        ("101X64", None),
        ("301", (300, 200)),
    ],
)
def test_sizes_that_people_write(text: str, size: tuple[int, int] | None) -> None:
    if size is None:
        with pytest.raises(InputError, match="choose 100x64"):
            read_size(text, (300, 200))
    else:
        assert read_size(text, (300, 200)) == size


@pytest.mark.parametrize(
    "text", ["", "x", "720p", "-2", "8", "1280x", "5000x720", "99999999", "1280x720x3", "1e3", "٣٣"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match=r"size|choose from 16"):
        read_size(text, (300, 200))


@pytest.mark.parametrize(
    ("own", "size"),
    [((480, 480), (480, 480)), ((4000, 3000), (1280, 960)), ((301, 201), (300, 200)), ((8, 6), (16, 16))],
)
def test_frames_in_the_proportions_of_the_scene(own: tuple[int, int], size: tuple[int, int]) -> None:
    assert own_size(own) == size


@pytest.mark.parametrize(
    ("own", "cover", "alpha", "drawn", "rows", "columns", "share"),
    [
        ((480, 480), False, False, (480, 480), (0, 720), (280, 1000), (1, 1)),
        ((480, 480), True, False, (480, 480), (0, 720), (0, 1280), (1, 0.5625)),
        ((480, 480), False, True, (720, 720), (0, 720), (280, 1000), (1, 1)),
        ((1920, 1080), False, False, (1280, 720), (0, 720), (0, 1280), (1, 1)),
        ((1279, 720), False, False, (1280, 720), (0, 720), (0, 1280), (1, 1)),
        ((720, 1280), False, False, (405, 720), (0, 720), (437, 842), (1, 1)),
        ((720, 1280), True, False, (720, 1280), (0, 720), (0, 1280), (1, 720 / 2276)),
        ((640, 160), False, False, (640, 160), (200, 520), (0, 1280), (1, 1)),
    ],
)
def test_where_a_scene_lies(
    own: tuple[int, int],
    cover: bool,
    alpha: bool,
    drawn: tuple[int, int],
    rows: tuple[int, int],
    columns: tuple[int, int],
    share: tuple[float, float],
) -> None:
    fitting = fitted(own, (1280, 720), cover=cover, alpha=alpha)
    place = fitting.place
    if own == (1279, 720):
        drawn = own  # it is a pixel narrower than the frame, and enlarged
    assert fitting.drawn == drawn
    assert [(part.start, part.stop) for part in place] == [rows, columns]
    assert fitting.share == pytest.approx(share)
    picture = np.full((drawn[1] // 3, drawn[0] // 3, 3), 200, np.uint8)  # pictures may be coarser
    frame = np.zeros((720, 1280, 3), np.uint8)
    fitting.put(picture, frame)
    assert (frame[place] == 200).all()
    assert frame.astype(int).sum() == 200 * frame[place].size


@pytest.mark.parametrize(("height", "top"), [(100, 24), (60, 20)])
def test_of_a_tall_picture_more_is_cut_off_below(height: int, top: int) -> None:
    picture = np.zeros((height, 50, 3), np.uint8)
    picture[top : top + 20] = 255
    frame = np.zeros((20, 50, 3), np.uint8)
    fitted((50, height), (50, 20), cover=True).put(picture, frame)
    assert (frame == 255).all()


def test_of_a_wide_picture_the_middle_is_seen() -> None:
    picture = np.zeros((50, 100, 3), np.uint8)
    picture[:, 40:60] = 255
    frame = np.zeros((50, 20, 3), np.uint8)
    fitted((100, 50), (20, 50), cover=True).put(picture, frame)
    assert (frame == 255).all()


def test_colours_that_are_not_seen_stay_unseen() -> None:
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[:, :, 0] = 255
    picture[:10] = 0, 255, 0, 255
    frame = np.zeros((40, 40, 4), np.uint8)
    fitted((20, 20), (40, 40), alpha=True).put(picture, frame)
    assert frame[..., 0].max() == 0  # the red is nowhere to be seen
    assert frame[0, 0].tolist() == [0, 255, 0, 255]


@pytest.mark.parametrize(("cores", "expected"), [(16, [1, 1, 2, 4, 16]), (2, [1, 1, 2, 2, 2])])
def test_threads_for_pixels(cores: int, expected: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_size, "usable_cores", lambda: cores)
    sizes = (480, 480), (720, 720), (1280, 720), (1920, 1080), (4096, 4096)
    assert [fitted(size, size).threads for size in sizes] == expected


def test_no_picture_is_larger_than_a_scene_draws() -> None:
    """A wide transparent scene that covers a high frame would have to be."""
    fitting = fitted((640, 160), (2160, 3840), cover=True, alpha=True)
    assert fitting.drawn == (MAX_PICTURE_SIDE, MAX_PICTURE_SIDE // 4)
    check_size(fitting.drawn)
    picture = np.zeros((64, 256, 4), np.uint8)  # pictures may be coarser
    picture[:, 128:] = 255
    frame = np.zeros((3840, 2160, 4), np.uint8)
    fitting.put(picture, frame)
    assert frame[1920, [0, 800, 1400, 2159], 3].tolist() == [0, 0, 255, 255]
