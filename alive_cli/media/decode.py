"""A clip as an array of frames at the fitting size and a constant rate."""

import io
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
from alive_cli.media.alpha import laid
from alive_cli.media.colour import Colours, shows_alpha, to_premultiplied, to_screen
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.interlace import deinterlacing
from alive_cli.media.jumps import Run, jumps
from alive_cli.media.pictures import read_pictures, transparent
from alive_cli.media.pipes import widen_pipe
from alive_cli.media.probe import VideoInfo, probe
from alive_cli.media.sources import clip_name
from alive_cli.threads import usable_cores
from bundle_spec.limits import MAX_DEFAULT_PIXELS, MAX_PICTURE_SIDE

MIN_SIDE = 16
"""A scene needs at least so many pixels on each side; a smaller picture is a mistake rather than a clip."""
MIN_FRAMES = 8
"""A scene needs at least so many frames, because fewer hold too little motion to learn from."""
DEFAULT_SIZE = 1920
"""The longest side of a clip is read with at most so many pixels unless `--size` says otherwise, because most screens
show no more."""
MAX_FPS = 30.0
"""A clip is read at no more frames a second unless `--fps` says so, because more of them take longer to fit."""
MAX_HELD_BYTES = 1 << 30
"""A decoded clip larger than this lies in a file that is mapped into memory, so that a long clip doesn't fill the
memory."""
MAX_CLIP_BYTES = 64 << 30
"""A decoded clip larger than this is refused, because it would fill most disks."""
MIN_MOTION = 3
"""A pixel moves when its values differ by at least so many 8-bit levels over the clip; less is noise."""
_COMPLETE = 0.9
"""A clip of which fewer than this share of the expected frames can be read counts as damaged."""
_REORDERED = 3
"""So many frames may be missing at the end without an error, because some formats misstate their last ones."""
_ROUNDING = 0.1
"""Stated and measured lengths may differ by so many seconds."""
_PLAIN = Colours("", "", 0, 0)


@dataclass(frozen=True)
class Sampling:
    """Which frames of a clip to read, and at which size."""

    width: int
    height: int
    fps: float
    start: float
    duration: float
    frames: int
    """Number of frames to expect; a damaged or unevenly timed clip gives fewer."""
    lowered: bool
    """Whether the rate was lowered to stay within the limit of frames."""


