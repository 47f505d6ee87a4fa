"""What a fit measures of its own scene, and what it sets by that."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from alive_cli.behaviors.motion_graph.behavior import NOVELTY
from alive_cli.behaviors.motion_graph.learn import REACH
from alive_cli.encoders import Encoder
from alive_cli.media.alpha import NEUTRAL
from alive_cli.observation.clip import ObservedClip
from alive_cli.progress import Listener, Progress
from alive_cli.report.evaluate import evaluate
from alive_cli.report.living import STAGE as LIVING_STAGE
from alive_cli.report.living import evaluate_liveness
from alive_cli.report.naturalness import Reference, draw_judged, evaluate_naturalness, judge
from alive_cli.report.rollouts import JudgedRollout, judged_rollouts
from alive_cli.report.steadiness import evaluate_steadiness
from alive_cli.runtime.scene import Scene
from alive_cli.threads import Aside
from bundle_spec.container import BANK_NAME, POSTER_NAME, WEIGHTS_NAME, Bundle, pack_picture, pack_tensors
from bundle_spec.features.controls import defaults_with
from bundle_spec.features.warp import warp_of
from bundle_spec.manifest import Control

CHECKED_FRAMES = 30
"""A fit measures its own figures on so many frames, while `alive eval` takes all of them."""
CHECKED_PICTURES, CHECKED_ROLLOUT = 90, 60
"""A fit judges so many pictures, and so many frames of a rollout, while `alive eval` takes more."""
LONGEST_CHECKED_ROLLOUT = 15_000
"""A fit measures liveness on rollouts of at most so many frames, because long clips would take hours."""
POSTER_SIDE = 512
"""The longest side of the poster has at most so many pixels, because it is a preview and travels with every bundle."""
CHECKED_SEEDS = (0,)
"""A fit measures liveness on the rollouts of these seeds, while `alive eval` takes three."""
TEMPERATURE = "temperature"
"""A fit limits how far this control may move an embedding, by the naturalness of rollouts."""
NOVELTIES = (0.5, 0.35, 0.2, 0.1)
"""A scene has the first of these as its default novelty whose pictures are natural, or the last."""
TEMPERATURES, REACHES = (0.3, 2.0), (4.0, 1.5)
"""If pictures of lives at these temperatures are unnatural, temperature reaches no farther than the first of these
numbers of median steps with which they are natural, or the last."""
NATURAL, STRANGE, MORE_STRANGE = 0.6, 0.03, 0.09
"""Pictures are natural here if their median figure (`report/naturalness.py`) is at most this share of that of the
clip's own frames, and if at most so many are strange: by default, and at another temperature."""
PROBED_FRAMES, PROBED_PICTURES, FEWER_PICTURES = 405, 45, 24
"""Novelty is judged by so many pictures, evenly spread over a rollout of so many frames, and temperature by fewer."""
PROBING_STAGE = "Choosing how far it varies"
"""The progress bar shows this text while novelty and temperature are judged."""


def with_variation(bundle: Bundle, reference: Callable[[], Reference | None], listener: Listener) -> Bundle:
    """Set the default novelty, and how far temperature reaches, by what rollouts look like, and say so.

    A scene without these controls, or of a clip that can't tell what is natural, stays as it is.
    """
    clip = reference()
    scene = Scene(bundle, device="cpu", net="fine").on(NEUTRAL)
    declared = {each.name: each for each in scene.declared_controls}
    if clip is None or REACH not in bundle.tensors(BANK_NAME) or not {NOVELTY, TEMPERATURE} <= declared.keys():
        return bundle
    steps = len(NOVELTIES) + len(REACHES) + 1
    listener.progress(PROBING_STAGE, 0, steps)
    *tried, last = NOVELTIES
    natural = (each for each in tried if _is_natural(scene, scene, clip, {NOVELTY: each}, PROBED_PICTURES, STRANGE))
    novelty = next(natural, last)
    listener.progress(PROBING_STAGE, len(NOVELTIES), steps)
    reason = "" if novelty == NOVELTIES[0] else ", because with more its pictures begin to look unnatural"
    listener.say(f"Its lives have a novelty of {novelty:g} by default{reason}.")
    controls = [
        msgspec.structs.replace(each, default=novelty) if each.name == NOVELTY else each
        for each in scene.declared_controls
    ]
    bundle = _with_default(bundle, controls, novelty)

    def natural_at_all(candidate: Bundle) -> bool:
        lives, settings = Scene(candidate, device="cpu"), [{TEMPERATURE: value} for value in TEMPERATURES]
        return all(_is_natural(scene, lives, clip, each, FEWER_PICTURES, MORE_STRANGE) for each in settings)

    *candidates, least = [bundle, *(_reaching(bundle, reach) for reach in REACHES)]
    limited = next(filter(natural_at_all, candidates), least)
    listener.progress(PROBING_STAGE, steps, steps)
    if limited is not bundle:
        listener.say("Temperature changes its motion by little, because with more its pictures look unnatural.")
    return limited


