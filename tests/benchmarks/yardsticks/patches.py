"""Space-time patches of videos: their features, their nearest neighbours in another video, and voting.

Videos are float32 [T, H, W, 3]; the patches of size (t, h, w) lie wholly inside, so that there are
[T−t+1, H−h+1, W−w+1] of them. A field, int32 [t', h', w', 3], gives each patch the place of a patch of another video.
"""

import numpy as np
import torch
from numba import njit

MOST_FEATURES = 24
"""A patch has at most so many features, its leading principal components, because exact distances take many times as
long."""
MOST_SAMPLED = 20_000
"""The components are those of at most so many patches."""
MOST_EXACT = 1_000_000
"""At most so many pairs of patches are all compared; of more, PatchMatch finds approximate neighbours."""

Size = tuple[int, int, int]


def basis_of(video: np.ndarray, size: Size, seed: int = 0) -> np.ndarray:
    """Directions that keep the distances of a video's patches: orthonormal [K, 3, t, h, w], K ≤ MOST_FEATURES."""
    counts = counts_of(video.shape, size)
    windows = np.lib.stride_tricks.sliding_window_view(video, size, axis=(0, 1, 2))  # [t', h', w', 3, t, h, w]
    most = int(np.prod(counts))
    chosen = np.random.default_rng(seed).permutation(most)[:MOST_SAMPLED]
    flat = windows[np.unravel_index(chosen, counts)].reshape(len(chosen), -1)
    flat = flat - flat.mean(0)
    directions = np.linalg.eigh(flat.T @ flat)[1][:, ::-1][:, :MOST_FEATURES]
    return np.ascontiguousarray(directions.T).reshape(-1, 3, *size)


