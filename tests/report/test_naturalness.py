"""Naturalness of pictures that deserve it and of pictures that don't, and its agreement with its definition."""

import importlib.util
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.report import naturalness
from alive_cli.report.naturalness import Reference, evaluate_naturalness, judge, reference_of
from alive_cli.report.rollouts import is_jump, judged_rollouts
from alive_cli.runtime.motion_graph import MotionGraph
from tests.conftest import REPOSITORY, moving_frames

DEFINITION = REPOSITORY.parent / "shared" / "judge" / "natural.py"
FPS = 10.0


def returning_clip(count: int = 24, side: int = 64) -> np.ndarray:
    """A textured ball that goes to and fro over a textured ground, nearly twice: uint8 [N, H, W, 3]."""
    random = np.random.default_rng(0)

    def texture(amplitude: float) -> np.ndarray:
        return amplitude * cv2.GaussianBlur(random.standard_normal((side, side, 3)), (0, 0), 2)

    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    ground, ball = 120 + texture(200), 200 + texture(400)
    frames = np.empty((count, side, side, 3), np.uint8)
    for number in range(count):
        x = side * (0.5 + 0.25 * np.sin(3.7 * np.pi * number / count + 0.3))
        inside = np.clip(side * 0.2 - np.hypot(columns - x, rows - side / 2), 0, 1)[..., None]
        moved = cv2.remap(ball, columns - np.float32(x - side / 2), rows, cv2.INTER_LINEAR)
        noise = 2 * random.standard_normal((side, side, 3))
        frames[number] = (inside * moved + (1 - inside) * ground + noise).clip(0, 255).round()
    return frames


def cross_fades(frames: np.ndarray) -> np.ndarray:
    """The means of frames that lie far from each other."""
    half = len(frames) // 4
    return ((frames[:half].astype(int) + frames[half : 2 * half]) // 2).astype(np.uint8)


@pytest.fixture(scope="module")
def returning() -> np.ndarray:
    return returning_clip()


@pytest.fixture(scope="module")
def reference(returning: np.ndarray) -> Reference:
    made = reference_of(returning, FPS)
    assert made is not None
    return made


def test_a_clip_is_natural(returning: np.ndarray, reference: Reference) -> None:
    figures = judge(returning[1::3], reference)
    assert figures.natural
    assert figures.broken == 0
    assert figures.rollout <= figures.real
    assert figures.pictures == 8


def test_cross_fades_are_broken(returning: np.ndarray, reference: Reference) -> None:
    steps: list[int] = []
    figures = judge(np.concatenate([returning[:1], cross_fades(returning)]), reference, lambda: steps.append(1))
    assert not figures.natural
    assert figures.ratio > 1.5
    assert figures.broken > 0.5
    assert figures.worst > 0
    assert len(steps) == 7


def test_it_agrees_with_its_definition(
    returning: np.ndarray, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = module_at(DEFINITION)
    pictures = cross_fades(returning)
    side = naturalness.SIDE
    contents = {"clip": (returning, FPS), "rollout": (pictures, 0.0)}

    def load(path: str, most: int) -> tuple[np.ndarray, float, float]:
        small = [cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in contents[path][0]]
        return np.array(small), contents[path][1], 1.0

    monkeypatch.setattr(definition, "load", load)
    expected = definition.judge("clip", "rollout")
    figures = judge(pictures, reference)
    assert figures.worst == expected["worst"]
    for name, tolerance in {"real": 0.1, "rollout": 0.1, "ratio": 0.02, "broken": 0.001}.items():
        assert getattr(figures, name) == pytest.approx(expected[name], abs=tolerance + 1e-9)


def module_at(path: Path) -> ModuleType:
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_opencv_keeps_its_threads(returning: np.ndarray, reference: Reference) -> None:
    threads = cv2.getNumThreads()
    judge(returning[:1], reference)
    assert cv2.getNumThreads() == threads


def test_clips_that_cannot_tell(returning: np.ndarray) -> None:
    assert reference_of(np.repeat(returning[:1], 9, 0), FPS) is None  # nothing moves
    assert reference_of(returning[:4], 100.0) is None  # all frames are within a quarter of a second


def test_rollouts_of_a_scene(bundle: Path, frames: np.ndarray) -> None:
    scene = Scene.open(bundle, device="cpu", net="fine")
    rollouts = judged_rollouts(scene, seeds=(3, 4))
    assert [len(each.embeddings) for each in rollouts] == [192, 192]
    reports: list[tuple[int, int]] = []
    figures = evaluate_naturalness(
        scene, frames, rollouts, lambda stage, done, total, *_: reports.append((done, total))
    )
    assert figures is not None
    assert set(figures) >= {"real", "rollout", "ratio", "broken", "worst", "natural"}
    assert figures["pictures"] == 64
    assert figures["worst_seed"] in (3, 4)
    assert 0 <= figures["worst_second"] < 192 / scene.fps
    assert reports[-1] == (8 + 4 + 2 * 64, 8 + 4 + 2 * 64)
    for transition in rollouts[0].transitions():
        assert transition.shape[1] == scene.embeddings.shape[1]


def test_jumps() -> None:
    nothing = np.zeros((6, 1))
    graph = MotionGraph(nothing.astype(np.int64), nothing, np.array([1, 2, -1, 4, 5, -1]))
    assert not is_jump(graph, 0, 1, 1)
    assert not is_jump(graph, 0, 0, 1)  # a slow life waits
    assert not is_jump(graph, 0, 2, 2)
    assert is_jump(graph, 0, 2, 1)
    assert is_jump(graph, 2, 3, 1)  # over a cut
    assert not is_jump(graph, None, 3, 1)


def test_frames_of_another_size(reference: Reference) -> None:
    assert judge(moving_frames(2, 128, 128), reference).pictures == 2
