"""Fuzz the reader, the contracts, and what runs a bundle that passed them.

    python tests/fuzz/fuzz_reader.py CORPUS -max_total_time=1800     (any option of libFuzzer)

CORPUS is filled with the conformance bundles when it is empty. An input is a bundle, byte for byte; the mutator
changes these bytes at random, or takes the bundle apart, changes one part (or the manifest, value by value) and
packs it again with right digests, so that what lies behind the container is reached as well. Scenes of keyframes get
mutations of their own (keyframes.py): chunks and headers of WebP, offsets, tables, both graphs, and the keys of
`drawing.warp`. A finding is any exception that is none of ours, a crash, or a hang.
"""

import contextlib
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import atheris

with atheris.instrument_imports(include=["bundle_spec"]):
    from bundle_spec.conformance.forge import archive, items, manifest_of
    from bundle_spec.conformance.invalid import BASE, INVALID, LAYERED
    from bundle_spec.conformance.valid import VALID
    from bundle_spec.container import KEYFRAMES_NAME, Bundle, unpack_bundle
    from bundle_spec.contracts import verify_scene
    from bundle_spec.errors import BundleError

from alive_cli.errors import AliveError
from alive_cli.runtime.scene import Scene
from tests.fuzz.keyframes import mutate_warp

LARGEST = 1 << 15
"""Bytes of a bundle in the corpus."""
SIZES = ((24, 24), (5, 40))
MOST_STEPS = 64
WARPED = [bundle for case in VALID.values() if KEYFRAMES_NAME in (bundle := unpack_bundle(case.build())).parts]
"""The valid scenes of keyframes."""
NUMBERS = [0, -1, 1, 2, 0.5, 255, 2**31, 2**53, 2**63, 1e308, None, True, "", "embedding", [], {}]
reached: Counter[str] = Counter()


def one_input(data: bytes) -> None:
    """Read a bundle, and if it passes let it live and draw it."""
    reached["read"] += 1
    with contextlib.suppress(BundleError):
        bundle = unpack_bundle(data)
        reached["unpacked"] += 1
        if bundle.manifest.drawing is not None and bundle.manifest.behavior is not None:
            verify_scene(bundle)
            reached["verified"] += 1
            play(bundle)
            reached["played"] += 1


def play(bundle: Bundle) -> None:
    with contextlib.suppress(BundleError, AliveError):
        scene = Scene(bundle, device="cpu", threads=1)
        life = scene.life()
        if life.steps_per_frame <= MOST_STEPS:
            for size in SIZES:
                scene.draw(life.advance(), size)
        if scene.graph is not None and len(scene.embeddings) < 64:
            scene.loop(frames=4)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Another input: other bytes, or another part or manifest rightly packed."""
    rng = random.Random(seed)
    kind = rng.randrange(6)
    if kind == 0:
        return bytes(atheris.Mutate(data, most))
    try:
        bundle = unpack_bundle(data)
    except BundleError:
        bundle = rng.choice([BASE, LAYERED, *WARPED])
    if kind >= 4:
        warped = bundle if KEYFRAMES_NAME in bundle.parts else rng.choice(WARPED)
        return mutate_warp(warped, atheris.Mutate, rng)[:most]
    if kind == 1:
        manifest = manifest_of(bundle)
        for _ in range(rng.randint(1, 3)):
            _disturb(manifest, rng)
        return archive(items(bundle, json.dumps(manifest).encode()))[:most]
    name = rng.choice(sorted(bundle.parts))
    part = bytes(atheris.Mutate(bundle.parts[name], len(bundle.parts[name]) + 64))
    return archive(items(Bundle(bundle.manifest, bundle.parts | {name: part})))[:most]


def _disturb(value: Any, rng: random.Random) -> None:
    """Change one value somewhere in a tree of JSON."""
    while value:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = rng.choice(list(keys))
        if isinstance(value[key], (dict, list)) and rng.random() < 0.85:
            value = value[key]
            continue
        action = rng.randrange(4)
        if action == 0:
            del value[key]
        elif action == 1 and isinstance(value[key], (int, float)):
            value[key] = value[key] * rng.choice([2, -1, 0, 1000]) + rng.choice([-1, 0, 1])
        elif action == 2 and isinstance(value, list):
            value.append(value[key])
        else:
            value[key] = rng.choice(NUMBERS)
        return


def fill(corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    builds = [case.build for case in VALID.values()] + [build for _, build in INVALID.values()]
    for number, build in enumerate(builds):
        data = build()
        if len(data) <= LARGEST:
            (corpus / f"{number:03}").write_bytes(data)


def main() -> None:
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    for folder in folders[:1]:
        if not folder.is_file():  # a file is one input, to be tried again
            fill(folder)
    arguments = [sys.argv[0], f"-max_len={LARGEST}", "-timeout=60", "-rss_limit_mb=1500", *sys.argv[1:]]
    atheris.Setup(arguments, counted, custom_mutator=mutate)
    atheris.Fuzz()


def counted(data: bytes) -> None:
    one_input(data)
    if reached["read"] % 5_000 == 0:
        print(dict(reached), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
