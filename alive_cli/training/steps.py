"""Numbers that are whole multiples of a step: as few bits as they need are stored."""

import numpy as np
from torch import Tensor

MOST_STEPS = 127
"""A number that is stored as a byte is at most so many steps."""
LEAST_STEP = 2.0**-24
"""No step is smaller, so that floats of 16 bits hold each multiple as well."""
_DIGITS = 24
"""A float of 32 bits has so many binary digits."""


def round_to_steps(weights: Tensor, axis: int, steps: Tensor) -> None:
    """Round weights in place so that each slice along an axis holds bytes times a power of two.

    Args:
        steps: the largest step of each slice, [size of the axis]; where a byte holds no number of them, it is larger.
    """
    largest = weights.abs().amax([other for other in range(weights.dim()) if other != axis])
    least = (largest / MOST_STEPS).clamp(min=LEAST_STEP).log2().ceil()
    exact = 2 ** steps.clamp(min=LEAST_STEP).log2().floor().maximum(least)
    exact = exact.view([-1 if each == axis else 1 for each in range(weights.dim())])
    weights.copy_((weights / exact).round() * exact)


def byte_steps(array: np.ndarray) -> np.ndarray | None:
    """The steps of an array, float32 [...], whose slices hold bytes times a power of two.

    Returns:
        Float32 [..., 1, ...], one for each index of the first axis that is longer than one; None if a slice holds other
        numbers.
    """
    if not array.size or not np.isfinite(array).all():
        return None
    axis = next((number for number, size in enumerate(array.shape) if size > 1), 0)
    others = tuple(number for number in range(array.ndim) if number != axis)
    fractions, exponents = np.frexp(array.astype(np.float64))
    whole = (np.abs(fractions) * 2.0**_DIGITS).astype(np.int64)
    divisible = np.log2((whole & -whole).clip(min=1)).astype(np.int64)  # by how many twos
    lowest = np.where(whole > 0, exponents - _DIGITS + divisible, 127).min(others, keepdims=True)
    steps = np.where(lowest < 127, 2.0**lowest, 1.0).astype(np.float32)
    return steps if (np.abs(array) <= MOST_STEPS * steps).all() else None


def rounded(table: np.ndarray, step: float) -> np.ndarray:
    """A table of floats, rounded to multiples of the power of two below a step; its type stays."""
    exact = 2.0 ** np.floor(np.log2(max(step, LEAST_STEP)))
    result: np.ndarray = (np.round(table.astype(np.float64) / exact) * exact).astype(table.dtype)
    return result
