"""Listening: what a scene hears, from a file or a microphone. It is off by default, and nothing is recorded."""

import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.sound import SOUND_RATE, SoundPipe, check_sound, open_file, open_microphone
from alive_cli.runtime.drivers import SoundDriver
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.hearing import SILENCE
from alive_cli.runtime.mappings import DEFAULT_MAPPINGS, read_mappings
from alive_cli.runtime.rollout import Rollout

PIECE_SECONDS = 0.01
"""A file is heard in pieces of so many seconds."""
MOST_BEHIND = 0.5
"""Where a file is behind by more than so many seconds, because the machine was asleep, only the last of them count."""
SILENT_SECONDS = 10.0
"""After so many seconds of silence people are told that their microphone may be muted."""
NOTHING_TO_HEAR = "There is nothing to hear; begin with --sound mic, or --sound and a file."
"""People read this where they switch on sound without having chosen any."""
QUIETEST = 10 ** (SILENCE / 20)
"""Samples below this are silence, as the loudness says."""


@dataclass(frozen=True)
class Sound:
    """What a user wants a scene to hear, and what that drives."""

    path: Path | None
    """A file; None: a microphone."""
    number: int | None = None
    """The number of the microphone, from 1; None: the one that the system prefers."""
    mappings: tuple[str, ...] = DEFAULT_MAPPINGS
    loop: bool = False
    """Whether a file starts over."""

    def open(self) -> SoundPipe:
        """Open it.

        Raises:
            InputError: there is no such microphone.
        """
        return open_microphone(self.number) if self.path is None else open_file(self.path, loop=self.loop)


def read_sound(sound: str | None, on: Iterable[str], *, loop: bool = False) -> Sound | None:
    """What `--sound` and `--on` say; None without a sound.

    Raises:
        InputError: there is a mapping but no sound, a mapping is none, or a file can't be heard.
    """
    mappings = tuple(str(each) for each in read_mappings(on))
    if sound is None:
        if mappings:
            raise InputError("There is nothing to hear; say what with --sound FILE or --sound mic, or leave out --on.")
        return None
    microphone = re.fullmatch(r"mic(:([1-9]\d?))?", sound)
    if microphone:
        return Sound(None, int(microphone[2]) if microphone[2] else None, mappings or DEFAULT_MAPPINGS)
    if re.fullmatch(r"mic:.*", sound):
        raise InputError(f"{sound!r} is no microphone; write mic, or mic:1 for the first of the system's list.")
    check_sound(Path(sound))
    return Sound(Path(sound), None, mappings or DEFAULT_MAPPINGS, loop)


def check_film_sound(sound: Sound | None, *, loop: bool) -> None:
    """Check that a film can be written while a scene hears a sound.

    Raises:
        InputError: it would be a loop, which has no beginning, or the sound of a microphone, which is never recorded.
    """
    if sound is not None and sound.path is None:
        raise InputError("A microphone is never recorded, so it drives no files; give a sound file instead.")
    if sound is not None and loop:
        raise InputError("A seamless loop can't follow a sound; leave out --loop or --sound.")


def check_page_sound(sound: Sound | None) -> None:
    """Check that a page can hear a sound.

    Raises:
        InputError: it is a file, or a certain microphone: a page hears the one that people allow.
    """
    if sound is not None and (sound.path is not None or sound.number is not None):
        raise InputError("A page hears the microphone that you allow it; give --sound mic, or choose another view.")


