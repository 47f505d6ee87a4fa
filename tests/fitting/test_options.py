"""The choices of a fit: spans of time, what an earlier fit chose, and what differs from it."""

from pathlib import Path

import pytest

from alive_cli import cli
from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import InputError
from alive_cli.fitting.options import FitOptions, refuse_other, seconds, size_setting


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400)])
def test_spans_of_time(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "10x", "-5", "0", "1e9", "30m1h"])
def test_no_spans_of_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"span|between"):
        seconds(text)
    assert cli.run(["fit", "a.mp4", "--budget", text]) == 2


@pytest.mark.parametrize(("text", "expected"), [("16", 16), ("4096", 4096), ("720p", "720p"), (" 1080P ", "1080p")])
def test_sizes(text: str, expected: int | str) -> None:
    assert size_setting(text) == expected


@pytest.mark.parametrize("text", ["", "p", "15", "4097", "8p", "9999p", "-720p", "720i", "1280x720", "7e2", "٧٢٠"])
def test_no_sizes(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="the longest side, 16 to 4096 pixels, or the height as in 720p"):
        size_setting(text)
    assert cli.run(["fit", "a.mp4", f"--size={text}"]) == 2
    assert "720p" in capsys.readouterr().err


def test_a_size_is_the_longest_side_or_the_height() -> None:
    samplings = [FitOptions(size=size).sampling() for size in (None, 640, "720p")]
    assert [(each.size, each.height) for each in samplings] == [(1920, None), (640, None), (4096, 720)]


def test_a_height_is_kept_for_a_fit_that_resumes() -> None:
    kept = FitOptions(size="720p").settings()
    assert FitOptions().filled(kept, frozenset()).size == "720p"
    with pytest.raises(InputError, match="begun with --size 720p, not --size 1280;"):
        refuse_other(kept, FitOptions(size=1280).settings(), "a.checkpoint")


def test_options_that_nobody_chose_are_those_of_the_earlier_fit() -> None:
    earlier = FitOptions(size=40, steps=7, encoder=EncoderChoice("pca"), device="cpu", film=Path("a.gif"))
    kept = earlier.settings() | earlier.others()
    assert FitOptions().filled(kept, frozenset()) == earlier
    chosen = FitOptions(size=64, encoder=EncoderChoice("clip"))
    filled = chosen.filled(kept, frozenset({"size", "encoder", "film"}))
    assert (filled.size, filled.encoder.kind, filled.film, filled.steps) == (64, "clip", None, 7)


def test_only_what_the_result_depends_on_is_compared() -> None:
    cpu, gpu = FitOptions(device="cpu"), FitOptions(device="cuda", export=False)
    refuse_other(cpu.settings(), gpu.settings(), "a.checkpoint")
    other = FitOptions(steps=30, holdout=True)
    sentence = r"a\.checkpoint was begun with no --steps and no --holdout, not --steps 30 and --holdout;"
    with pytest.raises(InputError, match=sentence):
        refuse_other(cpu.settings(), other.settings(), "a.checkpoint")