def _with_default(bundle: Bundle, controls: list[Control], novelty: float) -> Bundle:
    manifest = bundle.manifest
    assert manifest.behavior is not None
    recipe = msgspec.structs.replace(manifest.recipe, settings={**manifest.recipe.settings, NOVELTY: novelty})
    behavior = msgspec.structs.replace(manifest.behavior, controls=controls)
    defaults = defaults_with(controls, manifest.defaults)
    manifest = msgspec.structs.replace(manifest, recipe=recipe, behavior=behavior, defaults=defaults)
    return Bundle(manifest, bundle.parts)


def _reaching(bundle: Bundle, reach: float) -> Bundle:
    bank = bundle.tensors(BANK_NAME) | {REACH: np.array([reach], np.float32)}
    return Bundle(bundle.manifest, {**bundle.parts, BANK_NAME: pack_tensors(bank)})


def _is_natural(
    scene: Scene, lives: Scene, clip: Reference, values: dict[str, float], pictures: int, strange: float
) -> bool:
    """Whether pictures that a scene draws of a life of another one, with some controls, are natural."""
    life = lives.life(lives.controls(values))
    embeddings = list(islice(lives.live(life), PROBED_FRAMES))[:: PROBED_FRAMES // pictures]
    judged = judge(draw_judged(scene, embeddings, clip), clip)
    return judged.ratio <= NATURAL and judged.strange <= strange


def as_stored(encoder: Encoder, bundle: Bundle) -> Encoder:
    """The encoder as `alive eval` will rebuild it from the bundle, so that both measure the same."""
    from alive_cli.observation.pose_encoder import PoseEncoder
    from alive_cli.observation.scene_encoder import decoded_keyframes

    warp = warp_of(bundle.manifest)
    if not isinstance(encoder, PoseEncoder) or warp is None:
        return encoder
    keyframes = decoded_keyframes(bundle, warp)
    return PoseEncoder.from_tensors(bundle.tensors(WEIGHTS_NAME), keyframes, encoder.encoder)


def with_figures(
    bundle: Bundle, encoder: Encoder, clip: ObservedClip, reference: Callable[[], Reference | None], progress: Progress
) -> Bundle:
    """Add a poster, the first frame as the scene itself draws it, and figures of fidelity, liveness and the look."""
    # A behavior uses one core, so lives are computed while pictures are drawn; those that are judged come first.
    rollouts = Aside(lambda: judged_rollouts(Scene(bundle, device="cpu")))
    living = Aside(lambda: _liveness(Scene(bundle, device="cpu"), rollouts))
    drawn = Scene(bundle, device="cpu", net="fine")
    scene, seen = drawn.on(NEUTRAL), clip.seen()
    frames = seen.fitted
    fidelity = evaluate(scene, encoder.encode, seen, limit=CHECKED_FRAMES, progress=progress)
    judged = rollouts.result()
    # Pictures of the clip's size come first: keyframes are decoded anew for another size.
    steadiness = evaluate_steadiness(scene, frames, judged, progress, drawn=CHECKED_ROLLOUT)
    naturalness = evaluate_naturalness(scene, frames, judged, progress, pictures=CHECKED_PICTURES, reference=reference)
    progress(LIVING_STAGE, 0, 1)
    measured = {"fidelity": {**fidelity, "frames": CHECKED_FRAMES}, "liveness": living.result()}
    progress(LIVING_STAGE, 1, 1)
    measured["steadiness"] = steadiness
    if naturalness is not None:
        measured["naturalness"] = naturalness
    manifest = msgspec.structs.replace(bundle.manifest, figures={**bundle.manifest.figures, **measured})
    poster = drawn.draw(scene.embeddings[0], scene.size_up_to(POSTER_SIDE))
    return Bundle(manifest, {**bundle.parts, POSTER_NAME: pack_picture(poster)})


def _liveness(scene: Scene, rollouts: Aside[list[JudgedRollout]]) -> dict[str, Any]:
    rollouts.result()
    return evaluate_liveness(scene, seeds=CHECKED_SEEDS, most=LONGEST_CHECKED_ROLLOUT)
