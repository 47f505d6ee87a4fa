"""Stand-ins of the libraries that casting uses, with the signatures of the real ones."""

import sys
from collections.abc import Callable
from enum import Enum, IntEnum
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

NO_DRIVER = (
    "'v4l2loopback' backend: No v4l2 loopback device found at /dev/video[0-99]. Did you run 'modprobe v4l2loopback'? "
    "See also pyvirtualcam's documentation."
)
"""The real library says this where no driver is installed on Linux."""


class PixelFormat(Enum):
    """As `pyvirtualcam.PixelFormat`, with the one that is used."""

    RGB = "raw "


class Camera:
    """As `pyvirtualcam.Camera`. It keeps what it is sent."""

    refusal: str | None = None
    """What it raises when it is opened."""
    failing: Callable[[int], bool] = staticmethod(lambda number: False)
    """Whether sending a picture of a number fails, counted over all cameras."""
    opened: list["Camera"]
    sent: list[np.ndarray]

    def __init__(
        self,
        width: int,
        height: int,
        fps: float,
        *,
        fmt: PixelFormat = PixelFormat.RGB,
        device: str | None = None,
        backend: str | None = None,
        print_fps: bool = False,
        **kw: Any,
    ) -> None:
        if type(self).refusal is not None:
            raise RuntimeError(type(self).refusal)
        self.shape, self.fps, self.fmt, self.closed = (height, width, 3), fps, fmt, False
        self.device = device or "/dev/video9"
        type(self).opened.append(self)

    def send(self, frame: np.ndarray) -> None:
        assert not self.closed
        if frame.dtype != np.uint8:
            raise TypeError(f"unexpected frame dtype: {frame.dtype} != uint8")
        if frame.shape != self.shape:
            raise ValueError(f"unexpected frame shape: {frame.shape} != {self.shape}")
        type(self).sent.append(frame.copy())
        if type(self).failing(len(type(self).sent)):
            raise RuntimeError("the camera went away")

    def close(self) -> None:
        self.closed = True


def camera(patch: pytest.MonkeyPatch) -> type[Camera]:
    """Install a stand-in of pyvirtualcam. Returns its class of cameras."""

    class Fresh(Camera):
        opened: list[Camera] = []  # noqa: RUF012
        sent: list[np.ndarray] = []  # noqa: RUF012

    module = ModuleType("pyvirtualcam")
    module.Camera, module.PixelFormat = Fresh, PixelFormat  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "pyvirtualcam", module)
    return Fresh


class FourCC(IntEnum):
    """As `cyndilib.FourCC`, with those that are used."""

    RGBA = 1
    RGBX = 2


class VideoSendFrame:
    """As `cyndilib.VideoSendFrame`."""

    def set_resolution(self, xres: int, yres: int) -> None:
        self.bytes = xres * yres * 4

    def set_fourcc(self, value: FourCC) -> None:
        self.fourcc = value

    def set_frame_rate(self, value: Fraction) -> None:
        self.rate = value


class Sender:
    """As `cyndilib.Sender`. It keeps what it is sent."""

    refusal: str | None = None
    opened: list["Sender"]

    def __init__(self, ndi_name: str, ndi_groups: str = "", clock_video: bool = True, clock_audio: bool = True) -> None:
        self.name, self.clocked, self.running = ndi_name, clock_video or clock_audio, False
        self.sent: list[np.ndarray] = []

    def set_video_frame(self, vf: VideoSendFrame) -> None:
        self.frame = vf

    def open(self) -> None:
        if type(self).refusal is not None:
            raise MemoryError(type(self).refusal)
        self.name, self.running = f"HERE ({self.name})", True
        type(self).opened.append(self)

    def write_video(self, data: np.ndarray) -> bool:
        assert data.shape == (self.frame.bytes,)
        self.sent.append(np.array(data))
        return self.running

    def close(self) -> None:
        self.running = False


def ndi(patch: pytest.MonkeyPatch) -> type[Sender]:
    """Install a stand-in of cyndilib. Returns its class of senders."""

    class Fresh(Sender):
        opened: list[Sender] = []  # noqa: RUF012

    module = ModuleType("cyndilib")
    module.Sender, module.VideoSendFrame, module.FourCC = Fresh, VideoSendFrame, FourCC  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "cyndilib", module)
    return Fresh


class SpoutSender:
    """As `SpoutGL.SpoutSender`, whose methods take arguments by position alone."""

    takes = True
    """Whether pictures are taken."""
    opened: list["SpoutSender"]

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, int, bytes]] = []
        self.released = False
        type(self).opened.append(self)

    def setSenderName(self, name: str, /) -> None:  # noqa: N802
        self.name = name

    def sendImage(  # noqa: N802
        self, pixels: np.ndarray, width: int, height: int, gl_format: int, invert: bool, host_fbo: int, /
    ) -> bool:
        channels = {0x1908: 4, 0x1907: 3}[gl_format]
        data = memoryview(pixels)
        assert data.c_contiguous
        assert data.nbytes >= width * height * channels
        self.sent.append((width, height, channels, bytes(data)))
        return type(self).takes

    def setFrameSync(self, name: str, /) -> None:  # noqa: N802
        assert name == self.name

    def releaseSender(self) -> None:  # noqa: N802
        self.released = True


def spout(patch: pytest.MonkeyPatch) -> type[SpoutSender]:
    """Install a stand-in of SpoutGL, and let the system be Windows for those who ask. Returns its class of senders."""

    class Fresh(SpoutSender):
        opened: list[SpoutSender] = []  # noqa: RUF012

    module = ModuleType("SpoutGL")
    module.SpoutSender = Fresh  # type: ignore[attr-defined]
    module.enums = SimpleNamespace(GL_RGBA=0x1908, GL_RGB=0x1907)  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "SpoutGL", module)
    return Fresh
