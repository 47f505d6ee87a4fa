"""Listening: files by the clock, microphones that fail, and films in step with their sound."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.media import sound as sound_module
from alive_cli.media.sound import SOUND_RATE, SoundPipe
from alive_cli.views import listening
from alive_cli.views.economy import Economy
from alive_cli.views.listening import NOTHING_TO_HEAR, Listener, Sound, in_step, read_sound
from alive_cli.views.performance import Performance
from bundle_spec import conformance
from tests.drums import drums
from tests.waves import write_wave

MOODS = Path(conformance.__file__).parent / "valid" / "moods.alive"
MICROPHONE = Sound(None)


class Process:
    """A microphone that sends some sound, waits, and ends as it is told to."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.stdout = self
        self.killed = False
        self._pieces = pieces

    def read1(self, size: int) -> bytes:
        return b"" if self.killed else next(self._pieces, b"")

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> int:
        return 0


@pytest.fixture
def scene() -> Scene:
    return Scene.open(MOODS)


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Process]:
    """Plug in a microphone that sends pieces of sound, and then complains."""

    def plug(pieces: Iterator[bytes], complaint: str = "") -> Process:
        process = Process(pieces)
        pipe = SoundPipe(process, io.BytesIO(complaint.encode()))  # type: ignore[arg-type]
        monkeypatch.setattr(listening, "open_microphone", lambda number: pipe)
        return process

    return plug


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    assert true()


def tone(seconds: float = 0.1, loud: float = 0.3) -> bytes:
    samples = loud * np.sin(np.arange(round(seconds * SOUND_RATE)) * 0.3)
    return bytes((samples * 32767).astype("<i2").tobytes())


def test_a_microphone_drives_until_it_is_unplugged(scene: Scene, plug: Callable[..., Process]) -> None:
    said: list[str] = []
    life = scene.life(seed=1)
    plug(iter([tone()] * 5), "Input/output error")
    listener = Listener(MICROPHONE, life, said.append)
    listener.start()
    wait_until(lambda: bool(said))
    assert said == ["The microphone has stopped (Input/output error); the scene lives on without it."]
    assert not listener.is_on
    assert listener.status.strip() == "sound off"
    life.advance()


def test_without_a_microphone_the_scene_lives_on(scene: Scene, plug: Callable[..., Process]) -> None:
    said: list[str] = []
    plug(iter([]), "No such process")
    Listener(MICROPHONE, scene.life(seed=1), said.append).start()
    wait_until(lambda: bool(said))
    assert said == ["The microphone can't be opened (No such process); the scene lives on without it."]


def test_a_microphone_that_is_not_in_the_list(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int, rate: int) -> list[str]:
        raise InputError(f"There is no mic:{number}; this system lists 1.")

    monkeypatch.setattr(sound_module, "microphone", refuse)
    said: list[str] = []
    listener = Listener(Sound(None, 3), scene.life(seed=1), said.append)
    listener.start()
    wait_until(lambda: bool(said))
    assert said == ["There is no mic:3; this system lists 1."]
    assert not listener.is_on


