"""Which encoder a fit uses (`--encoder auto/clip/pca`)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.encoders.clip import DEFAULT_MODEL, ClipEncoder, find_weights
from alive_cli.encoders.pca import PcaEncoder
from alive_cli.errors import WeightsError


@dataclass(frozen=True)
class EncoderChoice:
    """What the user asked for."""

    kind: str = "auto"
    """`auto`, `clip` or `pca`."""
    model: str = DEFAULT_MODEL
    weights: str | None = None
    """An open_clip tag or a checkpoint file; None for `openai`."""


def choose_encoder(choice: EncoderChoice, frames: np.ndarray, *, device: str, warn: Callable[[str], None]) -> Encoder:
    """CLIP where its weights can be had, else the built-in `pca` with one warning.

    Naming weights (`--clip-weights`) means CLIP: then their absence is an error, never a fallback.

    Args:
        frames: uint8 [N, H, W, 3]; `pca` takes its components from them.

    Raises:
        WeightsError: CLIP was asked for and its weights are not to be had.
    """
    if choice.kind == "pca":
        return PcaEncoder.fit(frames)
    try:
        path, tag = find_weights(choice.model, choice.weights)
    except WeightsError:
        if choice.kind == "clip" or choice.weights:
            raise
        warn(
            f"The CLIP weights {choice.model} are not on this machine and can't be downloaded now, so the built-in "
            "pca encoder is used; --clip-weights FILE gives a local checkpoint."
        )
        return PcaEncoder.fit(frames)
    return ClipEncoder.load(choice.model, path, tag=tag, device=device)
