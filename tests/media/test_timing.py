"""Frames are those that a player shows at evenly spaced moments, wherever the timestamps lie."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media import decode, jumps
from alive_cli.media.decode import plan_sampling, read_clip
from alive_cli.media.probe import VideoInfo, probe
from tests.media.drawing import FPS, LOSSLESS, counted, draw, encode, numbers

HELD = "settb=1/1000,setpts='if(lt(N,20),N*40,1000+N*40)'"
"""Frame 19 stays for 1.04 seconds; all others for 40 ms."""
FINE = ("-enc_time_base", "1/1000")
SECONDS = 8
SIZES = {32: slice(0, 20), 64: slice(20, 40)}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("held") / "a.mp4", counted(40), *FINE, *LOSSLESS, filters=HELD)


def test_uneven_frames_stay_as_long_as_they_are_shown(held: Path) -> None:
    clip = read_clip(held)
    assert clip.info.fps == pytest.approx(25)
    assert clip.info.duration == pytest.approx(2.6)
    assert numbers(clip.frames) == [*range(19), *[19] * 26, *range(20, 40)]


def test_start_is_in_seconds_of_the_player(held: Path) -> None:
    clip = read_clip(held, start=1.2, duration=1)
    assert numbers(clip.frames) == [*[19] * 15, *range(20, 30)]


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_phones_jitter_is_no_reason_to_drop_frames(suffix: str, tmp_path: Path) -> None:
    jitter = "settb=1/1000,setpts='N*1000/30+mod(N*7,13)-6+6'"
    path = encode(tmp_path / f"a.{suffix}", counted(50), *FINE, *LOSSLESS, filters=jitter)
    clip = read_clip(path)
    assert clip.info.fps == pytest.approx(30, rel=0.02)
    assert np.abs(np.array(numbers(clip.frames)) - np.arange(len(clip.frames))).max() <= 1
    assert abs(len(clip.frames) - 50) <= 1


@pytest.mark.slow
def test_a_rate_that_is_stated_roughly_does_not_drift(tmp_path: Path) -> None:
    path = draw(
        tmp_path / "a.mp4",
        *("-f", "lavfi", "-i", "color=s=32x32:r=24000/1001:d=420,format=gray,geq=lum='20+mod(N,50)*4'"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"),
    )
    info = probe(path)
    clip = decode.decode(info, plan_sampling(info, start=400, duration=15, max_frames=20_000))
    assert info.fps == pytest.approx(24000 / 1001, rel=1e-6)
    steps = np.diff(numbers(clip.frames)) % 50
    assert (steps == 1).all()


def test_gif_delays(tmp_path: Path) -> None:
    pictures = [Image.fromarray(frame) for frame in counted(12)]
    delays = [100, 100, 100, 100, 300, *[100] * 7]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=delays)
    clip = read_clip(tmp_path / "a.gif")
    assert clip.info.fps == pytest.approx(10)
    assert numbers(clip.frames) == [0, 1, 2, 3, 4, 4, 4, *range(5, 12)]


def test_pictures_that_begin_after_the_sound(tmp_path: Path) -> None:
    late = encode(tmp_path / "late.mkv", counted(40), *FINE, *LOSSLESS, filters="settb=1/1000,setpts=500+N*40")
    tone = ("-f", "lavfi", "-i", "sine=d=3")
    path = draw(tmp_path / "a.mkv", "-copyts", "-i", late, *tone, "-c:v", "copy", "-c:a", "aac")
    clip = read_clip(path)
    assert clip.info.first == pytest.approx(0.5)
    assert clip.sampling.start == pytest.approx(0.5)
    assert numbers(clip.frames) == [*range(40)]
    assert numbers(read_clip(path, start=1.0).frames)[:3] == [12, 13, 14]


@pytest.mark.parametrize("suffix", ["ts", "mpg", "mkv", "avi", "flv", "mov", "ogv", "webm"])
def test_every_frame_once(suffix: str, tmp_path: Path) -> None:
    encoder = {
        "ogv": ("-c:v", "libtheora", "-q:v", "10"),
        "webm": ("-c:v", "libvpx", "-b:v", "4M"),
        "mpg": ("-c:v", "mpeg2video", "-q:v", "2"),
        "avi": ("-c:v", "mpeg4", "-q:v", "2"),
    }.get(suffix, LOSSLESS)
    silent = encode(tmp_path / f"silent.{suffix}", counted(40), *encoder)
    assert numbers(read_clip(silent).frames) == [*range(40)]
    sound = {"ogv": "libvorbis", "webm": "libopus", "mpg": "mp2", "avi": "libmp3lame"}.get(suffix, "aac")
    tone = ("-f", "lavfi", "-i", "sine=d=2.5")
    if suffix == "avi":
        return  # ffmpeg's copying there leaves a frame out of the index
    loud = draw(tmp_path / f"a.{suffix}", "-i", silent, *tone, "-c:v", "copy", "-c:a", sound)
    assert numbers(read_clip(loud).frames) == [*range(40)]


def test_a_size_that_changes_on_the_way(tmp_path: Path) -> None:
    parts = [encode(tmp_path / f"{side}.h264", counted(40, side)[part], *LOSSLESS) for side, part in SIZES.items()]
    (tmp_path / "both.h264").write_bytes(b"".join(part.read_bytes() for part in parts))
    path = draw(tmp_path / "a.mkv", "-r", FPS, "-i", tmp_path / "both.h264", "-c", "copy")
    assert numbers(read_clip(path).frames) == [*range(40)]
    assert numbers(read_clip(path, start=0.4).frames) == [*range(10, 40)]


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(
        tmp_path_factory.mktemp("long") / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=120"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-bf", "2"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_jumping_from_frame_to_frame_gives_the_same(
    long: Path, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = draw(tmp_path / f"a.{suffix}", "-i", long, *(["-c", "copy"] if suffix != "avi" else ["-g", "30"]))
    info = probe(path)
    for plan in (plan_sampling(info, max_frames=12, size=64), plan_sampling(info, start=100.01, duration=0.5, size=64)):
        together = decode.decode(info, plan).frames
        with monkeypatch.context() as patch:
            patch.setattr(jumps, "frames_per_opening", lambda info: 100)
            runs = runs_of(info, plan)
            assert len(runs) == (12 if plan.lowered else 1)
            assert runs[-1].seek is not None
            assert np.array_equal(decode.decode(info, plan).frames, together)


def runs_of(info: VideoInfo, plan: decode.Sampling) -> list[jumps.Run]:
    return jumps.jumps(info, start=plan.start, fps=plan.fps, frames=plan.frames)


def test_jumps_where_they_pay(long: Path) -> None:
    info = probe(long)
    thin = plan_sampling(info, max_frames=12, size=64)
    assert len(runs_of(info, thin)) == 1  # so small that all of it is decoded sooner
    assert len(runs_of(replace(info, width=1920, height=1080), thin)) == 12
    assert len(runs_of(replace(info, width=1920, height=1080), plan_sampling(info, max_frames=20_000))) == 1
    assert len(runs_of(replace(info, width=1920, height=1080, seekable=False), thin)) == 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(
        tmp_path_factory.mktemp("whole") / "a.mp4",
        *("-f", "lavfi", "-i", f"testsrc2=s=96x64:r=30:d={SECONDS}", "-f", "lavfi", "-i", f"sine=d={SECONDS}"),
        *("-c:v", "libx264", "-movflags", "+faststart"),
    )


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv", "mov"])
def test_a_clip_cut_short_is_reported(whole: Path, suffix: str, tmp_path: Path) -> None:
    path = draw(tmp_path / f"a.{suffix}", "-i", whole, "-c", "copy", "-movflags", "+faststart")
    assert len(read_clip(path).frames) == SECONDS * 30
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(InputError, match=r"ends at second \d\.\d of 8\.\d, as if cut short.*--duration \d") as refusal:
        read_clip(path)
    readable = float(str(refusal.value).rsplit(" ", 1)[1].rstrip("."))
    assert len(read_clip(path, duration=readable).frames) == pytest.approx(readable * 30, abs=6)


def test_fragments_that_break_off_are_reported(whole: Path, tmp_path: Path) -> None:
    flags = ("-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "500000")
    path = draw(tmp_path / "a.mp4", "-i", whole, "-c", "copy", *flags)
    assert probe(path).notes == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert "as if cut short" in probe(path).notes[0]


def test_longer_sound_or_subtitles_are_no_sign_of_a_cut(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:10:00,000\nlong\n")
    path = draw(tmp_path / "a.mkv", "-t", 2, "-i", whole, "-i", tmp_path / "a.srt", "-c", "copy")
    assert 58 <= len(read_clip(path).frames) <= 66
