"""Sound of a file or microphone, as it comes: one channel, decoded by ffmpeg. Nothing is stored."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.microphones import microphone

SOUND_RATE = 16_000
"""Sound has so many samples a second, which is enough for loudness and beats."""
NEWEST_SECONDS = 0.2
"""Of a microphone that nobody has listened to for a while, only the last so many seconds count."""
_BYTES = 2
"""A sample is a whole number of so many bytes."""
_MOST_BYTES = 1 << 16
"""A pipe holds so many bytes."""
_LIVE = ["-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0"]
"""A microphone is opened at once, without looking at what it sends first."""
_SAMPLES = ["-map", "0:a:0", "-ac", "1", "-ar", str(SOUND_RATE), "-f", "s16le", "-flush_packets", "1", "pipe:1"]


class Process(Protocol):
    """What a pipe needs of a process."""

    stdout: Any
    """It has `read`, and `read1`, which returns what is there."""

    def kill(self) -> None:
        """End it."""
        ...

    def wait(self) -> int:
        """Wait for its end, and return its exit code."""
        ...


class SoundPipe:
    """Samples of a sound, float32 −1…1, SOUND_RATE a second, as a process writes them."""

    def __init__(self, process: Process, complaints: IO[bytes]) -> None:
        """Read what the process writes.

        Args:
            complaints: where the process writes its errors.
        """
        self._process, self._output, self._complaints = process, process.stdout, complaints
        self._odd = b""

    def read(self, count: int) -> np.ndarray:
        """Wait for the next `count` samples: fewer at the end of the sound."""
        return self._samples(self._output.read(count * _BYTES))

    def read_newest(self) -> np.ndarray:
        """Wait until there are samples, and return the newest ones: none at the end of the sound."""
        most = round(NEWEST_SECONDS * SOUND_RATE)
        while True:
            data = self._output.read1(_MOST_BYTES)
            samples = self._samples(data)
            if len(samples) or not data:
                return samples[-most:]

    def complaint(self) -> str:
        """Why the sound has ended, in ffmpeg's words. It waits for the process."""
        self._process.wait()
        self._complaints.seek(0)
        complaint = main_complaint(self._complaints.read().decode(errors="replace"))
        return complaint.removeprefix("Error opening input: ")

    def close(self) -> None:
        """End the process. A thread that waits for samples gets none. Another thread may call this."""
        self._process.kill()
        self._process.wait()

    def _samples(self, data: bytes) -> np.ndarray:
        data = self._odd + data
        whole = len(data) // _BYTES * _BYTES
        self._odd = data[whole:]
        return np.frombuffer(data[:whole], "<i2").astype(np.float32) / 32768


def open_file(path: Path, *, loop: bool) -> SoundPipe:
    """Open the sound of a file. With `loop` it starts over without end."""
    return _open([*(["-stream_loop", "-1"] if loop else []), *reading(path)], ["-af", "aresample=async=1:first_pts=0"])


def open_microphone(number: int | None) -> SoundPipe:
    """Open a microphone, as `microphone` says. If it can't be opened, there are no samples."""
    return _open([*_LIVE, *microphone(number, SOUND_RATE)], [])


def _open(source: Sequence[str], filters: Sequence[str]) -> SoundPipe:
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 (the pipe reads it)
    command = [*base_command(), *source, *filters, *_SAMPLES]
    return SoundPipe(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints), complaints)


def check_sound(path: Path) -> None:
    """Check that a file has sound.

    Raises:
        InputError: there is no such file, or ffmpeg reads no sound from it.
    """
    if not path.is_file():
        raise InputError(f"There is no sound file {path}; give a file, or mic for the microphone.")
    pipe = open_file(path, loop=False)
    heard = len(pipe.read(1))
    pipe.close()
    complaint = pipe.complaint()
    if heard:
        return
    if "matches no streams" in complaint:
        raise InputError(f"{path.name} has no sound; give a file with sound, or mic for the microphone.")
    raise InputError(f"{path.name} can't be read as sound ({complaint}); it may be damaged, or no sound.")
