"""NDI: video in the local network, which OBS, vMix, TouchDesigner and Resolume receive (extra `ndi`: cyndilib)."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from alive_cli.errors import InputError
from alive_cli.views.cast.sender import Order

LARGEST_DIVISOR = 1001
"""Frame rates are passed on as fractions of whole numbers, of which this one is under those of television."""
ANNOUNCER = Path("/run/avahi-daemon/socket")
"""On Linux this is there while the service runs by which programs find NDI sources."""


class NdiSender:
    """An NDI source. Alpha is straight, as most receivers expect."""

    def __init__(self, sender: Any, order: Order) -> None:
        """Send to an open `cyndilib.Sender`."""
        self._sender = sender
        self.name = str(sender.name)
        self._opaque = None if order.alpha else np.full((order.size[1], order.size[0], 4), 255, np.uint8)

    def send(self, picture: np.ndarray) -> None:
        """As `Sender.send`."""
        if self._opaque is not None:
            picture = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA, dst=self._opaque)
        if not self._sender.write_video(picture.reshape(-1)):
            raise OSError("the source is closed")

    def close(self) -> None:
        """As `Sender.close`."""
        self._sender.close()


def open_ndi(library: Any, order: Order) -> NdiSender:
    """Announce an NDI source with `cyndilib`.

    Raises:
        InputError: the library refuses.
    """
    frame = library.VideoSendFrame()
    frame.set_resolution(*order.size)
    frame.set_fourcc(library.FourCC.RGBA if order.alpha else library.FourCC.RGBX)
    frame.set_frame_rate(Fraction(order.fps).limit_denominator(LARGEST_DIVISOR))
    try:
        # The loop keeps the pace; a clock of its own would wait a second time.
        sender = library.Sender(order.name, clock_video=False, clock_audio=False)
        sender.set_video_frame(frame)
        sender.open()
    except Exception as error:  # the library raises what it likes
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(
            f"NDI can't announce {order.name!r} ({reason}); choose another name with --device-name."
        ) from None
    return NdiSender(sender, order)


def unannounced() -> str | None:
    """Why other programs may not find the source, and what to do; None if nothing is known against it."""
    if sys.platform != "linux" or ANNOUNCER.exists():
        return None
    return "Other programs find NDI sources only while avahi-daemon runs: sudo apt install avahi-daemon."