class Listener:
    """Hears a sound in a thread of its own while it comes, and feeds it to a driver."""

    def __init__(
        self,
        sound: Sound,
        rollout: Rollout,
        say: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Map the sound to what it drives in a rollout. It is heard from `start` on.

        Args:
            say: it receives messages for the user: that the sound has ended, and why.
            clock, sleep: the time by which a file is heard, in seconds.

        Raises:
            InputError: the scene can't do what the mappings say.
        """
        self._sound, self._say = sound, say
        rollout.map_sound(sound.mappings)
        self._driver = driver_of(rollout)
        self._clock, self._sleep = clock, sleep
        self._off: threading.Event | None = None
        """It is set to end the present thread; None while nothing is heard."""
        self._pipe: SoundPipe | None = None
        self._lock = threading.RLock()
        """Users switch in one thread while others open sounds and hear them."""
        self.begun = math.nan
        """When the present file began, in seconds of the clock."""

    @property
    def is_on(self) -> bool:
        """Whether it is listening."""
        return self._off is not None

    @property
    def status(self) -> str:
        """How loud it is, for a status line."""
        loud = self._driver.loud
        return "   sound off" if not self.is_on else f"   loud {loud or 0:.1f}"

    def change(self, rollout: Rollout) -> None:
        """Let another rollout of the scene hear the sound, in place of the first one."""
        rollout.drivers = [self._driver if each.name == self._driver.name else each for each in rollout.drivers]

    def start(self) -> None:
        """Open the sound and hear it. A microphone that can't be opened gives a message."""
        with self._lock:
            self.stop()
            self._off = threading.Event()
            threading.Thread(target=self._listen, args=(self._off,), name="listening", daemon=True).start()

    def stop(self) -> None:
        """Stop listening, and close the microphone or file."""
        with self._lock:
            if self._off is not None:
                self._off.set()
            self._off, pipe, self._pipe = None, self._pipe, None
            if pipe is not None:
                pipe.close()
            self._driver.forget()

    def _listen(self, off: threading.Event) -> None:
        try:
            pipe = self._sound.open()
        except (InputError, OSError) as error:
            self._end(off, str(error))
            return
        with self._lock:
            if off.is_set():  # it was stopped meanwhile, and another one may have begun
                pipe.close()
                return
            self._pipe = pipe
        if self._sound.path is None:
            self._hear_microphone(pipe, off)
        else:
            self._hear_file(pipe, off)

    def _hear_microphone(self, pipe: SoundPipe, off: threading.Event) -> None:
        heard, silent = 0, 0
        while len(samples := pipe.read_newest()) and not off.is_set():
            heard += len(samples)
            silent = silent + len(samples) if np.abs(samples).max() < QUIETEST else 0
            if silent - len(samples) < SILENT_SECONDS * SOUND_RATE <= silent:
                self._say("The microphone is silent; it may be muted.")
            self._hear(samples, off)
        if not off.is_set():
            how = "has stopped" if heard else "can't be opened"
            self._end(off, f"The microphone {how} ({pipe.complaint()}); the scene lives on without it.")

    def _hear_file(self, pipe: SoundPipe, off: threading.Event) -> None:
        piece = round(PIECE_SECONDS * SOUND_RATE)
        self.begun, heard = self._clock(), 0
        while not off.is_set():
            due = int((self._clock() - self.begun) * SOUND_RATE) - heard
            if due < piece:
                self._sleep((piece - due) / SOUND_RATE)
                continue
            samples = pipe.read(due)
            heard += len(samples)
            if not len(samples):
                assert self._sound.path is not None
                self._end(off, f"{self._sound.path.name} has ended.")
                return
            self._hear(samples[-round(MOST_BEHIND * SOUND_RATE) :], off)

    def _hear(self, samples: np.ndarray, off: threading.Event) -> None:
        with self._lock:
            if not off.is_set():  # what is heard after the end would stay in the scene
                self._driver.hear(samples, SOUND_RATE)

    def _end(self, off: threading.Event, message: str) -> None:
        with self._lock:
            if off is not self._off:
                return
            self.stop()
        self._say(message)


def driver_of(rollout: Rollout) -> SoundDriver:
    """The driver of sounds of a rollout."""
    return next(driver for driver in rollout.drivers if isinstance(driver, SoundDriver))


def in_step(frames: Iterator[Frame], rollout: Rollout, sound: Sound, fps: float) -> Iterator[Frame]:
    """The same frames, each after the rollout has heard a file up to the frame's end: always the same ones. After the
    file's end there is silence.

    Args:
        frames: they advance the rollout.
        fps: frames a second.
    """
    pipe, heard = sound.open(), 0
    try:
        for number in count(1):
            due = round(number * SOUND_RATE / fps) - heard
            samples = pipe.read(due)
            rollout.hear(np.pad(samples, (0, due - len(samples))), SOUND_RATE)
            heard += due
            yield next(frames)
    finally:
        pipe.close()
