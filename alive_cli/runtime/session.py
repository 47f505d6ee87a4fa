"""onnxruntime sessions, and whether a GPU is really there."""

import contextlib
import ctypes
import io
import sys
from functools import cache

import numpy as np
import onnxruntime

from alive_cli.errors import DeviceError
from bundle_spec.errors import CorruptBundle

CPU = ["CPUExecutionProvider"]
CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]
DEVICES = ("auto", "cpu", "cuda")


def open_session(graph: bytes, *, device: str = "cpu", threads: int = 1) -> onnxruntime.InferenceSession:
    """A session for one graph.

    `auto` uses CUDA where it works and the CPU elsewhere.

    Raises:
        DeviceError: `cuda` was asked for and is not to be had, or the device is unknown.
        CorruptBundle: onnxruntime can't open the graph.
    """
    if device not in DEVICES:
        raise DeviceError(f"There is no device {device!r} for playing; choose {', '.join(DEVICES)}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if device != "cpu" and cuda_devices() > 0:
        options.log_severity_level = 4 if device == "auto" else 3
        with contextlib.redirect_stdout(sys.stderr if device == "cuda" else io.StringIO()):
            onnxruntime.preload_dlls()  # prints what it can't find, on stdout
        session = _create(graph, options, CUDA)
        # onnxruntime falls back silently; only the session itself knows what it really uses.
        if device == "auto" or session.get_providers()[0] == CUDA[0]:
            return session
    if device == "cuda":
        raise DeviceError("onnxruntime finds no working CUDA GPU on this machine; use --device auto or cpu.")
    return _create(graph, options, CPU)


def run_graph(
    session: onnxruntime.InferenceSession, outputs: list[str], feeds: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """Run a graph of a bundle.

    Raises:
        CorruptBundle: it passed every check but can't be run.
    """
    try:
        return list(session.run(outputs, feeds))
    except Exception as error:  # onnxruntime raises its own, without a common class
        raise CorruptBundle(f"A graph of the bundle can't be run ({_first_line(error)}).") from error


def _create(graph: bytes, options: onnxruntime.SessionOptions, providers: list[str]) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(graph, options, providers=providers)
    except Exception as error:  # likewise
        raise CorruptBundle(f"A graph of the bundle can't be opened ({_first_line(error)}).") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


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
