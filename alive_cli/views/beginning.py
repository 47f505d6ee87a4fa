"""How a life begins: what people chose of it, read for a scene. Files, pages and live views begin alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alive_cli.errors import InputError
from alive_cli.runtime.controls import Controls
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.moods import read_moods
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.seconds import read_goal, read_second
from alive_cli.runtime.view import Seen, check_seen
from alive_cli.views.economy import Economy
from alive_cli.views.leading import attach
from alive_cli.views.listening import Sound, in_step
from alive_cli.views.performance import DRAWING_SHARE, Performance

if TYPE_CHECKING:
    from alive_cli.runtime.lead.video import LeadVideo


@dataclass(frozen=True)
class Beginning:
    """How a life of a scene begins."""

    scene: Scene
    controls: Controls
    seed: int
    start_at: float | None
    """The second of the source; None: the scene chooses."""
    goal: float | str | None
    """The second or name that it goes to first."""
    moods: dict[str, float]
    """The strength of each mood that it is in."""
    seen: Seen
    """From where it is seen."""
    sound: Sound | None = None
    """What it hears."""
    action: str | None = None
    """What it does first."""

    def life(self) -> Rollout:
        """Begin it.

        Raises:
            InputError: the scene doesn't know the goal, the action, or what the sound drives.
        """
        life = self.scene.life(self.controls, seed=self.seed, start_at=self.start_at, goal=self.goal, moods=self.moods)
        if self.scene.view_stretch is not None:
            self.seen.begin(life)
        if self.action:
            life.act(self.action)
        if self.sound is not None:
            life.map_sound(self.sound.mappings)
        return life

    def frames(self, fps: float, leading: "LeadVideo | None" = None) -> Iterator[Frame]:
        """The frames of the life, without end, for a file: it hears a sound, or is led by a video, in step with them.

        Raises:
            InputError: as for `life`.
        """
        life = self.life()
        frames = leading.frames(self.scene, life, fps) if leading else self.scene.frames(life, fps=fps)
        return frames if self.sound is None else in_step(frames, life, self.sound, fps)

    def performance(
        self,
        *,
        name: str,
        fps: float,
        economy: Economy,
        leading: "LeadVideo | None" = None,
        touch: bool = False,
        follow: bool = False,
        clear: bool = False,
        drawing_share: float = DRAWING_SHARE,
    ) -> Performance:
        """The life as a performance, which has the other arguments; a lead begins as soon as a view shows it.

        Raises:
            InputError: as for `life`.
        """
        performance = Performance(
            self.scene,
            self.controls,
            name=name,
            fps=fps,
            seed=self.seed,
            start_at=self.start_at,
            goal=self.goal,
            moods=self.moods,
            sound=self.sound,
            seen=self.seen,
            touch=touch,
            follow=follow,
            economy=economy,
            clear=clear,
            drawing_share=drawing_share,
        )
        if self.action:
            try:
                performance.rollout.act(self.action)
            except InputError:
                performance.leave()
                raise
        if leading is not None:
            attach(performance, leading)
        return performance


def read_beginning(
    scene: Scene,
    controls: Mapping[str, float],
    *,
    seed: int | None = None,
    start_at: str | None = None,
    goal: str | None = None,
    action: str | None = None,
    mood: Iterable[str] | None = None,
    sound: Sound | None = None,
    sway: float | None = None,
    view_from: str | None = None,
) -> Beginning:
    """What people wrote of how a life begins, for a scene.

    Args:
        controls: values by the controls' names.
        seed: 0 … 2⁶³−1; by default the scene's own.
        start_at, goal: as `read_second` and `read_goal` read them.
        action: the name of an action, which `Beginning.life` checks.
        mood: as `read_moods` reads them.
        sound: as `read_sound` returns it.
        sway, view_from: as `check_seen` reads them.

    Raises:
        InputError: one of them is wrong, or the scene doesn't have it.
    """
    values = scene.controls(controls)
    start = read_second(scene.manifest.source, start_at)
    to = read_goal(scene.manifest.source, scene.names, goal)
    moods = read_moods(mood or (), scene.moods)
    seen = check_seen(sway, view_from, scene.view_stretch)
    own = scene.manifest.defaults.seed
    return Beginning(scene, values, own if seed is None else seed, start, to, moods, seen, sound, action)
