"""A soak of seconds: what it samples, how it measures growth, its chart, and the loop that it runs."""

from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("torch")

from tests.benchmarks.soaking.loop import soak_loop
from tests.benchmarks.soaking.plot import plots
from tests.benchmarks.soaking.samples import Samples, growth, slope, table
from tests.conftest import CONFORMANCE


def test_growth_is_a_slope_behind_the_warm_up() -> None:
    rows = [{"hours": float(hour), "memory": 100.0 if hour == 0 else 200 + 2 * hour} for hour in range(25)]
    assert slope(rows, "memory", after=1.0) == pytest.approx(2.0)
    rows[12]["memory"] = 900.0  # a gif was saved
    expected = {"first": 100.0, "warm": 202, "last": 248, "most": 900.0, "per_hour_usual": 2.0}
    assert {name: value for name, value in growth(rows, "memory").items() if name != "per_hour"} == expected
    assert growth(rows, "handles") == {}
    assert slope(rows[:2], "memory") is None


def test_a_table_has_a_row_for_each() -> None:
    lines = table([{"a": 1.23456, "b": None}, {"a": 5000.0, "b": "x|y"}]).splitlines()
    assert lines == ["| a | b |", "| --- | --- |", "| 1.23 | – |", "| 5000 | x/y |"]


def test_the_loop_lives_an_hour_in_seconds(tmp_path: Path) -> None:
    samples = Samples(tmp_path / "loop.jsonl", "loop")
    said: list[str] = []
    result = soak_loop(CONFORMANCE / "valid" / "warp-steered.alive", 0.05, samples, said.append)
    assert result["errors"] == []
    assert result["unfinished"] == []
    assert result["hours"] == pytest.approx(0.05, abs=0.01)
    assert result["frames_shown"] > 0
    assert len((tmp_path / "loop.jsonl").read_text("utf-8").splitlines()) == len(samples.rows) > 50
    samples.mark(0.02, "a fault")
    (chart,) = plots([("A loop", samples)], tmp_path)
    with Image.open(chart) as picture:
        assert picture.width > 1000
