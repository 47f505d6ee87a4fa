"""Interlaced clips lose their combs, once, and others stay as they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alive_cli.media.decode import decode, read_clip
from alive_cli.media.interlace import Fields
from alive_cli.media.probe import probe
from tests.media.drawing import draw

pytestmark = pytest.mark.slow

SD = "720x480"
CODECS = {
    "mpg": ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "2"),
    "mp4": ("-c:v", "libx264", "-x264-params", "interlaced=1", "-crf", "10"),
    "mov": ("-c:v", "prores_ks", "-flags", "+ildct"),
    "avi": ("-c:v", "huffyuv", "-pix_fmt", "yuv422p"),  # which can't say so
}


def fields(path: Path, scan: str, *encoder: str) -> Path:
    return draw(path, *moving(50), "-vf", f"interlace=scan={scan}", "-r", 25, *encoder)


def moving(rate: int) -> tuple[str, ...]:
    """A blurred pattern that drifts sideways."""
    drift = f"scroll=horizontal={0.5 / rate}"
    return "-f", "lavfi", "-i", f"testsrc=s={SD}:r={rate}:d=1,gblur=2,{drift}"


def comb(frames: np.ndarray) -> float:
    """How much more neighbouring lines differ than every other line, on average."""
    grey = frames.astype(float).mean(-1)
    return float((np.abs(grey[:, 1:] - grey[:, :-1])[:, :-1] - np.abs(grey[:, 2:] - grey[:, :-2])).clip(0).mean())


@pytest.mark.parametrize("scan", ["tff", "bff"])
@pytest.mark.parametrize("suffix", CODECS)
def test_combs_are_gone(suffix: str, scan: str, tmp_path: Path) -> None:
    if suffix in ("mpg", "mov", "mp4") and scan == "bff":
        pytest.skip("one order is enough where the file tells")
    path = fields(tmp_path / f"a.{suffix}", scan, *CODECS[suffix])
    clip = read_clip(path, size=720)
    assert clip.info.fields is not Fields.none
    assert [note for note in clip.info.notes if "interlaced" in note]
    assert len(clip.frames) == 25
    untouched = decode(replace(clip.info, fields=Fields.none), clip.sampling)
    assert comb(clip.frames) < 0.25 * comb(untouched.frames)


@pytest.mark.parametrize("suffix", CODECS)
def test_progressive_stays(suffix: str, tmp_path: Path) -> None:
    encoder = [part for part in CODECS[suffix] if part not in ("-flags", "+ildct+ilme", "+ildct", "-x264-params")]
    encoder = [part for part in encoder if part != "interlaced=1"]
    path = draw(tmp_path / f"a.{suffix}", *moving(25), *encoder)
    info = probe(path)
    assert info.fields is Fields.none
    assert info.notes == []
