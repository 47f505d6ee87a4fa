"""Seams that a viewer sees, and seams that nobody sees."""

from dataclasses import replace

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.report.best_loop import best_loop
from alive_cli.report.naturalness import HIGHEST_RATIO
from alive_cli.report.seam import RUN_FRAMES, RUNS, Seam, SeamJudge, seam_words
from alive_cli.runtime.loops import Loop
from tests.conftest import moving_frames

FPS = 10.0


class FilmScene:
    """A scene whose embedding n is the number of a frame, and whose pictures are those frames."""

    fps = FPS
    graph = None

    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames
        self.size = frames.shape[2], frames.shape[1]
        self.embeddings = np.arange(len(frames), dtype=float)[:, None]
        self.drawn = 0

    def on(self, colour: tuple[int, int, int]) -> "FilmScene":
        return self

    def size_up_to(self, longest: int) -> tuple[int, int]:
        return self.size_within(min(longest, max(self.size)))

    def size_within(self, longest: int) -> tuple[int, int]:
        scale = longest / max(self.size)
        return round(self.size[0] * scale), round(self.size[1] * scale)

    def draw(self, embedding: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        self.drawn += 1
        picture: np.ndarray = self.frames[int(embedding[0])]
        return picture


@pytest.fixture(scope="module")
def film() -> FilmScene:
    """A disc that goes round twice, with a little noise."""
    frames = np.concatenate([moving_frames(48, 96, 64)] * 2).astype(int)
    noise = np.random.default_rng(0).integers(-2, 3, frames.shape)
    return FilmScene((frames + noise).clip(0, 255).astype(np.uint8))


def loop_of(numbers: "range | list[int]", joins: list[int]) -> Loop:
    pairs = np.array([(join, min(4, len(numbers))) for join in joins], int)
    return Loop(np.array(numbers, dtype=float)[:, None], pairs.reshape(-1, 2))


@pytest.fixture(scope="module")
def judge(film: FilmScene) -> SeamJudge:
    return SeamJudge(film, film.frames)  # type: ignore[arg-type]


def test_a_period_closes(judge: SeamJudge) -> None:
    """The end of the film leads to its beginning."""
    seam = judge.seam(loop_of(range(96), [0]))
    assert seam.verdict == "invisible", seam
    assert 0.8 < seam.wrap_motion < 1.2
    assert seam_words(seam, "--seconds") == "The loop closes without a visible seam."


def test_a_cut_is_visible(judge: SeamJudge) -> None:
    seam = judge.seam(loop_of(range(13), [0]))
    assert seam.verdict == "visible"
    assert seam.wrap_motion > 1.5
    assert "visible seam" in seam_words(seam, "--duration")
    assert "--duration" in seam_words(seam, "--duration")


def test_a_cut_inside_the_loop_counts_as_much(judge: SeamJudge) -> None:
    """However smooth the wrap is, a viewer sees the jump."""
    whole = list(range(96))
    cut = [*whole[:20], *whole[41:]]
    seam = judge.seam(loop_of(cut, [20]))
    assert 0.8 < seam.wrap_motion < 1.2
    assert seam.visibility > 1
    assert seam.visibility > judge.seam(loop_of(whole, [20])).visibility


def test_a_sudden_turn_is_visible(judge: SeamJudge) -> None:
    """Forward, and at once backward."""
    forward = list(range(20))
    seam = judge.seam(loop_of(forward + forward[-2:0:-1], [len(forward)]))
    assert seam.direction < 0
    assert seam.verdict == "visible"


def test_double_exposures_are_unnatural(film: FilmScene, judge: SeamJudge) -> None:
    frames = film.frames.copy()
    frames[:6] = (frames[:6].astype(int) + frames[24:30]) // 2
    faded = SeamJudge(FilmScene(frames), film.frames)  # type: ignore[arg-type]
    loop = loop_of(range(96), [0])
    assert faded.seam(loop).naturalness > HIGHEST_RATIO > judge.seam(loop).naturalness


def test_without_the_clip_observed_frames_stand_for_it(film: FilmScene) -> None:
    long = FilmScene(np.concatenate([film.frames] * 3))
    judged = SeamJudge(long)  # type: ignore[arg-type]
    assert long.drawn <= 96 + RUNS * RUN_FRAMES
    assert judged.seam(loop_of(range(96), [0])).verdict == "invisible"
    assert judged.seam(loop_of(range(13), [0])).verdict == "visible"


def test_nothing_moves() -> None:
    still = FilmScene(np.full((12, 32, 32, 3), 90, np.uint8))
    for frames in (None, still.frames):
        seam = SeamJudge(still, frames).seam(loop_of(range(12), [0]))  # type: ignore[arg-type]
        assert seam.verdict == "invisible"


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_short_loops_are_judged(judge: SeamJudge, count: int) -> None:
    assert np.isfinite(judge.seam(loop_of(range(count), [0])).visibility)


def test_verdicts() -> None:
    good = Seam(0.5, 0.5, 1.0, 0.9, 0.5, 1.0, 1.0, 0.5)
    words = {}
    for name, value in (("naturalness", 1.3), ("step", 1.5), ("motion", 1.5), ("direction", 0.3), ("dissolve", 2.0)):
        seam = replace(good, **{name: value})
        assert seam.verdict == "slight"
        words[name] = seam_words(seam, "--seconds")
    assert len(set(words.values())) == 5
    assert all("slight seam" in each and "--seconds" not in each for each in words.values())
    assert replace(good, step=3.0).verdict == "visible"
    assert good.figures()["verdict"] == "invisible"


@pytest.mark.parametrize(
    ("frames", "visible", "better", "words"),
    [
        (40, {40}, 3.2, "--seconds 3.2 closes better."),
        (40, {40, 32}, 2.0, "--seconds 2 closes better."),
        (40, {40, 32, 20, 24}, None, "Try another --seconds or --seed."),
        (12, {12}, 1.0, "--seconds 1 closes better."),
        (11, {11}, None, "Try another"),
        (40, set(), None, "without a visible seam"),
    ],
)
def test_a_better_length_is_named(
    monkeypatch: pytest.MonkeyPatch, frames: int, visible: set[int], better: float | None, words: str
) -> None:
    good = Seam(0.5, 0.5, 1.0, 0.9, 0.5, 1.0, 1.0, 0.5)

    class Lengths:
        fps = FPS

        def loops(self, controls: object, *, frames: int, **_: object) -> int:
            return frames

    def seam_of(count: int, *_: object, **__: object) -> tuple[int, Seam]:
        return count, replace(good, step=9.0) if count in visible else good

    monkeypatch.setattr("alive_cli.report.best_loop._least_visible", seam_of)
    loop, seam = best_loop(Lengths(), frames=frames, judge=object())  # type: ignore[arg-type]
    assert (loop, seam.better_seconds) == (frames, better)
    assert words in seam_words(seam, "--seconds")
    if better is not None:
        assert f"--frames {better * FPS:g} closes better" in seam_words(seam, "--frames", FPS)
    assert "better_seconds" not in seam.figures()
    loop, seam = best_loop(Lengths(), frames=frames, judge=object(), may_shorten=True)  # type: ignore[arg-type]
    assert loop == (frames if better is None else round(better * FPS))
    assert seam.better_seconds is None


def test_no_length_without_frames_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    class Lengths:
        def loops(self, controls: object, *, frames: int, **_: object) -> None:
            tried.append(frames)

    visible = Seam(0.5, 9.0, 1.0, 0.9, 0.5, 1.0, 1.0, 0.5)
    monkeypatch.setattr("alive_cli.report.best_loop._least_visible", lambda *_, **__: (None, visible))
    best_loop(Lengths(), frames=1, fps=0.1, judge=object())  # type: ignore[arg-type]
    assert tried == [1, 1, 1, 1]


def test_the_least_visible_seam_wins(bundle: object, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene.open(bundle, device="cpu")  # type: ignore[arg-type]
    judge = SeamJudge(scene)
    loops = list(scene.loops(frames=20, seed=2, most=6))
    uneven = iter([3.0, 1.5, 2.0, 9.0, 9.0, 9.0])
    monkeypatch.setattr(judge, "unevenness", lambda *_: next(uneven))
    loop, seam = best_loop(scene, frames=20, seed=2, judge=judge)
    assert isinstance(seam, Seam)
    expected = loops[min(1, len(loops) - 1)].embeddings
    np.testing.assert_array_equal(np.sort(loop.embeddings, axis=0), np.sort(expected, axis=0))


def test_a_good_loop_ends_the_choice(bundle: object, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene.open(bundle, device="cpu")  # type: ignore[arg-type]
    judge = SeamJudge(scene)
    judged: list[Loop] = []
    monkeypatch.setattr(judge, "unevenness", lambda loop, _: judged.append(loop) or 0.9)
    loop, _ = best_loop(scene, frames=20, seed=2, start_at=0.3, judge=judge)
    assert len(judged) == 1
    assert loop is judged[0]
