"""What says how a photograph flows: hints, a clip of the same place or kind, or a model."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.files.bundles import named_errors
from alive_cli.media.alpha import NEUTRAL
from alive_cli.media.mask import lives
from alive_cli.media.sources import PICTURES
from alive_cli.media.streaming import VideoStream
from alive_cli.observation.photograph.flow_field import hinted_flow
from alive_cli.observation.photograph.flow_model import predicted_flow
from alive_cli.observation.photograph.hints import read_hints
from alive_cli.observation.photograph.photograph import FlowSource
from alive_cli.observation.photograph.steady import SEARCHED_SIDE, SteadyFlow, fitted_to, mean_flow
from alive_cli.runtime.scene import Scene

MOST_FRAMES = 300
"""The mean flow of a clip is that of at most so many frames: ten seconds, in about ten seconds of one core."""
SCENE = ".alive"
"""Files with this suffix are scenes, others are videos."""


def flow_source(files: Mapping[str, Path | None], kept: str | None) -> FlowSource | None:
    """What says how a photograph flows; None if no file does.

    Args:
        files: the file of the option that the user chose, by the name of the option.
        kept: the part that may flow, as media/mask.py keeps it; None for all.
    """
    return next((_SOURCES[name](path, kept) for name, path in files.items() if path is not None), None)


def flow_of_hints(path: Path, kept: str | None) -> FlowSource:
    """The flow that hints describe.

    Args:
        kept: the part that may flow, as media/mask.py keeps it; None for all.
    """

    def source(picture: np.ndarray, own: tuple[int, int]) -> SteadyFlow:
        return hinted_flow(read_hints(path, own, kept), picture.shape[1::-1])

    return source


def flow_of_clip(path: Path, kept: str | None) -> FlowSource:
    """The mean flow of a clip or scene, where it flows steadily.

    Args:
        kept: the part that flows, as media/mask.py keeps it; None for what flows in the clip.
    """

    def source(picture: np.ndarray, own: tuple[int, int]) -> SteadyFlow:
        frames, fps, of = _of_scene(path) if path.suffix.lower() == SCENE else _of_video(path)
        flow, steadiness = mean_flow(islice(frames, MOST_FRAMES), fps)
        return _fitted(path, flow, steadiness, of, picture.shape[1::-1], kept)

    return source


def flow_of_model(path: Path, kept: str | None) -> FlowSource:
    """The flow that a local ONNX model predicts.

    Args:
        kept: the part that flows, as media/mask.py keeps it; None for what flows by the model.
    """

    def source(picture: np.ndarray, own: tuple[int, int]) -> SteadyFlow:
        size: tuple[int, int] = picture.shape[1::-1]
        return _fitted(path, predicted_flow(path, picture), None, size, size, kept)

    return source


def _fitted(
    path: Path,
    flow: np.ndarray,
    steadiness: np.ndarray | None,
    of: tuple[int, int],
    size: tuple[int, int],
    kept: str | None,
) -> SteadyFlow:
    """As `fitted_to`, with the name of the file in messages.

    Raises:
        InputError: the file says nothing that could be used.
    """
    try:
        return fitted_to(flow, steadiness, of, size, None if kept is None else lives(kept, *size))
    except ValueError as error:
        raise InputError(
            f"{path.name} can't say how a photograph flows, because {error}; choose another one, or give --hints."
        ) from None


def _of_scene(path: Path) -> tuple[Iterator[np.ndarray], float, tuple[int, int]]:
    """The frames that a scene has observed as it draws them, their rate, and the scene's width and height."""
    with named_errors(path):
        scene = Scene.open(path, device="cpu").on(NEUTRAL)
    size = scene.size_up_to(SEARCHED_SIDE)
    return (scene.draw(each, size) for each in scene.embeddings), scene.fps, scene.size


def _of_video(path: Path) -> tuple[Iterator[np.ndarray], float, tuple[int, int]]:
    if not path.exists():
        raise InputError(f"There is no file {path}; check the path.")
    if path.suffix.lower() in PICTURES:
        raise InputError(f"{path.name} is a picture, and --flow-of needs a video or a scene in which something flows.")
    stream = VideoStream(path)
    return iter(stream), stream.fps, stream.size


_SOURCES: dict[str, Callable[[Path, str | None], FlowSource]] = {
    "hints": flow_of_hints,
    "flow_of": flow_of_clip,
    "flow_model": flow_of_model,
}
"""What reads the file of each option."""
