"""Views of a scene with depth: from where it is seen, and how that sways by itself (SPEC.md, Depth)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.steering import stretch_of
from bundle_spec.features.depth import depth_of
from bundle_spec.manifest import Warp

if TYPE_CHECKING:
    from alive_cli.runtime.steerable import Steerable

View = tuple[float, float]
"""A view has two numbers, −1…1: across, where 1 is far on the right, and down."""

SWAY = 0.6
"""A scene with depth sways by so much of its range unless somebody chooses otherwise."""
ACROSS, DOWN = 7.0, 11.3
"""A sway goes across and back in so many seconds, and down and back in so many: it takes minutes to repeat."""
LOWER = 0.5
"""A sway goes down by so much of what it goes across, as people move their heads."""
NO_DEPTH = "This scene knows no near and far; fit it with --depth or --depth-model."
"""People read this where they move a view that a scene doesn't have."""


def sway_at(seconds: float, amount: float) -> View:
    """Where a sway of an amount, 0…1, is after some seconds. It begins straight ahead."""
    across, down = (math.sin(2 * math.pi * seconds / period) for period in (ACROSS, DOWN))
    return amount * across, amount * LOWER * down


@dataclass(frozen=True)
class Seen:
    """From where somebody wants a scene to be seen."""

    sway: float = 0.0
    """How far the view sways, 0…1."""
    held: View | None = None
    """The view that doesn't change; None where it sways."""

    @property
    def attribute(self) -> str:
        """The same as the web element's attribute says it."""
        return f"{self.sway:g}" if self.held is None else ",".join(f"{number:g}" for number in self.held)

    def begin(self, rollout: "Steerable") -> None:
        """Let a rollout of a scene with depth begin so."""
        rollout.sway(self.sway)
        if self.held is not None:
            rollout.view_from(*self.held, at_once=True)


def looped(embeddings: np.ndarray, fps: float, seen: Seen) -> Iterator[Frame]:
    """The frames of a closed loop of embeddings, float32 [M, D], with a view that closes as well.

    A sway goes around an ellipse as many times as its own pace allows, and less far where it had to hurry.
    """
    seconds = len(embeddings) / fps
    rounds = max(1, round(seconds / ACROSS))
    amount = seen.sway * min(1.0, seconds / (rounds * ACROSS))
    for number, embedding in enumerate(embeddings):
        angle = 2 * math.pi * rounds * number / len(embeddings)
        around = amount * math.sin(angle), -amount * LOWER * math.cos(angle)
        yield Frame(embedding, None, seen.held or (around if amount else None))


def check_seen(sway: float | None, view: str | None, stretch: float | None) -> Seen:
    """What somebody chose with `--sway` and `--view-from`; a scene with depth sways if they chose neither.

    Args:
        sway: 0…1, or None.
        view: as `0.5,-0.2`, or None.
        stretch: as `stretch_of_views` gives it.

    Raises:
        InputError: the scene has no depth, or the view is not two numbers from −1 to 1.
    """
    if stretch is None:
        if sway is not None or view is not None:
            raise InputError(NO_DEPTH)
        return Seen()
    held = None if view is None else check_view(*_read_view(view), stretch)
    return Seen(SWAY if sway is None else sway, held)


def check_view(across: float, down: float, stretch: float | None) -> View:
    """A view that somebody chose.

    Args:
        stretch: as `stretch_of_views` gives it.

    Raises:
        InputError: the scene has no depth, or a number is not between −1 and 1.
    """
    if stretch is None:
        raise InputError(NO_DEPTH)
    if not (abs(across) <= 1 and abs(down) <= 1):
        raise InputError("A view needs two numbers from −1 to 1: across and down.")
    return across, down


def _read_view(text: str) -> View:
    try:
        across, down = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a view; give two numbers from −1 to 1, as 0.5,-0.2.") from None
    return across, down


def stretch_of_views(warp: Warp | None, bank: dict[str, np.ndarray]) -> float | None:
    """By how much a view of length 1 stretches the picture of a scene at most; None without depth.

    Args:
        bank: all tensors of the bank.
    """
    depth = None if warp is None else depth_of(warp, bank)
    if warp is None or depth is None:
        return None
    still = np.zeros(depth.shape[1:])
    fields = np.stack([depth[0], still], -1), np.stack([still, depth[1]], -1)
    return max(stretch_of(field, (warp.width, warp.height)) for field in fields)
