"""Bundles that a player must play, and the lives and pictures that it is asked for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bundle_spec.conformance.forge import Item, archive, items, with_manifest
from bundle_spec.conformance.scenes import scene
from bundle_spec.container import pack_bundle

PLAYS, NOT_EXPORTED = "plays", "not exported"


@dataclass(frozen=True)
class Case:
    """What a player is to do with a bundle.

    A life begins at observed moment `start` with `seed`, takes the scene's defaults for controls that are left
    out, and is forced along `path`. A picture shows the last embedding of the first life.
    """

    build: Callable[[], bytes]
    verdict: str = PLAYS
    lives: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)


def _deflated() -> bytes:
    """Entries in another order, deflated, and names in capitals: all of it allowed."""
    mimetype, manifest, *parts = items(scene())
    return archive([mimetype, *[Item(part.name, part.data, deflate=True) for part in reversed(parts)], manifest])


def _newer() -> bytes:
    """A later minor version: unknown keys and features are ignored, what is required is not."""

    def change(manifest: dict[str, Any]) -> None:
        manifest |= {"format_version": "1.7", "features_used": ["smell"], "smell": {"of": ["rain"]}}
        manifest["behavior"]["mood"] = manifest["drawing"]["trunk"]["speed"] = None

    return with_manifest(scene(), change)


def _rude() -> bytes:
    """Texts that would steer a terminal or a page; the scene itself is sound."""
    rude = "\x1b]0;owned\x07\x1b[2J\u202e<script>alert(1)</script>[/bold]\r\n\x9b31m"

    def change(manifest: dict[str, Any]) -> str:
        manifest |= {"title": rude, "author": rude, "licence": rude}
        manifest["source"]["name"] = manifest["written_by"]["name"] = manifest["recipe"]["name"] = rude
        manifest["figures"] = {rude: rude, "psnr": 1e308}
        return json.dumps(manifest)

    return with_manifest(scene(), change)


def _unexported() -> bytes:
    def change(manifest: dict[str, Any]) -> None:
        manifest["drawing"] = manifest["behavior"] = None

    return with_manifest(scene(), change)


PLAIN = {"seed": 0, "start": 0, "frames": 40}
SIZE = {"width": 12, "height": 8, "net": "fine"}

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
    "deflated": Case(_deflated, lives=[PLAIN], pictures=[SIZE]),
    "newer": Case(_newer, lives=[PLAIN], pictures=[SIZE]),
    "rude": Case(_rude, lives=[PLAIN]),
    "unexported": Case(_unexported, NOT_EXPORTED),
}
