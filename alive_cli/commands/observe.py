"""From a clip to what a fit observes: decode, encode, and see what lies between the frames."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alive_cli.checkpoint import Arrays, Checkpoint
from alive_cli.commands.fit_options import FitOptions
from alive_cli.commands.truth import HOLDOUT, SEQUENCE_FPS, sampling_of, sequence_fps
from alive_cli.encoders import Encoder
from alive_cli.errors import InputError
from alive_cli.media.decode import MIN_FRAMES, check_motion, decode, plan_sampling
from alive_cli.media.probe import probe
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.progress import Listener
from alive_cli.report.evaluate import Truth
from bundle_spec.manifest import Manifest, Source

if TYPE_CHECKING:
    import torch

    from alive_cli.fitting.observations import Observations

READING_STAGE = "Reading the clip"
ENCODING_STAGE = "Looking at the frames"
BETWEEN_STAGE = "Seeing motion"
MAX_IN_BETWEENS = 1000
"""Pictures between frames that a fit learns from; a longer clip has motion enough of its own."""
MAX_BETWEEN_BYTES = 1 << 30
"""What those and the ones on the way of jumps take in memory at most; of large pictures there are fewer."""
EMBEDDINGS, IN_BETWEENS = "embeddings", "in_betweens"
"""Under which names a checkpoint keeps them."""


@dataclass(frozen=True)
class Taken:
    """A clip that was read."""

    title: str
    truth: Truth
    source: Source
    settings: dict[str, bool | float]
    """What must be known to read it again."""


def take(
    video: Path, options: FitOptions, earlier: Manifest | None, listener: Listener, scratch: Path | None = None
) -> Taken:
    """Read a clip: as the options ask, or as an `earlier` scene took it.

    Args:
        scratch: folder for the frames of a clip that is too long to be held in memory.

    Raises:
        InputError: it can't be read, has too few frames, nothing in it moves, or it isn't the earlier one's.
    """
    info = probe(video, options.fps if earlier is None else sequence_fps(earlier))
    digest, size = fingerprint(video)
    if earlier and digest != earlier.source.sha256:
        raise InputError(f"{video.name} is not the clip that the scene was fitted to; give {earlier.source.name}.")
    for note in info.notes:
        listener.say(note)
    if earlier:
        plan = sampling_of(earlier)
    else:
        plan = plan_sampling(
            info,
            size=options.size,
            fps=options.fps,
            start=options.start,
            duration=options.duration,
            max_frames=options.max_frames,
        )
    listener.progress(READING_STAGE, 0, 1)
    clip = decode(info, plan, scratch)
    width, height = clip.size
    name = video.name or clip_name(video)
    told = f"{len(clip.frames)} frames of {width}×{height} at {plan.fps:.3g} fps"
    listener.progress(READING_STAGE, 1, 1, f"{len(clip.frames)} frames")
    listener.say(f"{name}: {told}.")
    if plan.lowered:
        listener.warn(
            f"The clip has more than {options.max_frames} frames, so {plan.fps:.2f} frames of each second are used; "
            "--duration takes a part of it at the full rate, --max-frames allows more."
        )
    every = 2 if options.holdout else 1
    truth = Truth.of(clip.frames, every)
    if len(truth.fitted) < MIN_FRAMES:
        raise InputError(f"{name} has too few frames for --holdout; it needs {every * MIN_FRAMES}.")
    if options.holdout:
        check_motion(truth.fitted, name)
    source = Source(
        name=as_text(name),
        sha256=digest,
        bytes=size,
        width=width,
        height=height,
        fps=plan.fps / every,
        frames=len(truth.fitted),
        start=plan.start,
    )
    settings: dict[str, bool | float] = {HOLDOUT: options.holdout}
    if info.pictures:
        settings[SEQUENCE_FPS] = info.fps
    return Taken(as_text(clip_name(video)), truth, source, settings)


def observe(
    frames: np.ndarray,
    encoder: Encoder,
    device: "torch.device",
    *,
    in_betweens: bool,
    seed: int,
    checkpoint: Checkpoint,
    listener: Listener,
) -> "Observations":
    """Frames, uint8 [N, H, W, 3], with their embeddings and, if wanted, pictures that nobody filmed.

    What takes long is taken from the checkpoint, where an interrupted fit has done it.
    """
    import torch

    from alive_cli.fitting.bridges import Bridges, Plan
    from alive_cli.fitting.observations import Observations

    count = len(frames)

    def encode() -> Arrays:
        listener.progress(ENCODING_STAGE, 0, count)
        return {EMBEDDINGS: encoder.encode(frames, lambda done: listener.progress(ENCODING_STAGE, done, count))}

    embeddings = checkpoint.once(EMBEDDINGS, encode)[EMBEDDINGS]
    listener.progress(ENCODING_STAGE, count, count, f"{encoder.info.id}, {embeddings.shape[1]} dimensions")
    if not in_betweens:
        return Observations.of(frames, embeddings, device)
    seen = checkpoint.once(IN_BETWEENS, lambda: _between(frames, embeddings, encoder, seed, listener))
    between = seen["pictures"], seen[EMBEDDINGS]
    bridges: Bridges | None = None
    if len(seen["moments"]):
        plan = Plan(seen["moments"], seen["targets"], seen["pairs"], seen["shares"])
        ways = seen[EMBEDDINGS][-plan.shares.size :].reshape(*plan.shares.shape, -1)
        bridges = Bridges(plan, torch.from_numpy(ways))
    return Observations.of(frames, embeddings, device, between, bridges)


def _between(frames: np.ndarray, embeddings: np.ndarray, encoder: Encoder, seed: int, listener: Listener) -> Arrays:
    """Pictures between neighbouring frames, then those on the way of far jumps; embeddings of all; the jumps."""
    import torch

    from alive_cli.fitting.behavior_fit import find_bridges
    from alive_cli.media.inbetween import morphed, motion_compensated

    progress = listener.progress
    progress(BETWEEN_STAGE, 0, min(len(frames) - 1, MAX_IN_BETWEENS))
    plan = find_bridges(torch.from_numpy(embeddings), seed)
    most = MAX_BETWEEN_BYTES // frames[0].nbytes - plan.shares.size
    gaps = max(0, min(len(frames) - 1, MAX_IN_BETWEENS, most))
    total = gaps + len(plan.moments)
    # All in one place from the beginning, of which only what is drawn is ever touched: there may be a lot of them.
    room = np.empty((gaps + plan.shares.size, *frames.shape[1:]), np.uint8)
    count = len(motion_compensated(frames, room[:gaps], lambda done: progress(BETWEEN_STAGE, done, total)))
    drawn = morphed(
        frames, plan.pairs, plan.shares, room[count:], lambda done: progress(BETWEEN_STAGE, gaps + done, total)
    )
    seen = room[: count + plan.shares[drawn].size]
    found = encoder.encode(seen) if len(seen) else embeddings[:0]
    return {"pictures": seen, EMBEDDINGS: found, **vars(plan.only(drawn))}


def as_text(name: str) -> str:
    """A file name as proper text: file systems allow bytes that UTF-8 doesn't."""
    return os.fsencode(name).decode("utf-8", "replace")
