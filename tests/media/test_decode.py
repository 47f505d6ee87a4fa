"""Clips in: geometry, rate, limits, and what can't be read."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.decode import decode, plan_sampling, read_clip
from alive_cli.media.encode import write_video
from alive_cli.media.ffmpeg import base_command
from alive_cli.media.probe import VideoInfo, probe
from tests.conftest import moving_frames


def test_frames_come_back(clip: Path, frames: np.ndarray) -> None:
    decoded = read_clip(clip)
    assert decoded.frames.shape == frames.shape
    assert decoded.sampling.fps == 10
    error = np.square(decoded.frames.astype(float) - frames).mean()
    assert 10 * np.log10(255**2 / error) > 30  # chroma is halved in an mp4


def test_rotation_is_honoured(clip: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    command = [*base_command(), "-display_rotation", "90", "-i", str(clip), "-c", "copy", str(turned)]
    subprocess.run(command, check=True, capture_output=True)
    assert (probe(turned).width, probe(turned).height) == (32, 48)
    assert read_clip(turned).frames.shape[1:3] == (48, 32)


def test_sample_aspect_ratio_is_honoured(clip: Path, tmp_path: Path) -> None:
    anamorphic = tmp_path / "wide.mp4"
    subprocess.run([*base_command(), "-i", str(clip), "-vf", "setsar=2/1", str(anamorphic)], check=True)
    assert (probe(anamorphic).width, probe(anamorphic).height) == (96, 32)


def test_sound_is_ignored(clip: Path, tmp_path: Path) -> None:
    loud = tmp_path / "loud.mp4"
    tone = ["-f", "lavfi", "-i", "sine=duration=9"]
    subprocess.run(
        [*base_command(), *tone, "-i", str(clip), "-c:v", "copy", str(loud)], check=True, capture_output=True
    )
    assert len(read_clip(loud).frames) == 16


def test_longer_sound_changes_nothing(clip: Path, tmp_path: Path) -> None:
    loud = tmp_path / "loud.mp4"
    tone = ["-f", "lavfi", "-i", "sine=duration=60"]
    command = [*base_command(), *tone, "-i", str(clip), "-c:v", "copy", "-metadata", "comment=Duration: 00:99:00"]
    subprocess.run([*command, str(loud)], check=True, capture_output=True)
    assert 1.5 < probe(loud).duration < 2
    assert len(read_clip(loud, max_frames=20).frames) == 16


def test_raw_streams_without_a_container(clip: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.h264"
    command = [*base_command(), "-i", str(clip), "-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264", str(raw)]
    subprocess.run(command, check=True, capture_output=True)
    assert len(read_clip(raw).frames) >= 8


def test_more_than_memory_holds_is_refused() -> None:
    with pytest.raises(InputError, match="--max-frames"):
        plan_sampling(info(duration=600.0), size=1920, max_frames=20_000)


def test_gif_input(tmp_path: Path, frames: np.ndarray) -> None:
    write_video(tmp_path / "a.gif", frames, fps=10)
    assert read_clip(tmp_path / "a.gif").frames.shape == frames.shape


def test_start_and_duration(clip: Path) -> None:
    part = read_clip(clip, start=0.4, duration=1.0)
    assert len(part.frames) == 10
    whole = read_clip(clip).frames
    assert np.abs(part.frames[0].astype(int) - whole[4]).mean() < 2


def info(**changes: object) -> VideoInfo:
    values: dict[str, object] = {"path": Path("a.mp4"), "width": 1920, "height": 1080, "fps": 60.0, "duration": 10.0}
    return VideoInfo(**values | changes)  # type: ignore[arg-type]


def test_plan_defaults() -> None:
    plan = plan_sampling(info())
    assert (plan.width, plan.height, plan.fps, plan.frames, plan.lowered) == (1920, 1080, 30.0, 300, False)


@pytest.mark.parametrize(
    ("own", "size", "height", "expected"),
    [
        ((1280, 720), 1920, None, (1280, 720)),
        ((853, 481), 1920, None, (853, 481)),
        ((3840, 2160), 1920, None, (1920, 1080)),
        ((2160, 3840), 1920, None, (1080, 1920)),
        ((1920, 1920), 1920, None, (1920, 1920)),
        ((1920, 1080), 4096, 720, (1280, 720)),
        ((1080, 1920), 4096, 720, (405, 720)),
        ((640, 360), 4096, 720, (640, 360)),
        ((1920, 1080), 256, None, (256, 144)),
        ((8192, 16), 256, None, (8192, 16)),
        ((16, 16), 1920, None, (16, 16)),
    ],
)
def test_sizes(own: tuple[int, int], size: int, height: int | None, expected: tuple[int, int]) -> None:
    plan = plan_sampling(info(width=own[0], height=own[1]), size=size, height=height)
    assert (plan.width, plan.height) == expected


def test_sizes_that_no_scene_can_have_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"at 3840×2160 has more pixels than a scene can; choose --size 2730 or less\."
    ):
        plan_sampling(info(width=3840, height=2160), size=4096)
    assert plan_sampling(info(width=3840, height=2160), size=2730).height == 1536
    with pytest.raises(InputError, match=r"16×9000 pixels, which is too narrow"):
        plan_sampling(info(width=16, height=9000))


def test_long_clips_are_sampled_thinner() -> None:
    plan = plan_sampling(info(duration=600.0), max_frames=1000)
    assert plan.lowered
    assert plan.frames == 1000
    assert plan.fps == pytest.approx(1000 / 600)


def test_never_enlarged() -> None:
    plan = plan_sampling(info(width=100, height=60), size=256)
    assert (plan.width, plan.height) == (100, 60)


def test_a_chosen_rate_may_exceed_thirty() -> None:
    assert plan_sampling(info(), fps=60).frames == 600


def test_truncated_but_streamable_clip_names_what_is_readable(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    write_video(whole, moving_frames(120, 128, 96), fps=30)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(InputError, match="--duration"):
        read_clip(cut)


def test_portrait_has_square_pixels(real_clip: Callable[[str], Path]) -> None:
    clip_info = probe(real_clip("portrait.mp4"))
    assert (clip_info.width, clip_info.height) == (480, 480)


@pytest.mark.parametrize("name", ["cat.mp4", "coffee.mp4", "film_dialogue.mp4", "insect.mp4", "newtons_cradle.gif"])
def test_real_clips_decode(real_clip: Callable[[str], Path], name: str) -> None:
    decoded = read_clip(real_clip(name), size=64, duration=1.0)
    assert decoded.frames.shape[0] >= 20
    assert max(decoded.frames.shape[1:3]) == 64


def test_a_long_clip_lies_in_a_file(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = read_clip(clip).frames
    monkeypatch.setattr("alive_cli.media.decode.MAX_HELD_BYTES", 1000)
    info = probe(clip)
    mapped = decode(info, plan_sampling(info), tmp_path).frames
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, held)
    assert not list(tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(InputError, match=r"of disk \(no space left"):
        decode(info, plan_sampling(info), tmp_path)
