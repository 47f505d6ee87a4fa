"""Live views: a performance in a window, in a terminal, or shown nowhere, whichever people chose."""

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from alive_cli.errors import InputError
from alive_cli.views.loop import Playback
from alive_cli.views.performance import Performance


@dataclass(frozen=True)
class WindowOptions:
    """How a window shows a scene; each is an argument of `play_in_window`."""

    size: tuple[int, int] | None = None
    fullscreen: bool = False
    fill: bool = False
    waits: bool = False
    poster: np.ndarray | None = None


def check_terminal() -> None:
    """Check that there is a terminal to play in.

    Raises:
        InputError: there is none.
    """
    if not sys.stdout.isatty():
        raise InputError("There is no terminal to play in; write a file with --out FILE.mp4, or use --view browser.")


def play_live(
    performance: Performance,
    view: str,
    *,
    frames: int | None,
    at_once: bool,
    window: WindowOptions,
    say: Callable[[str], None],
) -> Playback | None:
    """Play a performance until it is left, or for some frames, and end it.

    Args:
        view: `window`, `none`, the name of a terminal's picture format, or `auto` for the best one that it has.
        frames: it plays so many; None: without end.
        at_once: whether a performance that nobody sees is drawn as fast as possible, instead of as time passes.
        say: it receives what a window has to say.

    Returns:
        What was shown; None where it was drawn as fast as possible.

    Raises:
        InputError: the view can't be opened.
    """
    try:
        if view == "none":
            from alive_cli.views.unseen import draw_at_once, play_unseen

            if at_once:
                draw_at_once(performance, frames=frames)
                return None
            return play_unseen(performance, frames=frames)
        if view == "window":
            from alive_cli.views.window import play_in_window

            return play_in_window(performance, frames=frames, say=say, **asdict(window))
        from alive_cli.views.detect import ask_terminal, choose
        from alive_cli.views.terminal import play_in_terminal

        picture_format = choose(None if view == "auto" else view, ask_terminal())
        return play_in_terminal(performance, picture_format, frames=frames)
    finally:  # also where no window or terminal opens: nothing may go on listening or looking
        performance.leave()
