"""A performance: a rollout that people steer, with keys, a status and recent frames. All live views use it."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from alive_cli.media.alpha import DARK
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.cpu_budget import EVERYTHING
from alive_cli.runtime.drivers.look import why_no_look
from alive_cli.runtime.events import FocusEvent, InputEvent, KeyEvent, VisibilityEvent
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.live_renderer import LiveRenderer
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.view import Seen
from alive_cli.views.economy import Economy
from alive_cli.views.listening import NOTHING_TO_HEAR, Listener, Sound
from alive_cli.views.rest import Rest
from alive_cli.views.saving import Saver, frames_kept
from alive_cli.views.senses import Sense, Senses

MESSAGE_SECONDS = 4.0
"""A message replaces the status for this long, which is enough to read it."""
DRAWING_SHARE = 0.6
"""Drawing may take this share of the time between two frames, because showing takes time, too."""
CONTROL_KEYS = (("down", "up"), ("left", "right"), ("[", "]"), ("{", "}"), ("<", ">"))
"""These pairs of keys, less and more, change the declared controls in the order of their declaration."""
KEY_NAMES = {"down": "↓", "up": "↑", "left": "←", "right": "→"}
"""The help shows these keys as arrows."""
HELP_WIDTH = 37
"""Lines of the help are padded to this many characters, so that they cover the picture evenly."""
NOTHING_LEADS = "Nothing leads this scene; alive play --lead gives it a video or a camera to follow."
"""People read this where they switch a lead that isn't there."""
OTHER_KEYS = {
    "space": "pause",
    "r": "another life",
    "0 … 9": "go to a tenth of the source",
    "m": "next mood, or none",
    "a": "do the next action",
    "drag": "move what is there",
    "t": "touch on or off",
    "f": "follow the pointer or not",
    "c": "follow the lead or not, see --lead",
    "l": "listen or not, see --sound",
    "g": "save the last seconds as a gif",
    "s": "save a still",
    "?": "this help",
    "q": "leave",
}
"""The help lists these keys after those of the controls."""


def help_of(keys: Mapping[str, str]) -> list[str]:
    """Lines of the help: keys and what they do."""
    return [f"{f'{key:<7}{meaning}':<{HELP_WIDTH}}" for key, meaning in keys.items()]


