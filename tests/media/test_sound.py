"""Sounds of files and microphones: what is read, and what ffmpeg is told on each system."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.encode import write_video
from alive_cli.media.ffmpeg import base_command
from alive_cli.media.microphones import microphone
from alive_cli.media.sound import NEWEST_SECONDS, SOUND_RATE, SoundPipe, check_sound, open_file
from tests.conftest import moving_frames

PULSE = """Auto-detected sources for pulse:
* alsa_input.pci-0000 [Built-in Audio] (none)
  alsa_output.pci-0000.monitor [Monitor of Built-in Audio] (none)
  alsa_input.usb-1 [USB Microphone] (none)
"""
DSHOW = """[dshow @ 1] "Integrated Camera" (video)
[dshow @ 1]   Alternative name "@device_pnp"
[dshow @ 1] "Microphone (Realtek)" (audio)
[dshow @ 1] "Headset" (audio)
"""


class Process:
    """A process that has written all that it ever will."""

    def __init__(self, data: bytes) -> None:
        self.stdout = io.BytesIO(data)
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> int:
        return 1


def pipe(data: bytes, complaint: str = "") -> SoundPipe:
    return SoundPipe(Process(data), io.BytesIO(complaint.encode()))


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "tone.m4a"
    command = [*base_command(), "-f", "lavfi", "-i", "sine=440:duration=1:sample_rate=44100", "-ac", "2", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def test_a_file_is_read_as_one_channel(tone: Path) -> None:
    check_sound(tone)
    source = open_file(tone, loop=False)
    samples = source.read(10 * SOUND_RATE)
    assert len(samples) == pytest.approx(SOUND_RATE, rel=0.05)
    assert len(source.read(1)) == 0
    spectrum = np.abs(np.fft.rfft(samples[2000:10000]))
    assert spectrum.argmax() * SOUND_RATE / 8000 == pytest.approx(440, abs=3)


def test_a_file_starts_over(tone: Path) -> None:
    source = open_file(tone, loop=True)
    assert len(source.read(3 * SOUND_RATE)) == 3 * SOUND_RATE
    source.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope.mp3", "There is no sound file"),
        ("", "There is no sound file"),
        ("text.mp3", "can't be read as sound"),
        ("empty.mp3", "can't be read as sound"),
        ("mute.mp4", "mute.mp4 has no sound"),
        ("list.m3u8", "can't be read as sound"),
    ],
)
def test_what_has_no_sound_is_refused(tmp_path: Path, tone: Path, name: str, message: str) -> None:
    (tmp_path / "text.mp3").write_text("no sound " * 100)
    (tmp_path / "empty.mp3").write_bytes(b"")
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{tone}\n")
    if name == "mute.mp4":
        write_video(tmp_path / name, moving_frames(3), fps=10)
    with pytest.raises(InputError, match=message) as caught:
        check_sound(tmp_path / name)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_only_the_newest_samples_of_a_microphone_count() -> None:
    samples = np.arange(2 * SOUND_RATE, dtype="<i2")
    newest = pipe(samples.tobytes()).read_newest()
    assert len(newest) == round(NEWEST_SECONDS * SOUND_RATE)
    assert newest[-1] == pytest.approx(samples[-1] / 32768)


def test_half_a_sample_waits_for_the_rest() -> None:
    class Pieces(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            return self.read(3)

    process = Process(b"")
    process.stdout = Pieces(np.array([1, 2, 3, 4], "<i2").tobytes())
    source = SoundPipe(process, io.BytesIO())
    parts = []
    while len(part := source.read_newest()):
        parts.append(part * 32768)
    np.testing.assert_array_equal(np.concatenate(parts), [1, 2, 3, 4])


def test_a_pipe_says_why_it_ended() -> None:
    source = pipe(b"", "[in#0 @ 0x1] Error opening input: No such process\nError opening input files: No such process")
    assert len(source.read_newest()) == 0
    assert source.complaint() == "No such process"
    source.close()


def test_linux_opens_pulse() -> None:
    options = microphone(None, 16000, platform="linux", report=lambda command: " DE pulse  Pulse audio output")
    assert options[:2] == ["-f", "pulse"]
    assert options[-2:] == ["-i", "default"]
    assert options[options.index("-fragment_size") + 1] == "320"  # 10 ms
    second = microphone(2, 16000, platform="linux", report=lambda command: PULSE)
    assert second[-1] == "alsa_input.usb-1"


def test_linux_without_pulse_opens_alsa() -> None:
    for number, name in ((None, "default"), (2, "hw:1")):
        options = microphone(number, 16000, platform="linux", report=lambda command: " DE alsa  ALSA")
        assert options == ["-f", "alsa", "-i", name]


def test_macos_opens_avfoundation() -> None:
    assert microphone(None, 16000, platform="darwin") == ["-f", "avfoundation", "-i", ":default"]
    assert microphone(2, 16000, platform="darwin")[-1] == ":1"


def test_windows_opens_dshow() -> None:
    options = microphone(None, 16000, platform="win32", report=lambda command: DSHOW)
    assert options == ["-f", "dshow", "-audio_buffer_size", "10", "-i", "audio=Microphone (Realtek)"]
    assert microphone(2, 16000, platform="win32", report=lambda command: DSHOW)[-1] == "audio=Headset"


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_microphones_that_are_not_there(platform: str) -> None:
    with pytest.raises(InputError, match="lists no microphone"):
        microphone(1, 16000, platform=platform, report=lambda command: " DE pulse")
    listed = PULSE if platform == "linux" else DSHOW
    with pytest.raises(InputError, match="There is no mic:3; this system lists 2"):
        microphone(3, 16000, platform=platform, report=lambda command: listed)
