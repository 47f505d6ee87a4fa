"""Frames out: what is written can be read, and nothing half-written stays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import OutputError
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import resting, write_video
from alive_cli.media.ffmpeg import main_complaint
from tests.conftest import moving_frames


def test_gif_loops_forever_and_keeps_every_frame(tmp_path: Path, frames: np.ndarray) -> None:
    assert write_video(tmp_path / "a.gif", frames, fps=10) == 16
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["loop"] == 0
        assert gif.n_frames == 16
        assert gif.info["duration"] == 100


def test_colours_survive_mp4(tmp_path: Path) -> None:
    flat = np.empty((10, 32, 48, 3), np.uint8)
    flat[:] = (200, 60, 30)
    flat[5:, :8, :8] = 0  # something must move to be read back
    write_video(tmp_path / "a.mp4", flat, fps=10)
    back = read_clip(tmp_path / "a.mp4").frames[0, 20, 30].astype(int)
    assert np.abs(back - (200, 60, 30)).max() <= 4


def test_odd_sizes_are_written(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", moving_frames(10, 33, 27), fps=10)
    assert read_clip(tmp_path / "a.mp4").frames.shape == (10, 26, 32, 3)


@pytest.mark.parametrize("suffix", [".mov", ".avi"])
def test_other_films(suffix: str, tmp_path: Path, frames: np.ndarray) -> None:
    path = tmp_path / f"a{suffix}"
    assert write_video(path, frames, fps=10) == 16
    back = read_clip(path).frames
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() < 6


def test_unknown_suffix(tmp_path: Path, frames: np.ndarray) -> None:
    with pytest.raises(OutputError, match=r"\.mp4, \.mov, \.webm, \.avi, \.gif"):
        write_video(tmp_path / "a.doc", frames, fps=10)


def test_interrupted_writing_leaves_nothing(tmp_path: Path, frames: np.ndarray) -> None:
    def stopping() -> object:
        yield frames[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(tmp_path / "a.mp4", stopping(), fps=10)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_pixels_rest_until_they_have_moved_enough() -> None:
    ramp = np.arange(0, 40, dtype=np.uint8)[:, None, None, None].repeat(3, -1)  # one pixel that brightens slowly
    shown = np.stack(list(resting(ramp, 4)))[:, 0, 0, 0].astype(int)
    assert np.abs(shown - np.arange(40)).max() == 4
    assert len(set(shown.tolist())) == 8
    assert np.array_equal(np.stack(list(resting(ramp, 0))), ramp)


def test_a_full_disk_is_named_whatever_else_ffmpeg_says() -> None:
    words = "[vost#0:0/gif @ 0x1] Error submitting a packet to the muxer: No space left on device\nConversion failed!\n"
    assert main_complaint(words) == "no space left on device"
