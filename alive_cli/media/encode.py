"""Frames to video files and animations."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from alive_cli.errors import OutputError
from alive_cli.media.ffmpeg import base_command, main_complaint
from bundle_spec.atomic import replacing

_PALETTE = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle"

_EVEN_BT709 = "crop=trunc(iw/2)*2:trunc(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv"
_BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
_H264 = ["-c:v", "libx264", "-preset", "medium", "-crf", "16", "-pix_fmt", "yuv420p"]

_FORMATS: dict[str, list[str]] = {
    ".mp4": ["-vf", _EVEN_BT709, *_H264, *_BT709, "-movflags", "+faststart"],
    ".gif": ["-filter_complex", _PALETTE, "-loop", "0"],
}

VIDEO_SUFFIXES = tuple(_FORMATS)


def write_video(path: Path, frames: Iterable[np.ndarray], *, fps: float) -> int:
    """Encode frames, uint8 [H, W, 3] each and all of one size, to .mp4 or .gif by the path's suffix.

    A .gif loops forever and gets its own palette (palettegen, paletteuse). The file appears when
    it is complete.

    Returns:
        The number of frames written.

    Raises:
        OutputError: the suffix is unknown, or ffmpeg can't write the file.
        ValueError: there are no frames.
    """
    path = Path(path)
    try:
        options = _FORMATS[path.suffix.lower()]
    except KeyError:
        raise OutputError(f"{path.name} can't be written: choose one of {', '.join(VIDEO_SUFFIXES)}.") from None
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise ValueError("no frames to write")
    height, width = first.shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:.6f}", "-i", "-"]
    count = 0
    with replacing(path) as temporary, tempfile.TemporaryFile() as complaints:
        command = [*base_command(), *source, *options, f"file:{temporary}"]
        command.remove("-nostdin")  # frames arrive there
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints)
        assert process.stdin is not None
        try:
            frame: np.ndarray | None = first
            while frame is not None:
                process.stdin.write(np.ascontiguousarray(frame, np.uint8).data)
                count += 1
                frame = next(iterator, None)
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg says why below
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code:
            complaints.seek(0)
            reason = main_complaint(complaints.read().decode(errors="replace"))
            raise OutputError(f"{path.name} could not be written: {reason}.")
    return count
