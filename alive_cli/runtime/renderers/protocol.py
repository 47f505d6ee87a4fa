"""What a way of drawing is."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from bundle_spec.contracts import VerifiedScene


class Renderer(Protocol):
    """Draws embeddings at a fixed size. Not safe to use from two threads at once."""

    size: tuple[int, int]
    """Width and height in pixels."""

    def render(self, embedding: np.ndarray) -> np.ndarray:
        """A unit embedding, float32 [D], as a picture, uint8 [H, W, 3]."""
        ...


class Drawing(Protocol):
    """The drawing part of a scene, opened."""

    def __init__(self, scene: VerifiedScene, *, device: str, net: str, threads: int | None) -> None:
        """Open what a verified bundle draws with.

        Args:
            device: `auto`, `cpu` or `cuda`.
            net: `fine`, `fast` or `auto`, where there are several nets.
            threads: CPU threads for drawing; None for all usable cores.

        Raises:
            InputError: there is no such net.
            DeviceError: the device is not there.
            CorruptBundle: a graph can't be opened.
        """
        ...

    @property
    def device(self) -> str:
        """Where pictures are really drawn: `cuda` or `cpu`."""
        ...

    def net(self, size: tuple[int, int]) -> str:
        """Which net draws pictures of a size."""
        ...

    def renderer(
        self,
        size: tuple[int, int],
        ended: Callable[[], bool] = lambda: False,
        *,
        net: str | None = None,
        patiently: bool = False,
    ) -> Renderer:
        """Prepare for pictures of one size.

        Args:
            size: width and height in pixels, each 1 … 8,192.
            ended: whether the renderer is no longer needed; it is called again and again meanwhile.
            net: one of the nets; by default as for `net`.
            patiently: let whatever else there is to do go first.

        Raises:
            CancelledError: the renderer is no longer needed.
        """
        ...
