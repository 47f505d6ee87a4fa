"""The clip beside what a scene draws of it: when it is done, and while it learns."""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alive_cli.report.pictures import psnr
from alive_cli.runtime.scene import Scene

GAP = 4
LABEL_SHARE = 0.09
"""Height of a label, of the pictures' height."""
LEAST_LABEL = 14
BACK, INK = (20, 20, 22), (236, 233, 226)


def side_by_side(scene: Scene, frames: np.ndarray) -> Iterator[np.ndarray]:
    """Each fitted frame beside its drawing, uint8 [H', W', 3], with second and PSNR burned in.

    Args:
        frames: those of the scene's bank, uint8 [N, H, W, 3].
    """
    height, width = frames.shape[1:3]
    label = max(LEAST_LABEL, round(height * LABEL_SHARE))
    font = ImageFont.load_default(label * 0.72)
    source = scene.manifest.source
    for number, (frame, embedding) in enumerate(zip(frames, scene.embeddings, strict=True)):
        drawn = scene.draw(embedding, (width, height))
        board = Image.new("RGB", (2 * width + 3 * GAP, height + label + 2 * GAP), BACK)
        pen = ImageDraw.Draw(board)
        pen.text((GAP + 2, GAP), f"original  {source.start + number / source.fps:.2f} s", INK, font)
        pen.text((width + 2 * GAP + 2, GAP), f"generated  {psnr(drawn[None], frame[None]):.1f} dB", INK, font)
        board.paste(Image.fromarray(frame), (GAP, GAP + label))
        board.paste(Image.fromarray(drawn), (width + 2 * GAP, GAP + label))
        yield np.asarray(board)


def progression(frames: np.ndarray, steps: list[int], shots: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Chosen frames above what was drawn of them after some steps: uint8 [H', W', 3] for each shot.

    Args:
        frames: uint8 [K, H, W, 3].
        shots: the same frames as drawn, one array for each of `steps`.
    """
    count, height, width = frames.shape[:3]
    label = max(LEAST_LABEL, round(height * LABEL_SHARE))
    font = ImageFont.load_default(label * 0.72)
    size = count * (width + GAP) + GAP, 2 * height + 2 * label + 3 * GAP
    for step, drawn in zip(steps, shots, strict=True):
        board = Image.new("RGB", size, BACK)
        pen = ImageDraw.Draw(board)
        pen.text((GAP + 2, GAP), "original", INK, font)
        told = f"after {step:,} step{'s' if step > 1 else ''}  {psnr(drawn, frames):.1f} dB"
        pen.text((GAP + 2, 2 * GAP + label + height), told, INK, font)
        for place in range(count):
            left = GAP + place * (width + GAP)
            board.paste(Image.fromarray(frames[place]), (left, GAP + label))
            board.paste(Image.fromarray(drawn[place]), (left, 2 * GAP + 2 * label + height))
        yield np.asarray(board)
