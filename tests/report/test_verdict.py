"""The words about a scene's life and pictures."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from alive_cli.report.verdict import (
    advice,
    is_natural,
    life_warnings,
    number,
    picture_sentence,
    picture_words,
    unsteady_words,
    verdict,
)

GOOD = {"broken": 0.02, "ratio": 0.8}
BAD = {"broken": 0.12, "ratio": 1.0}
STEADY = {"still": 1.0, "still_clip": 0.8, "second_order": 1.0, "largest_step": 1.1, "largest_step_clip": 1.1}


ALIVE = {"verdict": "alive", "coverage": 0.9, "replay": 0.1}
STUCK = {"verdict": "stuck", "coverage": 0.05, "replay": 0.1}
MOTION = {"tempo": 1.1, "amplitude": 0.9}


def scene(*features: str, recipe: str = "living", controls: tuple[str, ...] = ("temperature", "novelty")) -> Any:
    """A scene; the first of its controls is the clock."""
    manifest = SimpleNamespace(features_required=list(features), recipe=SimpleNamespace(name=recipe))
    roles = ["clock", *["plain"] * len(controls)]
    declared = [SimpleNamespace(name=name, role=role, default=1.0) for name, role in zip(controls, roles, strict=False)]
    return SimpleNamespace(manifest=manifest, declared_controls=declared)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"broken": 0.0, "ratio": 0.5}, "no picture shows"),
        ({"broken": 0.003, "ratio": 0.5}, "fewer than 1 of 100 pictures show "),
        ({"broken": 0.01, "ratio": 0.5}, "about 1 of 100 pictures shows "),
        (GOOD, "about 2 of 100 pictures show parts that the clip never showed"),
        ({"broken": 0.12, "ratio": 3.0}, "about 12 of 100 pictures show parts that the clip never showed"),
        ({"broken": 0.01, "ratio": 1.34}, "pictures are 1.3 times as far from what the clip shows as the clip's own"),
        (GOOD | {"strange": 0.07, "ratio_withheld": 1.7}, "about 7 of 100 pictures are doubled, torn or blurred"),
        (
            GOOD | {"strange": 0.01, "ratio_withheld": 1.7},
            "1.7 times as far from what the clip shows as one",
        ),
        (BAD | {"strange": 0.5}, "about 12 of 100 pictures show parts that the clip never showed"),
    ],
)
def test_words_about_pictures(figures: dict[str, float], words: str) -> None:
    assert words in picture_words(figures)


def test_alive_and_natural() -> None:
    judged = verdict(scene("warp"), ALIVE, GOOD, STEADY)
    assert judged.good
    assert judged.words == "alive, and its pictures look natural"
    assert judged.sentences == [
        "About 2 of 100 pictures show parts that the clip never showed.",
        "Its weakest point is its steadiness: the pictures flicker 1.0 times as much as the clip.",
    ]
    assert judged.weakest == "steadiness"


def test_alive_but_broken() -> None:
    judged = verdict(scene("warp"), ALIVE, BAD, STEADY)
    assert not judged.good
    assert judged.words == "alive, but about 12 of 100 pictures show parts that the clip never showed"
    assert "--novelty 0 or a lower --temperature" in judged.sentences[0]
    assert verdict(scene("warp"), ALIVE, {"broken": 0.0, "ratio": 1.2}, STEADY).good is False


def test_not_alive() -> None:
    judged = verdict(scene("warp"), STUCK, GOOD, STEADY)
    assert not judged.good
    assert judged.words == "stuck, though its pictures look natural"
    assert "--seed" in judged.sentences[0]
    assert verdict(scene("warp"), STUCK, BAD, None).words.startswith("stuck, and about 12 of 100")


def test_pictures_that_nobody_judged() -> None:
    judged = verdict(scene("warp"), ALIVE, None, None)
    assert judged.good
    assert judged.words == "alive"
    assert judged.sentences == [
        "The scene keeps moving, visits the whole clip and stays near the observed frames.",
        "Its weakest point is its variety: it visits 90% of the clip's frames.",
    ]
    assert picture_sentence(None, None) == ""


def test_unsteady() -> None:
    judged = verdict(scene("warp"), ALIVE, GOOD, STEADY | {"still": 4.0})
    assert not judged.good
    assert judged.weakest == "steadiness"
    assert "varies by 4.0 levels, and by 0.8 in the clip" in judged.words
    assert "--novelty 0" in judged.sentences[0]
    assert "flicker 1.5 times" in unsteady_words(STEADY | {"second_order": 1.5})
    assert "2.0 times the clip's" in unsteady_words(STEADY | {"largest_step_transitions": 2.2})
    assert unsteady_words(STEADY) == ""
    assert picture_sentence(GOOD, STEADY | {"second_order": 1.5}).endswith(
        "but the pictures flicker 1.5 times as much as the clip."
    )


def test_the_weakest_thing_is_named_with_its_remedy() -> None:
    slow = verdict(scene("warp"), ALIVE, GOOD, STEADY, MOTION | {"tempo": 0.4})
    assert (slow.good, slow.weakest) == (False, "tempo")
    assert slow.words == "alive, but it moves 0.4 times as fast as the clip"
    assert slow.sentences[0] == "Set --temperature to 2.5."
    stiff = verdict(scene("warp", controls=("speed", "temperature")), ALIVE, GOOD, STEADY, MOTION | {"amplitude": 0.5})
    assert stiff.words == "alive, but it moves 0.5 times as far as the clip"
    assert stiff.sentences[0] == "Set --temperature to 2.0."
    old = verdict(scene(), ALIVE, GOOD, STEADY, MOTION | {"amplitude": 0.5})
    assert old.sentences[0].startswith("Fit it anew with this version")
    parrot = verdict(scene("warp"), ALIVE | {"replay": 0.9}, GOOD, STEADY, MOTION)
    assert parrot.words == "alive, but 90% of it re-enacts the clip"
    assert "--novelty" in parrot.sentences[0]
    few = verdict(scene("warp"), ALIVE | {"coverage": 0.3}, GOOD, STEADY, MOTION)
    assert few.words == "alive, but it visits 30% of the clip's frames"


def test_other_faults_follow() -> None:
    judged = verdict(scene("warp"), ALIVE, BAD, STEADY | {"second_order": 1.5}, MOTION | {"tempo": 2.0})
    assert judged.weakest == "naturalness"
    assert "Also, the pictures flicker 1.5 times as much as the clip." in judged.sentences
    assert "Also, it moves 2.0 times as fast as the clip." in judged.sentences


def test_what_the_user_sets_is_no_fault() -> None:
    motion, parrot = {"tempo": 0.3, "amplitude": 3.0}, ALIVE | {"replay": 1.0}
    assert verdict(scene("warp"), parrot, GOOD, STEADY, motion, steered=True).good


def test_warnings_of_a_fit() -> None:
    assert life_warnings(ALIVE | {"one_way": 0.1}) == []
    frozen, one_way = life_warnings({"verdict": "frozen", "one_way": 0.9})
    assert frozen == "The scene is frozen: it hardly moves; increase the temperature."
    assert one_way.startswith("The clip changes one way")


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
