"""Colours come out as a player shows them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media import colour
from alive_cli.media.colour import Colours, colours_of, refuse_unshowable, to_screen
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_video
from alive_cli.media.ffmpeg import base_command
from tests.media.drawing import LOSSLESS, PATCHES, draw, encode, patched, patches_of

UNNAMED = "setparams=colorspace=unknown:range=unknown:color_primaries=unknown:color_trc=unknown"
HD = (1280, 96)
NITS = (0.0, 5.0, 20.0, 60.9, 100.0, 203.0, 500.0, 1000.0)
"""Candela per square metre of grey patches; 60.9 are 30 % of paper white."""

CASES: dict[str, tuple[str, Sequence[str], str]] = {
    f"{matrix} {reach} {pixels}": (f"zscale=m={matrix}:r={reach},format={pixels}", LOSSLESS, "mkv")
    for matrix in ("170m", "709", "2020_ncl", "ycgco")
    for reach in ("tv", "pc")
    for pixels in ("yuv444p", "yuv420p", "yuv420p10le")
    if not (matrix == "ycgco" and (reach == "pc" or pixels != "yuv444p"))
} | {
    "unnamed, small: bt601": (f"zscale=m=170m:r=tv,format=yuv444p,{UNNAMED}", LOSSLESS, "mkv"),
    "bt2020 primaries": (
        "zscale=min=gbr:pin=709:tin=709:m=2020_ncl:p=2020:t=2020_10:r=tv,format=yuv444p10le",
        LOSSLESS,
        "mkv",
    ),
    "P3 primaries": ("zscale=min=gbr:pin=709:tin=709:m=709:p=smpte432:t=709:r=tv,format=yuv444p10le", LOSSLESS, "mkv"),
    "rgb": ("format=gbrp", ("-c:v", "ffv1"), "mkv"),
    "rgb h264": ("format=rgb24", ("-c:v", "libx264rgb", "-qp", "0"), "mkv"),
    "png": ("null", ("-c:v", "png"), "mov"),
    "uncompressed": ("null", ("-c:v", "rawvideo", "-pix_fmt", "bgr24"), "avi"),
    "jpeg": ("null", ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p"), "avi"),
    "mpeg-2": ("null", ("-c:v", "mpeg2video", "-q:v", "1"), "mpg"),
    "prores": ("zscale=m=709:r=tv,format=yuv422p10le", ("-c:v", "prores_ks"), "mov"),
    "theora": ("null", ("-c:v", "libtheora", "-q:v", "10"), "ogv"),
    "webp": ("null", ("-c:v", "libwebp_anim", "-quality", "100"), "webp"),
    "apng": ("null", ("-f", "apng"), "apng"),
}


@pytest.mark.parametrize("name", CASES)
def test_known_patches(name: str, tmp_path: Path) -> None:
    filters, encoder, suffix = CASES[name]
    path = encode(tmp_path / f"a.{suffix}", patched(), *encoder, filters=filters)
    assert np.abs(patches_of(read_clip(path, size=320).frames) - PATCHES).max() <= 3


@pytest.mark.parametrize("name", ["unnamed", "unnamed, full range"])
def test_large_pictures_without_a_name_are_bt709(name: str, tmp_path: Path) -> None:
    reach = "pc" if "full" in name else "tv"
    unnamed = UNNAMED.replace("range=unknown", f"range={reach}")
    path = encode(
        tmp_path / "a.mkv", patched(*HD), *LOSSLESS, filters=f"zscale=m=709:r={reach},format=yuv444p,{unnamed}"
    )
    clip = read_clip(path, size=1280)
    assert clip.info.colours is not None
    assert clip.info.colours.matrix == "unknown"
    assert np.abs(patches_of(clip.frames) - PATCHES).max() <= 3


def test_codecs_that_know_bt601_only_keep_it_at_any_size(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.webm", patched(*HD), "-c:v", "libvpx", "-crf", "4", "-b:v", "9M")
    assert np.abs(patches_of(read_clip(path, size=1280).frames) - PATCHES).max() <= 3


@pytest.mark.parametrize("pixels", ["gray", "gray10le"])
def test_grey(pixels: str, tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", patched(), "-c:v", "ffv1", filters=f"format={pixels}")
    luma = PATCHES @ (0.299, 0.587, 0.114)
    assert np.abs(patches_of(read_clip(path, size=320).frames) - luma[:, None]).max() <= 2


@pytest.mark.parametrize(("matrix", "reach"), [("170m", "tv"), ("709", "tv"), ("709", "pc"), ("2020_ncl", "tv")])
def test_agrees_with_an_explicit_conversion(matrix: str, reach: str, tmp_path: Path) -> None:
    source = draw(
        tmp_path / "a.mkv",
        *("-f", "lavfi", "-i", "testsrc2=s=192x108:r=10:d=1"),
        *("-vf", f"format=gbrp,zscale=m={matrix}:r={reach},format=yuv444p", *LOSSLESS),
    )
    explicit = f"zscale=min={matrix}:rin={reach}:m=gbr:r=pc,format=gbrp"
    command = [*base_command(), "-i", str(source), "-vf", explicit, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    expected = np.frombuffer(raw, np.uint8).reshape(-1, 108, 192, 3)
    assert np.abs(read_clip(source).frames.astype(int) - expected).max() <= 2


def pq(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084: candela per square metre to signal, 0…1."""
    y = (nits / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32)


def hlg(nits: np.ndarray) -> np.ndarray:
    """ARIB STD-B67 on a display of 1,000 candela per square metre: to signal, 0…1."""
    scene = (nits / 1000) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


