"""onnxruntime sessions."""

import contextlib
import io
import sys

import numpy as np
import onnxruntime

from alive_cli.errors import DeviceError
from alive_cli.runtime.gpus import cuda_devices
from bundle_spec.contracts import VerifiedScene
from bundle_spec.errors import CorruptBundle
from bundle_spec.manifest import Graph

CPU_PROVIDERS = ["CPUExecutionProvider"]
"""These providers make onnxruntime run on the CPU."""
CUDA_PROVIDERS = ["CUDAExecutionProvider", "CPUExecutionProvider"]
"""These providers make onnxruntime run on a CUDA GPU, and operators that CUDA lacks on the CPU."""
DEVICES = ("auto", "cpu", "cuda")
"""A user may choose one of these devices to play on."""


def open_session(
    graph: bytes, *, device: str = "cpu", threads: int = 1, quick: bool = False
) -> onnxruntime.InferenceSession:
    """Open a session for one graph.

    Args:
        device: `auto` uses CUDA where it works, and the CPU elsewhere.
        threads: CPU threads that the session uses.
        quick: optimise the graph less. That is faster for a graph whose optimisation takes longer than it saves.

    Raises:
        DeviceError: `cuda` is not available, or the device is unknown.
        CorruptBundle: onnxruntime can't open the graph.
    """
    if device not in DEVICES:
        raise DeviceError(f"There is no device {device!r} to play on; choose {', '.join(DEVICES)}.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised, so they need no log
    # Only ONNX was checked, so onnxruntime must not detect its own format in the bytes.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    if quick:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    if device != "cpu" and cuda_devices() > 0:
        if device == "cuda":
            options.log_severity_level = 3
        with contextlib.redirect_stdout(sys.stderr if device == "cuda" else io.StringIO()):
            onnxruntime.preload_dlls()  # it prints missing libraries on stdout
        session = _create(graph, options, CUDA_PROVIDERS)
        # onnxruntime falls back silently, so only the session tells which device it uses.
        if device == "auto" or on_cuda(session):
            return session
    if device == "cuda":
        raise DeviceError("onnxruntime finds no working CUDA GPU on this machine; use --device auto or --device cpu.")
    return _create(graph, options, CPU_PROVIDERS)


def graph_bytes(scene: VerifiedScene, graph: Graph) -> bytes:
    """A graph for onnxruntime, serialised from the checked model, so that onnxruntime reads only what was checked."""
    data: bytes = scene.models[graph.file].SerializeToString()
    return data


def run_graph(
    session: onnxruntime.InferenceSession, outputs: list[str], feeds: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """Run a graph of a bundle.

    Raises:
        CorruptBundle: the graph passed every check but can't be run.
    """
    try:
        return list(session.run(outputs, feeds))
    except Exception as error:  # onnxruntime raises its own, without a common class
        raise CorruptBundle(f"A graph of the bundle can't be run ({_first_line(error)}).") from error


class BoundGraph:
    """A graph whose inputs and single output are bound to memory that is kept between runs.

    On CUDA an input that is set stays on the GPU. Only shared inputs and the output are copied at each run.
    """

    def __init__(self, session: onnxruntime.InferenceSession, output: str, shape: tuple[int, ...]) -> None:
        """Bind `output`, float32 of `shape`, to a new buffer."""
        self._session = session
        self._binding = session.io_binding()
        self._device = "cuda" if on_cuda(session) else "cpu"
        self._output = np.empty(shape, np.float32)
        self._buffers: dict[str, object] = {}
        self._binding.bind_output(output, "cpu", 0, np.float32, shape, self._output.ctypes.data)

    def set_input(self, name: str, value: np.ndarray) -> None:
        """Set the value, float32, of an input for all following runs."""
        if self._device == "cuda":
            on_gpu = onnxruntime.OrtValue.ortvalue_from_numpy(value, self._device, 0)
            self._buffers[name] = on_gpu
            self._binding.bind_ortvalue_input(name, on_gpu)
        else:
            self.share_input(name, value)

    def share_input(self, name: str, value: np.ndarray) -> None:
        """Bind an input to memory, float32 and contiguous, that its owner may change between runs."""
        self._buffers[name] = value
        self._binding.bind_input(name, "cpu", 0, np.float32, value.shape, value.ctypes.data)

    def run(self) -> np.ndarray:
        """Run the graph. It returns the same array at each run, with new values.

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
    return bool(session.get_providers()[0] == CUDA_PROVIDERS[0])


def _create(graph: bytes, options: onnxruntime.SessionOptions, providers: list[str]) -> onnxruntime.InferenceSession:
    try:
        # On the CPU there is nothing to fall back to, and a fallback would print on stdout.
        retries = int(providers != CPU_PROVIDERS)
        return onnxruntime.InferenceSession(graph, options, providers=providers, enable_fallback=retries)
    except Exception as error:  # as in run_graph
        raise CorruptBundle(f"A graph of the bundle can't be opened ({_first_line(error)}).") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
