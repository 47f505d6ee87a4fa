"""Video as a stream: one picture after the other, from a file or a camera."""

import io
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from copy import copy
from pathlib import Path
from typing import Self

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.cameras import RATE, SIZE, camera_input
from alive_cli.media.colour import Colours, to_screen
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.interlace import deinterlacing
from alive_cli.media.pictures import read_pictures
from alive_cli.media.pipes import widen_pipe
from alive_cli.media.probe import VideoInfo, probe

LONGEST = 640
"""Streams are read with at most so many pixels on the longest side, which is more than anybody looks at."""
PATIENCE = 10.0
"""A camera that delivers no picture for so many seconds is no longer there."""
_PLAIN = Colours("", "", 0, 0)


class StreamEnd(Exception):
    """A stream has ended though nobody closed it; the message says why, in a sentence."""


class _Pipe:
    """Pictures that ffmpeg writes into a pipe."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """End ffmpeg for good, from any thread, so that whoever waits for a picture waits no longer."""
        self._is_stopped = True
        if self._process is not None:
            self._process.kill()

    def afresh(self) -> Self:
        """The same pictures again, whether or not this stream was stopped."""
        other = copy(self)
        other._process, other._is_stopped = None, False
        return other

    def _pictures(self, command: list[str], size: tuple[int, int]) -> Generator[np.ndarray, None, str]:
        """The pictures that a command of ffmpeg without output writes, uint8 [H, W, 3]. Returns ffmpeg's complaint."""
        width, height = size
        command = [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        # A file and not a pipe: nobody reads stderr meanwhile, and a full pipe would stop ffmpeg.
        with (
            tempfile.TemporaryFile() as complaints,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process,
        ):
            self._process = process
            try:
                if self._is_stopped:  # before it began
                    process.kill()
                assert isinstance(process.stdout, io.BufferedReader)
                widen_pipe(process.stdout.fileno())
                while True:
                    picture = np.empty((height, width, 3), np.uint8)
                    if process.stdout.readinto(picture.data) < picture.nbytes:
                        break
                    yield picture
            finally:
                process.kill()
            complaints.seek(0)
            stderr = complaints.read(1 << 16).decode(errors="replace")
        return main_complaint(stderr) if stderr.strip() else ""


class VideoStream(_Pipe):
    """The pictures of a video file, or of a folder or pattern of pictures, at a constant rate."""

    def __init__(self, path: Path, fps: float | None = None, *, loop: bool = False) -> None:
        """Probe the file.

        Args:
            fps: pictures a second; the file's own, at most 30, by default.
            loop: begin again at the end.

        Raises:
            InputError: the file can't be read, as for `probe`.
        """
        super().__init__()
        self.name, self.loop = path.name, loop
        self._info: VideoInfo = probe(path)
        self.duration = self._info.duration
        """In seconds."""
        self.fps = fps or min(self._info.fps, float(RATE))
        scale = min(1.0, LONGEST / max(self._info.width, self._info.height))
        self.size = max(1, round(self._info.width * scale)), max(1, round(self._info.height * scale))
        """Width and height of the pictures in pixels."""

    def __iter__(self) -> Generator[np.ndarray]:
        """The pictures, uint8 [H, W, 3]; in the end those that could be read.

        Raises:
            InputError: not even one picture can be read.
        """
        while True:
            count = 0
            for picture in self._once():
                yield picture
                count += 1
            if not count:
                raise InputError(f"No picture of {self.name} can be read; lead with another video.")
            if not self.loop:
                return

    def _once(self) -> Iterator[np.ndarray]:
        info = self._info
        if info.pictures:
            times = (np.arange(max(1, round(info.duration * self.fps))) + 0.5) / self.fps
            chosen = [info.pictures[min(int(each * info.fps), len(info.pictures) - 1)] for each in times]
            yield from read_pictures(chosen, self.size)
            return
        command = [*base_command(), *info.decoder, "-reinit_filter", "0"]
        filters = [*deinterlacing(info.fields), f"fps={self.fps:.6f}:start_time={info.first:.6f}"]
        filters.append(to_screen(info.colours or _PLAIN, *self.size))
        command += [*reading(info.path), "-map", info.stream, "-an", "-sn", "-dn", "-vf", ",".join(filters)]
        yield from self._pictures(command, self.size)


class CameraStream(_Pipe):
    """The pictures of a camera, as they come."""

    def __init__(self, number: int) -> None:
        """Look for the camera.

        Raises:
            InputError: there is no such camera.
        """
        super().__init__()
        self.name, self.fps = f"Camera {number}", float(RATE)
        width, height = SIZE.split("x")
        self.size = int(width), int(height)
        """Width and height of the pictures in pixels."""
        self._input = camera_input(number)

    def __iter__(self) -> Generator[np.ndarray]:
        """The pictures, uint8 [H, W, 3].

        Raises:
            StreamEnd: the camera delivers no pictures any more.
        """
        width, height = self.size
        # Not every camera has this size; black bars keep the proportions of one that hasn't.
        fitted = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1,setsar=1"
        command = [*base_command(), *self._input, "-an", "-vf", fitted]
        complaint = yield from self._pictures(command, self.size)
        why = f" ({complaint})" if complaint else ""
        raise StreamEnd(f"{self.name} delivers no pictures{why}; the scene lives on by itself.")


Stream = VideoStream | CameraStream
"""What yields pictures: its `name`, `fps` and `size` are known before the first one."""


class NewestPicture:
    """Reads a stream in a thread at its own pace. Whoever looks gets the newest picture; older ones are forgotten."""

    def __init__(self, stream: Stream) -> None:
        """Begin to read."""
        self.why_ended = ""
        """Why the stream has ended, in a sentence; empty until then."""
        self._stream = stream
        self._newest: np.ndarray | None = None
        self._changed = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._read, name="lead pictures", daemon=True)
        self._thread.start()

    def next(self) -> np.ndarray | None:
        """Wait for a picture newer than the last one that was returned: uint8 [H, W, 3], or None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_over, PATIENCE)
            if self._newest is None and not self._is_over:
                self._finish(f"{self._stream.name} delivers no pictures; the scene lives on by itself.")
                self._stream.stop()  # otherwise the camera would stay on
            picture, self._newest = self._newest, None
            return picture

    def close(self) -> None:
        """End reading."""
        with self._changed:
            self._finish("")
        self._stream.stop()
        self._thread.join(PATIENCE)

    def _finish(self, why: str) -> None:
        if not self._is_over:
            self.why_ended, self._is_over = why, True
        self._changed.notify_all()

    def _read(self) -> None:
        why = f"{self._stream.name} has ended; the scene lives on by itself."
        pictures = iter(self._stream)
        begin = time.monotonic()
        try:
            for number, picture in enumerate(pictures):
                with self._changed:
                    if isinstance(self._stream, VideoStream):
                        early = begin + number / self._stream.fps - time.monotonic()
                        self._changed.wait_for(lambda: self._is_over, max(0.0, early))
                    if self._is_over:
                        break
                    self._newest = picture
                    self._changed.notify_all()
        except (StreamEnd, InputError, OSError) as error:
            why = str(error)
        finally:
            pictures.close()
        with self._changed:
            self._finish(why)
