"""Pictures of a scene into files: films, animations, numbered pictures, of a size that fits."""

import math
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alive_cli.errors import OutputError
from alive_cli.files.outputs import check_output
from alive_cli.media.encode import (
    DEFAULT_QUALITY,
    SEQUENCE_SUFFIX,
    VIDEO_SUFFIXES,
    numbered,
    write_sequence,
    write_video,
)
from alive_cli.progress import Progress, silent
from alive_cli.runtime.prefetch import prefetch
from alive_cli.runtime.scene import Scene

STAGE = "Drawing"
LEAST_WIDTH = 32
LEAST_QUALITY = 50
MOST_TRIES = 10
MARGIN = 0.94
"""Sizes are aimed at this share of what is allowed."""


@dataclass(frozen=True)
class Encoding:
    """How pictures become a file."""

    fps: float
    quality: int = DEFAULT_QUALITY
    repeat: bool = True
    """Whether an animation plays for ever."""


def check_file(path: Path, *, force: bool) -> None:
    """Refuse a name that nothing can be written under: one of a film or animation, or `frame_%04d.png`.

    Raises:
        OutputError: as `check_output`.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        path = numbered(path, 1)
    check_output(path, force=force, suffixes=(*VIDEO_SUFFIXES, SEQUENCE_SUFFIX))


def write_pictures(path: Path, pictures: Iterable[np.ndarray], encoding: Encoding) -> int:
    """Write pictures, uint8 [H, W, 3], in the format of the path's suffix; returns how many.

    Raises:
        OutputError: the file can't be written.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        return write_sequence(path, prefetch(pictures))
    return write_video(path, prefetch(pictures), fps=encoding.fps, quality=encoding.quality, repeat=encoding.repeat)


def write_rollout(
    scene: Scene,
    embeddings: Iterable[np.ndarray],
    path: Path,
    *,
    count: int,
    encoding: Encoding,
    size: tuple[int, int] | None = None,
    progress: Progress = silent,
) -> int:
    """Draw `count` embeddings into `path`, telling frames per second.

    Returns:
        The number of frames written.

    Raises:
        OutputError: the file can't be written.
        InputError: the size can't be drawn.
    """
    return write_pictures(path, drawn(scene, embeddings, size, count, progress), encoding)


def drawn(
    scene: Scene,
    embeddings: Iterable[np.ndarray],
    size: tuple[int, int] | None,
    count: int,
    progress: Progress = silent,
) -> Iterator[np.ndarray]:
    """The pictures of embeddings, telling frames per second."""
    return counted((scene.draw(embedding, size) for embedding in embeddings), count, progress)


def counted(pictures: Iterable[np.ndarray], count: int, progress: Progress) -> Iterator[np.ndarray]:
    """The same pictures, telling frames per second."""
    began = time.perf_counter()
    for number, picture in enumerate(pictures, 1):
        yield picture
        progress(STAGE, number, count, f"{number / (time.perf_counter() - began):.1f} frames/s")


def write_within(
    path: Path,
    most: int,
    size: tuple[int, int],
    encoding: Encoding,
    draw: Callable[[tuple[int, int]], Iterable[np.ndarray]],
) -> tuple[tuple[int, int], int]:
    """Write pictures into a file of at most `most` bytes, as large and as good as that allows.

    Args:
        size: width and height to begin with; quality is lowered first, and then these.
        draw: gives the pictures at a width and height.

    Returns:
        The size and quality that fitted.

    Raises:
        OutputError: not even the smallest pictures fit.
    """
    quality, share = encoding.quality, 1.0
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"trial{path.suffix}"
        for _ in range(MOST_TRIES):
            fitted = max(1, round(size[0] * share)), max(1, round(size[1] * share))
            if fitted[0] < min(LEAST_WIDTH, size[0]):
                break
            write_pictures(trial, draw(fitted), Encoding(encoding.fps, quality, encoding.repeat))
            taken = trial.stat().st_size
            if taken <= most:
                from bundle_spec.atomic import replacing

                with replacing(path) as temporary:
                    temporary.write_bytes(trial.read_bytes())
                return fitted, quality
            if quality > LEAST_QUALITY and taken < 2 * most:
                quality = LEAST_QUALITY
            else:
                share *= math.sqrt(MARGIN * most / taken)
    raise OutputError(f"{path.name} can't be made to fit into {most:,} bytes; allow more, or fewer --seconds or --fps.")
