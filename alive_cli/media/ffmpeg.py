"""The ffmpeg binary: where it is, and what its complaints mean."""

from functools import cache


@cache
def ffmpeg() -> str:
    """Path of the ffmpeg binary."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def base_command(level: str = "error") -> list[str]:
    """How every ffmpeg command of ours begins: it never asks and never prints a banner."""
    return [ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", level]


def main_complaint(stderr: str) -> str:
    """The first telling line of ffmpeg's error output, without its `[demuxer @ 0x…]` prefix."""
    lines = [line.split("] ", 1)[-1].strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Error opening input", "Conversion failed"))]
    return (telling or lines or ["ffmpeg gave no reason"])[0].rstrip(".")
