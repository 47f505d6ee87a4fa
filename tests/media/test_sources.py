"""What a name stands for: files with hard names, sequences, folders; and what is never opened."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_sequence
from alive_cli.media.probe import probe
from alive_cli.media.sources import Kind, clip_name, fingerprint, kind_of, pictures_of, videos_in
from tests.media.drawing import counted, draw, encode, numbers

HARD_NAMES = (
    "two words.mp4",
    'it\'s "quoted".mp4',
    "100%.mp4",
    "a%03d.mp4",
    "-leading.mp4",
    "ünï 猫.mp4",
    "concat:x|y.mp4",
    "pipe:0.mp4",
    "[0-9]*.mp4",
    "back\\slash.mp4",
    "new\nline.mp4",
    "film.png",
    "film.txt",
    "film.m3u8",
    "film",
)


@pytest.mark.parametrize("name", HARD_NAMES)
def test_hard_names_and_misleading_ones(name: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(clip, tmp_path / name)
    assert len(read_clip(Path(name)).frames) == 16


ELSEWHERE = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nswing.mp4\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile swing.mp4\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>\n',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
}


@pytest.mark.parametrize("kind", ELSEWHERE)
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".mpd", ".ffconcat", ".sdp"])
@pytest.mark.parametrize("before", ["", "# \n", "\n" * 2000])
def test_lists_of_other_files_are_not_followed(kind: str, suffix: str, before: str, clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "swing.mp4")
    path = tmp_path / f"list{suffix}"
    path.write_text(before + ELSEWHERE[kind])
    with pytest.raises(InputError, match=r"list of other files|holds no video|can't be read"):
        probe(path)


@pytest.mark.parametrize("name", ["http://localhost:1/a.mp4", "rtsp://localhost/a", "https://localhost/%04d.mp4x"])
def test_addresses_are_not_fetched(name: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"{name} is an address; download it")):
        probe(Path(name))


def test_what_is_no_film(clip: Path, tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=d=1")
    cover = (
        "-i",
        clip,
        "-map",
        "0:a",
        "-map",
        "1:v",
        "-frames:v",
        1,
        "-c:v",
        "mjpeg",
        "-disposition:v",
        "attached_pic",
    )
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nhello\n")
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"/>')
    (tmp_path / "a.vpy").write_text("import os\n")
    wrong = {
        draw(tmp_path / "a.mp3", *tone): "no video stream",
        draw(tmp_path / "cover.mp3", *tone, *cover): "no video stream",
        draw(tmp_path / "one.mp4", "-i", clip, "-frames:v", 1): "single picture",
        draw(tmp_path / "one.jpg", "-i", clip, "-frames:v", 1): "single picture",
        draw(tmp_path / "one.gif", "-i", clip, "-frames:v", 1): "single picture",
        draw(tmp_path / "five.mp4", "-i", clip, "-frames:v", 5): "gives 5 frames",
        draw(tmp_path / "none.mp4", "-i", clip, "-t", 0): "no video stream",
        tmp_path / "a.srt": "holds no video",
        tmp_path / "a.svg": "holds no video",
        tmp_path / "a.vpy": "can't be read",
        Path("/dev/null"): "is not a file",
        tmp_path / "-": "no file",
    }
    for path, words in wrong.items():
        with pytest.raises(InputError, match=words) as refusal:
            read_clip(path)
        assert str(refusal.value).count("\n") == 0


def test_covers_are_not_the_film(clip: Path, tmp_path: Path) -> None:
    red = ("-f", "lavfi", "-i", "color=red:s=100x100:r=1:d=1")
    order = ("-map", "1:v", "-map", "0:v", "-c:v:0", "mjpeg", "-c:v:1", "libx264", "-disposition:v:0", "attached_pic")
    path = draw(tmp_path / "a.mp4", "-i", clip, *red, *order)
    assert (probe(path).width, probe(path).height) == (48, 32)
    assert probe(path).notes == []


def test_the_default_of_several_streams(clip: Path, tmp_path: Path) -> None:
    other = ("-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=2")
    flags = ("-map", "0:v", "-map", "1:v", "-disposition:v:0", 0, "-disposition:v:1", "default")
    info = probe(draw(tmp_path / "a.mkv", "-i", clip, *other, *flags))
    assert (info.width, info.height) == (64, 64)
    assert "2 video streams" in info.notes[0]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ((17, 33), (16, 32)),
        ((64, 1280), (16, 320)),
        ((1280, 64), (320, 16)),
        ((16, 16), (16, 16)),
        ((640, 36), (284, 16)),
    ],
)
def test_extreme_shapes_keep_their_shape(stored: tuple[int, int], shown: tuple[int, int], tmp_path: Path) -> None:
    size = f"{stored[0]}x{stored[1]}"
    path = draw(tmp_path / "a.mkv", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=10:d=1", "-c:v", "ffv1")
    assert read_clip(path, size=256).size == shown


def test_a_line_of_pixels_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.avi", np.zeros((10, 64, 1, 3), np.uint8), "-c:v", "rawvideo", "-pix_fmt", "bgr24")
    with pytest.raises(InputError, match="1×64 pixels"):
        read_clip(path)


@pytest.mark.parametrize(("turned", "size"), [(90, (32, 48)), (180, (48, 32)), (270, (32, 48))])
def test_phones_are_turned(turned: int, size: tuple[int, int], clip: Path, frames: np.ndarray, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.mp4", "-display_rotation", turned, "-i", clip, "-c", "copy")
    shown = read_clip(path)
    assert shown.size == size
    assert np.abs(shown.frames[0].astype(int) - np.rot90(frames[0], turned // 90)).mean() < 4


def test_container_cropping(clip: Path, tmp_path: Path) -> None:
    crop = ("-bsf:v", "h264_metadata=crop_right=8:crop_bottom=4")
    path = draw(tmp_path / "a.mp4", "-i", clip, "-c", "copy", *crop)
    assert (probe(path).width, probe(path).height) == (40, 28)


def pictures(folder: Path, names: Sequence[str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, frame in zip(names, counted(len(names)), strict=True):
        Image.fromarray(frame).save(folder / name)
    return folder


def test_natural_order(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "cats", [f"frame_{number}.png" for number in range(1, 13)])
    (folder / ".hidden.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    clip = read_clip(folder)
    assert numbers(clip.frames) == [*range(12)]
    assert (clip.info.fps, clip.info.duration) == (25, 12 / 25)
    assert kind_of(folder) is Kind.pictures
    assert clip_name(folder) == "cats"


@pytest.mark.parametrize(("pattern", "first"), [("frame_%04d.png", 996), ("%d.png", 7), ("100%%_%02d.png", 95)])
def test_patterns_begin_anywhere(pattern: str, first: int, tmp_path: Path) -> None:
    pictures(tmp_path, [pattern % number for number in range(first, first + 12)])
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    path = tmp_path / pattern
    assert kind_of(path) is Kind.pictures
    assert numbers(read_clip(path).frames) == [*range(12)]
    assert probe(path).notes == []


def test_missing_numbers_are_reported(tmp_path: Path) -> None:
    pictures(tmp_path, [f"{number:03d}.png" for number in range(30) if number not in (8, 9)])
    info = probe(tmp_path / "%03d.png")
    assert len(info.pictures) == 28
    assert "2 numbers" in info.notes[0]


def test_rate_of_a_sequence(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "a", [f"{number:03d}.png" for number in range(40)])
    clip = read_clip(folder, fps=50)
    assert (clip.info.duration, clip.sampling.fps, len(clip.frames)) == (0.8, 50, 40)
    assert numbers(read_clip(folder, fps=10, start=1, duration=2).frames) == [*range(10, 30)]
    assert numbers(read_clip(folder, max_frames=10).frames) == [*range(2, 40, 4)]


def test_own_sequences_come_back_exactly(tmp_path: Path, frames: np.ndarray) -> None:
    write_sequence(tmp_path / "frame_%04d.png", frames)
    assert np.array_equal(read_clip(tmp_path / "frame_%04d.png").frames, frames)


def test_folders_of_videos_are_many_clips(clip: Path, tmp_path: Path) -> None:
    for name in ("b10.mp4", "b9.MOV", "poster.jpg", ".b1.mp4"):
        shutil.copy(clip, tmp_path / name)
    assert kind_of(tmp_path) is Kind.videos
    assert [path.name for path in videos_in(tmp_path)] == ["b9.MOV", "b10.mp4"]
    with pytest.raises(InputError, match="folder of videos"):
        probe(tmp_path)
    pictures(tmp_path, [f"{number:03d}.png" for number in range(10)])
    with pytest.raises(InputError, match="11 pictures and 2 videos"):
        kind_of(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "without videos or pictures"),
        (tmp_path / "none.mp4", "no file"),
        (tmp_path / "%04d.png", "no pictures"),
        (tmp_path / "%04d.mp4", "doesn't name pictures"),
    ):
        with pytest.raises(InputError, match=words):
            probe(path)


def test_names_of_clips(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert clip_name(Path("my.cats.mp4")) == "my.cats"
    assert clip_name(Path("cats_%04d.png")) == "cats"
    assert clip_name(Path("%04d.png")) == tmp_path.name
    assert clip_name(Path()) == tmp_path.name


def test_fingerprint_of_a_sequence_is_that_of_its_pictures(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "a", [f"{number}.png" for number in range(9)])
    joined = tmp_path / "joined"
    joined.write_bytes(b"".join(path.read_bytes() for path in pictures_of(folder)))
    assert fingerprint(folder) == fingerprint(joined) == fingerprint(folder / "%d.png")
