"""Where a scene can be cast to: one row for each target, with its library, which is imported only to be used."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from alive_cli.errors import InputError
from alive_cli.views.cast.camera import DRIVERS, open_camera
from alive_cli.views.cast.ndi import open_ndi, unannounced
from alive_cli.views.cast.sender import Opener
from alive_cli.views.cast.spout import open_spout


def no_doubt() -> str | None:
    """Nothing is known against a target whose programs find it by themselves."""
    return None


@dataclass(frozen=True)
class Target:
    """A target."""

    name: str
    """Its name, which is also that of the extra that installs its library."""
    words: str
    """How a sentence names it before the name of a device or source."""
    library: str
    """The module of its library."""
    open: Opener
    alpha: bool
    """Whether it carries alpha."""
    size: tuple[int, int] | None = None
    """Width and height of its pictures by default; None: the scene's own."""
    is_device: bool = False
    """Whether it has devices that exist before, instead of names that the sender chooses."""
    systems: tuple[str, ...] = ("linux", "darwin", "win32")
    """It exists on these systems, as `sys.platform` names them."""
    doubt: Callable[[], str | None] = no_doubt
    """Returns why programs may not find it although it is open."""
    drivers: Mapping[str, str] = field(default_factory=dict)
    """What else installs a device, by the name of the system."""


TARGETS = {
    target.name: target
    for target in (
        Target(
            "camera",
            "the camera",
            "pyvirtualcam",
            open_camera,
            alpha=False,
            size=(1280, 720),
            is_device=True,
            drivers=DRIVERS,
        ),
        Target("ndi", "the NDI source", "cyndilib", open_ndi, alpha=True, doubt=unannounced),
        Target("spout", "the Spout sender", "SpoutGL", open_spout, alpha=True, systems=("win32",)),
    )
}
"""A scene can be cast to these targets, by their names."""


def library_of(target: Target) -> Any:
    """The library of a target, imported.

    Raises:
        InputError: the system has no such target, or the library isn't installed or doesn't load.
    """
    if sys.platform not in target.systems:
        others = " or ".join(f"--to {name}" for name, other in TARGETS.items() if sys.platform in other.systems)
        raise InputError(f"This system has no {target.name}; cast with {others or 'another computer'}.")
    try:
        return import_module(target.library)
    except ModuleNotFoundError as error:
        if error.name != target.library:
            raise InputError(_unloadable(target, error)) from None
        extra = f"This needs the extra {target.name!r}: pip install 'alive-scene[{target.name}]'"
        driver = target.drivers.get(sys.platform)
        also = f"; if there is no virtual {target.name} yet, also {driver}" if driver else ""
        raise InputError(f"{extra}{also}.") from None
    except Exception as error:  # a library for the machine may fail in any way while it loads
        raise InputError(_unloadable(target, error)) from None


def _unloadable(target: Target, error: Exception) -> str:
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return (
        f"{target.library} doesn't load ({reason}); install it again: pip install --force-reinstall {target.library}."
    )
