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
    """The encoder that the user chose."""

    kind: str = "auto"
    """`auto`, `clip` or `pca`."""
    model: str = DEFAULT_MODEL
    weights: str | None = None
    """An open_clip tag or a checkpoint file; None for `openai`."""


def find_clip(choice: EncoderChoice, *, device: str, note: Callable[[str], None]) -> Encoder | None:
    """CLIP, or None if the user chose `pca` or, with a note, if its weights are not available.

    If the user names weights (`--clip-weights`), missing weights are an error.

    Raises:
        WeightsError: the model or its weights don't exist, or the user chose CLIP and its weights can't be downloaded.
    """
    if choice.kind == "pca":
        return None
    try:
        path, tag = find_weights(choice.model, choice.weights)
    except UnreachableWeightsError:
        if choice.kind == "clip" or choice.weights:
            raise
        note(
            f"The scene does without CLIP ({choice.model} is not on this machine), which only moods in words need; "
            "--clip-weights FILE takes a local checkpoint."
        )
        return None
    return ClipEncoder.load(choice.model, path, tag=tag, device=device)


def find_encoder(choice: EncoderChoice, *, device: str, note: Callable[[str], None]) -> Callable[[np.ndarray], Encoder]:
    """Decide which encoder to use before the frames are read: CLIP as `find_clip` finds it, otherwise `pca`.

    Returns:
        A function from the clip's frames, uint8 [N, H, W, 3], to the encoder; `pca` learns from them.

    Raises:
        WeightsError: as `find_clip`.
    """
    encoder = find_clip(choice, device=device, note=note)
    if encoder is not None:
        return lambda frames: encoder
    instead_of = None if choice.kind == "pca" else choice.model
    return lambda frames: PcaEncoder.fit(frames, instead_of=instead_of)


def rebuild_encoder(
    info: EncoderInfo, tensors: dict[str, np.ndarray], *, weights: str | None = None, device: str = "cpu"
) -> Encoder:
    """The encoder that a bundle was fitted with.

    Args:
        info: what the bundle's manifest says about the encoder.
        tensors: the contents of its weights.safetensors.
        weights: an open_clip tag or a checkpoint file, if the name in the manifest isn't enough to get CLIP's weights.

    Raises:
        WeightsError: the bundle was slimmed, the weights are missing, or the kind of encoder is unknown.
    """
    if info.id == "pca":
        try:
            return PcaEncoder.from_tensors(tensors)
        except KeyError:
            raise WeightsError("The bundle was slimmed, so it has no encoder any more.") from None
    if info.id != "clip" or info.model is None:
        raise WeightsError(f"The encoder {info.id!r} is unknown to this alive.")
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError:
        raise WeightsError("CLIP needs torch: pip install 'alive-scene[fit]'.") from None
    path, tag = find_weights(info.model, weights or info.weights)
    return ClipEncoder.load(info.model, path, tag=tag, device=device)
