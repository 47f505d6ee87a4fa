"""From the colours that a file stores to those that a player shows on an ordinary screen."""

import re
from dataclasses import dataclass

from alive_cli.errors import InputError
from alive_cli.media.ffmpeg import filters

REFERENCE_WHITE = 203
"""Candela per square metre of HDR that stand for white paper (ITU-R BT.2408)."""
BRIGHTEST = 1000
"""Candela per square metre that still differ from brighter ones after tone mapping: what HDR is mostly graded for."""
LINEAR_TO = 0.3
"""Share of white up to which tone mapping leaves HDR as it is."""

_SCALER = "flags=area+accurate_rnd+full_chroma_int"
_HDR = ("smpte2084", "arib-std-b67")
_WIDE = ("bt2020", "smpte431", "smpte432")
_FOR_ZSCALE = ("ycgco", "bt2020c")
"""Matrices that ffmpeg's ordinary scaler can't read."""
_ALWAYS_BT601 = ("vp8", "webp", "dvvideo", "theora")
"""Codecs that leave no choice, so that they say nothing at any size."""
_ALPHA = re.compile(r"yuva|ya\d|gbrap|rgba|bgra|argb|abgr|pal8|ayuv|vuya|uyva|graya")
_TOLD = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
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
    """Dolby Vision whose base layer means nothing to others."""

    @property
    def alpha(self) -> bool:
        """Whether pixels may be transparent."""
        return bool(_ALPHA.match(self.pixels))

    @property
    def assumed_matrix(self) -> str:
        """The matrix to decode with: the file's own, or by its size, as players do who aren't told.

        mpv, VLC and the television standards before them take pictures for bt709 from 1,280 pixels of width or 577
        of height on, and smaller ones for bt601.
        """
        if self.matrix not in ("unknown", "reserved"):
            return self.matrix
        large = self.width >= 1280 or self.height > 576
        return "bt709" if large and self.codec not in _ALWAYS_BT601 else "smpte170m"


def colours_of(codec: str, header: str, shown: str, width: int, height: int) -> Colours:
    """Put together what ffmpeg's header of a file and its `showinfo` of a decoded frame say."""
    told = _TOLD.search(shown)
    pixels = _PIXELS.search(shown)
    reach, matrix, primaries, transfer = told.groups() if told else ("unknown",) * 4
    dolby_only = bool(_DOLBY.search(header))
    return Colours(codec, pixels[1] if pixels else "", width, height, reach, matrix, primaries, transfer, dolby_only)


def refuse_unshowable(colours: Colours, name: str) -> None:
    """Raise InputError for colours that can't be brought to an ordinary screen with the ffmpeg at hand."""
    if colours.dolby_only:
        raise InputError(
            f"{name} is Dolby Vision without a base that others can show; export it as HDR10, HLG or SDR first."
        )
    if colours.transfer in _HDR and not {"zscale", "tonemap"} <= filters():
        raise InputError(
            f"{name} is HDR, which this ffmpeg can't tone-map (it lacks zscale); export it as SDR, or install "
            "imageio-ffmpeg's own ffmpeg."
        )


def to_screen(colours: Colours, width: int, height: int, *, opaque: bool = False) -> str:
    """ffmpeg filters that scale to width and height, and end in bt709 RGB or what becomes that without a choice.

    Transparent pixels show white behind them, unless told that everything is opaque.
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
        # Before scaling: what transparent pixels hold must not bleed into their neighbours.
        whole = "" if colours.pixels in ("bgra", "rgba") else f"scale=iw:ih:{_SCALER}{chosen},"
        order = "bgra" if colours.pixels == "bgra" else "rgba"
        before = (
            f"{whole}format={order},split[over][under];[under]lutrgb=r=maxval:g=maxval:b=maxval:a=maxval[page];"
            f"[page][over]overlay=format=rgb,format={order},"
        )
        chosen = ""
    return f"{before}scale={size}:{_SCALER}{chosen},setsar=1"


def _deep(colours: Colours, size: str) -> str:
    """Scaled, and labelled in full: zscale converts nothing that isn't."""
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
