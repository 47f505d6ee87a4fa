"""The device that trains, and how exactly it computes."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from alive_cli.errors import DeviceError


def resolve_device(name: str) -> torch.device:
    """The device of a name (`auto`, `cpu`, `cuda`, `cuda:1` or `mps`), if this machine has it.

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


def describe_devices() -> str:
    """A description, for a person, of PyTorch's version and of the devices that `auto` trains on."""
    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count()))
        return f"PyTorch {torch.__version__} on {names}"
    if torch.backends.mps.is_available():
        return f"PyTorch {torch.__version__} on Apple's GPU"
    return f"PyTorch {torch.__version__} on the CPU, where a fit takes minutes"


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one thread for many small operations.

    On idle cores a second thread saves a fifth of the time. Beside other programs the threads wait for one another,
    and everything takes up to 18 times as long.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def coarse_products(*, enabled: bool = True) -> Iterator[None]:
    """Let NVIDIA GPUs round the factors of matrix products to 10 bits (TF32), which is several times as fast."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = enabled
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


def free_bytes(device: torch.device) -> float:
    """Free memory of a GPU in bytes; infinite for a device that shares the computer's memory."""
    return float(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else math.inf


def exact(tensor: Tensor) -> Tensor:
    """A tensor in double precision, on its own device, or on the CPU if that device has no doubles."""
    return (tensor.cpu() if tensor.device.type == "mps" else tensor).double()


def sum_of_squares(tensor: Tensor) -> float:
    """The sum of a tensor's squares, added in double precision."""
    squares = tensor.square()
    return (squares.cpu() if tensor.device.type == "mps" else squares).sum(dtype=torch.float64).item()
