"""Clusters of points and of paths in time: k-means, a sticky hidden Markov model, and how far two labelings agree."""

import numpy as np

RESTARTS, ITERATIONS = 3, 25
"""Lloyd's method begins so often anew, and takes at most so many steps each time."""


def principal(points: np.ndarray, most: int) -> np.ndarray:
    """Points [N, S] about their mean as at most `most` principal components: [N, min(most, S)]."""
    centred = points - points.mean(0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]  # much faster than the singular vectors of long paths
    components: np.ndarray = centred @ axes[:, :most]
    return components


def k_means(points: np.ndarray, count: int, random: np.random.Generator, *, restarts: int = RESTARTS) -> np.ndarray:
    """Cluster B sets of points, [B, M, F], by Lloyd's method from k-means++ seeds (Arthur & Vassilvitskii 2007).

    Returns:
        The means of the best of some restarts, [B, count, F].
    """
    sets, size, _ = points.shape
    many = np.repeat(points, restarts, axis=0)
    rows = np.arange(len(many))
    means = many[rows, random.integers(size, size=len(many))][:, None]
    nearest = square_distances(many, means)[..., 0]
    for _ in range(count - 1):
        sums = nearest.cumsum(1)
        chosen = (sums < random.random((len(many), 1)) * sums[:, -1:]).sum(1).clip(max=size - 1)
        added = many[rows, chosen][:, None]
        means = np.concatenate([means, added], 1)
        nearest = np.minimum(nearest, square_distances(many, added)[..., 0])
    identity = np.eye(count, dtype=points.dtype)
    labels = np.full(many.shape[:2], -1)
    for _ in range(ITERATIONS):
        before, labels = labels, square_distances(many, means).argmin(-1)
        if (labels == before).all():
            break
        members = identity[labels]
        sizes = members.sum(1)[..., None]
        means = np.where(sizes > 0, members.swapaxes(1, 2) @ many / np.maximum(sizes, 1), means)
    loss = square_distances(many, means).min(-1).sum(1).reshape(sets, restarts)
    best: np.ndarray = means.reshape(sets, restarts, count, -1)[np.arange(sets), loss.argmin(1)]
    return best


def square_distances(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Squared distances of points [B, M, F] to means [B, K, F]: [B, M, K], ≥ 0."""
    products = points @ means.swapaxes(1, 2)
    squares = np.square(points).sum(-1)[..., None] + np.square(means).sum(-1)[:, None] - 2 * products
    positive: np.ndarray = np.maximum(squares, 0)
    return positive


def sticky_labels(features: np.ndarray, means: np.ndarray, starts: np.ndarray, window: int) -> np.ndarray:
    """The most likely clusters of B paths, by Viterbi's algorithm (1967): int [B, N].

    The clusters are spheres of one size. Staying is likely: one change in `window` frames is expected. The evidence of
    a frame counts by 2 / `window`, because windows half a window apart are nearly independent.

    Args:
        features: [B, N, F].
        means: [B, K, F].
        starts: bool [N]; where a shot begins, a change costs nothing.
        window: frames, at least 3.
    """
    squares = square_distances(features, means)
    sets, frames, count = squares.shape
    variances = features.var(1)
    dimensions = np.square(variances.sum(1)) / np.maximum(np.square(variances).sum(1), 1e-12)
    size = np.maximum(squares.min(-1).mean(1) / dimensions, 1e-9)
    evidence = np.ascontiguousarray((-squares / (window * size[:, None, None])).swapaxes(0, 1))
    change = float(np.log(window - 1) + np.log(max(count - 1, 1)))
    came_from = np.empty((frames, sets, count), np.int16)
    score = evidence[0]
    for frame in range(1, frames):
        best = score.argmax(1)[:, None]
        changed = np.take_along_axis(score, best, 1) - (0 if starts[frame] else change)
        changes = changed > score
        came_from[frame] = np.where(changes, best, np.arange(count))
        score = np.where(changes, changed, score) + evidence[frame]
    labels = np.empty((frames, sets), int)
    labels[-1] = score.argmax(1)
    for frame in range(frames - 1, 0, -1):
        labels[frame - 1] = came_from[frame, np.arange(sets), labels[frame]]
    return labels.T


def rand_index(first: np.ndarray, second: np.ndarray) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985) of two labelings, int [N]: 0 by chance, 1 if they are the same."""
    table = _table(first, second)
    rows, columns = _pairs(table.sum(1)), _pairs(table.sum(0))
    expected = rows * columns / _pairs(np.array([len(first)]))
    most = (rows + columns) / 2
    return (_pairs(table) - expected) / (most - expected) if most - expected > 1e-9 else 0.0


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _table(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    return table