class Performance:
    """An endless source of frames that people steer: one rollout after the other."""

    def __init__(
        self,
        scene: Scene,
        controls: Controls,
        *,
        name: str,
        fps: float | None = None,
        seed: int | None = None,
        start_at: float | None = None,
        goal: float | str | None = None,
        folder: Path | None = None,
        touch: bool = True,
        follow: bool = False,
        moods: Mapping[str, float] | None = None,
        sound: Sound | None = None,
        seen: Seen | None = None,
        economy: Economy | None = None,
        clear: bool = False,
        drawing_share: float = DRAWING_SHARE,
    ) -> None:
        """Begin a rollout. The other arguments are those of `Scene.life` and `Scene.live`.

        Args:
            name: the beginning of the names of saved pictures.
            folder: the folder for saved pictures; the working directory by default.
            touch: whether what is dragged gives way.
            follow: whether the scene looks at the pointer, and is seen from there.
            moods: the strength of each mood that the scene is in.
            sound: what the scene hears.
            seen: from where it is seen at first, if it has depth.
            economy: what it may cost, and when it stands still; by default as much as it takes, at all times.
            clear: whether pictures of a transparent scene have alpha, as those of `Scene.draw`.
            drawing_share: how much of the time between two frames a picture may take before it gets coarser.

        Raises:
            InputError: an argument is out of range.
        """
        self.scene, self.controls = scene, controls
        self.fps = fps or scene.fps
        self.paused = self.help = self.left = False
        self.saver = Saver(scene, name, folder)
        self._message, self._message_end = "", 0.0
        self.rest = Rest(economy or Economy(), self.say)
        """When it stands still though nobody paused it, and how much it draws otherwise."""
        self.thrift = EVERYTHING
        """How much is drawn: what `rest` says to the thread of the view, which notes it here for the one that draws."""
        self.senses = Senses()
        """What it hears and sees, from when a view begins."""
        self.lead: Sense | None = None
        """The one of the senses that leads it."""
        self.recent: deque[Frame] = deque(maxlen=frames_kept(self.fps))
        """The frames of the last seconds, up to the picture that is shown."""
        shown = scene.on(DARK) if scene.transparent and not clear else scene
        self._renderer = LiveRenderer(shown, lambda: self.left, drawing_share / self.fps)
        self._begin(scene.manifest.defaults.seed if seed is None else seed, start_at, goal, moods or {})
        self.rollout.driver("touch").enabled = touch
        self.rollout.driver("look").enabled = follow
        self.rollout.follow_view(follow)
        if seen is not None and scene.view_stretch is not None:
            seen.begin(self.rollout)
        self.listener = None if sound is None else Listener(sound, self.rollout, self.say)
        if self.listener is not None:
            self.senses.add(self.listener)

    def _begin(self, seed: int, start_at: float | None, goal: float | str | None, moods: Mapping[str, float]) -> None:
        self.seed = seed
        self.rollout = self.scene.life(self.controls, seed=seed, start_at=start_at, goal=goal, moods=moods)
        self.rollout.on("arrived", lambda goal: self.say(f"doing {goal}" if goal.is_action else f"arrived at {goal}"))
        self._source = self.scene.frames(self.rollout, fps=self.fps)

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        """Advance by one frame."""
        return next(self._source)

    @property
    def is_steered(self) -> bool:
        """Whether somebody moves the picture at present, so that it should react soon."""
        return any(driver.enabled and driver.is_active for driver in self.rollout.drivers)

    @property
    def stands_still(self) -> bool:
        """Whether time stands still at present, because somebody paused it or for another reason."""
        return self.paused or bool(self.rest.reason)

    def record(self, frames: Sequence[Frame]) -> None:
        """Note which frames a view has come to: those it skipped, and last the one that it shows."""
        self.recent.extend(frames)

    def draw(self, frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
        """Draw a frame, as `LiveRenderer.draw` does, in any one thread."""
        return self._renderer.draw(frame, size, self.thrift)

    def draw_whole(self, size: tuple[int, int], is_over: Callable[[], bool]) -> np.ndarray | None:
        """Draw the frame that is shown as `LiveRenderer.draw_whole` does. None: it was cancelled, or nothing is."""
        return self._renderer.draw_whole(self.recent[-1], size, is_over) if self.recent else None

    @property
    def second(self) -> float | None:
        """The second of the source that the scene is near, or None if its behavior doesn't define one."""
        node = self.rollout.node
        return None if node is None else self.rollout.second_of(node)

    @property
    def message(self) -> str:
        """The present message, or an empty string."""
        return self._message if time.monotonic() < self._message_end else ""

    def say(self, message: str) -> None:
        """Show a message for a few seconds."""
        self._message, self._message_end = message, time.monotonic() + MESSAGE_SECONDS

    def status(self, rate: float) -> str:
        """One line: the present message, or the rate (frames per second), seed, second, moods and controls."""
        if self.message:
            return self.message
        near = "" if self.second is None else f"   near {self.second:.1f} s"
        pace = "paused" if self.paused else self.rest.reason or f"{rate:.1f} fps"
        controls = "".join(f"   {name} {self.controls[name]:.3g}" for name in self.controls)
        moods = "".join(f"   {name} {strength:.3g}" for name, strength in self.rollout.moods.items())
        return f"{pace}   seed {self.seed}{near}{moods}{self.listener.status if self.listener else ''}{controls}"

    @property
    def help_lines(self) -> list[str]:
        """The help: one line for each key."""
        controls = {
            f"{KEY_NAMES.get(less, less)} {KEY_NAMES.get(more, more)}": name
            for (less, more), name in zip(CONTROL_KEYS, self.controls, strict=False)
        }
        return help_of(controls | OTHER_KEYS)

    def press(self, key: str) -> None:
        """Handle a key: a character, or `up`, `down`, `left`, `right`. Other keys have no effect."""
        self.handle(KeyEvent(key))

    def handle(self, event: InputEvent) -> None:
        """React to an event: first the view's own keys, then the drivers. A key that ends a rest does nothing else."""
        rested = not self.paused and bool(self.rest.reason)
        self.rest.handle(event)
        if rested and isinstance(event, KeyEvent) and event.key != "q" and not self.rest.reason:
            return
        if isinstance(event, VisibilityEvent | FocusEvent):
            return
        if isinstance(event, KeyEvent) and self._run_action(event.key):
            return
        reply = self.rollout.handle(event)
        if reply is None:
            return
        self.paused = self.paused and not reply.wakes
        if reply.message:
            self.say(f"{reply.message} ({reason})" if reply.wakes and (reason := self.rest.reason) else reply.message)

    def _run_action(self, key: str) -> bool:
        """Run the action of a key. Returns whether the key has one."""
        actions: dict[str, Callable[[], None]] = {
            " ": self._pause,
            "r": self.begin_another,
            "g": self.save_gif,
            "s": self.save_still,
            "t": lambda: self._switch("touch", "Touch"),
            "f": self._switch_following,
            "c": self._switch_lead,
            "l": self._switch_sound,
            "?": self._toggle_help,
            "q": self.leave,
        }
        if key in actions:
            actions[key]()
            return True
        for keys, name in zip(CONTROL_KEYS, self.controls, strict=False):
            if key in keys:
                self._message_end = 0.0  # an older message must not hide the control that changes
                self.controls.nudge(name, 2 * keys.index(key) - 1)
                return True
        return False

    def _switch(self, name: str, what: str) -> None:
        steering, driver = self.rollout.steering, self.rollout.driver(name)
        why = why_no_look(steering) if name == "look" or steering is None else None
        if why is not None:
            self.say(why)
        else:
            driver.enabled = not driver.enabled
            self.say(f"{what} is {'on' if driver.enabled else 'off'}.")

    def _switch_following(self) -> None:
        if self.scene.view_stretch is None or why_no_look(self.rollout.steering) is None:
            self._switch("look", "Following the pointer")
            self.rollout.follow_view(self.rollout.driver("look").enabled)
        else:
            follows = self.rollout.follow_view()
            self.say(f"Following the pointer is {'on' if follows else 'off'}.")

    def _switch_lead(self) -> None:
        driver, lead = self.rollout.driver("lead"), self.lead
        comes = lead is not None and (lead.is_on or self.senses.waits(lead))
        if driver.enabled and not driver.is_active and not comes:
            self.say(NOTHING_LEADS)
        else:
            driver.enabled = not driver.enabled
            self.say(f"Following the lead is {'on' if driver.enabled else 'off'}.")

    def _switch_sound(self) -> None:
        if self.listener is None:
            self.say(NOTHING_TO_HEAR)
        else:
            is_on, rests = self.senses.switch(self.listener), self.senses.are_resting
            on = "It listens when the scene lives again" if rests else "Listening is on"
            self.say(f"{on}; nothing is recorded." if is_on else "Listening is off.")

    def begin_another(self) -> None:
        """Begin another rollout at the present second. Drivers that were switched off stay off."""
        before = self.rollout
        self._begin(random.SystemRandom().randrange(1_000_000), self.second, None, before.moods)
        self.rollout.switch_as(before)
        if self.listener:
            self.listener.change(self.rollout)
        if self.rest.reason:
            self.say(f"Another life begins then ({self.rest.reason}).")

    def leave(self) -> None:
        """End the performance, and what it hears and sees."""
        self.left = True
        self.senses.end()

    def save_still(self) -> None:
        """Save the frame that is shown as a picture of the scene's own size."""
        if self.recent:
            self.saver.save_still(self.recent[-1], self.say)

    def save_gif(self) -> None:
        """Save the last seconds as an animation."""
        if len(self.recent) > 1:
            self.saver.save_gif(self.recent, self.fps, self.say)

    def _pause(self) -> None:
        self.paused = not self.paused

    def _toggle_help(self) -> None:
        self.help = not self.help

    def saved(self, say: Callable[[str], None]) -> list[Path]:
        """Wait until all pictures are saved, as `Saver.saved` does. Returns their paths."""
        return self.saver.saved(say)
