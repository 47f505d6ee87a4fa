"""Which encoder a fit uses (`--encoder auto/clip/pca`)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.encoders.clip import DEFAULT_MODEL, ClipEncoder, UnreachableWeightsError, find_weights
from alive_cli.encoders.pca import PcaEncoder
from alive_cli.errors import WeightsError
from bundle_spec.manifest import EncoderInfo


@dataclass(frozen=True)
class EncoderChoice:
    """What the user asked for."""

    kind: str = "auto"
    """`auto`, `clip` or `pca`."""
    model: str = DEFAULT_MODEL
    weights: str | None = None
    """An open_clip tag or a checkpoint file; None for `openai`."""


def find_encoder(choice: EncoderChoice, *, device: str, warn: Callable[[str], None]) -> Callable[[np.ndarray], Encoder]:
    """Decide which encoder to use, before there are frames: CLIP where its weights can be had, else `pca`
    with one warning.

    Naming weights (`--clip-weights`) means CLIP: then their absence is an error, never a fallback.

    Returns:
        A function from the clip's frames, uint8 [N, H, W, 3], to the encoder; `pca` learns from them.

    Raises:
        WeightsError: the model or its weights don't exist, or CLIP was asked for and is not to be had.
    """
    if choice.kind == "pca":
        return PcaEncoder.fit
    try:
        path, tag = find_weights(choice.model, choice.weights)
    except UnreachableWeightsError:
        if choice.kind == "clip" or choice.weights:
            raise

        def fall_back(frames: np.ndarray) -> Encoder:
            warn(
                f"The CLIP weights {choice.model} are not on this machine and can't be downloaded now, so the "
                "built-in pca encoder is used; --clip-weights FILE gives a local checkpoint."
            )
            return PcaEncoder.fit(frames, instead_of=choice.model)

        return fall_back
    encoder = ClipEncoder.load(choice.model, path, tag=tag, device=device)
    return lambda frames: encoder


def rebuild_encoder(
    info: EncoderInfo, tensors: dict[str, np.ndarray], *, weights: str | None = None, device: str = "cpu"
) -> Encoder:
    """The encoder that a bundle was fitted with.

    Args:
        info: what its manifest says of it.
        tensors: what its weights.safetensors holds.
        weights: an open_clip tag or a checkpoint, where CLIP's own is not to be found by name.

    Raises:
        WeightsError: it can't be had: a slimmed bundle, weights that aren't here, an unknown kind.
    """
    if info.id == "pca":
        try:
            return PcaEncoder.from_tensors(tensors)
        except KeyError:
            raise WeightsError("The bundle was slimmed, so its encoder is gone.") from None
    if info.id != "clip" or info.model is None:
        raise WeightsError(f"The encoder {info.id!r} is unknown to this alive.")
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError:
        raise WeightsError("CLIP needs torch: pip install 'alive-scene[fit]'.") from None
    path, tag = find_weights(info.model, weights or info.weights)
    return ClipEncoder.load(info.model, path, tag=tag, device=device)
