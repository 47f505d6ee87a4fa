"""Video as a stream: files, cameras that a file stands in for, and what happens when they end."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media import streaming
from alive_cli.media.cameras import camera_input, camera_number
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_video
from alive_cli.media.streaming import CameraStream, NewestPicture, StreamEnd, VideoStream
from tests.conftest import moving_frames


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    write_video(path, moving_frames(), fps=10)
    return path


@pytest.fixture
def camera(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film stands in for each camera."""
    monkeypatch.setattr(streaming, "camera_input", lambda number: ["-re", "-i", str(film)])


def test_a_file_is_read_as_it_is_decoded(film: Path) -> None:
    stream = VideoStream(film)
    pictures = np.stack(list(stream))
    assert (stream.size, stream.fps, stream.name) == ((48, 32), 10, "film.mp4")
    assert np.array_equal(pictures, read_clip(film).frames)


def test_a_file_has_any_rate_and_starts_over(film: Path) -> None:
    assert len(list(VideoStream(film, 20.0))) == 32
    again = iter(VideoStream(film, loop=True))
    pictures = [next(again) for _ in range(20)]
    again.close()
    assert np.array_equal(pictures[0], pictures[16])


def test_numbered_pictures_are_a_stream(tmp_path: Path) -> None:
    from PIL import Image

    for number, frame in enumerate(moving_frames(5)):
        Image.fromarray(frame).save(tmp_path / f"frame_{number:02d}.png")
    assert np.array_equal(np.stack(list(VideoStream(tmp_path))), moving_frames(5))


@pytest.mark.parametrize(
    ("text", "number"), [("camera", 1), ("camera:1", 1), ("camera:12", 12), ("cats.mp4", None), ("camera.mp4", None)]
)
def test_cameras_have_numbers(text: str, number: int | None) -> None:
    assert camera_number(text) == number


@pytest.mark.parametrize("text", ["camera:", "camera:0", "camera:x", "camera:-1", "camera:999", "camera:1.5"])
def test_other_numbers_name_no_camera(text: str) -> None:
    with pytest.raises(InputError, match="names no camera"):
        camera_number(text)


def test_each_system_opens_cameras_in_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: True)
    assert "/dev/video1" in camera_input(2, "linux")
    assert "1:none" in camera_input(2, "darwin")
    report = '[dshow] "USB camera" (video)\n[dshow] "A microphone" (audio)\n[dshow] "Other" (video)\n'
    assert "video=Other" in camera_input(2, "win32", lambda command: report)
    with pytest.raises(InputError, match="no camera 3 among 2"):
        camera_input(3, "win32", lambda command: report)
    with pytest.raises(InputError, match="can't be read on this system"):
        camera_input(1, "sunos5")


def test_a_missing_camera_is_one_sentence() -> None:
    with pytest.raises(InputError, match="There is no camera 63"):
        camera_input(63, "linux")


def test_a_camera_that_is_unplugged_says_so(camera: None) -> None:
    pictures = iter(CameraStream(0))
    first = next(pictures)
    assert first.shape == (480, 640, 3)
    with pytest.raises(StreamEnd, match=r"Camera 0 delivers no pictures.*lives on by itself\."):
        for _ in pictures:
            pass


def test_the_newest_picture_wins(film: Path) -> None:
    newest = NewestPicture(VideoStream(film))
    first = newest.next()
    time.sleep(0.55)
    later = newest.next()
    frames = read_clip(film).frames
    assert first is not None
    assert later is not None
    number = int(np.square(frames.astype(float) - later).mean((1, 2, 3)).argmin())
    assert number >= 3
    while newest.next() is not None:
        pass
    assert newest.why_ended == "film.mp4 has ended; the scene lives on by itself."


def test_an_unplugged_camera_ends_the_newest_picture(camera: None) -> None:
    newest = NewestPicture(CameraStream(2))
    count = 0
    while newest.next() is not None:
        count += 1
    assert count > 0
    assert newest.why_ended.startswith("Camera 2 delivers no pictures")


def test_a_camera_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PATIENCE", 0.2)
    monkeypatch.setattr(streaming, "camera_input", lambda number: [])
    monkeypatch.setattr(streaming, "base_command", lambda: [sys.executable, "-c", "import time; time.sleep(20)"])
    newest = NewestPicture(CameraStream(0))
    assert newest.next() is None
    assert newest.why_ended.startswith("Camera 0 delivers no pictures")
    newest._thread.join(10)  # its process has ended, too: the camera's light goes out
    assert not newest._thread.is_alive()


def test_a_stream_that_is_stopped_before_it_begins_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "camera_input", lambda number: [])
    monkeypatch.setattr(streaming, "base_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    stream = CameraStream(0)
    stream.stop()
    began = time.monotonic()
    with pytest.raises(StreamEnd):
        next(iter(stream))
    assert time.monotonic() - began < 50


def test_a_closed_stream_ends_without_words(film: Path) -> None:
    newest = NewestPicture(VideoStream(film, loop=True))
    assert newest.next() is not None
    newest.close()
    while newest.next() is not None:
        pass
    assert newest.why_ended == ""
