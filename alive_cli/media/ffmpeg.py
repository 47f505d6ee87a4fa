"""The ffmpeg binary: where it is, what it may open, and what its complaints mean."""

import subprocess
from functools import cache
from pathlib import Path

_FORMATS = (
    "3dostr,4xm,aac,ac3,aiff,amr,amv,anm,apng,asf,av1,avi,avs2,avs3,bfi,bink,bmp_pipe,c93,caf,"
    "cavsvideo,cdxl,cine,dirac,dnxhd,dpx_pipe,dts,dv,dvdvideo,dxa,eac3,evc,exr_pipe,film_cpk,"
    "filmstrip,flac,flic,flv,gdv,gif,gxf,h261,h263,h264,hevc,idcin,iff,ingenient,ipmovie,ivf,iv8,"
    "j2k_pipe,jpeg_pipe,jpegxl_anim,jpegxl_pipe,jv,live_flv,lmlm4,lvf,lxf,m4v,matroska,mgsts,mjpeg,"
    "mjpeg_2000,mlv,mods,moflex,mov,mp3,mpeg,mpegts,mpegvideo,mpjpeg,msnwctcp,mtv,mv,mvi,mxf,mxg,"
    "nc,nsv,nut,nuv,obu,ogg,paf,pmp,png_pipe,ppm_pipe,pva,qoi_pipe,r3d,rl2,rm,roq,rpl,ser,sga,"
    "siff,smk,smush,swf,thp,tiertexseq,tiff_pipe,tmv,tta,vc1,vc1test,vividas,vivo,vmd,vqf,vvc,"
    "wav,wc3movie,webp_anim,webp_pipe,wsvqa,wtv,wv,xmv,yop,yuv4mpegpipe"
)
"""Every format that contains its pictures. The others refer to other files or addresses (playlists, scripts, picture
patterns), draw text, or read any bytes as a picture."""


@cache
def ffmpeg() -> str:
    """Path of the ffmpeg binary."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def base_command(level: str = "error") -> list[str]:
    """The beginning of every ffmpeg command of ours: it never asks a question and never prints a banner."""
    return [ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", level]


def reading(path: Path) -> list[str]:
    """The options that open a user's file, whatever its name, but no address and no list of other files."""
    return ["-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:{path}"]


@cache
def filters() -> frozenset[str]:
    """Names of the filters that this ffmpeg binary has."""
    listing = subprocess.run(
        [*base_command(), "-filters"], capture_output=True, encoding="utf-8", errors="replace", check=False
    ).stdout
    return frozenset(words[1] for line in listing.splitlines() if len(words := line.split()) > 2)


FULL_DISK = "No space left on device"
"""Where a disk is full, ffmpeg says this, as the system does."""


def main_complaint(stderr: str) -> str:
    """The first line of ffmpeg's error output that names a cause, without its `[demuxer @ 0x…]` prefix.

    A full disk comes first, because ffmpeg says before that what it couldn't do there.
    """
    if FULL_DISK in stderr:
        return FULL_DISK.lower()
    lines = [line.split("] ", 1)[-1].strip() for line in stderr.splitlines() if line.strip()]
    causes = [line for line in lines if not line.startswith(("Error opening input", "Conversion failed"))]
    return (causes or lines or ["ffmpeg gave no reason"])[0].rstrip(".")
