"""The noise of a rollout, the same in every language (SPEC.md, Noise).

It is Philox4x32-10 (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"). NumPy's own Philox is the 4x64
variant, whose numbers are different.
"""

import math
from functools import cache
from statistics import NormalDist

import numpy as np

from bundle_spec.manifest import NoiseTensor

TABLE_BITS = 12
"""The leading bits of a random word choose an entry of the table; the format fixes how many."""
TABLE_SIZE = 1 << TABLE_BITS
"""A table of quantiles has this many entries, one for each value of the leading bits."""
GRID = 4096
"""Quantiles are rounded to multiples of 1/4096, so that any mathematical library gives the same table."""

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox4x32(counter: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Ten rounds of Philox4x32: counters, uint32 [M, 4] → random words, uint32 [M, 4]."""
    c0, c1, c2, c3 = (counter[:, column].astype(np.uint64) for column in range(4))
    k0, k1 = key
    for _ in range(_ROUNDS):
        product0, product1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (
            (product1 >> _SHIFT) ^ c1 ^ np.uint64(k0),
            product1 & _MASK,
            (product0 >> _SHIFT) ^ c3 ^ np.uint64(k1),
            product0 & _MASK,
        )
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], -1).astype(np.uint32)


@cache
def quantiles(distribution: str) -> np.ndarray:
    """The table of a distribution, float32 [4096]: entry i is its quantile at (i + ½) / 4096.

    `uniform` is exact; `normal` and `gumbel` are rounded to the nearest multiple of 1/4096.
    """
    levels = [(index + 0.5) / TABLE_SIZE for index in range(TABLE_SIZE)]
    if distribution == "uniform":
        return np.array(levels, np.float32)
    if distribution == "normal":
        inverse = NormalDist().inv_cdf
        values = [inverse(level) for level in levels]
    else:
        values = [-math.log(-math.log(level)) for level in levels]
    return np.array([math.floor(value * GRID + 0.5) / GRID for value in values], np.float32)


def draw_noise(tensor: NoiseTensor, stream: int, first: int, count: int, seed: int) -> np.ndarray:
    """The noise of a rollout for `count` steps of the behavior graph: float32 [count, *shape].

    Args:
        tensor: the declaration in the manifest.
        stream: the index of the declaration in the manifest's list of noises.
        first: the number of the first step. A rollout begins with step 0.
        seed: the seed of the rollout, 0 … 2⁶³−1.
    """
    shape = tuple(int(size) for size in tensor.shape)
    size = math.prod(shape)
    blocks = -(-size // 4)
    steps = first + np.arange(count, dtype=np.uint64)[:, None]
    counter = np.empty((count, blocks, 4), np.uint32)
    counter[..., 0] = np.arange(blocks)
    counter[..., 1] = steps & _MASK
    counter[..., 2] = steps >> _SHIFT
    counter[..., 3] = stream
    words = philox4x32(counter.reshape(-1, 4), (seed & 0xFFFFFFFF, seed >> 32)).reshape(count, -1)[:, :size]
    return np.take(quantiles(tensor.distribution), words >> (32 - TABLE_BITS)).reshape(count, *shape)
