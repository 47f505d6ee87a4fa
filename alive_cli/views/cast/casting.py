"""Casting a performance: the device is held, opened and fed until somebody stops it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from alive_cli.errors import InputError
from alive_cli.media.alpha import DARK
from alive_cli.views.cast.frame_size import Fitting
from alive_cli.views.cast.holding import held
from alive_cli.views.cast.sender import Order
from alive_cli.views.cast.surface import CastSurface, is_attended
from alive_cli.views.cast.targets import Target
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance

LONGEST_NAME = 60
"""A name that other programs show has at most so many characters, because NDI and Spout cut off longer ones."""
PATIENCE = 2.0
"""A picture may take so many times the time between two before it gets coarser: who watches a camera would rather miss
every second picture than see a blurred one."""
BLACK = (0, 0, 0)
"""Bars beside an opaque picture have this colour unless another is chosen, as everywhere."""


def read_name(name: str | None, title: str, target: Target) -> str | None:
    """The name that a user chose for a device or source, or the one that is made of a title. None: the first device.

    Raises:
        InputError: the name is empty, too long, or no text.
    """
    if name is None:
        words = "".join(char for char in title if char.isprintable()).strip()
        return None if target.is_device else (words[:LONGEST_NAME].strip() or "alive")
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InputError(f"A device name needs 1 to {LONGEST_NAME} printable characters; choose another --device-name.")
    return name.strip()


def cast(
    performance: Performance,
    target: Target,
    library: Any,
    order: Order,
    fitting: Fitting,
    say: Callable[[str], None],
    *,
    background: tuple[int, int, int] | None = None,
    multiply: bool = False,
    frames: int | None = None,
) -> Playback:
    """Cast a performance until Ctrl-C, SIGTERM or the key q, or for some frames.

    Args:
        library: as `library_of` returns it.
        fitting: how pictures lie in frames of the order's size.
        say: it receives sentences for the person at the terminal.
        background: the colour of bars, 0…255; by default that behind a transparent scene, or black.
        multiply: whether colours are multiplied by alpha.

    Raises:
        InputError: the device can't be opened, or another cast or program has it.
    """
    with ExitStack() as stack:
        stack.enter_context(held(target, order.name))
        sender = target.open(library, order)
        if target.is_device and sender.name != order.name:
            try:
                stack.enter_context(held(target, sender.name))
            except InputError:
                sender.close()
                raise
            # After an error the same one is opened again.
            order = replace(order, name=sender.name)
        width, height = order.size
        keys = "; ? shows the keys" if is_attended() else ""
        say(f"Casting to {target.words} {sender.name} at {width}×{height}, {order.fps:g} pictures a second.")
        if (doubt := target.doubt()) is not None:
            say(doubt)
        say(f"Press Ctrl-C to stop{keys}.")
        bars = None if order.alpha else background or (DARK if performance.scene.transparent else BLACK)
        surface = CastSurface(
            performance,
            sender,
            lambda: target.open(library, order),
            fitting,
            say,
            background=bars,
            multiply=multiply,
        )
        return play(performance, surface, frames=frames)
