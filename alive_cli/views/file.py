"""The file view: pictures of a scene as a film, an animation or numbered pictures."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alive_cli.files.outputs import check_output
from alive_cli.media.encode import (
    DEFAULT_QUALITY,
    SEQUENCE_SUFFIX,
    VIDEO_SUFFIXES,
    check_clear,
    numbered,
    write_sequence,
    write_video,
)
from alive_cli.progress import Progress, silent
from alive_cli.runtime.frame import Drawn
from alive_cli.runtime.prefetch import prefetch
from alive_cli.runtime.scene import Scene

STAGE = "Drawing"
"""The progress bar shows this stage while pictures are drawn."""
SHARED_WIDTH = 480
"""A loop is at most this many pixels wide unless a width is chosen, because larger GIFs are too large to share."""


@dataclass(frozen=True)
class Encoding:
    """How pictures are encoded into a file."""

    fps: float
    """Frames per second."""
    quality: int = DEFAULT_QUALITY
    """1, small files, … 100, good pictures."""
    repeat: bool = True
    """Whether an animation repeats for ever."""
    sound: Path | None = None
    """A film has the sound of this file; animations have none."""


def shared_size(scene: Scene) -> tuple[int, int]:
    """Width and height of a loop to share: the scene's own size, at most SHARED_WIDTH wide."""
    return scene.size_across(min(scene.size[0], SHARED_WIDTH))


def check_file(path: Path, *, force: bool, clear: bool = False) -> None:
    """Check that a film, an animation or numbered pictures (`frame_%04d.png`) can be written to a path.

    Args:
        clear: whether pictures are transparent.

    Raises:
        OutputError: the path can't be written, as for `check_output`, or its format can't be transparent.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        path = numbered(path, 1)
    check_output(path, force=force, suffixes=(*VIDEO_SUFFIXES, SEQUENCE_SUFFIX))
    if clear:
        check_clear(path)


def write_pictures(path: Path, pictures: Iterable[np.ndarray], encoding: Encoding) -> int:
    """Write pictures, uint8 [H, W, 3] or straight [H, W, 4], in the format of the path's suffix. Returns their number.

    Raises:
        OutputError: the file can't be written.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        return write_sequence(path, prefetch(pictures))
    return write_video(
        path,
        prefetch(pictures),
        fps=encoding.fps,
        quality=encoding.quality,
        repeat=encoding.repeat,
        sound=encoding.sound,
    )


def write_rollout(
    scene: Scene,
    drawn: Iterable[Drawn],
    path: Path,
    *,
    count: int,
    encoding: Encoding,
    size: tuple[int, int] | None = None,
    progress: Progress = silent,
) -> int:
    """Draw frames, or embeddings, into a file. Returns the number of pictures.

    Args:
        count: the number of frames.
        progress: it receives the progress, and the frames per second.

    Raises:
        OutputError: the file can't be written.
        InputError: the size can't be drawn.
    """
    return write_pictures(path, draw_frames(scene, drawn, size, count, progress), encoding)


def draw_frames(
    scene: Scene,
    drawn: Iterable[Drawn],
    size: tuple[int, int] | None,
    count: int,
    progress: Progress = silent,
) -> Iterator[np.ndarray]:
    """Yield the pictures of frames, or of embeddings, and report the progress."""
    return track_progress(scene.draw_all(drawn, size), count, progress)


def track_progress(pictures: Iterable[np.ndarray], count: int, progress: Progress) -> Iterator[np.ndarray]:
    """Yield the same pictures, and report the progress and the frames per second."""
    began = time.perf_counter()
    for number, picture in enumerate(pictures, 1):
        yield picture
        progress(STAGE, number, count, f"{number / (time.perf_counter() - began):.1f} frames/s")
