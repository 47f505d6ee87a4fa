"""What the figures of a scene mean, in words for the person who made it, and what to do about it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
CALMER = {"novelty": "--novelty 0", "temperature": "a lower --temperature"}
"""Values of these controls keep a scene nearer to what was observed, where it declares them."""
LARGEST_FIGURE = 1e6
"""A stored figure beyond this size is ignored, because a bundle may come from a stranger."""


@dataclass(frozen=True)
class Verdict:
    """A verdict on the life and the pictures of a scene."""

    good: bool
    """Whether the scene is alive, and its pictures natural and steady, as far as that was measured."""
    words: str
    """The verdict in a few words."""
    sentences: list[str]
    """What explains it, and what to do."""


def verdict(
    scene: Scene, life: str, naturalness: Mapping[str, Any] | None, steadiness: Mapping[str, Any] | None
) -> Verdict:
    """The verdict on a scene.

    Args:
        life: the verdict on its life, one of LIFE.
        naturalness: figures of `evaluate_naturalness`, None if they are unknown.
        steadiness: figures of `evaluate_steadiness`, None if they are unknown.
    """
    sentences = [] if life == "alive" else [_sentence(LIFE[life])]
    natural = is_natural(naturalness)
    pictures = picture_words(naturalness)
    if natural is None:
        words = life
    elif natural:
        words = f"{life}, {'and' if life == 'alive' else 'though'} its pictures look natural"
    else:
        words = f"{life}, {'but' if life == 'alive' else 'and'} {pictures}"
    if natural:
        sentences.append(_sentence(pictures))
    if natural is False:
        sentences.append(advice(scene))
    unsteady = unsteady_words(steadiness)
    if life == "alive" and natural is None and not unsteady:
        sentences.append(_sentence(LIFE[life]))
    sentences += [_sentence(unsteady)] if unsteady else []
    return Verdict(life == "alive" and natural is not False and not unsteady, words, sentences)


def is_natural(figures: Mapping[str, Any] | None) -> bool | None:
    """Whether the pictures with these figures look natural; None if the figures are missing or no numbers."""
    broken, ratio = number(figures, "broken"), number(figures, "ratio")
    return None if broken is None or ratio is None else broken <= BROKEN_SHARE and ratio <= HIGHEST_RATIO


def picture_words(figures: Mapping[str, Any] | None) -> str:
    """How natural pictures look: "about 2 of 100 pictures show parts that the clip never showed"; empty if unknown."""
    broken, ratio = number(figures, "broken"), number(figures, "ratio")
    if broken is None or ratio is None:
        return ""
    if broken <= BROKEN_SHARE and ratio > HIGHEST_RATIO:
        return f"pictures are {ratio:.1f} times as far from what the clip shows as the clip's own frames are"
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
    still, still_clip = number(figures, "still"), number(figures, "still_clip")
    if still is not None and still_clip is not None and still > still_clip + STILL_LEVELS:
        return f"what stands still in the clip varies by {still:.1f} levels, and by {still_clip:.1f} in the clip"
    second = number(figures, "second_order")
    if second is not None and second > SECOND_ORDER:
        return f"the pictures flicker {second:.1f} times as much as the clip"
    largest = max(number(figures, name) or 0.0 for name in ("largest_step", "largest_step_transitions"))
    usual = number(figures, "largest_step_clip")
    if usual is not None and largest > HIDDEN_CUT * usual:
        return f"the largest step between two pictures is {largest / usual:.1f} times the clip's, as if it were cut"
    return ""


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


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
