"""onnxruntime sessions, and whether a GPU is really there."""

import ctypes
import sys
from functools import cache

import onnxruntime

from alive_cli.errors import DeviceError

CPU = ["CPUExecutionProvider"]
CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]
DEVICES = ("auto", "cpu", "cuda")


def open_session(graph: bytes, *, device: str = "cpu", threads: int = 1) -> onnxruntime.InferenceSession:
    """A session for one graph.

    `auto` uses CUDA where it works and the CPU elsewhere.

    Raises:
        DeviceError: `cuda` was asked for and is not to be had, or the device is unknown.
    """
    if device not in DEVICES:
        raise DeviceError(f"There is no device {device!r} for playing; choose {', '.join(DEVICES)}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if device != "cpu" and cuda_devices() > 0:
        onnxruntime.preload_dlls()
        session = onnxruntime.InferenceSession(graph, options, providers=CUDA)
        # onnxruntime falls back silently; only the session itself knows what it really uses.
        if device == "auto" or session.get_providers()[0] == CUDA[0]:
            return session
    if device == "cuda":
        raise DeviceError("onnxruntime finds no working CUDA GPU on this machine; use --device auto or cpu.")
    return onnxruntime.InferenceSession(graph, options, providers=CPU)


@cache
def cuda_devices() -> int:
    """Number of CUDA GPUs, asked of the driver: onnxruntime lists its CUDA provider without any."""
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return 0
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return 0
        return count.value
    except OSError:
        return 0
