"""A virtual camera, which any program can choose that uses cameras (extra `camera`: pyvirtualcam)."""

import sys
from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.views.cast.sender import Order

DRIVERS = {
    "linux": "install its driver with sudo apt install v4l2loopback-dkms, and make a camera with sudo modprobe "
    "v4l2loopback devices=1 exclusive_caps=1",
    "win32": "install OBS Studio 26 or newer (obsproject.com), which brings one",
    "darwin": "install OBS Studio 30 or newer (obsproject.com), choose Start Virtual Camera there once, allow it in "
    "the System Settings, and stop it in OBS",
}
"""Where there is no virtual camera, people read what makes one, by the name of their system."""
BUSY = ("busy", "already in use", "could not be started", "couldn't start stream", "multiple cameras")
"""A driver's message that contains one of these says that another program uses the camera."""
DRIVERLESS = ("no v4l2 loopback device", "device not found", "not installed", "not registered", "no camera")
"""A driver's message that contains one of these says that no virtual camera is installed."""
OTHER_KIND = ("not a video output", "not a v4l2 device", "capabilities", "supports only")
"""A driver's message that contains one of these says that the device is no virtual camera."""


class CameraSender:
    """An open virtual camera. It paces nothing: pictures are sent as they come."""

    def __init__(self, camera: Any) -> None:
        """Send to an open `pyvirtualcam.Camera`."""
        self._camera = camera
        self.name = str(camera.device)

    def send(self, picture: np.ndarray) -> None:
        """As `Sender.send`."""
        self._camera.send(picture)

    def close(self) -> None:
        """As `Sender.close`."""
        self._camera.close()


def open_camera(library: Any, order: Order) -> CameraSender:
    """Open a virtual camera with `pyvirtualcam`; the first one if the order names none.

    Raises:
        InputError: there is no driver, no such camera, or another program uses it.
    """
    width, height = order.size
    try:
        camera = library.Camera(width, height, order.fps, fmt=library.PixelFormat.RGB, device=order.name)
    except Exception as error:  # a driver's errors have no common class
        raise InputError(_sentence(str(error), order.name)) from None
    return CameraSender(camera)


def _sentence(message: str, name: str | None) -> str:
    """What a user should know of an error of the driver."""
    what = f"The camera {name}" if name else "The virtual camera"
    text = message.lower()
    if any(words in text for words in BUSY):
        return f"{what} is in use by another program; stop it there, or name another camera with --device-name."
    if "permission" in text:
        return f"{what} may not be used by you; add yourself with sudo usermod -aG video $USER, and log in again."
    if "does not exist" in text:
        return f"There is no camera {name}; leave out --device-name to use the first virtual camera."
    if name and any(words in text for words in OTHER_KIND):
        return f"{what} is no virtual camera; leave out --device-name to use the first one."
    if any(words in text for words in DRIVERLESS):
        if sys.platform not in DRIVERS:
            return "This system has no virtual cameras; cast with --to ndi."
        return f"There is no virtual camera; {DRIVERS[sys.platform]}."
    reason = " ".join(message.split()).rstrip(".") or "no reason given"
    return f"{what} can't be opened ({reason}); see whether its driver is installed and no other program uses it."
