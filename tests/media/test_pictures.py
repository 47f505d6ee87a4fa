"""Still pictures as a viewer shows them."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from alive_cli.errors import InputError
from alive_cli.media.decode import read_clip
from alive_cli.media.ffmpeg import base_command
from alive_cli.media.pictures import common_size, read_pictures
from tests.media.drawing import PATCHES, patched, patches_of

SUFFIXES = ("png", "jpg", "webp", "tiff", "bmp")


def one(picture: Image.Image, path: Path, **options: object) -> np.ndarray:
    """The picture as it is read back from a file."""
    picture.save(path, **options)
    return next(read_pictures([path], common_size([path])))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats(suffix: str, tmp_path: Path) -> None:
    for number, frame in enumerate(patched()):
        Image.fromarray(frame).save(tmp_path / f"{number}.{suffix}", quality=100, subsampling=0)
    assert np.abs(patches_of(read_clip(tmp_path, size=320).frames) - PATCHES).max() <= 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_agrees_with_ffmpeg(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"a.{suffix}"
    ours = one(Image.fromarray(patched()[0]), source, quality=95, subsampling=0)
    command = [*base_command(), "-i", str(source), "-vf", "scale=flags=accurate_rnd+full_chroma_int"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    theirs = np.frombuffer(raw, np.uint8).reshape(ours.shape)
    assert np.abs(patches_of(ours[None]) - patches_of(theirs[None])).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_cameras_are_turned(orientation: int, suffix: str, tmp_path: Path) -> None:
    upright = np.zeros((40, 64, 3), np.uint8)
    upright[:20, :32] = (250, 40, 40)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, 3),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = one(Image.fromarray(np.ascontiguousarray(stored)), tmp_path / f"a.{suffix}", exif=exif, quality=95)
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright).mean() < 3


def test_sixteen_bits(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    for suffix in ("png", "tiff"):
        grey = one(Image.fromarray(np.tile(ramp, (16, 1))), tmp_path / f"grey.{suffix}")
        assert np.abs(grey[0, :, 0] - np.rint(ramp / 257)).max() <= 1
        assert (grey == grey[..., :1]).all()
        source = ["-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "64x16", "-i", "-", "-pix_fmt"]
        pixels = np.tile(ramp[None, :, None], (16, 1, 3))
        path = tmp_path / f"rgb.{suffix}"
        command = [*base_command(), *source, "rgb48be" if suffix == "png" else "rgb48le", str(path)]
        command.remove("-nostdin")
        subprocess.run(command, input=pixels.tobytes(), check=True, capture_output=True)
        deep = next(read_pictures([path], (64, 16)))
        assert np.abs(deep[0].astype(int) - np.rint(ramp / 257)[:, None]).max() <= 1


def test_grey_palettes_bits_and_ink(tmp_path: Path) -> None:
    picture = Image.fromarray(patched()[0])
    for mode in ("L", "1"):
        shown = one(picture.convert(mode), tmp_path / "a.png")
        assert (shown == np.asarray(picture.convert(mode).convert("L"))[..., None]).all()
    assert np.abs(patches_of(one(picture.quantize(16), tmp_path / "p.png")[None]) - PATCHES).max() <= 3
    assert patches_of(one(picture.convert("CMYK"), tmp_path / "c.tiff")[None])[0].tolist() == [255, 255, 255]


def test_transparent_pictures_lie_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 48, 4), np.uint8)
    pixels[:, :16] = (0, 255, 0, 0)
    pixels[:, 16:32] = (200, 60, 30, 128)
    pixels[:, 32:] = (200, 60, 30, 255)
    picture = Image.fromarray(pixels)
    expected = [(255, 255, 255), (227, 157, 142), (200, 60, 30)]
    for suffix in ("png", "webp", "tiff"):
        shown = one(picture, tmp_path / f"a.{suffix}", lossless=True)[8, [8, 24, 40]].astype(int)
        assert np.abs(shown - expected).max() <= 1
    palette = Image.fromarray(np.repeat(np.array([[0, 1]], np.uint8), 8, 0).repeat(8, 1), "P")
    palette.putpalette([10, 20, 30, 200, 60, 30])
    shown = one(palette, tmp_path / "p.png", transparency=0)
    assert shown[4, [0, 15]].tolist() == [[255, 255, 255], [200, 60, 30]]


def test_colour_profiles_are_heeded(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    swatch = np.full((16, 16, 3), (200, 60, 30), np.uint8)
    plain = one(Image.fromarray(swatch), tmp_path / "srgb.png", icc_profile=_profile("sRGB"))
    assert (plain == swatch).all()
    # A profile of another kind of pixels can't be applied, and one that is none is no reason to stop.
    for broken in (lab.tobytes(), b"no profile"):
        assert (one(Image.fromarray(swatch), tmp_path / "odd.png", icc_profile=broken) == swatch).all()


def _profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()  # type: ignore[arg-type]


def test_large_pictures_are_averaged(tmp_path: Path) -> None:
    fine = np.indices((400, 600)).sum(0) % 2 * 255
    Image.fromarray(np.repeat(fine[..., None], 3, -1).astype(np.uint8)).save(tmp_path / "a.png")
    small = next(read_pictures([tmp_path / "a.png"], (60, 40)))
    assert np.abs(small.astype(int) - 127).max() <= 1


def test_what_is_refused_names_the_file(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "1.png")
    Image.new("RGB", (48, 64)).save(tmp_path / "2.png")
    with pytest.raises(InputError, match=r"2\.png is 48×64 pixels, 1\.png is 64×48"):
        read_clip(tmp_path)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    for data in (b"", b"no picture", buffer.getvalue()[:3000], buffer.getvalue()[:20]):
        (tmp_path / "2.png").write_bytes(data)
        with pytest.raises(InputError, match=r"2\.png can't be read"):
            read_clip(tmp_path)
    (tmp_path / "2.png").unlink()
    Image.fromarray(np.zeros((48, 64), np.float32)).save(tmp_path / "2.tiff")
    with pytest.raises(InputError, match=r"2\.tiff has floating-point"):
        read_clip(tmp_path)


def test_still_pictures_do_not_move(tmp_path: Path) -> None:
    for number in range(10):
        Image.new("RGB", (32, 32), (90, 90, 90)).save(tmp_path / f"{number}.png")
    with pytest.raises(InputError, match="Nothing moves"):
        read_clip(tmp_path)
