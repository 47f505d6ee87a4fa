"""Embeddings between the frames of a clip."""

import torch
from torch import Tensor
from torch.nn import functional


def dense_times(count: int, factor: int) -> Tensor:
    """Fractional frame numbers of a densified clip of `count` frames, `factor` steps a frame: [(count−1)·factor+1]."""
    return torch.arange((count - 1) * factor + 1, dtype=torch.float32) / factor


def neighbours(count: int, times: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Frames before and after fractional frame numbers [F], int64 [F] each, and the position between them, 0…1 [F]."""
    first = times.floor().long().clamp(0, count - 1)
    second = (first + 1).clamp(max=count - 1)
    return first, second, times - first


def interpolated(embeddings: Tensor, times: Tensor) -> Tensor:
    """Unit embeddings [F, D] at fractional frame numbers [F] of a bank [N, D]: interpolated and normalised again."""
    first, second, fraction = neighbours(len(embeddings), times)
    return functional.normalize(torch.lerp(embeddings[first], embeddings[second], fraction[:, None]), dim=-1)
