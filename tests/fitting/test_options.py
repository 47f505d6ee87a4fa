"""The choices of a fit: spans of time, what an earlier fit chose, and what differs from it."""

from pathlib import Path

import pytest

from alive_cli import cli
from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import InputError
from alive_cli.fitting.options import FitOptions, refuse_other, seconds


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400)])
def test_spans_of_time(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "10x", "-5", "0", "1e9", "30m1h"])
def test_no_spans_of_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"span|between"):
        seconds(text)
    assert cli.run(["fit", "a.mp4", "--budget", text]) == 2


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
