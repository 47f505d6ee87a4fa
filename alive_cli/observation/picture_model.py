"""A local ONNX model that says something about each place of one picture.

A model comes from a stranger: it is run on the CPU, on one picture of a bounded size, and whatever goes wrong in it is
reported in a sentence.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.warping import reduce, resize

MOST_BYTES = 2 << 30
"""A model has at most so many bytes, which is what one file of this format can hold."""
MOST_SIDE = 2048
"""A model of fixed size may ask for at most so many pixels on a side."""
MOST_OUTPUT = 16_000_000
"""A model may give at most so many numbers."""
MOST_SECONDS = 300.0
"""A model may take so long for one picture: the largest take a minute on one core."""


@dataclass(frozen=True)
class PictureModel:
    """What a kind of model takes and gives."""

    kind: str
    """The kind, as in "a model of depth"."""
    gives: str
    """What it gives, for messages."""
    channels: int
    """Numbers that it gives for each place; with 1, their dimension may be missing."""
    side: int
    """A model of free size gets pictures whose longest side has about so many pixels."""
    multiple: int
    """Both sides are multiples of so many pixels then."""
    mean: tuple[float, float, float]
    """Colours, 0…1, are fed less this mean …"""
    deviation: tuple[float, float, float]
    """… and divided by this deviation."""

    def run(self, path: Path, picture: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
        """What a model, an ONNX file, gives for a picture, uint8 [H, W, 3].

        Returns:
            Its numbers, float32 [channels, h, w]; and the width and height of the picture that it was fed.

        Raises:
            InputError: the file is no such model, or it fails.
        """
        session = _opened(path)
        name, size = self._input_of(session, path, (picture.shape[1], picture.shape[0]))
        shrinks = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
        fitted = (reduce if shrinks else resize)(picture, size).astype(np.float32) / 255
        fed = ((fitted - np.array(self.mean)) / np.array(self.deviation)).transpose(2, 0, 1)[None].astype(np.float32)
        result = _run(session, {name: np.ascontiguousarray(fed)}, path)
        if not isinstance(result, np.ndarray) or result.dtype.kind != "f" or not 2 <= result.size <= MOST_OUTPUT:
            raise self._other_output(path)
        shape = result.shape
        if self.channels == 1 and len(shape) == 3 and shape[0] == 1:
            shape = (1, *shape)
        if len(shape) != 4 or shape[:2] != (1, self.channels) or min(shape) < 1:
            raise self._other_output(path)
        return result.reshape(shape[1:]).astype(np.float32), size

    def _input_of(self, session: Any, path: Path, picture: tuple[int, int]) -> tuple[str, tuple[int, int]]:
        """The name of a model's input, and the width and height that it gets of a picture of that width and height."""
        inputs, outputs = session.get_inputs(), session.get_outputs()
        shape = inputs[0].shape if inputs else []
        first = (shape[0] in (1, None) or isinstance(shape[0], str)) if len(shape) == 4 else False
        colours = len(shape) == 4 and (shape[1] == 3 or not isinstance(shape[1], int))
        if len(inputs) != 1 or not outputs or inputs[0].type != "tensor(float)" or not first or not colours:
            raise InputError(
                f"{path.name} doesn't take one picture, float32 [1, 3, height, width]; use a model of {self.kind}."
            )
        sides = shape[3], shape[2]
        scale = self.side / max(picture)
        free = [max(self.multiple, round(side * scale / self.multiple) * self.multiple) for side in picture]
        width, height = (own if isinstance(own, int) else other for own, other in zip(sides, free, strict=True))
        if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE):
            raise InputError(
                f"{path.name} takes pictures of {width}×{height} pixels; at most {MOST_SIDE} a side are fed."
            )
        return inputs[0].name, (width, height)

    def _other_output(self, path: Path) -> InputError:
        return InputError(f"{path.name} doesn't give {self.gives}; use a model of {self.kind}.")


def _opened(path: Path) -> Any:
    import onnxruntime

    if not path.is_file():
        raise InputError(f"There is no file {path}; check the path.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than 2 GB; use a smaller model.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors are raised, so they need no log
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise InputError(f"{path.name} can't be opened as an ONNX model ({_first_line(error)}).") from None


def _run(session: Any, inputs: dict[str, np.ndarray], path: Path) -> Any:
    """The first output of a model. It runs beside this thread, so that Ctrl-C and MOST_SECONDS end it."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    results: list[Any] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.extend(session.run([session.get_outputs()[0].name], inputs, options))
        except Exception as error:  # onnxruntime raises its own, without a common class
            errors.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    try:
        worker.join(MOST_SECONDS)
    finally:
        options.terminate = True
    if worker.is_alive():
        raise InputError(f"{path.name} takes more than {MOST_SECONDS / 60:g} minutes; use a smaller model.")
    if errors:
        raise InputError(f"{path.name} failed on this picture ({_first_line(errors[0])}); use another model.")
    return results[0]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