def features_of(video: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """The patches of a video in a basis: float32 [t', h', w', K]."""
    planes = torch.from_numpy(np.ascontiguousarray(video.transpose(3, 0, 1, 2)))[None]
    planes = torch.nn.functional.conv3d(planes, torch.from_numpy(basis.astype(np.float32)))[0]
    return planes.permute(1, 2, 3, 0).contiguous().numpy()


def counts_of(shape: tuple[int, ...], size: Size) -> Size:
    """How many patches a video of a shape [T, H, W, …] has along each axis."""
    t, h, w = (whole - part + 1 for whole, part in zip(shape[:3], size, strict=True))
    return t, h, w


def same_places(shape: tuple[int, ...]) -> np.ndarray:
    """The field that gives each patch the one at its own place."""
    return np.stack(np.meshgrid(*map(np.arange, shape[:3]), indexing="ij"), -1).astype(np.int32)


def nearest(
    queries: np.ndarray,
    keys: np.ndarray,
    *,
    begin: np.ndarray,
    weights: np.ndarray | None = None,
    rounds: int = 4,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """The field of the keys that are most like the queries, and the squared distances [t, h, w].

    All pairs are compared where there are few; otherwise PatchMatch (Barnes et al. 2009) goes on from `begin`. A key
    replaces that of `begin` only if it is nearer.

    Args:
        queries, keys: features [t, h, w, K].
        begin: a field.
        weights: of each key, [t, h, w]; distances are multiplied by them.
    """
    if weights is None:
        weights = np.ones(keys.shape[:3], np.float32)
    field = begin.astype(np.int32)
    if np.prod(queries.shape[:3]) * np.prod(keys.shape[:3]) <= MOST_EXACT:
        distances = _exact(queries, keys, weights.astype(np.float32), field)
    else:
        distances = _patch_match(queries, keys, weights.astype(np.float32), field, rounds, seed)
    return field, distances


@njit(cache=True, nogil=True, fastmath=True)
def _distance(a: np.ndarray, b: np.ndarray, weight: float, limit: float) -> float:
    """The weighted squared distance of two vectors, or more than `limit` as soon as it exceeds that."""
    total = np.float32(0.0)
    for first in range(0, len(a), 8):
        for k in range(first, min(first + 8, len(a))):
            apart = a[k] - b[k]
            total += apart * apart
        if total * weight > limit:
            break
    return total * weight


@njit(cache=True, nogil=True)
def _exact(queries: np.ndarray, keys: np.ndarray, weights: np.ndarray, field: np.ndarray) -> np.ndarray:
    shape = queries.shape
    distances = np.empty(shape[:3], np.float32)
    for t in range(shape[0]):
        for y in range(shape[1]):
            for x in range(shape[2]):
                here = queries[t, y, x]
                f = field[t, y, x]
                best = _distance(here, keys[f[0], f[1], f[2]], weights[f[0], f[1], f[2]], np.inf)
                for i in range(keys.shape[0]):
                    for j in range(keys.shape[1]):
                        for k in range(keys.shape[2]):
                            score = _distance(here, keys[i, j, k], weights[i, j, k], best)
                            if score < best:
                                best = score
                                f[0], f[1], f[2] = i, j, k
                distances[t, y, x] = best / weights[f[0], f[1], f[2]]
    return distances


@njit(cache=True, nogil=True)
def _patch_match(
    queries: np.ndarray, keys: np.ndarray, weights: np.ndarray, field: np.ndarray, rounds: int, seed: int
) -> np.ndarray:
    np.random.seed(seed)
    T, H, W = queries.shape[:3]  # noqa: N806
    limits = keys.shape[:3]
    scores = np.empty((T, H, W), np.float32)
    for t in range(T):
        for y in range(H):
            for x in range(W):
                f = field[t, y, x]
                scores[t, y, x] = _distance(queries[t, y, x], keys[f[0], f[1], f[2]], weights[f[0], f[1], f[2]], np.inf)
    for turn in range(rounds):
        step = 1 if turn % 2 == 0 else -1
        for a in range(T):
            t = a if step == 1 else T - 1 - a
            for b in range(H):
                y = b if step == 1 else H - 1 - b
                for c in range(W):
                    x = c if step == 1 else W - 1 - c
                    here = queries[t, y, x]
                    best = scores[t, y, x]
                    f = field[t, y, x]
                    for axis in range(3):
                        if axis == 0:
                            if not 0 <= t - step < T:
                                continue
                            g = field[t - step, y, x]
                        elif axis == 1:
                            if not 0 <= y - step < H:
                                continue
                            g = field[t, y - step, x]
                        else:
                            if not 0 <= x - step < W:
                                continue
                            g = field[t, y, x - step]
                        i, j, k = g[0], g[1], g[2]
                        if axis == 0:
                            i = min(max(i + step, 0), limits[0] - 1)
                        elif axis == 1:
                            j = min(max(j + step, 0), limits[1] - 1)
                        else:
                            k = min(max(k + step, 0), limits[2] - 1)
                        score = _distance(here, keys[i, j, k], weights[i, j, k], best)
                        if score < best:
                            best = score
                            f[0], f[1], f[2] = i, j, k
                    share = 1.0
                    while share * max(limits) >= 1:
                        i = f[0] + int(np.round((2 * np.random.random() - 1) * share * limits[0]))
                        j = f[1] + int(np.round((2 * np.random.random() - 1) * share * limits[1]))
                        k = f[2] + int(np.round((2 * np.random.random() - 1) * share * limits[2]))
                        i = min(max(i, 0), limits[0] - 1)
                        j = min(max(j, 0), limits[1] - 1)
                        k = min(max(k, 0), limits[2] - 1)
                        score = _distance(here, keys[i, j, k], weights[i, j, k], best)
                        if score < best:
                            best = score
                            f[0], f[1], f[2] = i, j, k
                        share *= 0.5
                    scores[t, y, x] = best
    for t in range(T):
        for y in range(H):
            for x in range(W):
                f = field[t, y, x]
                scores[t, y, x] /= weights[f[0], f[1], f[2]]
    return scores


@njit(cache=True, nogil=True)
def vote(values: np.ndarray, field: np.ndarray, size: Size) -> np.ndarray:
    """The video whose patches are those of `values` that a field names: each value is the median over its patches.

    Args:
        values: float32 [T, H, W, 3].
        field: int32 [t, h, w, 3], places of patches of `values`.

    Returns:
        float32 [t + size − 1, …, 3].
    """
    counts = field.shape
    T, H, W = counts[0] + size[0] - 1, counts[1] + size[1] - 1, counts[2] + size[2] - 1  # noqa: N806
    video = np.empty((T, H, W, 3), np.float32)
    votes = np.empty((3, size[0] * size[1] * size[2]), np.float32)
    for t in range(T):
        for y in range(H):
            for x in range(W):
                n = 0
                for i in range(max(0, t - size[0] + 1), min(t, counts[0] - 1) + 1):
                    for j in range(max(0, y - size[1] + 1), min(y, counts[1] - 1) + 1):
                        for k in range(max(0, x - size[2] + 1), min(x, counts[2] - 1) + 1):
                            f = field[i, j, k]
                            source = values[f[0] + t - i, f[1] + y - j, f[2] + x - k]
                            for colour in range(3):
                                votes[colour, n] = source[colour]
                            n += 1
                for colour in range(3):
                    video[t, y, x, colour] = _middle(votes[colour], n)
    return video


@njit(cache=True, nogil=True)
def _middle(values: np.ndarray, count: int) -> float:
    """The lower median of the first `count` values, which it reorders (Hoare's selection)."""
    low, high, middle = 0, count - 1, (count - 1) // 2
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break
    return values[middle]
