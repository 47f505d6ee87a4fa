"""Which device trains."""

import re

import torch

from alive_cli.errors import DeviceError


def resolve_device(name: str) -> torch.device:
    """`auto`, `cpu`, `cuda`, `cuda:1` or `mps` to a device that is really there.

    Raises:
        DeviceError: the name is unknown, or this machine has no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    match = re.fullmatch(r"(cpu|mps|cuda)(?::([0-9]{1,3}))?", name)
    if match is None:
        raise DeviceError(f"There is no device {name!r}; choose auto, cuda, mps or cpu.")
    kind, index = match.groups()
    if kind == "cuda" and (not torch.cuda.is_available() or int(index or 0) >= torch.cuda.device_count()):
        raise DeviceError(f"PyTorch finds no GPU for --device {name} on this machine; use --device auto or cpu.")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("PyTorch finds no Apple GPU on this machine; use --device auto or cpu.")
    return torch.device(name)
