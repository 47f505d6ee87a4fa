"""Odd clips at the beginning of a fit: each is read and described, or refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.encode import write_sequence
from alive_cli.observation.clip import ObservedClip, SamplingRequest, read_clip
from alive_cli.observation.look import ClipLook, look_at
from alive_cli.progress import Listener
from tests.conftest import moving_frames

pytest.importorskip("cv2")


def noise(count: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def moving_pixel() -> np.ndarray:
    frames = np.full((12, 48, 64, 3), 90, np.uint8)
    for number in range(12):
        frames[number, 20, 10 + number] = 255
    return frames


def with_black(first: int) -> np.ndarray:
    frames = moving_frames(24)
    frames[:first] = 0
    return frames


READABLE = {
    "all cuts": noise(12, 48, 64),
    "black at first": with_black(6),
    "nearly all black": with_black(23),
    "each picture twice": np.repeat(moving_frames(10), 2, axis=0),
    "16x16": noise(10, 16, 16),
    "8192x16": np.tile(moving_frames(8, 512, 16), (1, 1, 16, 1)),
    "16x8192": np.tile(moving_frames(8, 16, 512), (1, 16, 1, 1)),
    "one pixel moves": moving_pixel(),
    "odd sides": moving_frames(8, 53, 37),
}
REFUSED = {
    "one frame": (moving_frames(1), r"gives one frame .*; a scene needs at least 8\."),
    "seven frames": (moving_frames(7), r"gives 7 frames .*; a scene needs at least 8\."),
    "no motion": (np.full((12, 32, 32, 3), 90, np.uint8), "Nothing moves in .*; give a clip with motion."),
    "all black": (np.zeros((12, 32, 32, 3), np.uint8), "Nothing moves in "),
    "15x40": (noise(10, 15, 40), r"40×15 pixels; a scene needs at least 16"),
    "9000x16": (noise(8, 16, 9000), r"9000×16 pixels, which is too narrow for a scene; crop it first\."),
}


def read(folder: Path, frames: np.ndarray) -> tuple[ObservedClip, ClipLook]:
    write_sequence(folder / "frame_%04d.png", frames)
    clip = read_clip(folder, SamplingRequest(), Listener())
    return clip, look_at(clip.frames.fitted, clip.source.fps, clip.source.start)


@pytest.mark.parametrize("name", READABLE)
def test_odd_clips_are_read_and_described(name: str, tmp_path: Path) -> None:
    clip, look = read(tmp_path, READABLE[name])
    assert clip.frames.fitted.shape == READABLE[name].shape
    assert (clip.source.width, clip.source.height) == READABLE[name].shape[2:0:-1]
    assert 1 <= len(look.sentences()) <= 3
    for sentence in [*look.sentences(), *look.warnings()]:
        assert sentence.endswith(".")
        assert "nan" not in sentence


@pytest.mark.parametrize("name", REFUSED)
def test_odd_clips_are_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    frames, sentence = REFUSED[name]
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, frames)


def test_transparent_pictures_lie_on_a_neutral_grey(tmp_path: Path) -> None:
    for number in range(10):
        picture = np.zeros((32, 48, 4), np.uint8)
        picture[10:20, number : number + 10] = (200, 30, 30, 255)
        Image.fromarray(picture).save(tmp_path / f"frame_{number:04d}.png")
    clip = read_clip(tmp_path, SamplingRequest(), Listener())
    assert clip.frames.fitted[0, 0, 0].tolist() == list(NEUTRAL)
    assert clip.transparency is not None
    opaque = read_clip(tmp_path, SamplingRequest(alpha=False), Listener())  # as recipe original reads it
    assert opaque.frames.fitted[0, 0, 0].tolist() == [255, 255, 255]
    assert opaque.transparency is None
    assert clip.frames.fitted[0, 15, 5].tolist() == [200, 30, 30]
    assert look_at(clip.frames.fitted, clip.source.fps).black == 0


def test_a_clip_may_be_read_at_a_height(tmp_path: Path) -> None:
    write_sequence(tmp_path / "frame_%04d.png", moving_frames(8, 60, 80))
    clip = read_clip(tmp_path, SamplingRequest(size=4096, height=40), Listener())
    assert (clip.source.width, clip.source.height) == (30, 40)
