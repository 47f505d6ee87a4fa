"""Moods: how a rollout is made to seek some frames of its scene, or to avoid them (SPEC.md, Moods)."""

import math
from collections.abc import Iterable, Mapping

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.goals import shown_names

GAIN = 3.5
"""A frame that has all of a mood is worth so much, in units of the choice. In a clip with few returns a mood needs that
to hold a life for four fifths of the time; with more, such a life jumps farther than looks natural (SPEC.md, Moods)."""
CHOICE = 0.35
"""A walk chooses between costs, in median steps, at this temperature."""
FORESIGHT, ROUNDS = 0.97, 200
"""What lies a frame ahead counts by this factor, and so many frames ahead are considered; more hardly count."""
LARGEST_LOGARITHM = 80.0
"""Logarithms of weights have at most this size, because single precision holds no larger ones."""
RESOLUTION = 4096
"""Logarithms of weights are multiples of 1/4096, so that every player gets the same."""
MOST_EDGES = 1 << 21
"""A motion graph of more edges has no moods, because the weights would take more than some seconds."""


def liking(moods: Mapping[str, np.ndarray], strengths: Mapping[str, float]) -> np.ndarray | float:
    """How much moods of these strengths like each frame, in units of the choice: float64 [N], or 0 without moods."""
    return sum((GAIN * strength * moods[name].astype(np.float64) for name, strength in strengths.items()), 0.0)


def mood_weights(liking: np.ndarray, targets: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The weights of the frames, float32 [N], with which a walk over the motion graph gets what is liked.

    The walk pays for deviating from its own choice p, and gains what it likes. Then its best choice is p times a weight
    of each frame, which a fixed point gives (Todorov 2009, Efficient computation of optimal actions).

    Args:
        liking: how much each frame is liked, float64 [N].
        targets: int64 [N, K], the frames that transitions lead to.
        costs: float32 [N, K], in median steps.

    Raises:
        InputError: the motion graph is too large.
    """
    if targets.size > MOST_EDGES:
        raise InputError("This scene has too many transitions for moods.")
    chances = -costs.astype(np.float64) / CHOICE
    chances -= _log_sum(chances)[:, None]
    ahead = np.zeros(len(targets))
    for _ in range(ROUNDS):
        ahead = FORESIGHT * (liking + _log_sum(chances + ahead[targets]))
    shares = np.exp(liking - liking.max())
    logarithms = ahead - float((shares * ahead).sum() / shares.sum())
    rounded = np.round(logarithms * RESOLUTION) / RESOLUTION
    weights: np.ndarray = np.exp(rounded.clip(-LARGEST_LOGARITHM, LARGEST_LOGARITHM)).astype(np.float32)
    return weights


def _log_sum(logarithms: np.ndarray) -> np.ndarray:
    """The logarithms of the sums of the rows of exponentials, [N, K] to [N], without overflow."""
    largest = logarithms.max(1)
    sums: np.ndarray = largest + np.log(np.exp(logarithms - largest[:, None]).sum(1))
    return sums


def check_strength(name: str, strength: float, known: Iterable[str]) -> float:
    """The strength of a mood, if the scene has that mood.

    Raises:
        InputError: it has no such mood, or the strength is no number from −1 to 1.
    """
    if name not in known:
        raise InputError(unknown_mood(name, known))
    if not (isinstance(strength, int | float | np.number) and math.isfinite(strength) and -1 <= strength <= 1):
        raise InputError(f"The mood {name} has the strength {strength}; choose a number from -1 to 1.")
    return float(strength)


def read_moods(words: Iterable[str], known: Iterable[str]) -> dict[str, float]:
    """Read moods with their strengths, as in `calm:0.7`; a mood alone has the strength 1.

    Raises:
        InputError: as `check_strength`, or a mood is there twice.
    """
    strengths: dict[str, float] = {}
    known = list(known)
    for word in words:
        name, colon, text = word.partition(":")
        try:
            strength = float(text) if colon else 1.0
        except ValueError:
            raise InputError(f"{text!r} is no strength of a mood; write it as in {name or 'calm'}:0.7.") from None
        if name in strengths:
            raise InputError(f"The mood {name} is there twice; give it one strength.")
        strengths[name] = check_strength(name, strength, known)
    return strengths


def unknown_mood(name: str, known: Iterable[str]) -> str:
    """The sentence about a mood that a scene doesn't have."""
    names = shown_names(known)
    there = f"its moods are {', '.join(names)}" if names else "it has no moods yet, and alive mood gives it some"
    return f"This scene has no mood {name!r}; {there}."
