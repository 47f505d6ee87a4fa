"""The words about a scene's life and pictures."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from alive_cli.report.verdict import (
    advice,
    is_natural,
    number,
    picture_sentence,
    picture_words,
    unsteady_words,
    verdict,
)

GOOD = {"broken": 0.02, "ratio": 0.8}
BAD = {"broken": 0.12, "ratio": 1.0}
STEADY = {"still": 1.0, "still_clip": 0.8, "second_order": 1.0, "largest_step": 1.1, "largest_step_clip": 1.1}


def scene(*features: str, recipe: str = "living", controls: tuple[str, ...] = ("temperature", "novelty")) -> Any:
    manifest = SimpleNamespace(features_required=list(features), recipe=SimpleNamespace(name=recipe))
    return SimpleNamespace(manifest=manifest, declared_controls=[SimpleNamespace(name=name) for name in controls])


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"broken": 0.0, "ratio": 0.5}, "no picture shows"),
        ({"broken": 0.003, "ratio": 0.5}, "fewer than 1 of 100 pictures show "),
        ({"broken": 0.01, "ratio": 0.5}, "about 1 of 100 pictures shows "),
        (GOOD, "about 2 of 100 pictures show parts that the clip never showed"),
        ({"broken": 0.12, "ratio": 3.0}, "about 12 of 100 pictures show parts that the clip never showed"),
        ({"broken": 0.01, "ratio": 1.34}, "pictures are 1.3 times as far from what the clip shows"),
    ],
)
def test_words_about_pictures(figures: dict[str, float], words: str) -> None:
    assert words in picture_words(figures)


def test_alive_and_natural() -> None:
    judged = verdict(scene("warp"), "alive", GOOD, STEADY)
    assert judged.good
    assert judged.words == "alive, and its pictures look natural"
    assert judged.sentences == ["About 2 of 100 pictures show parts that the clip never showed."]


def test_alive_but_broken() -> None:
    judged = verdict(scene("warp"), "alive", BAD, STEADY)
    assert not judged.good
    assert judged.words == "alive, but about 12 of 100 pictures show parts that the clip never showed"
    assert "--novelty 0 or a lower --temperature" in judged.sentences[0]
    assert verdict(scene("warp"), "alive", {"broken": 0.0, "ratio": 1.2}, STEADY).good is False


def test_not_alive() -> None:
    judged = verdict(scene("warp"), "stuck", GOOD, STEADY)
    assert not judged.good
    assert judged.words == "stuck, though its pictures look natural"
    assert "--seed" in judged.sentences[0]
    assert verdict(scene("warp"), "stuck", BAD, None).words.startswith("stuck, and about 12 of 100")


def test_pictures_that_nobody_judged() -> None:
    judged = verdict(scene("warp"), "alive", None, None)
    assert judged.good
    assert judged.words == "alive"
    assert judged.sentences == ["The scene keeps moving, visits the whole clip and stays near the observed frames."]
    assert picture_sentence(None, None) == ""


def test_unsteady() -> None:
    judged = verdict(scene("warp"), "alive", GOOD, STEADY | {"still": 4.0})
    assert not judged.good
    assert "varies by 4.0 levels, and by 0.8 in the clip" in judged.sentences[-1]
    assert "flicker 1.5 times" in unsteady_words(STEADY | {"second_order": 1.5})
    assert "2.0 times the clip's" in unsteady_words(STEADY | {"largest_step_transitions": 2.2})
    assert unsteady_words(STEADY) == ""
    assert picture_sentence(GOOD, STEADY | {"second_order": 1.5}).endswith(
        "but the pictures flicker 1.5 times as much as the clip."
    )


def test_advice_fits_the_scene() -> None:
    assert advice(scene()).startswith("Fit it anew with this version:")
    assert "with --recipe living" in advice(scene(recipe="original"))
    assert advice(scene("warp", controls=())).startswith("Fit a shorter part")


def test_figures_of_a_stranger() -> None:
    assert number({"broken": "12"}, "broken") is None
    assert number({"broken": math.inf}, "broken") is None
    assert number({"broken": True}, "broken") is None
    assert number([], "broken") is None  # type: ignore[arg-type]
    assert is_natural({"broken": 1e308, "ratio": 1.0}) is None
