"""Spout: pictures shared on one Windows machine, which TouchDesigner, Resolume and OBS receive (extra `spout`)."""

from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.views.cast.sender import Order

ENDED = "Spout didn't take the picture"
"""This is what is said of a picture that was not sent: the library returns False and gives no reason."""


class SpoutSender:
    """A Spout sender. It must stay in the thread that opened it, as its graphics do."""

    def __init__(self, library: Any, order: Order) -> None:
        """Begin to send under a name; other programs see it from the first picture on."""
        self.name = str(order.name)
        self._size = order.size
        self._format = library.enums.GL_RGBA if order.alpha else library.enums.GL_RGB
        self._sender = library.SpoutSender()
        self._sender.setSenderName(self.name)

    def send(self, picture: np.ndarray) -> None:
        """As `Sender.send`."""
        width, height = self._size
        if not self._sender.sendImage(picture, width, height, self._format, False, 0):
            raise OSError(ENDED)
        self._sender.setFrameSync(self.name)

    def close(self) -> None:
        """As `Sender.close`."""
        self._sender.releaseSender()


def open_spout(library: Any, order: Order) -> SpoutSender:
    """Begin to send with `SpoutGL`.

    Raises:
        InputError: there is no graphics card that can share pictures.
    """
    channels = 4 if order.alpha else 3
    sender = SpoutSender(library, order)
    try:
        sender.send(np.zeros((order.size[1], order.size[0], channels), np.uint8))
    except Exception as error:  # the library raises what it likes
        sender.close()
        raise InputError(
            f"{error}, because it needs a graphics card with DirectX 11; renew its driver, or cast with --to ndi."
        ) from None
    return sender
