"""Boards that show the clip beside the pictures that a scene draws, after the fit and during it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.board import Board
from alive_cli.media.pictures import shrunk, shrunk_size
from alive_cli.media.sampling import ClipFrames, evenly_spread, other_clip, read_frames
from alive_cli.report.pictures import psnr
from alive_cli.runtime.scene import Scene

MOST_SIDE = 960
"""Each picture of a comparison has at most so many pixels on its longest side, so that two fit on a screen."""
LIKENESS_FRAMES, LIKENESS_SIDE = 9, 160
"""Whether a file shows the same clip is judged by so many frames, and by pictures with so many pixels on a side."""
LEAST_LIKENESS = 18.0
"""The median PSNR of these pictures, in dB. A clip that was encoded anew has 25 or more, another one 6 to 12."""


def clip_frames(scene: Scene, video: Path, warn: Callable[[str], None]) -> ClipFrames:
    """The frames of a scene's clip, from the file that it was fitted to or from another one that shows the same.

    Args:
        warn: receives a sentence if it is another file.

    Raises:
        InputError: the file shows something else, has too few frames, or can't be read.
    """
    notes: list[str] = []
    frames = read_frames(scene.manifest, video, notes.append)
    if not frames.own_file and not is_same_clip(scene, frames.fitted[: len(scene.embeddings)]):
        raise InputError(other_clip(scene.manifest, video))
    for note in notes:
        warn(note)
    return frames


def is_same_clip(scene: Scene, frames: np.ndarray) -> bool:
    """Whether frames look like what the scene draws of them, so that they may be another file of its clip.

    Args:
        frames: as for `side_by_side`.
    """
    size = scene.size_up_to(LIKENESS_SIDE)
    chosen = evenly_spread(len(frames), LIKENESS_FRAMES)
    figures = [
        psnr(scene.draw(scene.embeddings[number], size)[None], shrunk(frames[number], size)[None]) for number in chosen
    ]
    return float(np.median(figures)) >= LEAST_LIKENESS


def side_by_side(scene: Scene, frames: np.ndarray) -> Iterator[np.ndarray]:
    """Each fitted frame beside its drawing, uint8 [H', W', 3], labelled with its second and its PSNR in dB.

    Both are shown with MOST_SIDE pixels on their longest side at most; the PSNR is that of all pixels.

    Args:
        frames: the fitted frames in the order of the scene's bank, uint8 [N, H, W, 3].
    """
    size = frames.shape[2], frames.shape[1]
    shown = shrunk_size(size, MOST_SIDE)
    board = Board(2, 1, shown)
    source = scene.manifest.source
    for number, (frame, embedding) in enumerate(zip(frames, scene.embeddings, strict=True)):
        drawn = scene.draw(embedding, size)
        board.label(0, f"original  {source.start + number / source.fps:.2f} s")
        board.label(1, f"generated  {psnr(drawn[None], frame[None]):.1f} dB")
        yield board.show([shrunk(frame, shown), shrunk(drawn, shown)])


def progression(frames: np.ndarray, steps: list[int], shots: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Frames above their drawings after some steps of training: one board, uint8 [H', W', 3], for each shot.

    Args:
        frames: uint8 [K, H, W, 3]; where the shots are smaller, they are shrunk to their size.
        steps: after how many steps each shot was taken.
        shots: the drawings of these frames, uint8 [K, H', W', 3], one array for each of `steps`.
    """
    count, height, width = shots[0].shape[:3]
    frames = np.stack([shrunk(frame, (width, height)) for frame in frames])
    board = Board(count, 2, (width, height))
    board.label(0, "original")
    for step, drawn in zip(steps, shots, strict=True):
        board.label(count, f"after {step:,} step{'s' if step > 1 else ''}")
        if count > 1:
            board.label(count + 1, f"{psnr(drawn, frames):.1f} dB")
        yield board.show([*frames, *drawn])
