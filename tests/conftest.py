"""Fixtures: a tiny clip, a tiny fitted scene, the real clips where they are at hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.media.encode import write_video

REPOSITORY = Path(__file__).parent.parent
REAL_CLIPS = REPOSITORY.parent / "shared" / "clips"


def moving_frames(count: int = 16, width: int = 48, height: int = 32) -> np.ndarray:
    """A bright disc that swings over a gradient: uint8 [N, H, W, 3]."""
    rows, columns = np.mgrid[0:height, 0:width]
    frames = np.empty((count, height, width, 3), np.uint8)
    for number in range(count):
        angle = 2 * np.pi * number / count
        x, y = width * (0.5 + 0.3 * np.sin(angle)), height * (0.5 + 0.2 * np.cos(angle))
        disc = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (0.02 * width * height))
        frames[number] = np.stack([60 + 180 * disc, 80 + 100 * columns / width, 40 + 60 * disc], -1)
    return frames


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    """Sixteen small frames in which something moves."""
    return moving_frames()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, frames: np.ndarray) -> Path:
    """The same frames as a video file of 10 frames per second."""
    path = tmp_path_factory.mktemp("clip") / "swing.mp4"
    write_video(path, frames, fps=10)
    return path


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A bundle fitted from the tiny clip by the real command."""
    path = tmp_path_factory.mktemp("bundle") / "swing.alive"
    assert cli.run(["fit", str(clip), "-o", str(path), "--encoder", "pca", "--steps", "60", "--device", "cpu"]) == 0
    return path


@pytest.fixture(scope="session")
def two_nets(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A bundle with a fine and a fast net, fitted to every other frame of the tiny clip."""
    living = pytest.importorskip("alive_cli.generators.basis.fit")
    path = tmp_path_factory.mktemp("bundle") / "two.alive"
    arguments = ["fit", str(clip), "-o", str(path), "--encoder", "pca", "--steps", "60", "--device", "cpu"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(living, "fast_features", lambda moving: 4)
        assert cli.run([*arguments, "--holdout"]) == 0
    return path


@pytest.fixture
def real_clip() -> Callable[[str], Path]:
    """Path of a real clip by its name; skips where the clips are not at hand."""

    def find(name: str) -> Path:
        path = REAL_CLIPS / name
        if not path.is_file():
            pytest.skip(f"{name} is not at hand")
        return path

    return find
