"""The file view: pictures of a scene as a film, an animation or numbered pictures."""

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
"""The progress bar shows this stage while pictures are drawn."""
SHARED_WIDTH = 480
"""A loop is at most this many pixels wide unless a width is chosen, because larger GIFs are too large to share."""
LEAST_WIDTH = 32
"""Pictures are made no narrower than this to fit a size limit, because nothing would be recognisable."""
LEAST_QUALITY = 50
"""The quality is lowered no further than this to fit a size limit, because smaller pictures look better then."""
MOST_TRIES = 10
"""A file is encoded at most this often to fit a size limit; two or three tries are usual."""
MARGIN = 0.94
"""The next try aims at this share of the size limit, because the size of a file is hard to predict."""


@dataclass(frozen=True)
class Encoding:
    """How pictures are encoded into a file."""

    fps: float
    """Frames per second."""
    quality: int = DEFAULT_QUALITY
    """1, small files, … 100, good pictures."""
    repeat: bool = True
    """Whether an animation repeats for ever."""


def shared_size(scene: Scene) -> tuple[int, int]:
    """Width and height of a loop to share: the scene's own size, at most SHARED_WIDTH wide."""
    return scene.size_across(min(scene.size[0], SHARED_WIDTH))


def check_file(path: Path, *, force: bool) -> None:
    """Check that a film, an animation or numbered pictures (`frame_%04d.png`) can be written to a path.

    Raises:
        OutputError: the path can't be written, as for `check_output`.
    """
    if path.suffix.lower() == SEQUENCE_SUFFIX:
        path = numbered(path, 1)
    check_output(path, force=force, suffixes=(*VIDEO_SUFFIXES, SEQUENCE_SUFFIX))


def write_pictures(path: Path, pictures: Iterable[np.ndarray], encoding: Encoding) -> int:
    """Write pictures, uint8 [H, W, 3], in the format of the path's suffix. Returns the number of pictures.

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
    """Draw embeddings into a file. Returns the number of pictures.

    Args:
        count: the number of embeddings.
        progress: it receives the progress, and the frames per second.

    Raises:
        OutputError: the file can't be written.
        InputError: the size can't be drawn.
    """
    return write_pictures(path, draw_embeddings(scene, embeddings, size, count, progress), encoding)


def draw_embeddings(
    scene: Scene,
    embeddings: Iterable[np.ndarray],
    size: tuple[int, int] | None,
    count: int,
    progress: Progress = silent,
) -> Iterator[np.ndarray]:
    """Yield the pictures of embeddings, and report the progress."""
    return track_progress(scene.draw_all(embeddings, size), count, progress)


def track_progress(pictures: Iterable[np.ndarray], count: int, progress: Progress) -> Iterator[np.ndarray]:
    """Yield the same pictures, and report the progress and the frames per second."""
    began = time.perf_counter()
    for number, picture in enumerate(pictures, 1):
        yield picture
        progress(STAGE, number, count, f"{number / (time.perf_counter() - began):.1f} frames/s")


def write_within(
    path: Path,
    max_bytes: int,
    size: tuple[int, int],
    encoding: Encoding,
    draw: Callable[[tuple[int, int]], Iterable[np.ndarray]],
) -> tuple[tuple[int, int], int]:
    """Write pictures into a file of at most `max_bytes` bytes, as large and as good as possible.

    Args:
        size: the largest width and height. The quality is lowered first, and then the size.
        draw: it returns the pictures for a width and height.

    Returns:
        The size and the quality of the pictures in the file.

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
            trial_bytes = trial.stat().st_size
            if trial_bytes <= max_bytes:
                from bundle_spec.atomic import replacing

                with replacing(path) as temporary:
                    temporary.write_bytes(trial.read_bytes())
                return fitted, quality
            if quality > LEAST_QUALITY and trial_bytes < 2 * max_bytes:
                quality = LEAST_QUALITY
            else:
                share *= math.sqrt(MARGIN * max_bytes / trial_bytes)
    raise OutputError(f"{path.name} doesn't fit into {max_bytes:,} bytes; allow more, or reduce --seconds or --fps.")