@pytest.mark.parametrize(("transfer", "curve"), [("smpte2084", pq), ("arib-std-b67", hlg)])
def test_hdr_is_tone_mapped(transfer: str, curve: object, tmp_path: Path) -> None:
    signal = curve(np.array(NITS))  # type: ignore[operator]
    frames = np.zeros((10, 80, 320, 3), "<u2")
    frames[:] = np.rint(signal.repeat(40) * 65535).astype("<u2")[:, None]
    for number, frame in enumerate(frames):
        frame[:20, number * 20 : number * 20 + 20] = 30000
    labelled = f"format=gbrp16le,setparams=colorspace=gbr:range=pc:color_primaries=bt2020:color_trc={transfer}"
    path = encode(
        tmp_path / "a.mkv",
        frames,
        *("-c:v", "libx265", "-x265-params", "log-level=none:lossless=1"),
        filters=f"{labelled},zscale=m=2020_ncl:r=tv,format=yuv420p10le",
        pixels="rgb48le",
    )
    shown = patches_of(read_clip(path, size=320).frames)
    assert np.ptp(shown, axis=1).max() <= 1  # grey stays grey
    levels = shown[:, 0]
    below = np.array(NITS[:4]) / colour.REFERENCE_WHITE
    srgb = np.where(below <= 0.0031308, 12.92 * below, 1.055 * below ** (1 / 2.4) - 0.055) * 255
    assert np.abs(levels[:4] - srgb).max() <= 3  # what isn't bright stays as it is
    assert 205 <= levels[5] <= 225
    assert (np.diff(levels) > 0).all()
    assert levels[-1] >= 254


def test_hdr_without_the_means_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hdr = Colours("hevc", "yuv420p10le", 1920, 1080, "tv", "bt2020nc", "bt2020", "smpte2084")
    refuse_unshowable(hdr, "a.mov")
    monkeypatch.setattr(colour, "filters", frozenset)
    with pytest.raises(InputError, match="HDR"):
        refuse_unshowable(hdr, "a.mov")


def test_dolby_vision_alone_is_refused() -> None:
    said = "Video: hevc\n      DOVI configuration record: version: 1.0, profile: 5, level: 6, rpu flag: 1, el flag: 0, "
    read = colours_of("hevc", said + "bl flag: 1, compatibility id: 0, compression: 0", "fmt:yuv420p10le", 1920, 1080)
    with pytest.raises(InputError, match="Dolby"):
        refuse_unshowable(read, "a.mp4")
    phone = colours_of("hevc", said.replace("profile: 5", "profile: 8") + "compatibility id: 4", "", 1920, 1080)
    refuse_unshowable(phone, "a.mov")


def test_ordinary_colours_take_the_ordinary_way() -> None:
    assert "zscale" not in to_screen(Colours("h264", "yuv420p", 640, 480, "tv", "bt709", "bt709", "bt709"), 64, 48)


TRANSPARENT = {
    "vp9": ("webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-b:v", "4M")),
    "vp8": ("webm", ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-b:v", "4M")),
    "prores": ("mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
    "qtrle": ("mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
    "apng": ("apng", ("-f", "apng")),
    "webp": ("webp", ("-c:v", "libwebp_anim", "-quality", "95")),
}


def half_seen() -> np.ndarray:
    """RGBA: bright green that is not to be seen, half seen red, red, and an opaque bar that moves."""
    frames = np.zeros((10, 80, 240, 4), np.uint8)
    frames[:, :, :80] = (0, 255, 0, 0)
    frames[:, :, 80:160] = (200, 60, 30, 128)
    frames[:, :, 160:] = (200, 60, 30, 255)
    for number, frame in enumerate(frames):
        frame[:20, number * 20 : number * 20 + 20] = (20, 20, 20, 255)
    return frames


@pytest.mark.parametrize("codec", TRANSPARENT)
def test_transparent_pixels_show_white(codec: str, tmp_path: Path) -> None:
    suffix, encoder = TRANSPARENT[codec]
    path = encode(tmp_path / f"a.{suffix}", half_seen(), *encoder, pixels="rgba")
    frame = read_clip(path).frames[0, 50].astype(int)
    assert np.abs(frame[[40, 120, 200]] - [(255, 255, 255), (227, 157, 142), (200, 60, 30)]).max() <= 3


def test_transparent_gif(tmp_path: Path) -> None:
    palette = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    path = encode(tmp_path / "a.gif", half_seen(), filters=palette, pixels="rgba")
    frame = read_clip(path).frames[0, 50].astype(int)
    assert np.abs(frame[[40, 200]] - [(255, 255, 255), (200, 60, 30)]).max() <= 3


def test_hidden_colours_do_not_bleed(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mov", half_seen(), "-c:v", "qtrle", "-pix_fmt", "argb", pixels="rgba")
    small = read_clip(path, size=64).frames[0, 16].astype(int)
    assert (small[:, 1] <= small[:, 0] + 2).all()


def test_alpha_that_nobody_meant_is_ignored(tmp_path: Path) -> None:
    frames = np.concatenate([patched(), np.zeros((10, 80, 320, 1), np.uint8)], -1)
    path = encode(tmp_path / "a.mov", frames, "-c:v", "qtrle", "-pix_fmt", "argb", pixels="rgba")
    assert np.abs(patches_of(read_clip(path, size=320).frames) - PATCHES).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp", ".apng"])
@pytest.mark.parametrize("size", [(320, 80), HD])
def test_what_is_written_comes_back(suffix: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    write_video(path, patched(*size), fps=10, quality=100)
    clip = read_clip(path, size=size[0])
    assert np.abs(patches_of(clip.frames) - PATCHES).max() <= 4
    read = clip.info.colours
    assert read is not None
    if suffix in (".mp4", ".webm"):
        assert (read.matrix, read.range, read.primaries, read.transfer) == ("bt709", "tv", "bt709", "bt709")
