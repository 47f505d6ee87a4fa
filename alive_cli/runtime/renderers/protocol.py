"""The interface of renderers."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from alive_cli.runtime.frame import Drawn
from bundle_spec.contracts import VerifiedScene


class Renderer(Protocol):
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    size: tuple[int, int]
    """Width and height in pixels."""

    def render(self, drawn: Drawn) -> np.ndarray:
        """Draw a frame, or an embedding, as a picture: uint8 [H, W, 3]; [H, W, 4], straight, where it has alpha."""
        ...

    def look_up(self, drawn: Drawn) -> Any:
        """What draws a frame, or an embedding. Another thread may look up the next one during `draw`."""
        ...

    def draw(self, looked_up: Any) -> np.ndarray:
        """Draw what `look_up` returned, as `render` does."""
        ...


class Drawing(Protocol):
    """The open drawing graphs of a scene. It makes a renderer for each size."""

    def __init__(self, scene: VerifiedScene, *, device: str, net: str, threads: int | None) -> None:
        """Open the drawing graphs of a verified bundle.

        Args:
            device: `auto`, `cpu` or `cuda`.
            net: `fine`, `fast` or `auto`. It has no effect on a bundle with a single net; scenes of 0.1 may have two.
            threads: CPU threads for drawing; None for all usable cores.

        Raises:
            InputError: there is no such net.
            DeviceError: the device is not available.
            CorruptBundle: a graph can't be opened.
        """
        ...

    @property
    def device(self) -> str:
        """The device that draws: `cuda` or `cpu`."""
        ...

    @property
    def alpha(self) -> bool:
        """Whether pictures may be transparent."""
        ...

    @property
    def motion_modes(self) -> np.ndarray | None:
        """The motion modes on their grid, float32 [S, gh·gw·2], in longest sides; None where nothing is displaced."""
        ...

    def net(self, size: tuple[int, int]) -> str:
        """The net that draws pictures of a size."""
        ...

    def renderer(
        self,
        size: tuple[int, int],
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        low_priority: bool = False,
        over: tuple[int, int, int] | None = None,
        coarse: bool = False,
    ) -> Renderer:
        """Prepare to draw pictures of one size.

        Args:
            size: width and height in pixels, each 1 … 8,192.
            is_cancelled: whether the renderer is no longer needed. It is called repeatedly during the preparation.
            net: the net that draws; by default the one that `net` returns.
            low_priority: prepare with low priority, so that other threads come first.
            over: the colour, 0…255, that transparent pictures lie on; None leaves them transparent.
            coarse: spare details of colours that pictures of fewer pixels than people see don't show well.

        Raises:
            CancelledError: `is_cancelled` returned True.
        """
        ...
