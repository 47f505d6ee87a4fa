"""Bundles that a player must play, and the lives and pictures that each case plays."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from bundle_spec.conformance import warp_extremes
from bundle_spec.conformance.alpha import transparent
from bundle_spec.conformance.controls import confusing, declare, own_names, standard, timeless, uncontrolled, vector
from bundle_spec.conformance.forge import Item, archive, items, with_manifest
from bundle_spec.conformance.scenes import scene
from bundle_spec.conformance.warp import deep, steerable, warped
from bundle_spec.conformance.warp_extremes import LOSSY, Plan, planned, steered
from bundle_spec.container import BANK_NAME, Bundle, pack_bundle, pack_tensors
from bundle_spec.features.controls import defaults_with

PLAYS, NOT_EXPORTED = "plays", "not exported"
"""The two verdicts on valid bundles are the values of `verdict` in `cases.json`."""

RUDE = "\x1b]0;owned\x07\x1b[2J\u202e<script>alert(1)</script>[/bold]\r\n\x9b31m"
"""A text with escape sequences, markup and a change of direction, none of which a terminal or a page may obey."""


@dataclass(frozen=True)
class Case:
    """A bundle, and what a player does with it.

    A life begins at the observed frame `start`, or where its `seed` chooses, and has a number of `frames`. Where it has
    a `path`, it goes along these frames first; `moods` has strengths by name. Each other key is the name of a control
    and gives its value; controls without a key keep their defaults. A picture shows the last embedding of the first
    life.
    """

    build: Callable[[], bytes]
    verdict: str = PLAYS
    lives: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    levels: int = 1
    """By how many levels of 255 a pixel may differ."""


def _deflated() -> bytes:
    """Entries that are deflated and in another order, both of which the format allows."""
    mimetype, manifest, *parts = items(scene())
    return archive([mimetype, *[Item(part.name, part.data, deflate=True) for part in reversed(parts)], manifest])


def _newer() -> bytes:
    """A later minor version with unknown keys and features, none of which it requires."""

    def change(manifest: dict[str, Any]) -> None:
        manifest |= {"format_version": "1.7", "features_used": ["smell"], "smell": {"of": ["rain"]}}
        manifest["behavior"]["mood"] = manifest["drawing"]["trunk"]["speed"] = None

    return with_manifest(scene(), change)


def _named() -> bytes:
    """Names of frames and ranges, some of them words that mean something to a player's language."""
    names = {"smile": [2, 2], "asleep": [3, 5], "constructor": [0, 5], "NaN": [1, 1], "s" * 32: [0, 0], "a-b_3": [4, 5]}
    return with_manifest(scene(), lambda manifest: manifest.update(format_version="1.1", names=names))


def _active() -> bytes:
    """Two actions, one of which has the name of something in a player's language."""
    actions = {"left": [[0, 2], [3, 5]], "constructor": [[1, 1]]}

    def change(manifest: dict[str, Any]) -> None:
        manifest |= {"format_version": "1.1", "features_used": ["actions"], "actions": actions}

    return with_manifest(scene(), change)


def _painted() -> bytes:
    """A scene that says whose picture it shows, with a name that no page or terminal may obey."""
    painting = {"name": RUDE, "sha256": "5" * 64, "bytes": 442850, "width": 720, "height": 1280}
    return with_manifest(scene(), lambda manifest: manifest.update(format_version="1.1", painting=painting))


def _moody() -> bytes:
    """Two moods, one of which has the name of something in a player's language."""
    tensors = pack_tensors(scene().tensors(BANK_NAME) | {"mood_calm": CALM, "constructor": CALM[::-1].copy()})
    bundle = Bundle(scene().manifest, {**scene().parts, BANK_NAME: tensors})
    moods = {"calm": "mood_calm", "constructor": "constructor"}

    def change(manifest: dict[str, Any]) -> None:
        manifest |= {"format_version": "1.1", "features_used": ["moods"], "moods": moods}

    return with_manifest(bundle, change)


def _rude() -> bytes:
    """Texts that would steer a terminal or a page, in a sound scene."""

    def change(manifest: dict[str, Any]) -> str:
        manifest |= {"title": RUDE, "author": RUDE, "licence": RUDE}
        manifest["source"]["name"] = manifest["written_by"]["name"] = manifest["recipe"]["name"] = RUDE
        manifest["figures"] = {RUDE: RUDE, "psnr": 1e308}
        return json.dumps(manifest)

    return with_manifest(scene(), change)


