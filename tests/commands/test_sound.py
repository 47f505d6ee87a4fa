"""`alive play --sound`: films with sound, and what can't be heard."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.errors import InputError
from alive_cli.media.encode import write_video
from alive_cli.media.ffmpeg import base_command
from alive_cli.media.sound import open_file
from alive_cli.views.listening import Listener
from alive_cli.views.performance import Performance
from bundle_spec import conformance
from tests.conftest import moving_frames
from tests.drums import RATE, drums
from tests.waves import write_wave

MOODS = str(Path(conformance.__file__).parent / "valid" / "moods.alive")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("music") / "drums.wav"
    write_wave(path, drums(2)[0])
    return path


def streams(path: Path) -> str:
    return subprocess.run([*base_command("info"), "-i", str(path)], capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_film_has_the_sound_that_drove_it(tmp_path: Path, music: Path, suffix: str) -> None:
    """It is as long as there are pictures, although its sound is shorter; and it is always the same film."""
    films = []
    for number in range(2):
        film = tmp_path / f"film{number}{suffix}"
        arguments = ["play", MOODS, "--sound", str(music), "--on", "beat=temperature:4", "--on", "loud=calm"]
        assert cli.run([*arguments, "--duration", "3", "--out", str(film)]) == 0
        films.append(film)
    report = streams(films[0])
    assert "Video:" in report
    assert "Audio:" in report
    assert re.search(r"Duration: 00:00:0(2\.9|3\.0)", report)
    source = open_file(films[0], loop=False)
    samples = source.read(4 * RATE)
    source.close()
    known, _ = drums(2)
    begin = samples[: len(known)]
    assert np.corrcoef(begin, known[: len(begin)])[0, 1] > 0.8
    assert np.abs(samples[round(2.2 * RATE) :]).max() < 0.01
    if suffix == ".mp4":
        assert films[0].read_bytes() == films[1].read_bytes()


def test_pictures_have_no_sound(tmp_path: Path, music: Path) -> None:
    out = tmp_path / "film.gif"
    assert cli.run(["play", MOODS, "--sound", str(music), "--frames", "3", "--out", str(out)]) == 0
    assert "Audio" not in streams(out)


def test_the_sound_makes_another_film(tmp_path: Path, music: Path) -> None:
    for name, more in {"own.gif": [], "heard.gif": ["--sound", str(music)]}.items():
        assert cli.run(["play", MOODS, *more, "--frames", "15", "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "own.gif").read_bytes() != (tmp_path / "heard.gif").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sound", "nope.mp3"], "no sound file"),
        (["--sound", "MUTE"], "has no sound"),
        (["--sound", "mic", "--out", "OUT"], "never recorded"),
        (["--sound", "MUSIC", "--loop", "--out", "OUT"], "can't follow a sound"),
        (["--sound", "MUSIC", "--on", "loud=smile", "--out", "OUT"], "no 'smile' for a sound to drive"),
        (["--sound", "MUSIC", "--on", "bass=pull", "--out", "OUT"], "no signal 'bass'"),
        (["--sound", "MUSIC", "--on", "loud=pull", "--on", "loud=pull:0", "--out", "OUT"], "is there twice"),
        (["--on", "loud=pull", "--out", "OUT"], "nothing to hear"),
        (["--sound", "MUSIC", "--on", "loud=smile", "--view", "none"], "no 'smile'"),
        (["--sound", "MUSIC", "--view", "browser", "--no-open"], "A page hears the microphone|is not built"),
        (["--sound", "mic:2", "--view", "browser", "--no-open"], "A page hears the microphone|is not built"),
    ],
)
def test_bad_sounds_and_mappings_get_one_sentence(
    tmp_path: Path, music: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    write_video(tmp_path / "mute.mp4", moving_frames(3), fps=10)
    places = {"MUSIC": str(music), "MUTE": str(tmp_path / "mute.mp4"), "OUT": str(tmp_path / "film.mp4")}
    assert cli.run(["play", MOODS, *[places.get(word, word) for word in arguments], "--duration", "1"]) == 2
    said = capsys.readouterr()
    assert re.search(message, said.err.replace("\n", " "))
    assert not said.out
    assert not (tmp_path / "film.mp4").exists()


@pytest.mark.parametrize(
    ("more", "begins"),
    [
        (["--view", "none", "--action", "nope"], False),
        (["--view", "window"], False),
        (["--view", "window"], True),
    ],
)
def test_a_view_that_fails_listens_no_more(
    music: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str], begins: bool
) -> None:
    def fail(performance: Performance, **_: object) -> None:
        if begins:
            performance.senses.begin()
        raise InputError("No window can be opened here.")

    stopped: list[bool] = []
    stop = Listener.stop
    monkeypatch.setattr(Listener, "stop", lambda listener: (stopped.append(listener.is_on), stop(listener)))
    monkeypatch.setattr("alive_cli.views.window.play_in_window", fail)
    assert cli.run(["play", MOODS, "--sound", str(music), *more]) == 2
    assert any(stopped) == begins
    assert stopped
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_scene_without_a_microphone_lives_on() -> None:
    assert cli.run(["play", MOODS, "--sound", "mic", "--view", "none", "--duration", "1"]) == 0