def test_a_muted_microphone_is_reported_once(scene: Scene, plug: Callable[..., Process]) -> None:
    said: list[str] = []
    plug(iter([bytes(2 * SOUND_RATE // 10)] * 250))
    Listener(MICROPHONE, scene.life(seed=1), said.append).start()
    wait_until(lambda: len(said) > 1)
    assert said[0] == "The microphone is silent; it may be muted."
    assert "has stopped" in said[1]


def test_a_microphone_that_opens_slowly_may_be_switched_meanwhile(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            time.sleep(0.001)
            yield tone(0.01)

    may_open = threading.Event()
    processes = [Process(endless()) for _ in range(2)]
    left = iter(processes)

    def open_slowly(number: int | None) -> SoundPipe:
        process = next(left)
        if process is processes[0]:
            assert may_open.wait(20)
        return SoundPipe(process, io.BytesIO())

    monkeypatch.setattr(listening, "open_microphone", open_slowly)
    life = scene.life(seed=1)
    listener = Listener(MICROPHONE, life, lambda message: None)
    listener.start()
    listener.stop()
    listener.start()
    wait_until(lambda: bool(listener._driver.loud))
    may_open.set()
    wait_until(lambda: processes[0].killed)
    assert not processes[1].killed
    listener.stop()
    assert processes[1].killed
    assert listener._driver.loud is None


def test_what_is_heard_after_the_end_is_forgotten(scene: Scene, plug: Callable[..., Process]) -> None:
    plug(iter([]))
    listener = Listener(MICROPHONE, scene.life(seed=1), lambda message: None)
    listener.start()
    off = threading.Event()
    off.set()
    listener._hear(np.ones(SOUND_RATE), off)
    assert listener._driver.loud is None


def test_a_file_is_heard_by_the_clock(scene: Scene, tmp_path: Path) -> None:
    write_wave(tmp_path / "drums.wav", drums(2)[0])
    now, said, life = [0.0], [], scene.life(seed=1)
    heard: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        now[0] += max(seconds, 0.01)

    listener = Listener(Sound(tmp_path / "drums.wav"), life, said.append, clock=lambda: now[0], sleep=sleep)
    listener.start()
    hear = listener._driver.hear
    listener._driver.hear = lambda samples, rate: heard.append((now[0], len(samples))) or hear(samples, rate)  # type: ignore[method-assign, func-returns-value]
    wait_until(lambda: bool(said))
    assert said == ["drums.wav has ended."]
    assert now[0] == pytest.approx(2, abs=0.1)
    begin = heard[0]
    total = np.cumsum([count for _, count in heard[1:]]) / SOUND_RATE
    np.testing.assert_allclose(total, [at - begin[0] for at, _ in heard[1:]], atol=0.03)


def test_a_machine_that_slept_hears_the_last_of_a_file(scene: Scene, tmp_path: Path) -> None:
    write_wave(tmp_path / "drums.wav", drums(3)[0])
    now, said, heard = [0.0], [], []

    def sleep(seconds: float) -> None:
        now[0] += 2.5 if now[0] == 0 else max(seconds, 0.01)

    life = scene.life(seed=1)
    listener = Listener(Sound(tmp_path / "drums.wav"), life, said.append, clock=lambda: now[0], sleep=sleep)
    listener.start()
    hear = listener._driver.hear
    listener._driver.hear = lambda samples, rate: heard.append(len(samples)) or hear(samples, rate)  # type: ignore[method-assign, func-returns-value]
    wait_until(lambda: bool(said))
    assert max(heard) <= listening.MOST_BEHIND * SOUND_RATE
    assert sum(heard) < 1.2 * SOUND_RATE


def test_the_key_switches_listening(scene: Scene, plug: Callable[..., Process]) -> None:
    show = Performance(scene, scene.controls(), name="ring", seed=1)
    show.press("l")
    assert show.message == NOTHING_TO_HEAR
    assert "loud" not in show.status(10)

    def endless() -> Iterator[bytes]:
        while True:
            time.sleep(0.001)
            yield tone(0.01)

    process = plug(endless())
    show = Performance(scene, scene.controls(), name="ring", seed=1, sound=MICROPHONE)
    show.senses.begin()
    wait_until(lambda: "loud 1.0" in show.status(10))
    for _ in range(8):
        next(show)
    assert float(np.asarray(show.rollout.values["temperature"])) > 1.5
    assert show.is_steered
    show.press("r")
    show.press("2")
    next(show)
    assert float(np.asarray(show.rollout.values["temperature"])) > 1.5  # another life hears the same
    show.press("l")
    assert show.message == "Listening is off."
    assert process.killed  # the system's sign that a microphone is in use goes out
    assert not show.is_steered
    plug(endless())
    show.press("l")
    assert show.message == "Listening is on; nothing is recorded."
    show.leave()
    assert not show.listener.is_on  # type: ignore[union-attr]


def test_a_key_in_a_rest_opens_nothing(scene: Scene, plug: Callable[..., Process]) -> None:
    plug(iter([]))
    show = Performance(scene, scene.controls(), name="ring", seed=1, sound=MICROPHONE, economy=Economy(battery="pause"))
    assert show.listener is not None
    assert not show.listener.is_on, "a window may wait for its display for days"
    show.listener.start = lambda: opened.append(True)  # type: ignore[method-assign]
    opened: list[bool] = []
    show.listener._off = threading.Event()
    show.senses.rest()
    for message in ("Listening is off.", "It listens when the scene lives again", "Listening is off."):
        show.press("l")
        assert show.message.startswith(message)
    show.senses.wake()
    assert not opened
    show.senses.rest()
    show.press("l")
    assert not opened
    show.senses.wake()
    assert opened


def test_a_film_is_in_step_and_always_the_same(scene: Scene, tmp_path: Path) -> None:
    write_wave(tmp_path / "drums.wav", drums(2)[0])
    films = []
    for fps in (10.0, 10.0, 25.0):
        life = scene.life(seed=1)
        life.map_sound(["beat=temperature"])
        frames = in_step(scene.frames(life, fps=fps), life, Sound(tmp_path / "drums.wav"), fps)
        values = []
        film = []
        for frame in islice(frames, round(4 * fps)):
            film.append(frame.embedding)
            values.append(float(np.asarray(life.values["temperature"])))
        films.append(np.stack(film))
        # The first drum is at 0.5 s, the last before 2 s; what follows the file is silence.
        assert max(values[: round(0.5 * fps)]) == pytest.approx(1)
        assert values[round(0.6 * fps)] > 1.3
        assert values[-1] == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(films[0], films[1])


@pytest.mark.parametrize(
    ("sound", "on", "message"),
    [
        (None, ["loud=speed"], "nothing to hear"),
        ("mic:0", [], "is no microphone"),
        ("mic:x", [], "is no microphone"),
        ("nope.mp3", [], "no sound file"),
        ("mic", ["loud"], "is no mapping"),
    ],
)
def test_options_that_can_not_be_read(sound: str | None, on: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_sound(sound, on)


def test_options_are_read() -> None:
    assert read_sound(None, []) is None
    assert read_sound("mic", []) == Sound(None, None, ("loud=temperature",))
    assert read_sound("mic:2", ["beat=nudge loud=speed:3"]) == Sound(None, 2, ("beat=nudge", "loud=speed:3"))