def _declared() -> bytes:
    """The five controls of 1.0 with other defaults, which `defaults` repeats: readers of 1.0 play this as well.

    Every other of the pictures that it was made from was withheld.
    """
    controls = standard(temperature=0.7, pull=0.3, novelty=0.8)
    bundle = declare(scene(), controls)
    manifest = msgspec.structs.replace(
        bundle.manifest,
        defaults=defaults_with(controls, bundle.manifest.defaults),
        source=msgspec.structs.replace(bundle.manifest.source, every=2, pictures_fps=12.5),
    )
    return archive(items(Bundle(manifest, bundle.parts)))


def _defaults() -> bytes:
    """The defaults of the declaration differ from `defaults`, which count for readers of 1.0 alone."""
    return archive(items(declare(scene(largest_step=1), standard(temperature=1.5, pull=0, novelty=1, bank_weight=3))))


def _starting() -> bytes:
    """The seed chooses at which of four frames a rollout begins."""
    bundle = scene()
    assert bundle.manifest.behavior is not None
    behavior = msgspec.structs.replace(bundle.manifest.behavior, starts="starts")
    tensors = pack_tensors(bundle.tensors(BANK_NAME) | {"starts": np.array(STARTS)})
    manifest = msgspec.structs.replace(bundle.manifest, behavior=behavior)
    return archive(items(Bundle(manifest, {**bundle.parts, BANK_NAME: tensors})))


def _planned(plan: Plan) -> Callable[[], bytes]:
    return lambda: archive(items(planned(plan)))


def _unexported() -> bytes:
    def change(manifest: dict[str, Any]) -> None:
        manifest["drawing"] = manifest["behavior"] = None

    return with_manifest(scene(), change)


CALM = np.array([0, 0.125, 0.75, 1, 0.5, 0.25], np.float32)
"""How much each frame has of a mood."""
STARTS = (5, 0, 3, 2)
"""The frames at which the rollouts of a case may begin."""
PLAIN = {"seed": 0, "start": 0, "frames": 40}
"""Most cases play this life, with every control at its default."""
SIZE = {"width": 12, "height": 8, "net": "fine"}
"""Most cases draw this picture, of the scene's default size."""

LARGE = {"width": 45, "height": 30, "net": "fine"}
"""Cases with keyframes draw this picture as well, which is larger than they are."""
WIDE = {"width": 30, "height": 7, "net": "fine"}
"""This picture is wider than the keyframes, but less tall, so that they are reduced in one direction alone."""

SMALL = {"width": 5, "height": 3, "net": "fine"}
"""This picture is smaller than the keyframes of all cases, and no divisor of their sizes."""
LATER = {"seed": 2, "start": 3, "frames": 8, "temperature": 0.5}
"""Some cases play this life as well."""

PLANS = {
    "warp-least": warp_extremes.LEAST,
    "warp-leaving": warp_extremes.LEAVING,
    "warp-clamped": warp_extremes.CLAMPED,
    "warp-shifted": warp_extremes.SHIFTED,
    "warp-saturated": warp_extremes.SATURATED,
    "warp-eight": warp_extremes.EIGHT,
    "warp-strange": warp_extremes.STRANGE,
}
"""These cases draw scenes of keyframes that have something unusual each."""

