"""What the figures of a scene mean, in words for the person who made it, and what to do about it.

Five aspects of a life are judged, and the steadiness of its pictures. The verdict names the weakest one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alive_cli.report.liveness import ONE_WAY
from alive_cli.report.naturalness import BROKEN_SHARE, HIGHEST_RATIO
from alive_cli.report.steadiness import HIDDEN_CUT, SECOND_ORDER, STILL_LEVELS
from alive_cli.runtime.scene import Scene
from bundle_spec.features.warp import FEATURE as WARP

LIFE = {
    "alive": "the scene keeps moving, visits the whole clip and stays near the observed frames.",
    "stuck": "the scene visits only a few observed frames; try another --seed, or fit with --recipe living.",
    "looping": "the scene repeats itself; reduce the pull, or fit a longer clip.",
    "drifting": "the scene leaves the observed frames; increase the pull.",
    "frozen": "the scene hardly moves; increase the temperature.",
    "broken": "the embeddings of the scene are not finite; fit it again.",
}
"""Each verdict on the life is explained by this sentence, which says what to do if it isn't good."""
ONE_WAY_WORDS = "The clip changes one way and hardly comes back, so the scene goes back by far transitions."
"""The user reads this sentence about a clip whose `one_way` is above ONE_WAY."""
CALMER = {"novelty": "--novelty 0", "temperature": "a lower --temperature"}
"""Values of these controls keep a scene nearer to what was observed, where it declares them."""
MOST_PACE, MOST_REACH = 1.6, 1.6
"""Tempo and amplitude may differ from the clip's by these factors either way, because less is hardly seen."""
LEAST_COVERAGE, MOST_REPLAY = 0.5, 0.6
"""A life has little variety if it visits a smaller share of the observed frames, or if a larger share of it re-enacts
the clip; replaying the clip has 1 and 1."""
LARGEST_FIGURE = 1e6
"""A stored figure beyond this size is ignored, because a bundle may come from a stranger."""


@dataclass(frozen=True)
class Aspect:
    """One thing that a verdict judges."""

    name: str
    excess: float
    """The figure ÷ its bound: above 1 is bad."""
    words: str
    """What the figure says, without a subject that needs explaining: "it moves 0.4 times as fast as the clip"."""
    remedy: str
    """A sentence that says what to do about it."""


@dataclass(frozen=True)
class Verdict:
    """A verdict on the life and the pictures of a scene."""

    good: bool
    """Whether the scene is alive, and all that was measured is within its bounds."""
    weakest: str
    """Name of the aspect that is nearest to its bound, or farthest beyond."""
    words: str
    """The verdict in a few words."""
    sentences: list[str]
    """What explains it, and what to do."""


def verdict(
    scene: Scene,
    living: Mapping[str, Any],
    naturalness: Mapping[str, Any] | None,
    steadiness: Mapping[str, Any] | None,
    tempo: Mapping[str, Any] | None = None,
    *,
    steered: bool = False,
) -> Verdict:
    """The verdict on a scene.

    Args:
        living: figures of `evaluate_liveness`.
        naturalness: figures of `evaluate_naturalness`, None if they are unknown.
        steadiness: figures of `evaluate_steadiness`, None if they are unknown.
        tempo: figures of `judge_tempo`, None if they are unknown.
        steered: whether controls have other values than their defaults. Tempo, amplitude and replay are then as the
            user wants them.
    """
    life = str(living["verdict"])
    judged = [Aspect("liveness", 0.0 if life == "alive" else math.inf, life, _sentence(LIFE[life]))]
    judged += [*_pictures(scene, naturalness, steadiness), *_variety(living, steered)]
    judged += [] if steered else _motion(scene, tempo)
    weakest = max(judged, key=lambda aspect: aspect.excess)
    bad = [aspect for aspect in judged if aspect.excess > 1]
    natural = is_natural(naturalness)
    alive = life == "alive"
    if not alive and natural:
        words = f"{life}, though its pictures look natural"
    elif not alive:
        words = f"{life}, and {picture_words(naturalness)}" if natural is False else life
    elif bad:
        words = f"alive, but {weakest.words}"
    else:
        words = "alive, and its pictures look natural" if natural else "alive"
    sentences = [weakest.remedy] if bad else []
    sentences += [f"Also, {aspect.words}." for aspect in bad if aspect.name not in ("liveness", weakest.name)]
    if natural:
        sentences.append(_sentence(picture_words(naturalness)))
    if not bad and natural is None:
        sentences.append(_sentence(LIFE[life]))
    if not bad and weakest.name not in ("liveness", "naturalness"):
        sentences.append(f"Its weakest point is its {weakest.name}: {weakest.words}.")
    return Verdict(not bad, weakest.name, words, sentences)