@dataclass(frozen=True)
class Clip:
    """Decoded frames, uint8 [N, H, W, 3], with what they were sampled from."""

    info: VideoInfo
    sampling: Sampling
    frames: np.ndarray
    alpha: np.ndarray | None = None
    """uint8 [N, H, W]: 0 lets all that is behind be seen, and the frame shows the neutral grey; None if all is opaque
    or the alpha doesn't count."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.frames.shape[2], self.frames.shape[1]


def plan_sampling(
    info: VideoInfo,
    *,
    size: int = DEFAULT_SIZE,
    height: int | None = None,
    fps: float | None = None,
    start: float = 0.0,
    duration: float | None = None,
    max_frames: int = 1000,
) -> Sampling:
    """Choose the size and the rate at which a clip is read.

    The longest side is at most `size` pixels, and the height at most `height` if it is given; a clip is never enlarged.
    The rate is `fps`, or the clip's own up to MAX_FPS; it is lowered where more than `max_frames` frames would result.
    The shorter side of a narrow clip is at least MIN_SIDE pixels, even if its longer side becomes larger than `size`.
    `start` and `duration` are in seconds of a player's clock; the time before the first picture is skipped.

    Raises:
        InputError: the clip is smaller than MIN_SIDE, its pictures have more pixels than a scene may have, `start` lies
            after its end, the file ends before the last requested frame, or the frames don't fit into MAX_CLIP_BYTES.
    """
    if min(info.width, info.height) < MIN_SIDE:
        raise InputError(
            f"{info.path.name} is {info.width}×{info.height} pixels; a scene needs at least {MIN_SIDE} on each side."
        )
    if info.duration and start >= info.duration:
        raise InputError(
            f"{info.path.name} lasts {info.duration:.1f} s, so it can't start at {start:g} s; choose a smaller --start."
        )
    across, down = _fitting_size(info, size, height)
    start = max(start, info.first)
    length = max(0.0, info.duration - start)
    if duration is not None:
        length = min(length, duration) if info.duration else duration
    requested_end = math.inf if duration is None else start + duration
    if info.stated_duration is not None and min(requested_end, info.stated_duration) > info.duration + _ROUNDING:
        readable = math.floor((info.duration - start) * 10) / 10
        raise InputError(
            f"{info.path.name} ends at second {info.duration:.1f} of {info.stated_duration:.1f}, as if cut short; "
            "copy it again" + (f", or fit what is there with --duration {readable:.1f}." if readable > 0 else ".")
        )
    rate = fps or min(info.fps, MAX_FPS)
    count = max(1, round(length * rate))
    needed = min(count, max_frames) * across * down * 3
    if needed > MAX_CLIP_BYTES:
        raise InputError(
            f"{info.path.name} at {across}×{down} would take {needed / 2**30:.0f} GiB; "
            f"the limit is {MAX_CLIP_BYTES >> 30}: choose a smaller --size or --max-frames."
        )
    lowered = count > max_frames
    if lowered:
        # The length is rounded, so that the rate doesn't depend on a container's last digit.
        rate = max_frames / round(length, 2)
        count = max_frames
    return Sampling(across, down, rate, start, length, count, lowered)


def _fitting_size(info: VideoInfo, longest: int, height: int | None) -> tuple[int, int]:
    """Width and height at which a clip is read.

    Raises:
        InputError: a scene can't have pictures of this size.
    """
    sides = info.width, info.height
    scale = min(1.0, longest / max(sides), (height or info.height) / info.height)
    scale = max(scale, MIN_SIDE / min(sides))
    across, down = (max(MIN_SIDE, round(side * scale)) for side in sides)
    if max(across, down) > MAX_PICTURE_SIDE:
        raise InputError(
            f"{info.path.name} is {info.width}×{info.height} pixels, which is too narrow for a scene; crop it first."
        )
    if across * down > MAX_DEFAULT_PIXELS:
        largest = math.floor(max(sides) * math.sqrt(MAX_DEFAULT_PIXELS / math.prod(sides)))
        raise InputError(
            f"{info.path.name} at {across}×{down} has more pixels than a scene can; choose --size {largest} or less."
        )
    return across, down


def decode(info: VideoInfo, sampling: Sampling, scratch: Path | None = None, *, alpha: bool = False) -> Clip:
    """Decode the planned frames: the k-th is what a player shows in the middle of the k-th interval after the start.

    ffmpeg scales the frames, so that only small ones reach this process. Where they lie far apart, ffmpeg seeks from
    one to the next.

    Args:
        scratch: folder for frames that take more than MAX_HELD_BYTES; by default the system's temporary folder.
        alpha: whether the clip's alpha counts; otherwise transparent pixels show white behind them.

    Returns:
        The frames, uint8 [N, H, W, 3] in sRGB, with their source.

    Raises:
        InputError: the clip is damaged, has fewer than MIN_FRAMES frames, or nothing in it moves.
    """
    frames = _allocate((sampling.frames, sampling.height, sampling.width, 3), scratch)
    clear = None
    if alpha and (transparent(info.pictures) if info.pictures else info.colours and shows_alpha(info.colours)):
        clear = _allocate(frames.shape[:3], scratch)
        count, complaint = _read(info, sampling, frames, clear)
        if (clear[:count] == 255).all() or not clear[:count].any():
            clear = None
    if clear is None:
        count, complaint = _read(info, sampling, frames)
        hidden = info.colours and info.colours.alpha and count and (frames[:count] == frames[0, 0, 0]).all()
        if hidden and not info.pictures:
            # Some programs write an alpha of zero everywhere for opaque pictures.
            count, complaint = _read(info, sampling, frames, opaque=True)
    name = info.path.name or clip_name(info.path)
    # ffmpeg reports nothing for a file that ends exactly between two frames; only the count shows it.
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
    return Clip(info, sampling, frames, None if clear is None else clear[:count])


def _read(
    info: VideoInfo, sampling: Sampling, frames: np.ndarray, alpha: np.ndarray | None = None, *, opaque: bool = False
) -> tuple[int, str]:
    """Fill `frames`, and `alpha` if there is some; returns how many were read, and ffmpeg's complaint.

    Args:
        opaque: ignore the clip's alpha.
    """
    if info.pictures:
        return _read_sequence(info, sampling, frames, alpha), ""
    return _read_file(info, sampling, frames, alpha, opaque)


def _allocate(shape: tuple[int, ...], scratch: Path | None) -> np.ndarray:
    """An array of bytes in memory, or in an unnamed file that disappears with its last user."""
    size = math.prod(shape)
    if size > MAX_CLIP_BYTES:
        raise InputError(f"The decoded clip would take {size >> 30} GiB; the limit is {MAX_CLIP_BYTES >> 30}.")
    if size <= MAX_HELD_BYTES:
        return np.empty(shape, np.uint8)
    try:
        with tempfile.TemporaryFile(dir=scratch) as file:
            if hasattr(os, "posix_fallocate"):  # a full disk raises here; later, writing would kill the process
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.uint8, "w+", shape=shape)  # keeps a handle of its own
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        needed = f"{size / 2**30:.1f} GiB of disk"
        raise InputError(
            f"The decoded clip needs {needed} ({reason}); choose a smaller --size or --max-frames."
        ) from None


def _read_sequence(info: VideoInfo, sampling: Sampling, frames: np.ndarray, alpha: np.ndarray | None) -> int:
    times = sampling.start + (np.arange(sampling.frames) + 0.5) / sampling.fps
    chosen = [int(number) for number in times * info.fps if number < len(info.pictures)]
    last: tuple[int, np.ndarray] | None = None
    for place, number in enumerate(chosen):
        if last is None or last[0] != number:
            size = (sampling.width, sampling.height)
            last = number, next(read_pictures([info.pictures[number]], size, alpha=alpha is not None))
        _store(last[1], place, frames, alpha)
    return len(chosen)


def _store(picture: np.ndarray, place: int, frames: np.ndarray, alpha: np.ndarray | None) -> None:
    """Keep a picture, uint8 [H, W, 3], or premultiplied [H, W, 4] if there is alpha."""
    if alpha is None:
        frames[place] = picture
    else:
        frames[place], alpha[place] = laid(picture), picture[..., 3]


def _read_file(
    info: VideoInfo, sampling: Sampling, frames: np.ndarray, alpha: np.ndarray | None, opaque: bool
) -> tuple[int, str]:
    runs = jumps(info, start=sampling.start, fps=sampling.fps, frames=sampling.frames)
    cancelled = threading.Event()
    with ThreadPoolExecutor(min(len(runs), usable_cores())) as pool:
        try:
            results = list(pool.map(lambda run: _read_run(info, sampling, run, frames, alpha, opaque, cancelled), runs))
        except BaseException:  # an interruption must not wait for the rest of the clip
            cancelled.set()
            raise
    count = 0
    for run, (number, complaint) in zip(runs, results, strict=True):
        count += number
        if number < run.stop - run.start:
            return count, complaint
    return count, ""


def _read_run(
    info: VideoInfo,
    sampling: Sampling,
    run: Run,
    frames: np.ndarray,
    alpha: np.ndarray | None,
    opaque: bool,
    cancelled: threading.Event,
) -> tuple[int, str]:
    height, width = frames.shape[1:3]
    begin = sampling.start + run.start / sampling.fps
    # One chain of filters for the whole run, even if sizes change: a new chain would count frames from 0 again.
    command = [*base_command(), *info.decoder, "-reinit_filter", "0"]
    if run.seek is not None:
        command += ["-noaccurate_seek", "-ss", f"{run.seek:.6f}"]
        begin -= run.seek
    filters = [*deinterlacing(info.fields), f"fps={sampling.fps:.6f}:start_time={begin:.6f}"]
    if alpha is None:
        filters.append(to_screen(info.colours or _PLAIN, width, height, opaque=opaque))
    else:
        filters.append(to_premultiplied(info.colours or _PLAIN, width, height))
    command += [*reading(info.path), "-map", info.stream, "-an", "-sn", "-dn", "-vf", ",".join(filters)]
    command += ["-fps_mode", "passthrough", "-frames:v", str(run.stop - run.start)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24" if alpha is None else "rgba", "-"]
    place = run.start
    picture = np.empty((height, width, 4), np.uint8)
    # A file and not a pipe: nobody reads stderr while frames are read, and a full pipe would stop ffmpeg.
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process:
            assert isinstance(process.stdout, io.BufferedReader)
            widen_pipe(process.stdout.fileno())
            while place < run.stop:
                target = frames[place] if alpha is None else picture
                if process.stdout.readinto(target.data) < target.nbytes:
                    break
                if alpha is not None:
                    _store(picture, place, frames, alpha)
                if cancelled.is_set():
                    process.terminate()
                    break
                place += 1
        complaints.seek(0)
        stderr = complaints.read(1 << 20).decode(errors="replace")
    return place - run.start, main_complaint(stderr) if stderr.strip() else ""


def read_clip(path: Path, **options: float | int | None) -> Clip:
    """Probe, plan and decode in one call; `options` and errors are those of `probe`, `plan_sampling` and `decode`."""
    info = probe(path, options.get("fps"))
    return decode(info, plan_sampling(info, **options))  # type: ignore[arg-type]


def check_motion(frames: np.ndarray, name: str) -> None:
    """Check that something moves in frames, uint8 [N, H, W, 3].

    Raises:
        InputError: no pixel changes by MIN_MOTION levels or more.
    """
    low, high = frames[0].copy(), frames[0].copy()
    for frame in frames[1:]:
        np.minimum(low, frame, out=low)
        np.maximum(high, frame, out=high)
        if int((high - low).max()) >= MIN_MOTION:
            return
    raise InputError(f"Nothing moves in {name}: all its frames are alike; give a clip with motion.")