VALID: dict[str, Case] = {
    "plain": Case(
        lambda: pack_bundle(scene().manifest, scene().parts),
        lives=[
            PLAIN,
            {"seed": 2**63 - 1, "start": 4, "frames": 300, "temperature": 0.3, "pull": 0, "novelty": 1},
            {"seed": 5, "start": 2, "frames": 12, "temperature": 0},
            {"seed": 6, "start": 1, "frames": 20, "path": [5, 3, 0, 1, 2, 4]},
            {"seed": 7, "start": 3, "frames": 60, "bank_weight": [1, 4, 1, 0.5, 1, 0]},
        ],
        pictures=[SIZE, {"width": 30, "height": 7, "net": "fine"}, {"width": 1, "height": 1, "net": "fine"}],
    ),
    "layers": Case(
        lambda: archive(items(scene(layers=True))),
        lives=[PLAIN],
        pictures=[SIZE, {**SIZE, "net": "fast"}, {"width": 25, "height": 33, "net": "fast"}],
    ),
    "steps": Case(lambda: archive(items(scene(steps=3))), lives=[PLAIN, {**PLAIN, "temperature": 2}], pictures=[SIZE]),
    "split": Case(
        lambda: archive(items(scene(largest_step=0.5))),
        lives=[{**PLAIN, "temperature": 2}, {**PLAIN, "temperature": 0.6}, {**PLAIN, "temperature": 0.5}],
    ),
    "starts": Case(
        _starting, lives=[{"seed": seed, "frames": 12} for seed in (0, 1, 6, 2**63 - 1)] + [{**PLAIN, "start": 1}]
    ),
    "deflated": Case(_deflated, lives=[PLAIN], pictures=[SIZE]),
    "newer": Case(_newer, lives=[PLAIN], pictures=[SIZE]),
    "named": Case(_named, lives=[PLAIN]),
    "actions": Case(_active, lives=[PLAIN]),
    "painted": Case(_painted, lives=[PLAIN]),
    "moods": Case(
        _moody,
        lives=[
            PLAIN,
            {**PLAIN, "frames": 120, "moods": {"calm": 1}},
            {**PLAIN, "frames": 120, "moods": {"calm": -0.5, "constructor": 0.75}},
            {**PLAIN, "moods": {"constructor": 0}},
        ],
    ),
    "rude": Case(_rude, lives=[PLAIN]),
    "declared": Case(
        _declared, lives=[PLAIN, {**PLAIN, "temperature": 2, "novelty": 0, "bank_weight": [1, 1, 0, 1, 4, 1]}]
    ),
    "declared-defaults": Case(_defaults, lives=[PLAIN, {**PLAIN, "pull": 1}]),
    "own-names": Case(
        lambda: archive(items(own_names())),
        lives=[
            PLAIN,
            {**PLAIN, "pace": 1.75, "sway": -1, "pull_1": 0, "liking": [1, 4, 1, 0.5, 1, 0]},
            {**PLAIN, "pace": 0},
            {"seed": 6, "start": 1, "frames": 20, "path": [5, 3, 0, 1, 2, 4]},
        ],
        pictures=[SIZE],
    ),
    "vector": Case(lambda: archive(items(vector())), lives=[PLAIN, {**PLAIN, "lean": [3, -2, 0, 1.5]}]),
    "timeless": Case(
        lambda: archive(items(timeless())), lives=[PLAIN, {**PLAIN, "pull": 0, "path": [3, 1, 0, 5]}], pictures=[SIZE]
    ),
    "uncontrolled": Case(lambda: archive(items(uncontrolled())), lives=[PLAIN, {**PLAIN, "start": 3, "seed": 9}]),
    "confusing": Case(lambda: archive(items(confusing(RUDE))), lives=[PLAIN, {**PLAIN, "temperature": 0.5}]),
    "warp": Case(lambda: archive(items(warped())), lives=[PLAIN], pictures=[SIZE, LARGE, WIDE], levels=2),
    "warp-masked": Case(
        lambda: archive(items(warped(masked=True, shifts=True))),
        lives=[PLAIN],
        pictures=[SIZE, LARGE, WIDE],
        levels=2,
    ),
    **{
        name: Case(_planned(plan), lives=[PLAIN, LATER], pictures=[SIZE, SMALL, LARGE, WIDE], levels=2)
        for name, plan in PLANS.items()
    },
    "warp-lossy": Case(
        lambda: archive(items(planned(LOSSY, extended=True))),
        lives=[PLAIN],
        pictures=[SIZE, SMALL, LARGE, WIDE],
        levels=4,
    ),
    "warp-controls": Case(
        lambda: archive(items(steered())),
        lives=[{**PLAIN, "pace": 1.75, "sway": -1, "liking": [1, 4, 1, 0.5, 1, 0]}, PLAIN],
        pictures=[SIZE, SMALL, LARGE, WIDE],
        levels=2,
    ),
    "warp-steered": Case(
        lambda: archive(items(steerable())),
        lives=[PLAIN],
        pictures=[{**size, "offset": offset} for size in (SIZE, LARGE) for offset in ([1.5, -2, 0.5], [0, 0, 0])],
        levels=2,
    ),
    "warp-depth": Case(
        lambda: archive(items(deep())),
        lives=[PLAIN],
        pictures=[
            *({**size, "view": view} for size in (SIZE, LARGE) for view in ([1, 0], [-0.5, 1], [0, 0])),
            {**LARGE, "view": [-1, -1], "offset": [0.5, -1, 0.5]},
        ],
        levels=2,
    ),
    "warp-alpha": Case(
        lambda: archive(items(transparent(opaque=1))), lives=[PLAIN], pictures=[SIZE, SMALL, LARGE, WIDE], levels=2
    ),
    "warp-alpha-masked": Case(
        lambda: archive(items(transparent(masked=True))), lives=[PLAIN], pictures=[SIZE, SMALL, LARGE, WIDE], levels=2
    ),
    "warp-alpha-lossy": Case(
        lambda: archive(items(transparent(quality=95))), lives=[PLAIN], pictures=[SIZE, SMALL, LARGE, WIDE], levels=4
    ),
    "unexported": Case(_unexported, NOT_EXPORTED),
}
"""All valid bundles by name, with what a player does with each."""
