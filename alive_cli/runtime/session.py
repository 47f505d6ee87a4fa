"""onnxruntime sessions, and whether a GPU is really there."""

import contextlib
import ctypes
import io
import sys
from functools import cache

import numpy as np
import onnxruntime

from alive_cli.errors import DeviceError
from bundle_spec.contracts import VerifiedScene
from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import Graph

CPU = ["CPUExecutionProvider"]
"""onnxruntime runs on the CPU with these providers."""
CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]
"""onnxruntime runs on a CUDA GPU with these providers, and the rare operator that it lacks on the CPU."""
DEVICES = ("auto", "cpu", "cuda")
"""A user may choose one of these devices for playing."""


def open_session(
    graph: bytes, *, device: str = "cpu", threads: int = 1, soon: bool = False
) -> onnxruntime.InferenceSession:
    """A session for one graph.

    Args:
        device: `auto` uses CUDA where it works and the CPU elsewhere.
        soon: optimise less, where that takes longer than it saves.

    Raises:
        DeviceError: `cuda` was asked for and is not to be had, or the device is unknown.
        CorruptBundle: onnxruntime can't open the graph.
    """
    if device not in DEVICES:
        raise DeviceError(f"There is no device {device!r} for playing; choose {', '.join(DEVICES)}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and said once
    # Never onnxruntime's own format, whatever the bytes look like: only ONNX was checked.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if soon:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    if device != "cpu" and cuda_devices() > 0:
        if device == "cuda":
            options.log_severity_level = 3
        with contextlib.redirect_stdout(sys.stderr if device == "cuda" else io.StringIO()):
            onnxruntime.preload_dlls()  # prints what it can't find, on stdout
        session = _create(graph, options, CUDA)
        # onnxruntime falls back silently; only the session itself knows what it really uses.
        if device == "auto" or on_cuda(session):
            return session
    if device == "cuda":
        raise DeviceError("onnxruntime finds no working CUDA GPU on this machine; use --device auto or cpu.")
    return _create(graph, options, CPU)


def graph_bytes(scene: VerifiedScene, graph: Graph) -> bytes:
    """A graph for onnxruntime: what was checked, written anew, so that nothing else is read."""
    data: bytes = scene.models[graph.file].SerializeToString()
    return data


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


class Bound:
    """A graph with its inputs and its one output bound to memory that is kept between runs.

    On CUDA what is fed stays on the GPU until it is fed anew; only what is shared, and the output,
    travel at each run.
    """

    def __init__(self, session: onnxruntime.InferenceSession, output: str, shape: tuple[int, ...]) -> None:
        """Bind `output`, float32 of `shape`, to a new buffer."""
        self._session = session
        self._binding = session.io_binding()
        self._device = "cuda" if on_cuda(session) else "cpu"
        self._output = np.empty(shape, np.float32)
        self._held: dict[str, object] = {}
        self._binding.bind_output(output, "cpu", 0, np.float32, shape, self._output.ctypes.data)

    def feed(self, name: str, value: np.ndarray) -> None:
        """Give an input its value, float32, until it is fed again."""
        held = onnxruntime.OrtValue.ortvalue_from_numpy(value, self._device, 0) if self._device == "cuda" else value
        self._held[name] = held
        if isinstance(held, np.ndarray):
            self._binding.bind_input(name, "cpu", 0, np.float32, held.shape, held.ctypes.data)
        else:
            self._binding.bind_ortvalue_input(name, held)

    def feed_shared(self, name: str, value: np.ndarray) -> None:
        """Give an input memory, float32 and contiguous, whose owner changes it between runs."""
        self._held[name] = value
        self._binding.bind_input(name, "cpu", 0, np.float32, value.shape, value.ctypes.data)

    def run(self) -> np.ndarray:
        """Run the graph; the array is the same at each run, with new values.

        Raises:
            CorruptBundle: the graph passed every check but can't be run.
        """
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as error:  # as in run_graph
            raise CorruptBundle(f"A graph of the bundle can't be run ({_first_line(error)}).") from error
        return self._output


def on_cuda(session: onnxruntime.InferenceSession) -> bool:
    """Whether a session really runs on a CUDA GPU."""
    return bool(session.get_providers()[0] == CUDA[0])


def _create(graph: bytes, options: onnxruntime.SessionOptions, providers: list[str]) -> onnxruntime.InferenceSession:
    try:
        # On the CPU there is nothing to fall back to; trying all the same prints on stdout.
        retries = int(providers != CPU)
        return onnxruntime.InferenceSession(graph, options, providers=providers, enable_fallback=retries)
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
