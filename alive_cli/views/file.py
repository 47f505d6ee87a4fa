"""A rollout into a video file."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from alive_cli.media.encode import write_video
from alive_cli.progress import Progress, silent
from alive_cli.runtime.ahead import ahead
from alive_cli.runtime.scene import Scene

STAGE = "Drawing"


def write_rollout(
    scene: Scene,
    embeddings: Iterable[np.ndarray],
    path: Path,
    *,
    count: int,
    fps: float,
    size: tuple[int, int] | None = None,
    progress: Progress = silent,
) -> int:
    """Draw `count` embeddings into `path` (.mp4 or .gif), telling frames per second.

    Returns:
        The number of frames written.

    Raises:
        OutputError: the file can't be written.
        InputError: the size can't be drawn.
    """

    def pictures() -> Iterator[np.ndarray]:
        began = time.perf_counter()
        for number, embedding in enumerate(embeddings, 1):
            yield scene.draw(embedding, size)
            progress(STAGE, number, count, f"{number / (time.perf_counter() - began):.1f} frames/s")

    return write_video(path, ahead(pictures()), fps=fps)
