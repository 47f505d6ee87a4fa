"""What of a scene is near and far: from a map, or from a model that estimates it."""

import numpy as np

from alive_cli.errors import InputError
from alive_cli.fitting.options import FitOptions
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.stabilising import Laid
from alive_cli.media.warping import resize
from alive_cli.observation.depth import read_depth, view_displacements
from alive_cli.observation.depth_model import estimated_depth

FRAMES = 64
"""A model sees the median of at most so many frames of a clip."""


def check_depth(options: FitOptions, *, known: bool = True) -> None:
    """Refuse what can't be used, before a clip is read.

    Args:
        known: whether the recipe knows depth.

    Raises:
        InputError: there are both a map and a model, there is no such file, or the recipe knows no depth.
    """
    if not known and (options.depth or options.depth_model):
        raise InputError("The published method knows no depth; leave out --depth, or --recipe original.")
    if options.depth is not None and options.depth_model is not None:
        raise InputError("Give --depth or --depth-model, not both.")
    for path in (options.depth, options.depth_model):
        if path is not None and not path.is_file():
            raise InputError(f"There is no file {path}; check the path, or give --depth anew.")


def find_depth(
    frames: np.ndarray, grid: tuple[int, int], options: FitOptions, laid: Laid | None = None
) -> np.ndarray | None:
    """How views displace a scene: float32 [2, rows, columns] as `view_displacements`; None without depth.

    Args:
        frames: the clip, or one photograph, uint8 [N, H, W, 3].
        grid: columns and rows of the motion grid.
        laid: where frames were laid that were stabilised; a map shows what was there before.

    Raises:
        InputError: the map or the model can't be used.
    """
    size = frames.shape[2], frames.shape[1]
    if options.depth is not None and laid is not None:
        whole = resize(read_depth(options.depth, laid.whole), laid.whole)
        depth = whole[laid.top : laid.top + size[1], laid.left : laid.left + size[0]]
    elif options.depth is not None:
        depth = read_depth(options.depth, size)
    elif options.depth_model is not None:
        depth = estimated_depth(options.depth_model, _median(frames))
    else:
        return None
    return view_displacements(depth, size, grid)


def _median(frames: np.ndarray) -> np.ndarray:
    """What is behind all that moves: the median of some frames, uint8 [H, W, 3]."""
    some = frames[evenly_spread(len(frames), FRAMES)]
    picture: np.ndarray = np.median(some, axis=0).round().astype(np.uint8)
    return picture
