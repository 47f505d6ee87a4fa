"""Frames to video files and animations."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from alive_cli.errors import OutputError
from alive_cli.media.alpha import premultiplied, smoothed
from alive_cli.media.ffmpeg import base_command, main_complaint, reading
from alive_cli.media.pipes import widen_pipe
from alive_cli.signals import APART
from bundle_spec.atomic import replacing

DEFAULT_QUALITY = 80
"""A film or an animation has this quality, of 1 to 100, unless the user chooses another."""
MOST_COLOURS = 256
"""A GIF has at most so many colours, which is the limit of the format."""
MOST_RESTING = 8
"""A pixel of the smallest GIF may be off by so many levels of 255."""

_EVEN = "crop=trunc(iw/2)*2:trunc(ih/2)*2"
_TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv"
_LABELS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
"""The frames carry these labels too, because ffmpeg prefers them to the options below."""
_BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]

_WHOLE_BLOCKS = "partitions=i4x4,i8x8"
"""Only blocks without motion are divided: that takes a quarter to a third less time, for 0.1 dB or less at a size that
differs by 1 % at most (coffee, expressive portrait)."""


def _mp4(quality: int, repeat: bool) -> list[str]:
    return [*_h264(quality), "-movflags", "+faststart"]


def _avi(quality: int, repeat: bool) -> list[str]:
    return [*_h264(quality), "-bf", "0"]  # AVI has no times for pictures out of order


def _h264(quality: int) -> list[str]:
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(round(36 - quality / 4)), "-pix_fmt", "yuv420p"]
    filters = f"{_EVEN},{_TO_BT709},format=yuv420p,{_LABELS}"
    return ["-vf", filters, *coding, "-x264-params", _WHOLE_BLOCKS, *_BT709]


def _webm(quality: int, repeat: bool) -> list[str]:
    return _vp9(quality, "yuv420p")


def _clear_webm(quality: int, repeat: bool) -> list[str]:
    # Frames of the encoder's own, which are never shown, would come at other times than those of alpha.
    return [*_vp9(quality, "yuva420p"), "-auto-alt-ref", "0"]


def _vp9(quality: int, pixels: str) -> list[str]:
    coding = ["-c:v", "libvpx-vp9", "-b:v", "0", "-crf", str(round(55 - quality * 0.4)), "-row-mt", "1"]
    filters = f"{_EVEN},{_TO_BT709},format={pixels},{_LABELS}"
    return ["-vf", filters, *coding, "-cpu-used", "4", "-pix_fmt", pixels, *_BT709]


def _prores(quality: int, repeat: bool) -> list[str]:
    coding = ["-c:v", "prores_ks", "-profile:v", "4444", "-alpha_bits", "16", "-vendor", "apl0"]
    filters = f"{_TO_BT709},format=yuva444p10le,{_LABELS}"
    return ["-vf", filters, *coding, "-qscale:v", str(round(15 - quality * 0.13)), *_BT709]


def _gif(quality: int, repeat: bool) -> list[str]:
    # One palette for all frames. Weak ordered dithering doesn't flicker, and it is better than error diffusion in
    # both size (by 7 to 10 %) and PSNR (by 1 to 1.4 dB) on drawn scenes.
    colours = max(16, min(MOST_COLOURS, round(MOST_COLOURS * quality / DEFAULT_QUALITY)))
    palette = f"split[a][b];[a]palettegen=stats_mode=full:max_colors={colours}[p];"
    palette += "[b][p]paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"
    return ["-filter_complex", palette, "-loop", "0" if repeat else "-1"]


def _clear_gif(quality: int, repeat: bool) -> list[str]:
    # A pixel of a GIF is clear or not; the palette keeps a place for clear ones.
    colours = max(16, min(MOST_COLOURS, round(MOST_COLOURS * quality / DEFAULT_QUALITY)))
    palette = f"split[a][b];[a]palettegen=stats_mode=full:max_colors={colours}:reserve_transparent=1[p];"
    palette += "[b][p]paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle:alpha_threshold=128"
    return ["-filter_complex", palette, "-loop", "0" if repeat else "-1"]


def _webp(quality: int, repeat: bool) -> list[str]:
    return ["-c:v", "libwebp_anim", "-quality", str(quality), "-loop", "0" if repeat else "1"]


def _apng(quality: int, repeat: bool) -> list[str]:
    return ["-f", "apng", "-pred", "mixed", "-plays", "0" if repeat else "1"]


_FORMATS: dict[str, Callable[[int, bool], list[str]]] = {
    ".mp4": _mp4,
    ".mov": _mp4,
    ".webm": _webm,
    ".avi": _avi,
    ".gif": _gif,
    ".webp": _webp,
    ".apng": _apng,
}

_CLEAR: dict[str, Callable[[int, bool], list[str]]] = {
    ".webm": _clear_webm,
    ".mov": _prores,
    ".gif": _clear_gif,
    ".webp": _webp,
    ".apng": _apng,
}
"""How the formats that can be transparent encode pictures with alpha."""
_COLOURS_SPREAD = (".webm", ".mov")
"""These store colours more coarsely than alpha, so clear pixels get the colours of their neighbours, not black."""

_AAC = ["-c:a", "aac", "-b:a", "160k"]
_SOUND = {
    ".mp4": _AAC,
    ".mov": _AAC,
    ".avi": ["-c:a", "libmp3lame", "-b:a", "160k"],
    ".webm": ["-c:a", "libopus", "-b:a", "128k"],
}
"""How the formats that have sound encode it."""

VIDEO_SUFFIXES = tuple(_FORMATS)
"""`write_video` writes files with these suffixes."""
SEQUENCE_SUFFIX = ".png"
"""`write_sequence` writes pictures with this suffix, because PNG is lossless."""
CLEAR_SUFFIXES = (*_CLEAR, SEQUENCE_SUFFIX)
"""Files with these suffixes can be transparent."""


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    fps: float,
    quality: int = DEFAULT_QUALITY,
    repeat: bool = True,
    sound: Path | None = None,
) -> int:
    """Encode frames, uint8 [H, W, 3] each and all of one size, in the format of the path's suffix.

    Frames [H, W, 4], straight, are transparent. The file appears only when it is complete.

    Args:
        path: .mp4, .mov or .avi (H.264), .webm (VP9), .gif, .webp, or .apng (which is lossless). Transparent frames
            become ProRes 4444 in .mov, and a pixel of a .gif is clear or not.
        quality: 1 (small) … 100.
        repeat: whether an animation plays for ever or once; for films the player decides.
        sound: a film has the sound of this file, from its beginning, as long as there are frames; animations have none.

    Returns:
        The number of frames written.

    Raises:
        OutputError: the suffix is unknown, its format can't be transparent, or ffmpeg can't write the file.
        ValueError: there are no frames.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise OutputError(f"{path.name} can't be written: choose one of {', '.join(VIDEO_SUFFIXES)}.")
    iterator = iter(frames)
    if suffix == ".gif":
        iterator = resting(iterator, min(MOST_RESTING, (100 - quality) // 5))
    first = next(iterator, None)
    if first is None:
        raise ValueError("no frames to write")
    height, width, channels = first.shape
    if channels == 4:
        check_clear(path)
    options = (_FORMATS if channels == 3 else _CLEAR)[suffix](quality, repeat)
    spread = channels == 4 and suffix in _COLOURS_SPREAD
    pixels = "rgb24" if channels == 3 else "rgba"
    source = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", f"{fps:.6f}", "-i", "-"]
    count = 0
    with replacing(path) as temporary, tempfile.TemporaryFile() as complaints:
        command = [*base_command(), *source, *options, f"file:{temporary}"]
        command.remove("-nostdin")  # frames arrive there
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints, **APART)
        assert process.stdin is not None
        widen_pipe(process.stdin.fileno())
        try:
            with suppress(BrokenPipeError):  # ffmpeg says why below
                frame: np.ndarray | None = first
                while frame is not None:
                    shown = smoothed(premultiplied(frame)) if spread else frame
                    process.stdin.write(np.ascontiguousarray(shown, np.uint8).data)
                    count += 1
                    frame = next(iterator, None)
                process.stdin.close()
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if code:
            complaints.seek(0)
            reason = main_complaint(complaints.read().decode(errors="replace"))
            raise OutputError(f"{path.name} could not be written: {reason}.")
        coding = _SOUND.get(path.suffix.lower())
        if sound is not None and coding is not None:
            _add_sound(temporary, sound, coding, seconds=count / fps)
    return count


def check_clear(path: Path) -> None:
    """Check that the format of a path's suffix can be transparent.

    Raises:
        OutputError: it can't.
    """
    if path.suffix.lower() not in CLEAR_SUFFIXES:
        raise OutputError(
            f"{path.name} can't be transparent, as the scene is; write {', '.join(_CLEAR)} or frame_%04d.png, or "
            "choose a --background."
        )


def _add_sound(film: Path, sound: Path, coding: list[str], *, seconds: float) -> None:
    """Give a film the sound of a file.

    This is a step of its own because only now it is known how long the film is. ffmpeg's own `-shortest` leaves more
    or less of the sound behind the last frame, as its threads happen to run.

    Raises:
        OutputError: ffmpeg can't do it.
    """
    with tempfile.TemporaryDirectory(dir=film.parent) as folder:
        silent = shutil.copyfile(film, Path(folder) / f"silent{film.suffix}")
        # Silence follows a sound that is shorter than the frames.
        filters = ["-af", "aresample=async=1:first_pts=0,apad", "-t", f"{seconds:.6f}"]
        maps = ["-map", "0:v", "-c:v", "copy", "-map", "1:a:0", *coding]
        if coding is _AAC:
            maps += ["-movflags", "+faststart"]
        command = [*base_command(), "-i", f"file:{silent}", *reading(sound), *maps, *filters, f"file:{film}"]
        result = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if result.returncode:
        raise OutputError(f"{film.name} could not get its sound: {main_complaint(result.stderr)}.")


def resting(frames: Iterable[np.ndarray], threshold: int) -> Iterator[np.ndarray]:
    """The same frames, but a pixel keeps its value until it differs by more than `threshold` levels of 255.

    A GIF stores only what changes: at 4 levels, a difference that nobody sees, it is 25 to 36 % smaller.
    """
    shown: np.ndarray | None = None
    for frame in frames:
        if shown is None or shown.shape != frame.shape or not threshold:
            shown = frame.copy()
        else:
            changed = np.abs(frame.astype(np.int16) - shown).max(-1) > threshold
            shown = np.where(changed[..., None], frame, shown)
        yield shown


def write_sequence(pattern: Path, frames: Iterable[np.ndarray]) -> int:
    """Write frames, uint8 [H, W, 3], or straight [H, W, 4], as numbered pictures, from 1.

    Args:
        pattern: a name that ends in .png and holds the number's place, as in `frame_%04d.png`.

    Returns:
        The number of frames written.

    Raises:
        OutputError: the name has no place for a number, or more than one.
        OSError: a picture can't be written.
    """
    from PIL import Image

    count = 0
    for count, frame in enumerate(frames, 1):
        with replacing(numbered(pattern, count)) as temporary:
            Image.fromarray(frame).save(temporary)
    return count


def numbered(pattern: Path, number: int) -> Path:
    """The name of one picture of a sequence.

    Raises:
        OutputError: the pattern holds no place for a number, or more than one.
    """
    if not re.fullmatch(r"[^%]*%(0\d+)?d[^%]*", pattern.name):
        raise OutputError(f"{pattern.name} names one picture; number them, as in frame_%04d.png.")
    return pattern.with_name(pattern.name % number)
