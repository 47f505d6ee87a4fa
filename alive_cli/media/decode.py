"""A clip as an array of frames at the fitting size and a constant rate."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import base_command, main_complaint
from alive_cli.media.probe import REORDERED, VideoInfo, probe

MIN_SIDE = 16
MIN_FRAMES = 8
MAX_FPS = 30.0
MAX_CLIP_BYTES = 8 << 30
"""Largest decoded clip that is held in memory."""
MIN_MOTION = 3
"""Smallest temporal range, in 8-bit levels, that counts as something moving."""
_COMPLETE = 0.9


@dataclass(frozen=True)
class Sampling:
    """Which frames of a clip are taken, and at which size."""

    width: int
    height: int
    fps: float
    start: float
    duration: float
    frames: int
    """How many frames to expect; damaged or oddly timed clips give fewer."""
    lowered: bool
    """True when the rate had to be lowered to keep within the limit of frames."""


@dataclass(frozen=True)
class Clip:
    """Decoded frames, uint8 [N, H, W, 3], with what they were sampled from."""

    info: VideoInfo
    sampling: Sampling
    frames: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.frames.shape[2], self.frames.shape[1]


def plan_sampling(
    info: VideoInfo,
    *,
    size: int = 256,
    fps: float | None = None,
    start: float = 0.0,
    duration: float | None = None,
    max_frames: int = 1000,
) -> Sampling:
    """Choose size and rate: longest side at most `size` (never enlarged), even sides, `fps` or the
    clip's own up to 30, lowered where more than `max_frames` frames would come out.

    Raises:
        InputError: the clip is smaller than 16 px, `start` lies behind its end, or the frames would
            not fit into MAX_CLIP_BYTES.
    """
    if min(info.width, info.height) < MIN_SIDE:
        raise InputError(
            f"{info.path.name} is {info.width}×{info.height} pixels; a scene needs at least {MIN_SIDE} on each side."
        )
    if info.duration and start >= info.duration:
        raise InputError(
            f"{info.path.name} lasts {info.duration:.1f} s, so it can't start at {start:g} s; choose a smaller --start."
        )
    scale = min(1.0, size / max(info.width, info.height))
    width, height = (max(MIN_SIDE, round(side * scale / 2) * 2) for side in (info.width, info.height))
    length = max(0.0, info.duration - start)
    if duration is not None:
        length = min(length, duration) if info.duration else duration
    rate = fps or min(info.fps, MAX_FPS)
    wanted = max(1, round(length * rate))
    needed = min(wanted, max_frames) * width * height * 3
    if needed > MAX_CLIP_BYTES:
        raise InputError(
            f"{info.path.name} at {width}×{height} would take {needed / 2**30:.0f} GiB of memory; "
            f"the limit is {MAX_CLIP_BYTES >> 30}: choose a smaller --size or --max-frames."
        )
    lowered = wanted > max_frames
    if lowered:
        rate = max_frames / length
        wanted = max_frames
    return Sampling(width, height, rate, start, length, wanted, lowered)


def decode(info: VideoInfo, sampling: Sampling) -> Clip:
    """Decode the planned frames. ffmpeg scales them, so that only small frames reach this process.

    Raises:
        InputError: the clip is cut short, has fewer than 8 frames, or nothing in it moves.
    """
    width, height = sampling.width, sampling.height
    filters = f"fps={sampling.fps:.6f},scale={width}:{height}:flags=area+accurate_rnd+full_chroma_int,setsar=1"
    command = base_command()
    if sampling.start > 0:  # some raw streams can't be sought in, not even to 0
        command += ["-ss", f"{sampling.start:.6f}"]
    command += ["-t", f"{sampling.duration:.6f}"]
    command += ["-i", f"file:{info.path}", "-map", "0:V:0", "-an", "-sn", "-dn", "-vf", filters]
    command += ["-frames:v", str(sampling.frames), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    frame_bytes = width * height * 3
    frames = np.empty((sampling.frames, height, width, 3), np.uint8)
    count = 0
    # A file, not a pipe: nobody reads stderr while frames are read, and a full pipe would stall ffmpeg.
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process:
            assert process.stdout is not None
            while count < sampling.frames:
                data = process.stdout.read(frame_bytes)
                if len(data) < frame_bytes:
                    break
                frames[count] = np.frombuffer(data, np.uint8).reshape(height, width, 3)
                count += 1
        complaints.seek(0)
        stderr = complaints.read().decode(errors="replace")
    name = info.path.name
    # ffmpeg is silent about a file cut exactly between two frames; then only the count tells.
    if count < min(_COMPLETE * sampling.frames, sampling.frames - REORDERED):
        readable = count / sampling.fps
        reason = main_complaint(stderr) if stderr.strip() else "the rest is missing"
        raise InputError(
            f"{name} is damaged or cut short: {count} of {sampling.frames} frames could be read ({reason}); "
            + (
                f"copy it again, or fit what is readable with --duration {readable:.1f}."
                if count >= MIN_FRAMES
                else "copy or download it again."
            )
        )
    if count < MIN_FRAMES:
        what = "one frame" if count == 1 else f"{count} frames"
        raise InputError(
            f"{name} gives {what} with this --start, --duration and --fps; a scene needs at least {MIN_FRAMES}."
        )
    frames = frames[:count]
    check_motion(frames, name)
    return Clip(info, sampling, frames)


def read_clip(path: Path, **options: float | int | None) -> Clip:
    """Probe, plan and decode in one call; `options` are those of `plan_sampling`."""
    info = probe(path)
    return decode(info, plan_sampling(info, **options))  # type: ignore[arg-type]


def check_motion(frames: np.ndarray, name: str) -> None:
    """Raise InputError when no pixel of frames [N, H, W, 3] ever changes visibly."""
    low, high = frames[0].copy(), frames[0].copy()
    for frame in frames[1:]:
        np.minimum(low, frame, out=low)
        np.maximum(high, frame, out=high)
    if int((high - low).max()) < MIN_MOTION:
        raise InputError(f"Nothing moves in {name}: all its frames are alike; give a clip with motion.")
