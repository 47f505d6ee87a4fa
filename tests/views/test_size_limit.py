"""Files of a limited size."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from alive_cli.errors import OutputError
from alive_cli.views.file import Encoding
from alive_cli.views.size_limit import BEST_QUALITY, MOST_TRIES, USED, Allowance, Ladder, next_rung, write_within
from tests.report.test_naturalness import returning_clip

FRAMES = returning_clip(10, 320)
ALLOWANCE = Allowance((96, 96), (320, 320), 80, BEST_QUALITY)


class Clip:
    """Draws a clip at any size, and counts how often."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, size: tuple[int, int]) -> Iterator[np.ndarray]:
        self.sizes.append(size)
        return (cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in FRAMES)


def test_a_ladder_goes_from_small_to_large() -> None:
    ladder = Ladder(ALLOWANCE)
    spendings = [ladder.spending(rung) for rung in np.linspace(0, ladder.last, 50)]
    assert spendings[0].size[0] == 32
    assert spendings[-1].size == (320, 320)
    assert spendings[-1].quality == BEST_QUALITY
    for before, after in pairwise(spendings):
        assert before.size <= after.size
        assert before.quality <= after.quality
    assert (ladder.spending(ladder.first).size, ladder.spending(ladder.first).quality) == ((96, 96), 80)


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.3])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 1.0, 3.0, 8.0, 1000.0])
def test_few_tries_use_the_limit(share: float, exponent: float) -> None:
    """The size of a file grows with the rungs, but not as the ladder assumes."""
    ladder = Ladder(ALLOWANCE)
    limit = math.log(1e6 * share)
    tries: dict[float, float] = {}
    rung: float | None = ladder.first
    while rung is not None:
        tries[rung] = math.log(1e6) + exponent * (rung - ladder.first) + 0.05 * math.sin(9 * rung)
        rung = next_rung(tries, limit, ladder)
    assert len(tries) <= MOST_TRIES
    fitting = {rung: size for rung, size in tries.items() if size <= limit}
    if not fitting:
        assert 0.0 in tries
    elif ladder.last not in fitting:
        assert max(fitting.values()) >= limit + math.log(0.85)
        assert len(tries) <= 5


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4", ".apng"])
@pytest.mark.parametrize("share", [0.4, 2.5])
def test_files_use_what_they_may(tmp_path: Path, suffix: str, share: float) -> None:
    clip, path = Clip(), tmp_path / f"a{suffix}"
    write_within(path, 10**9, Allowance((96, 96), (96, 96), 80, 80), Encoding(10), Clip())
    usual = path.stat().st_size
    tries: list[str] = []

    def listen(stage: str, done: int, total: int, figure: str = "", values: object = None) -> None:
        tries.append(figure)

    most = round(share * usual)
    written = write_within(
        path,
        most,
        ALLOWANCE,
        Encoding(10),
        clip,
        listen,
    )
    size = path.stat().st_size
    assert 0.85 * most <= size <= most
    assert 2 <= len(tries) - 1 <= MOST_TRIES
    assert "MB" in tries[0]
    assert written.bytes == size
    assert written.grows
    assert (written.spending.size[0] > 96) == (share > 1)
    assert len(clip.sizes) <= 2  # smaller pictures are made from larger ones


def test_all_that_there_is_to_spend(tmp_path: Path) -> None:
    written = write_within(tmp_path / "a.gif", 10**9, ALLOWANCE, Encoding(10), Clip())
    assert (written.spending.size, written.spending.quality) == ((320, 320), BEST_QUALITY)
    assert not written.grows


def test_what_cannot_fit(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="doesn't fit"):
        write_within(tmp_path / "a.gif", 100, ALLOWANCE, Encoding(10), Clip())
    assert list(tmp_path.iterdir()) == []


def test_too_many_pictures_are_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.views.size_limit.KEPT_BYTES", 100_000)
    clip = Clip()
    write_within(tmp_path / "a.gif", 30_000, ALLOWANCE, Encoding(10), clip)
    assert len(clip.sizes) > 1
    assert (tmp_path / "a.gif").stat().st_size <= 30_000


def test_the_share_that_is_used() -> None:
    assert USED >= 0.85
