"""The encoder of a fitted scene, rebuilt from its bundle."""

import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.encoders.choose import rebuild_encoder
from alive_cli.errors import WeightsError
from alive_cli.media.alpha import over
from alive_cli.threads import over_cores
from bundle_spec.container import WEIGHTS_NAME, Bundle
from bundle_spec.errors import UnsafeBundle
from bundle_spec.features.alpha import is_transparent
from bundle_spec.features.warp import unpack_keyframes, warp_of
from bundle_spec.manifest import POSE, EncoderInfo, Warp
from bundle_spec.webp import unpack_webp

MOST_BYTES = 5 << 30
"""All keyframes of a bundle, decoded at once, take at most so much memory. Those of the largest fit, 400 of 1920×1920
pixels, take 4.2 GiB; a stranger's could take 24."""


def has_poses(info: EncoderInfo) -> bool:
    """Whether a scene's embeddings contain the pose of a frame."""
    return POSE in (info.slices or {})


def frame_encoder(bundle: Bundle, *, weights: str | None = None, device: str = "cpu") -> Encoder | None:
    """What encoded the frames of a scene, whatever its embeddings contain besides; None if nothing but motion did.

    Args:
        weights: an open_clip tag or a checkpoint file, if the name in the manifest isn't enough to get CLIP's weights.

    Raises:
        WeightsError: the bundle was slimmed, the weights are missing, or the kind of encoder is unknown.
    """
    info = bundle.manifest.encoder
    if has_poses(info) and info.id == POSE:
        return None
    tensors = bundle.tensors(WEIGHTS_NAME) if WEIGHTS_NAME in bundle.parts else {}
    return rebuild_encoder(info, tensors, weights=weights, device=device)


def scene_encoder(bundle: Bundle, *, weights: str | None = None, device: str = "cpu") -> Encoder:
    """The encoder that a bundle was fitted with, which gives embeddings as its bank has them; as `frame_encoder`.

    Raises:
        WeightsError: as `frame_encoder`, or the bundle's encoder is damaged, or torch is not installed.
        CorruptBundle: a keyframe is damaged.
    """
    encoder = frame_encoder(bundle, weights=weights, device=device)
    warp = warp_of(bundle.manifest)
    if not has_poses(bundle.manifest.encoder) or warp is None:
        if encoder is None:
            raise WeightsError("The bundle has no keyframes, so the pose of a picture can't be found.")
        return encoder
    if WEIGHTS_NAME not in bundle.parts:
        raise WeightsError("The bundle was slimmed, so it has no encoder any more.")
    try:
        from alive_cli.observation.pose_encoder import PoseEncoder
    except ModuleNotFoundError:
        raise WeightsError("The pose of a picture is found with torch: pip install 'alive-scene[fit]'.") from None
    return PoseEncoder.from_tensors(bundle.tensors(WEIGHTS_NAME), decoded_keyframes(bundle, warp), encoder)


def decoded_keyframes(bundle: Bundle, warp: Warp) -> np.ndarray:
    """The keyframes of a bundle, uint8 [K, h, w, 3]; transparent ones over the neutral grey.

    Raises:
        CorruptBundle: a keyframe is damaged.
        UnsafeBundle: all of them together take more than MOST_BYTES.
    """
    if warp.count * warp.width * warp.height * 3 > MOST_BYTES:
        raise UnsafeBundle(f"The bundle's keyframes take more than {MOST_BYTES >> 30} GiB once they are decoded.")
    pictures = unpack_keyframes(bundle, warp)[: warp.count]
    size = (warp.width, warp.height)
    alpha = is_transparent(bundle.manifest)
    return np.stack(list(over_cores(lambda picture: over(unpack_webp(picture, size, alpha=alpha)), pictures)))
