"""What a look at a clip says, on clips whose answers are known."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alive_cli.observation.clip import SamplingRequest, read_clip
from alive_cli.observation.duration import estimate_seconds, rough_time
from alive_cli.observation.look import ClipLook, look_at
from alive_cli.progress import Listener

cv2 = pytest.importorskip("cv2")
FPS = 30.0


def textured(height: int = 180, width: int = 320, seed: int = 0) -> np.ndarray:
    """A still picture with detail everywhere, uint8 [H, W, 3]."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return (128 + 60 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)


def swinging(count: int = 150, period: float = 60.0, height: int = 180, width: int = 320) -> np.ndarray:
    """A textured disc that swings over a textured, still background: uint8 [N, H, W, 3]."""
    ground, surface = textured(height, width) // 3 + 80, textured(height, width, seed=1)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    frames = []
    for number in range(count):
        shift = 0.06 * width * np.sin(2 * np.pi * number / period)
        inside = (columns - width / 2 - shift) ** 2 + (rows - height / 2) ** 2 < (0.2 * height) ** 2
        moved = cv2.remap(surface, columns - np.float32(shift), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        frames.append(np.where(inside[..., None], moved, ground))
    return np.stack(frames)


def panning(count: int = 90, pixels: int = 4) -> np.ndarray:
    """A camera that pans over a wide picture, `pixels` from frame to frame."""
    wide = textured(180, 320 + pixels * count)
    return np.stack([wide[:, pixels * number : pixels * number + 320] for number in range(count)])


def words(look: ClipLook) -> str:
    return " ".join([*look.sentences(), *look.warnings()])


def test_a_disc_before_a_fixed_camera() -> None:
    look = look_at(swinging(), FPS)
    assert (look.moves, look.pan, look.cuts, look.repeated, look.black) == (0, 0, (), 0, 0)
    assert 0.05 < look.moving < 0.35
    assert look.returns > 0.9
    assert look.explained > look.dissolved + 3
    assert look.warnings() == []
    assert look.sentences()[0].startswith("A fixed camera; ")
    assert look == look_at(swinging(), FPS)


def test_a_pan() -> None:
    look = look_at(panning(), FPS)
    assert look.pan == pytest.approx(90 * 4 / 320, rel=0.15)
    assert look.straight > 0.95
    assert look.returns < 0.03
    assert look.warnings() == [
        "The camera pans all the time, so the scene can only go back the way it came; film with the camera on "
        "something steady, or choose a part with --start and --duration."
    ]


def test_a_zoom() -> None:
    still, frames = textured(360, 640), []
    for number in range(90):
        scale = 1.006**number
        turned = cv2.getRotationMatrix2D((320, 180), 0, scale)
        frames.append(cv2.warpAffine(still, turned, (640, 360), borderMode=cv2.BORDER_REFLECT)[90:270, 160:480])
    look = look_at(np.stack(frames), FPS)
    assert look.zoom == pytest.approx(90 * np.log(1.006), rel=0.3)
    assert "The camera zooms all the time" in words(look)


def test_a_cut_is_placed_on_the_clock_of_the_source() -> None:
    frames = swinging(90)
    frames[60:] = 255 - frames[60:]
    look = look_at(frames, FPS, start=10.0)
    assert look.cuts == (12.0,)
    assert look.warnings()[:1] == [
        "The clip has a cut (at second 12.0), where the scene can only dissolve; --start 10 --duration 1.9 takes the "
        "longest shot."
    ]


def test_fast_motion_is_no_cut() -> None:
    frames = panning(90, 1)
    assert look_at(np.delete(frames, range(40, 47), axis=0), FPS).cuts == ()


def test_black_frames() -> None:
    frames = swinging(60)
    frames[:15] = 3
    look = look_at(frames, FPS)
    assert look.black == 0.25
    assert "25 % of the frames are black; leave them out with --start and --duration." in look.warnings()
    assert look_at(np.zeros((20, 32, 32, 3), np.uint8), FPS).sentences() == ["All frames are black."]


@pytest.mark.parametrize(("pattern", "rate"), [([0, 0], "15"), ([0, 1, 2, 3, 3], "24"), ([0, 0, 0], "10")])
def test_repeated_frames(pattern: list[int], rate: str) -> None:
    different = len(set(pattern))
    numbers = [cycle * different + place for cycle in range(20) for place in pattern]
    look = look_at(swinging(20 * different, 20.0)[numbers], FPS)
    assert look.repeated == pytest.approx(1 - different / len(pattern), abs=0.01)
    assert f"of the frames repeat the one before; --fps {rate} would use each picture once." in words(look)


def test_one_repeated_frame_and_a_pause_need_no_other_rate() -> None:
    frames = swinging(90)
    frames[40] = frames[39]
    look = look_at(frames, FPS)
    assert look.repeated == pytest.approx(1 / 90)
    assert "--fps" not in words(look)
    frames[40:70] = frames[39]
    look = look_at(frames, FPS)
    assert "Nothing moves in 33 % of the frames." in look.sentences()
    assert "--fps" not in words(look)


def test_what_is_too_small_for_the_grid_is_no_repeat() -> None:
    assert look_at(moving_pixel(), FPS).repeated == 0


def test_noise_is_not_explained_by_motion() -> None:
    look = look_at(np.random.default_rng(0).integers(0, 256, (60, 90, 160, 3), dtype=np.uint8), FPS)
    assert look.cuts == ()
    assert look.explained < 15
    assert "Motion explains little of this clip" in words(look)


def test_a_slow_change_goes_one_way() -> None:
    before, after = textured(seed=1).astype(float), textured(seed=2).astype(float)
    look = look_at(np.stack([before + (after - before) * n / 120 for n in range(120)]).astype(np.uint8), FPS)
    assert look.one_way > 0.9
    assert "The clip changes one way and doesn't come back" in words(look)


def moving_pixel() -> np.ndarray:
    frames = np.full((20, 540, 960, 3), 90, np.uint8)
    for number in range(20):
        frames[number, 271, 100 + number] = 255
    return frames


ODD = {
    "one frame": swinging(1),
    "two frames": swinging(2),
    "a still": np.full((20, 32, 32, 3), 90, np.uint8),
    "all cuts": np.stack([textured(seed=number) for number in range(12)]),
    "16x16": np.random.default_rng(1).integers(0, 256, (20, 16, 16, 3), dtype=np.uint8),
    "8192x16": np.tile(swinging(12, height=16, width=512), (1, 1, 16, 1)),
    "16x2048": np.random.default_rng(1).integers(0, 256, (12, 2048, 16, 3), dtype=np.uint8),
    "a moving pixel": moving_pixel(),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_clips_get_sentences_and_no_error(name: str) -> None:
    look = look_at(ODD[name], FPS)
    assert 1 <= len(look.sentences()) <= 3
    assert all(text[0].isupper() or text[0].isdigit() for text in [*look.sentences(), *look.warnings()])
    assert all(text.endswith(".") and "nan" not in text and "inf" not in text for text in words(look).splitlines())


def test_a_clip_in_a_file_is_not_read_into_memory(tmp_path: Path) -> None:
    frames = np.memmap(tmp_path / "frames", np.uint8, "w+", shape=(64, 1080, 1920, 3))
    frames[:, ::8, ::8] = np.arange(64, dtype=np.uint8)[:, None, None, None] * 3
    tracemalloc.start()
    look_at(frames, FPS)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "camera", "poorly"),
    [
        ("cat.mp4", "The camera moves", False),
        ("jumping.mp4", "The camera sways a little", True),
        ("dog.mp4", "A fixed camera", True),
        ("mouse_open_field.mp4", "A fixed camera", False),
        ("expressive_portrait.mp4", "A fixed camera", False),
    ],
)
def test_real_clips(real_clip: Callable[[str], Path], name: str, camera: str, poorly: bool) -> None:
    clip = read_clip(real_clip(name), SamplingRequest(size=480, max_frames=300, stabilise="off"), Listener())
    look = look_at(clip.frames.fitted, clip.source.fps)
    assert look.sentences()[0].startswith(f"{camera}; ")
    assert ("Motion explains little" in words(look)) == poorly


def test_estimates_grow_with_their_parts() -> None:
    least = estimate_seconds(100, 256, 144, 0)
    assert least < estimate_seconds(200, 256, 144, 0) < estimate_seconds(200, 1280, 720, 0)
    assert estimate_seconds(100, 256, 144, 12000) > least + 10
    spans = [rough_time(seconds) for seconds in (5, 91, 600, 7300, 80000)]
    assert spans == ["about a minute", "about 2 minutes", "about 10 minutes", "about 2 hours", "about 22 hours"]
