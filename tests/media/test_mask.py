"""Only a part of a clip lives: the rest shows one still picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media.mask import FEATHER, MOST_TEXT, hold_still, read_mask, read_region, share_of

WIDTH, HEIGHT = 160, 90


def noise(count: int = 20) -> np.ndarray:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, HEIGHT, WIDTH, 3)).astype(np.uint8)


def test_outside_a_region_everything_is_the_median() -> None:
    frames = noise()
    median = np.median(frames, axis=0).round().astype(np.uint8)
    before = frames.copy()
    hold_still(frames, read_region("0.5,0,0.25,0.5"))
    assert (frames[:, :, : WIDTH // 2] == median[:, : WIDTH // 2]).all()
    assert (frames[:, HEIGHT // 2 :] == median[HEIGHT // 2 :]).all()
    feather = int(np.ceil(FEATHER * WIDTH))
    inside = np.s_[:, : HEIGHT // 2 - feather, WIDTH // 2 + feather : WIDTH * 3 // 4 - feather]
    assert (frames[inside] == before[inside]).all()


def test_what_crosses_the_edge_is_noticed() -> None:
    assert hold_still(noise(), read_region("0.5,0,0.25,0.5")).crossed == 1
    frames = noise()
    frames[:, :, :100] = 90
    assert hold_still(frames, read_region("0.4,0,0.6,1")).crossed < 0.1


def test_the_edge_is_feathered_but_not_at_the_border_of_the_picture() -> None:
    share = share_of(read_region("0.5,0,0.5,1"), WIDTH, HEIGHT)
    assert (np.diff(share, axis=1) >= 0).all()
    assert (share == share[:1]).all()
    assert share[0, -1] == 1
    assert ((share > 0) & (share < 1)).any()


def test_a_chosen_frame_is_shown_outside() -> None:
    frames = noise()
    chosen = frames[7].copy()
    hold_still(frames, read_region("0,0,0.5,1"), 7)
    assert (frames[:, :, WIDTH // 2 :] == chosen[:, WIDTH // 2 :]).all()


def test_a_mask_lives_where_it_is_bright(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:300, :400]
    disc = (columns - 200) ** 2 + (rows - 150) ** 2 < 90**2
    Image.fromarray(np.uint8(255 * disc)).save(tmp_path / "mask.png")
    kept = read_mask(tmp_path / "mask.png")
    share = share_of(kept, 200, 150)
    expected = disc[1::2, 1::2]
    assert ((share > 0) != expected).mean() < 0.01
    assert share[75, 100] == 1


def test_an_intricate_mask_is_kept_in_little_room(tmp_path: Path) -> None:
    speckles = np.random.default_rng(1).integers(0, 2, (512, 512)).astype(np.uint8) * 255
    Image.fromarray(speckles).save(tmp_path / "mask.png")
    kept = read_mask(tmp_path / "mask.png")
    assert len(kept) <= MOST_TEXT + 20
    assert share_of(kept, 64, 64).any()


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "a,b,c,d", "0,0,0,1", "0.5,0,0.6,1", "-0.1,0,0.5,1", "nan,0,1,1", "0,0,1,inf"]
)
def test_what_is_no_region(text: str) -> None:
    with pytest.raises(InputError, match="is no region"):
        read_region(text)


def test_the_whole_picture_is_no_region() -> None:
    with pytest.raises(InputError, match="leave out --region"):
        read_region("0,0,1,1")


@pytest.mark.parametrize(("level", "words"), [(0, "nothing would live"), (255, "all would live")])
def test_masks_of_nothing_and_everything(level: int, words: str, tmp_path: Path) -> None:
    Image.new("L", (40, 30), level).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=words):
        read_mask(tmp_path / "mask.png")


def test_what_is_no_mask(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_mask(tmp_path / "mask.png")
    (tmp_path / "mask.png").write_text("no picture")
    with pytest.raises(InputError, match="can't be read as a picture"):
        read_mask(tmp_path / "mask.png")


@pytest.mark.parametrize(
    "kept",
    [
        "mask 256x256 AAAA",
        "mask 999x999 eJztwTEBAAAAwqD1T20JT6AAAAAAAAAAAAAAAAAAAAB4DQ==",
        "mask 0x0 eJwDAAAAAAE=",
        "mask 8x8 !!!!",
    ],
)
def test_a_strangers_mask_is_refused(kept: str) -> None:
    with pytest.raises(InputError):
        share_of(kept, 64, 64)
