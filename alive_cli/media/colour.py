"""From the colours that a file stores to those that a player shows on an ordinary screen."""

import re
from dataclasses import dataclass

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import filters

REFERENCE_WHITE = 203
"""White paper has so many candela per square metre in HDR (ITU-R BT.2408)."""
BRIGHTEST = 1000
"""Tone mapping keeps differences up to so many candela per square metre, because most HDR is graded for that peak."""
LINEAR_TO = 0.3
"""Tone mapping leaves HDR as it is up to this share of white."""

_SCALER = "flags=area+accurate_rnd+full_chroma_int"
_HDR = ("smpte2084", "arib-std-b67")
_WIDE = ("bt2020", "smpte431", "smpte432")
_FOR_ZSCALE = ("ycgco", "bt2020c")
"""Matrices that ffmpeg's ordinary scaler can't read."""
_ALWAYS_BT601 = ("vp8", "webp", "dvvideo", "theora")
"""Codecs whose pictures are always bt601, at any size; their files don't state it."""
_ALPHA = re.compile(r"yuva|ya\d|gbrap|rgba|bgra|argb|abgr|pal8|ayuv|vuya|uyva|graya")
_FRAME_COLOURS = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
_PIXELS = re.compile(r"\bfmt:(\S+)")
_DOLBY = re.compile(r"DOVI configuration record:.*profile: (?:5|10),.*compatibility id: 0")


@dataclass(frozen=True)
class Colours:
    """What a stream's numbers mean, in ffmpeg's names; `unknown` where the file doesn't say."""

    codec: str
    pixels: str
    """Pixel format."""
    width: int
    height: int
    range: str = "unknown"
    matrix: str = "unknown"
    primaries: str = "unknown"
    transfer: str = "unknown"
    dolby_only: bool = False
    """Whether it is Dolby Vision without a base layer that other players can show."""

    @property
    def alpha(self) -> bool:
        """Whether pixels may be transparent."""
        return bool(_ALPHA.match(self.pixels))

    @property
    def assumed_matrix(self) -> str:
        """The matrix to decode with: the file's own, or the one that players assume for pictures of this size.

        mpv, VLC and the television standards assume bt709 from 1,280 pixels of width or 577 of height on, and bt601
        for smaller pictures.
        """
        if self.matrix not in ("unknown", "reserved"):
            return self.matrix
        large = self.width >= 1280 or self.height > 576
        return "bt709" if large and self.codec not in _ALWAYS_BT601 else "smpte170m"


def colours_of(codec: str, header: str, shown: str, width: int, height: int) -> Colours:
    """The colours of a stream, from ffmpeg's header of the file and its `showinfo` of a decoded frame.

    Args:
        width, height: of the stored picture in pixels.
    """
    stated = _FRAME_COLOURS.search(shown)
    pixels = _PIXELS.search(shown)
    reach, matrix, primaries, transfer = stated.groups() if stated else ("unknown",) * 4
    dolby_only = bool(_DOLBY.search(header))
    return Colours(codec, pixels[1] if pixels else "", width, height, reach, matrix, primaries, transfer, dolby_only)


def refuse_unshowable(colours: Colours, name: str) -> None:
    """Refuse colours that the present ffmpeg can't convert for an ordinary screen.

    Raises:
        InputError: the stream is Dolby Vision without a base layer, or HDR where ffmpeg has no zscale.
    """
    if colours.dolby_only:
        raise InputError(
            f"{name} is Dolby Vision without a base layer that other players can show; "
            "export it as HDR10, HLG or SDR first."
        )
    if colours.transfer in _HDR and not {"zscale", "tonemap"} <= filters():
        raise InputError(
            f"{name} is HDR, which this ffmpeg can't tone-map (it lacks zscale); export it as SDR, or install "
            "imageio-ffmpeg's own ffmpeg."
        )


def to_screen(colours: Colours, width: int, height: int, *, opaque: bool = False) -> str:
    """ffmpeg filters that scale to width and height, in pixels, and end in bt709 RGB or in what converts to it.

    Args:
        opaque: ignore the alpha channel; otherwise transparent pixels show white behind them.
    """
    matrix = colours.assumed_matrix
    chosen = f":in_color_matrix={matrix}" if matrix != colours.matrix and colours.pixels.startswith("yuv") else ""
    size = f"{width}:{height}"
    if colours.transfer in _HDR:
        return f"{_deep(colours, size)},{_tone_mapped()},setsar=1"
    if colours.primaries in _WIDE and "zscale" in filters():
        return f"{_deep(colours, size)},zscale=m=gbr:p=bt709:t=bt709:r=pc,format=gbrp,setsar=1"
    before = ""
    if matrix in _FOR_ZSCALE and "zscale" in filters():
        before, chosen = "zscale=m=gbr:r=pc,format=gbrp,", ""
    elif colours.alpha and not opaque:
        # Before scaling, because the hidden colours of transparent pixels must not blend into their neighbours.
        whole = "" if colours.pixels in ("bgra", "rgba") else f"scale=iw:ih:{_SCALER}{chosen},"
        order = "bgra" if colours.pixels == "bgra" else "rgba"
        before = (
            f"{whole}format={order},split[over][under];[under]lutrgb=r=maxval:g=maxval:b=maxval:a=maxval[page];"
            f"[page][over]overlay=format=rgb,format={order},"
        )
        chosen = ""
    return f"{before}scale={size}:{_SCALER}{chosen},setsar=1"


def shows_alpha(colours: Colours) -> bool:
    """Whether `to_premultiplied` can keep the alpha of pictures: not where their colours must be converted in depth."""
    return colours.alpha and colours.transfer not in _HDR and colours.primaries not in _WIDE


def to_premultiplied(colours: Colours, width: int, height: int) -> str:
    """As `to_screen`, for pictures with alpha: they end in RGBA, with colours multiplied by alpha."""
    matrix = colours.assumed_matrix
    chosen = f":in_color_matrix={matrix}" if matrix != colours.matrix and colours.pixels.startswith("yuv") else ""
    # Before scaling, because the hidden colours of transparent pixels must not blend into their neighbours.
    return (
        f"scale=iw:ih:{_SCALER}{chosen},format=gbrap,premultiply=inplace=1,"
        f"scale={width}:{height}:{_SCALER},format=gbrap,setsar=1"
    )


def _deep(colours: Colours, size: str) -> str:
    """Filters that scale in 12 bits and label the colours in full, because zscale converts nothing without labels."""
    hdr = colours.transfer in _HDR
    rgb = colours.matrix == "gbr"
    matrix = "bt2020nc" if hdr and colours.matrix == "unknown" else colours.assumed_matrix
    primaries = colours.primaries if colours.primaries != "unknown" else "bt2020" if hdr else "bt709"
    transfer = colours.transfer if hdr else "bt709"
    reach = colours.range if colours.range != "unknown" else "pc" if rgb else "tv"
    labels = f"setparams=range={reach}:colorspace={matrix}:color_primaries={primaries}:color_trc={transfer}"
    return f"scale={size}:{_SCALER},format={'gbrp12le' if rgb else 'yuv444p12le'},{labels}"


def _tone_mapped() -> str:
    peak = BRIGHTEST / REFERENCE_WHITE
    return (
        f"zscale=t=linear:npl={REFERENCE_WHITE}:m=gbr:r=pc,format=gbrpf32le,zscale=p=bt709,"
        f"tonemap=mobius:param={LINEAR_TO}:peak={peak:.4f}:desat=0,zscale=t=iec61966-2-1:r=pc,format=gbrp"
    )