def life_warnings(living: Mapping[str, Any]) -> list[str]:
    """What a person who fits a scene should not overlook about its life: sentences.

    Args:
        living: figures of `evaluate_liveness`.
    """
    life = str(living["verdict"])
    sentences = [] if life == "alive" else [f"The scene is {life}: {LIFE[life].replace('the scene', 'it', 1)}"]
    return [*sentences, ONE_WAY_WORDS] if living["one_way"] > ONE_WAY else sentences


def is_natural(figures: Mapping[str, Any] | None) -> bool | None:
    """Whether the pictures with these figures look natural; None if the figures are missing or no numbers."""
    excess = _unnatural(figures)
    return None if excess is None else excess <= 1


def picture_words(figures: Mapping[str, Any] | None) -> str:
    """How natural pictures look: "about 2 of 100 pictures show parts that the clip never showed"; empty if unknown."""
    broken, ratio = number(figures, "broken"), number(figures, "ratio")
    if broken is None or ratio is None:
        return ""
    # Scenes that older versions fitted have no figures of withheld frames.
    strange, withheld = number(figures, "strange") or 0.0, number(figures, "ratio_withheld") or 0.0
    if broken <= BROKEN_SHARE and ratio > HIGHEST_RATIO:
        return f"pictures are {ratio:.1f} times as far from what the clip shows as the clip's own frames are"
    if broken <= BROKEN_SHARE and strange > BROKEN_SHARE:
        return f"about {round(100 * strange)} of 100 pictures are doubled, torn or blurred beside what the clip shows"
    if broken <= BROKEN_SHARE and withheld > HIGHEST_RATIO:
        return f"pictures are {withheld:.1f} times as far from what the clip shows as one more frame of it would be"
    if broken == 0:
        return "no picture shows parts that the clip never showed"
    if broken < 0.005:
        return "fewer than 1 of 100 pictures show parts that the clip never showed"
    count = round(100 * broken)
    return f"about {count} of 100 pictures show{'s' if count == 1 else ''} parts that the clip never showed"


def picture_sentence(naturalness: Mapping[str, Any] | None, steadiness: Mapping[str, Any] | None) -> str:
    """One sentence on how natural and steady pictures look; empty if that is unknown."""
    natural, pictures, unsteady = is_natural(naturalness), picture_words(naturalness), unsteady_words(steadiness)
    if natural is None:
        return _sentence(unsteady) if unsteady else ""
    beginning = f"The pictures look {'natural' if natural else 'unnatural'}: {pictures}"
    return _sentence(f"{beginning}, {'but' if natural else 'and'} {unsteady}" if unsteady else beginning)


def unsteady_words(figures: Mapping[str, Any] | None) -> str:
    """In which way pictures are less steady than the clip; empty if they are not, or if that is unknown."""
    excess, words = _unsteadiness(figures)
    return words if excess > 1 else ""


def advice(scene: Scene) -> str:
    """What to do about pictures that don't look natural."""
    if WARP not in scene.manifest.features_required:
        recipe = "" if scene.manifest.recipe.name == "living" else " with --recipe living"
        return f"Fit it anew with this version{recipe}: it moves what the clip shows instead of mixing pictures."
    declared = {control.name for control in scene.declared_controls}
    calmer = [text for name, text in CALMER.items() if name in declared]
    live = f"Let it live with {' or '.join(calmer)}, or fit" if calmer else "Fit"
    return f"{live} a shorter part of the clip (--start, --duration) or a steadier clip, in which less passes at once."


