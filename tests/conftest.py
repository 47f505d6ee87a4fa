"""Fixtures: a tiny clip, a tiny fitted scene, the real clips where they are at hand; and the tests' markers."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.files.lock import locked
from alive_cli.files.user_folder import FOLDER
from alive_cli.media.encode import write_video

REPOSITORY = Path(__file__).parent.parent
CONFORMANCE = REPOSITORY / "bundle_spec" / "conformance"
REAL_CLIPS = REPOSITORY.parent / "shared" / "clips"
MARKERS = {"bundle": "fits", "withholding": "fits", "player": "browser"}
"""A test that uses one of these fixtures, directly or through another one, has this marker."""
WORKER = "PYTEST_XDIST_WORKER"
"""Where a run is spread over several processes, each of them has this environment variable."""
CLIP, BUNDLE = "swing.mp4", "swing.alive"
"""The tiny clip, and the scenes fitted to it, have these names."""
TRIAL_STEPS = 60
"""A trial run in a test trains a behavior for so many steps."""
LOCK_SECONDS = 0.1
"""A worker that waits for what another one makes looks so often whether it is there."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests by the fixtures that they use, before `-m` chooses among them."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in MARKERS:
                item.add_marker(MARKERS[name])
        if any(item.get_closest_marker(name) for name in ("fits", "slow")):
            item.fixturenames.insert(0, "short_trials")  # type: ignore[attr-defined]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all workers of a test run share, filled by the first one that needs it.

    Whatever goes wrong while it is made, nobody ever sees a folder that is half full: the next worker makes it anew.

    Args:
        name: of the folder; whoever gives the same name gets the same folder.
        make: fills an empty folder.
    """
    base = factory.getbasetemp()
    shared = base.parent if WORKER in os.environ else base  # each worker has a folder of its own in that of the run
    folder = shared / name
    with _turn(shared / f"{name}.lock"):
        if not folder.is_dir():
            unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shared))
            try:
                make(unfinished)
                unfinished.rename(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return folder


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    """Hold a lock file, after those who hold it now; a worker that dies holds nobody up."""
    while True:
        try:
            with locked(lock):
                yield
                return
        except BlockingIOError:
            time.sleep(LOCK_SECONDS)


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


@pytest.fixture(scope="session", autouse=True)
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a machine remembers between runs is kept apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(tmp_path_factory.mktemp("remembered")))
        yield


@pytest.fixture(scope="session")
def short_trials() -> Iterator[None]:
    """A trial run trains behaviors for fewer steps than a user's, because tiny clips take as long as large ones."""
    try:
        from alive_cli.behaviors.motion_graph import behavior as motion_graph
        from alive_cli.behaviors.vae import behavior as vae
    except ImportError:  # without torch nothing is trained
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for room in (motion_graph, vae):
            patch.setattr(room, "LEAST_STEPS", TRIAL_STEPS)
        yield


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    """Sixteen small frames in which something moves."""
    return moving_frames()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, frames: np.ndarray) -> Path:
    """The same frames as a video file of 10 frames per second."""
    return made_once(tmp_path_factory, "clip", lambda folder: write_video(folder / CLIP, frames, fps=10)) / CLIP


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A bundle fitted from the tiny clip by the real command."""
    return made_once(tmp_path_factory, "bundle", lambda folder: _fit(clip, folder / BUNDLE)) / BUNDLE


@pytest.fixture(scope="session")
def withholding(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A bundle fitted to every other frame of the tiny clip."""
    make = lambda folder: _fit(clip, folder / BUNDLE, "--holdout")  # noqa: E731
    return made_once(tmp_path_factory, "withholding", make) / BUNDLE


@pytest.fixture(scope="session")
def two_nets() -> Path:
    """A bundle of format 1.0 that draws each pixel, with a fine and a fast net, a background and a mask."""
    return CONFORMANCE / "valid" / "layers.alive"


def _fit(clip: Path, output: Path, *options: str) -> None:
    command = ["fit", str(clip), "-o", str(output), "--encoder", "pca", "--steps", "60", "--device", "cpu"]
    assert cli.run([*command, *options]) == 0


@pytest.fixture
def real_clip() -> Callable[[str], Path]:
    """Path of a real clip by its name; skips where the clips are not at hand."""

    def find(name: str) -> Path:
        path = REAL_CLIPS / name
        if not path.is_file():
            pytest.skip(f"{name} is not at hand")
        return path

    return find
