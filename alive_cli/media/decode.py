"""A clip as an array of frames at the fitting size and a constant rate."""

import math
import os
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alive_cli.errors import InputError
from alive_cli.media.colour import Colours, to_screen
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.interlace import deinterlacing
from alive_cli.media.jumps import Run, jumps
from alive_cli.media.pictures import read_pictures
from alive_cli.media.probe import VideoInfo, probe
from alive_cli.media.sources import clip_name

MIN_SIDE = 16
MIN_FRAMES = 8
MAX_FPS = 30.0
MAX_HELD_BYTES = 1 << 30
"""Largest decoded clip that is held in memory; a larger one lies in a file that is mapped into it."""
MAX_CLIP_BYTES = 64 << 30
"""Largest decoded clip."""
MIN_MOTION = 3
"""Smallest temporal range, in 8-bit levels, that counts as something moving."""
_COMPLETE = 0.9
_REORDERED = 3
"""Frames that may be missing at the end without a word: what some formats say of their last ones is off."""
_ROUNDING = 0.1
_PLAIN = Colours("", "", 0, 0)


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

    A clip so narrow that its shorter side would fall below 16 px keeps those 16, and its longer side becomes larger
    than `size` instead. Times are those of a player's clock; what lies before the first picture is skipped.

    Raises:
        InputError: the clip is smaller than 16 px, `start` lies behind its end, the file is cut short before the end
            of what is wanted, or the frames would not fit into MAX_CLIP_BYTES.
    """
    if min(info.width, info.height) < MIN_SIDE:
        raise InputError(
            f"{info.path.name} is {info.width}×{info.height} pixels; a scene needs at least {MIN_SIDE} on each side."
        )
    if info.duration and start >= info.duration:
        raise InputError(
            f"{info.path.name} lasts {info.duration:.1f} s, so it can't start at {start:g} s; choose a smaller --start."
        )
    least = MIN_SIDE / min(info.width, info.height)
    scale = min(1.0, max(least, size / max(info.width, info.height)))
    width, height = (max(MIN_SIDE, round(side * scale / 2) * 2) for side in (info.width, info.height))
    start = max(start, info.first)
    length = max(0.0, info.duration - start)
    if duration is not None:
        length = min(length, duration) if info.duration else duration
    wanted_end = math.inf if duration is None else start + duration
    if info.meant is not None and min(wanted_end, info.meant) > info.duration + _ROUNDING:
        readable = math.floor((info.duration - start) * 10) / 10
        raise InputError(
            f"{info.path.name} ends at second {info.duration:.1f} of {info.meant:.1f}, as if cut short; copy it again"
            + (f", or fit what is there with --duration {readable:.1f}." if readable > 0 else ".")
        )
    rate = fps or min(info.fps, MAX_FPS)
    wanted = max(1, round(length * rate))
    needed = min(wanted, max_frames) * width * height * 3
    if needed > MAX_CLIP_BYTES:
        raise InputError(
            f"{info.path.name} at {width}×{height} would take {needed / 2**30:.0f} GiB; "
            f"the limit is {MAX_CLIP_BYTES >> 30}: choose a smaller --size or --max-frames."
        )
    lowered = wanted > max_frames
    if lowered:
        # Of a rounded length, so that the rate doesn't hang on a container's last digit.
        rate = max_frames / round(length, 2)
        wanted = max_frames
    return Sampling(width, height, rate, start, length, wanted, lowered)


def decode(info: VideoInfo, sampling: Sampling, scratch: Path | None = None) -> Clip:
    """Decode the planned frames: the k-th is what a player shows in the middle of the k-th interval after the start.

    ffmpeg scales them, so that only small frames reach this process. Where the frames lie far apart, it jumps from
    one to the next.

    Args:
        scratch: folder for frames that take more than MAX_HELD_BYTES; the system's own for such things by default.

    Raises:
        InputError: the clip is damaged, has fewer than 8 frames, or nothing in it moves.
    """
    frames = _room((sampling.frames, sampling.height, sampling.width, 3), scratch)
    if info.pictures:
        count, complaint = _read_sequence(info, sampling, frames), ""
    else:
        count, complaint = _read_file(info, sampling, frames)
        if info.colours and info.colours.alpha and count and (frames[:count] == frames[0, 0, 0]).all():
            # Some programs leave all alpha at zero and mean opaque.
            count, complaint = _read_file(info, sampling, frames, opaque=True)
    name = info.path.name or clip_name(info.path)
    # ffmpeg is silent about a file cut exactly between two frames; then only the count tells.
    if count < min(_COMPLETE * sampling.frames, sampling.frames - _REORDERED):
        readable = count / sampling.fps
        raise InputError(
            f"{name} is damaged or cut short: {count} of {sampling.frames} frames could be read "
            f"({complaint or 'the rest is missing'}); "
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


def _room(shape: tuple[int, ...], scratch: Path | None) -> np.ndarray:
    """Room for bytes: in memory, or in a file without a name, which is gone when nobody uses it any more."""
    size = math.prod(shape)
    if size > MAX_CLIP_BYTES:
        raise InputError(f"The decoded clip would take {size >> 30} GiB; the limit is {MAX_CLIP_BYTES >> 30}.")
    if size <= MAX_HELD_BYTES:
        return np.empty(shape, np.uint8)
    try:
        with tempfile.TemporaryFile(dir=scratch) as file:
            if hasattr(os, "posix_fallocate"):  # a full disk is told now, and not by the end of the process
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.uint8, "w+", shape=shape)  # keeps a handle of its own
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        needed = f"{size / 2**30:.1f} GiB of disk"
        raise InputError(
            f"The decoded clip needs {needed} ({reason}); choose a smaller --size or --max-frames."
        ) from None


def _read_sequence(info: VideoInfo, sampling: Sampling, frames: np.ndarray) -> int:
    moments = sampling.start + (np.arange(sampling.frames) + 0.5) / sampling.fps
    chosen = [int(number) for number in moments * info.fps if number < len(info.pictures)]
    known: tuple[int, np.ndarray] | None = None
    for place, number in enumerate(chosen):
        if known is None or known[0] != number:
            picture = next(read_pictures([info.pictures[number]], (sampling.width, sampling.height)))
            known = number, picture
        frames[place] = known[1]
    return len(chosen)


def _read_file(info: VideoInfo, sampling: Sampling, frames: np.ndarray, *, opaque: bool = False) -> tuple[int, str]:
    """Fill frames; how many came, and what ffmpeg complained of."""
    runs = jumps(info, start=sampling.start, fps=sampling.fps, frames=sampling.frames)
    given_up = threading.Event()
    with ThreadPoolExecutor(min(len(runs), os.cpu_count() or 1)) as pool:
        try:
            results = list(pool.map(lambda run: _read_run(info, sampling, run, frames, opaque, given_up), runs))
        except BaseException:  # an interruption must not wait for the rest of the clip
            given_up.set()
            raise
    count = 0
    for run, (got, complaint) in zip(runs, results, strict=True):
        count += got
        if got < run.stop - run.start:
            return count, complaint
    return count, ""


def _read_run(
    info: VideoInfo, sampling: Sampling, run: Run, frames: np.ndarray, opaque: bool, given_up: threading.Event
) -> tuple[int, str]:
    height, width = frames.shape[1:3]
    begin = sampling.start + run.start / sampling.fps
    # One chain of filters to the end, though sizes may change on the way: a new one would count frames from 0 again.
    command = [*base_command(), *info.decoder, "-reinit_filter", "0"]
    if run.seek is not None:
        command += ["-noaccurate_seek", "-ss", f"{run.seek:.6f}"]
        begin -= run.seek
    filters = [*deinterlacing(info.fields), f"fps={sampling.fps:.6f}:start_time={begin:.6f}"]
    filters.append(to_screen(info.colours or _PLAIN, width, height, opaque=opaque))
    command += [*reading(info.path), "-map", info.stream, "-an", "-sn", "-dn", "-vf", ",".join(filters)]
    command += ["-fps_mode", "passthrough", "-frames:v", str(run.stop - run.start)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    frame_bytes = width * height * 3
    place = run.start
    # A file, not a pipe: nobody reads stderr while frames are read, and a full pipe would stall ffmpeg.
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process:
            assert process.stdout is not None
            while place < run.stop:
                data = process.stdout.read(frame_bytes)
                if len(data) < frame_bytes:
                    break
                if given_up.is_set():
                    process.terminate()
                    break
                frames[place] = np.frombuffer(data, np.uint8).reshape(height, width, 3)
                place += 1
        complaints.seek(0)
        stderr = complaints.read(1 << 20).decode(errors="replace")
    return place - run.start, main_complaint(stderr) if stderr.strip() else ""


def read_clip(path: Path, **options: float | int | None) -> Clip:
    """Probe, plan and decode in one call; `options` are those of `plan_sampling`."""
    info = probe(path, options.get("fps"))
    return decode(info, plan_sampling(info, **options))  # type: ignore[arg-type]


def check_motion(frames: np.ndarray, name: str) -> None:
    """Raise InputError when no pixel of frames [N, H, W, 3] ever changes visibly."""
    low, high = frames[0].copy(), frames[0].copy()
    for frame in frames[1:]:
        np.minimum(low, frame, out=low)
        np.maximum(high, frame, out=high)
    if int((high - low).max()) < MIN_MOTION:
        raise InputError(f"Nothing moves in {name}: all its frames are alike; give a clip with motion.")
