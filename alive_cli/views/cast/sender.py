"""The interface of senders, which pass pictures on to other programs through a library."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Order:
    """What is to be opened."""

    name: str | None
    """The name of the device, or the one that other programs will see; None: the first device that is there."""
    size: tuple[int, int]
    """Width and height of the pictures in pixels."""
    fps: float
    """Pictures per second."""
    alpha: bool = False
    """Whether pictures have alpha."""


class Sender(Protocol):
    """An open connection. Only one thread may use it."""

    name: str
    """The name of the device that is open, or the one that other programs see."""

    def send(self, picture: np.ndarray) -> None:
        """Pass on a picture, uint8 [H, W, 3] or, where the order says so, [H, W, 4].

        Raises:
            Exception: it couldn't be sent; the connection can't be used any more.
        """
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Opener(Protocol):
    """Opens a connection."""

    def __call__(self, library: Any, order: Order) -> Sender:
        """Open what an order says with an imported library.

        Raises:
            InputError: it can't be opened; the sentence says what to do.
        """
        ...