def number(figures: Mapping[str, Any] | None, name: str) -> float | None:
    """A figure of a stored table, or None if it isn't there or no number of a sensible size."""
    value = figures.get(name) if isinstance(figures, Mapping) else None
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable and abs(value) < LARGEST_FIGURE else None  # type: ignore[arg-type]


def _pictures(
    scene: Scene, naturalness: Mapping[str, Any] | None, steadiness: Mapping[str, Any] | None
) -> list[Aspect]:
    unnatural, (unsteady, words) = _unnatural(naturalness), _unsteadiness(steadiness)
    aspects = []
    if unnatural is not None:
        aspects.append(Aspect("naturalness", unnatural, picture_words(naturalness), advice(scene)))
    if words:
        aspects.append(Aspect("steadiness", unsteady, words, advice(scene)))
    return aspects


def _unnatural(figures: Mapping[str, Any] | None) -> float | None:
    """How far pictures are from natural, in units of the bounds; None if the figures are missing or no numbers."""
    broken, ratio = number(figures, "broken"), number(figures, "ratio")
    if broken is None or ratio is None:
        return None
    shares = [broken, number(figures, "strange") or 0.0]
    ratios = [ratio, number(figures, "ratio_withheld") or 0.0]
    return max(max(shares) / BROKEN_SHARE, max(ratios) / HIGHEST_RATIO)


def _unsteadiness(figures: Mapping[str, Any] | None) -> tuple[float, str]:
    """How unsteady pictures are, in units of the bound that is nearest, and in words; 0 and none if that is unknown."""
    excesses = [(0.0, "")]
    still, still_clip = number(figures, "still"), number(figures, "still_clip")
    if still is not None and still_clip is not None:
        words = f"what stands still in the clip varies by {still:.1f} levels, and by {still_clip:.1f} in the clip"
        excesses.append((still / (still_clip + STILL_LEVELS), words))
    second = number(figures, "second_order")
    if second is not None:
        excesses.append((second / SECOND_ORDER, f"the pictures flicker {second:.1f} times as much as the clip"))
    largest = max(number(figures, name) or 0.0 for name in ("largest_step", "largest_step_transitions"))
    usual = number(figures, "largest_step_clip")
    if usual:
        words = f"the largest step between two pictures is {largest / usual:.1f} times the clip's"
        excess = largest / usual / HIDDEN_CUT
        excesses.append((excess, f"{words}, as if it were cut" if excess > 1 else words))
    return max(excesses)


def _variety(living: Mapping[str, Any], steered: bool) -> list[Aspect]:
    coverage, replay = number(living, "coverage"), number(living, "replay")
    if coverage is None or replay is None:
        return []
    more = "Let it live with a higher --novelty or another --seed, or fit a clip that comes back more often."
    share = Aspect(
        "variety", LEAST_COVERAGE / max(coverage, 0.01), f"it visits {coverage:.0%} of the clip's frames", more
    )
    again = Aspect("variety", replay / MOST_REPLAY, f"{replay:.0%} of it re-enacts the clip", more)
    return [share] if steered else [max(share, again, key=lambda aspect: aspect.excess)]


def _motion(scene: Scene, tempo: Mapping[str, Any] | None) -> list[Aspect]:
    pace, reach = number(tempo, "tempo"), number(tempo, "amplitude")
    if pace is None or reach is None:
        return []
    clock = next((control for control in scene.declared_controls if control.role == "clock"), None)
    scales = any(each.name == "temperature" and each.role != "clock" for each in scene.declared_controls)
    faster = f"set --{clock.name.replace('_', '-')} to {clock.default / max(pace, 0.01):.1f}" if clock else "fit anew"
    wider = f"set --temperature to {1 / max(reach, 0.01):.1f}" if scales else "fit it with --quality high"
    return [
        Aspect(
            "tempo",
            max(pace, 1 / max(pace, 0.01)) / MOST_PACE,
            f"it moves {pace:.1f} times as fast as the clip",
            _sentence(faster),
        ),
        Aspect(
            "amplitude",
            max(reach, 1 / max(reach, 0.01)) / MOST_REACH,
            f"it moves {reach:.1f} times as far as the clip",
            _sentence(advice(scene) if WARP not in scene.manifest.features_required else wider),
        ),
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
