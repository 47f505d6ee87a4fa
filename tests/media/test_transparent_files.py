"""Files with alpha: what is written is read back, and what is read is kept."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import InputError, OutputError
from alive_cli.media.alpha import NEUTRAL, over
from alive_cli.media.decode import Clip, decode, plan_sampling
from alive_cli.media.encode import CLEAR_SUFFIXES, write_sequence, write_video
from alive_cli.media.mask import read_region
from alive_cli.media.probe import probe
from alive_cli.media.shown import ALPHA, CLIP, OUTSIDE, TRANSPARENT, Shown, prepare

COUNT, WIDTH, HEIGHT = 8, 64, 48


def discs() -> np.ndarray:
    """A soft disc that moves, straight, uint8 [8, 48, 64, 4]."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pictures = np.zeros((COUNT, HEIGHT, WIDTH, 4), np.uint8)
    for number, picture in enumerate(pictures):
        away = np.hypot(columns - 24 - 2 * number, rows - 24)
        picture[..., 3] = np.round(255 * np.clip((14 - away) / 5 + 0.5, 0, 1))
        colours = np.stack([160 + 40 * np.sin(columns / 9), 120 + rows, 200 - columns], -1)
        picture[..., :3] = np.where(picture[..., 3:] > 0, colours, 0)
    return pictures


def read(path: Path) -> Clip:
    info = probe(path, 10)
    return decode(info, plan_sampling(info, fps=10), alpha=True)


@pytest.mark.parametrize(
    ("suffix", "alpha", "colour"),
    [(".png", 0, 1), (".apng", 0, 1), (".webp", 0, 4), (".mov", 1, 4), (".webm", 3, 5)],
)
def test_alpha_comes_back(suffix: str, alpha: float, colour: float, tmp_path: Path) -> None:
    pictures = discs()
    path = tmp_path / f"a{suffix}"
    if suffix == ".png":
        assert write_sequence(tmp_path / "a_%02d.png", iter(pictures)) == COUNT
        path = tmp_path
    else:
        assert write_video(path, iter(pictures), fps=10, quality=95) == COUNT
    clip = read(path)
    assert clip.alpha is not None
    assert clip.alpha.shape == (COUNT, HEIGHT, WIDTH)
    edge = (pictures[..., 3] > 0) & (pictures[..., 3] < 255)
    assert np.abs(clip.alpha.astype(int) - pictures[..., 3])[edge].mean() <= alpha
    shown = np.stack([over(picture) for picture in pictures])
    assert np.abs(clip.frames.astype(int) - shown).mean() <= colour
    assert np.abs(clip.frames[clip.alpha == 0].astype(int) - NEUTRAL).max() <= 1


def test_a_gif_is_clear_or_not(tmp_path: Path) -> None:
    write_video(tmp_path / "a.gif", iter(discs()), fps=10)
    with Image.open(tmp_path / "a.gif") as gif:
        first = np.asarray(gif.convert("RGBA"))
    assert set(np.unique(first[..., 3])) == {0, 255}
    assert ((first[..., 3] == 255) == (discs()[0, ..., 3] >= 128)).mean() > 0.99


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_format_without_alpha(suffix: str, tmp_path: Path) -> None:
    assert suffix not in CLEAR_SUFFIXES
    with pytest.raises(OutputError, match=r"can't be transparent.*--background"):
        write_video(tmp_path / f"a{suffix}", iter(discs()), fps=10)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".apng", ".png"])
def test_a_clip_that_is_opaque_has_no_alpha(suffix: str, tmp_path: Path) -> None:
    pictures = discs()
    pictures[..., 3] = 255
    path = tmp_path / f"a{suffix}"
    if suffix == ".png":
        write_sequence(tmp_path / "a_%02d.png", iter(pictures))
        path = tmp_path
    else:
        write_video(path, iter(pictures), fps=10)
    clip = read(path)
    assert clip.alpha is None
    assert (clip.frames == pictures[..., :3]).all()


def clip_of(pictures: np.ndarray, alpha: np.ndarray | None, tmp_path: Path) -> Clip:
    write_video(tmp_path / "a.apng", iter(discs()), fps=10)
    info = probe(tmp_path / "a.apng")
    return Clip(info, plan_sampling(info), pictures, alpha)


def test_a_key_beside_alpha_is_refused(tmp_path: Path) -> None:
    clip = clip_of(discs()[..., :3].copy(), discs()[..., 3].copy(), tmp_path)
    with pytest.raises(InputError, match=r"a.apng is transparent by itself; leave out --key"):
        prepare(clip, Shown(alpha="green"), clip.sampling, "a.apng")


def test_the_outside_can_be_transparent(tmp_path: Path) -> None:
    clip = clip_of(discs()[..., :3].copy(), None, tmp_path)
    prepared = prepare(clip, Shown(read_region("0.25,0,0.5,1"), outside=TRANSPARENT), clip.sampling, "a")
    assert prepared.shown == Shown("0.25,0,0.5,1", None, None, TRANSPARENT)
    assert prepared.transparency is not None
    share = prepared.transparency.share
    assert share is not None
    assert prepared.transparency.alpha is None
    assert not share[:, :16].any()
    assert (share[5:-5, 24:40] == 255).all()


def test_a_recipe_keeps_what_is_shown() -> None:
    for shown in (Shown("0,0,0.5,1", 2.0, CLIP, TRANSPARENT), Shown(None, None, "green"), Shown(alpha=None)):
        assert Shown.of(shown.settings()) == shown
    assert Shown(alpha=None).settings() == {}
    assert Shown().settings() == {ALPHA: CLIP}


@pytest.mark.parametrize("settings", [{ALPHA: 3}, {OUTSIDE: ["x"]}, {"region": 1.5}, {"still": "now"}])
def test_a_strangers_settings(settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match="fit the clip anew"):
        Shown.of(settings)


def test_what_is_judged_is_seen_over_grey(tmp_path: Path) -> None:
    clip = clip_of(discs()[..., :3].copy(), None, tmp_path)
    prepared = prepare(clip, Shown(read_region("0.25,0,0.5,1"), outside=TRANSPARENT), clip.sampling, "a")
    assert prepared.transparency is not None
    seen = prepared.transparency.seen(clip.frames)
    assert (seen[:, :, :16] == NEUTRAL).all()
    assert (seen[:, 5:-5, 24:40] == clip.frames[:, 5:-5, 24:40]).all()
    assert (clip.frames[:, 5:-5, 17:47] == discs()[:, 5:-5, 17:47, :3]).all()  # nothing fades in the fit
