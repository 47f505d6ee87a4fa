"""Our own reader and player on the conformance bundles."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from alive_cli.errors import NotExportedError
from alive_cli.media.alpha import premultiplied
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.renderers import DRAWINGS
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance
from bundle_spec.conformance.invalid import CORRUPT, INVALID, UNSAFE, UNSUPPORTED
from bundle_spec.conformance.make import make, play
from bundle_spec.conformance.valid import NOT_EXPORTED, VALID
from bundle_spec.container import read_bundle, unpack_bundle
from bundle_spec.contracts import verify_scene
from bundle_spec.errors import BundleError, CorruptBundle, UnsafeBundle, UnsupportedVersion
from bundle_spec.features import warp
from bundle_spec.features.controls import declared_controls

FOLDER = Path(conformance.__file__).parent
CASES = json.loads((FOLDER / "cases.json").read_text())
VERDICTS = {CORRUPT: CorruptBundle, UNSAFE: UnsafeBundle, UNSUPPORTED: UnsupportedVersion}


def test_every_case_is_there() -> None:
    assert [case["file"] for case in CASES] == [f"valid/{name}.alive" for name in VALID]
    for case in CASES:
        assert (case["lives"], case["verdict"]) == (
            VALID[Path(case["file"]).stem].lives,
            VALID[Path(case["file"]).stem].verdict,
        )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_valid_bundles_play_as_expected(case: dict) -> None:
    if case["verdict"] == NOT_EXPORTED:
        with pytest.raises(NotExportedError):
            Scene.open(FOLDER / case["file"])
        return
    required = read_bundle(FOLDER / case["file"]).manifest.features_required
    if warp.FEATURE in required and warp.FEATURE not in DRAWINGS:
        pytest.skip("this player has no renderer for keyframes yet")
    expected = safetensors.numpy.load_file(FOLDER / case["expected"])
    tolerance = case["tolerance"]
    nets = {net: Scene.open(FOLDER / case["file"], net=net) for net in ("fine", "fast")}
    for number, life in enumerate(case["lives"]):
        scene = nets["fine"]
        own = {name: value for name, value in life.items() if name not in ("seed", "start", "frames", "path", "moods")}
        controls = scene.controls({name: own[name] for name in scene.controls() if name in own})
        start_at = life["start"] / scene.fps if "start" in life else None
        rollout = scene.life(controls, seed=life["seed"], start_at=start_at)
        for control in scene.declared_controls:
            if control.role == "frame_weight" and control.name in own:
                rollout.frame_weights = np.array(own[control.name], np.float32)
            elif control.name in rollout.vectors and control.name in own:
                rollout.vectors[control.name] = np.array(own[control.name], np.float32)
        for name, strength in life.get("moods", {}).items():
            rollout.mood(name, strength)
        rollout.follow(life.get("path", []))
        frames = [(rollout.advance(), -1 if rollout.node is None else rollout.node) for _ in range(life["frames"])]
        embeddings = np.stack([embedding for embedding, _ in frames])
        assert np.abs(embeddings - expected[f"embeddings.{number}"]).max() <= tolerance["embeddings"]
        assert [node for _, node in frames] == expected[f"nodes.{number}"].tolist()
    for number, picture in enumerate(case["pictures"]):
        offset = np.array(picture["offset"], np.float32) if "offset" in picture else None
        view = tuple(picture["view"]) if "view" in picture else None
        frame = Frame(expected["embeddings.0"][-1], offset, view)
        drawn = nets[picture["net"]].draw(frame, (picture["width"], picture["height"]))
        drawn = premultiplied(drawn) if drawn.shape[2] == 4 else drawn  # as the reference has it
        off = np.abs(drawn.astype(int) - expected[f"rgb.{number}"].astype(int))
        assert off.max() <= tolerance["rgb"], picture


@pytest.mark.parametrize("name", VALID)
def test_valid_bundles_are_verified(name: str) -> None:
    bundle = unpack_bundle(VALID[name].build())
    if VALID[name].verdict == NOT_EXPORTED:
        return
    scene = verify_scene(bundle)
    behavior = bundle.manifest.behavior
    assert behavior is not None
    assert scene.controls == declared_controls(behavior, bundle.manifest.defaults)


def test_scenes_of_1_0_stay_bundles_of_1_0() -> None:
    for name, case in VALID.items():
        manifest = unpack_bundle(case.build()).manifest
        declares = manifest.behavior is not None and manifest.behavior.controls is not None
        warps = manifest.drawing is not None and manifest.drawing.warp is not None
        says_more = bool(manifest.names or manifest.moods or manifest.actions or manifest.painting)
        assert (manifest.format_version == "1.1") == (declares or warps or says_more), name
        assert (manifest.min_reader_version == "1.1") == bool(manifest.features_required), name


@pytest.mark.parametrize("name", INVALID)
def test_invalid_bundles_are_refused(name: str) -> None:
    verdict, build = INVALID[name]
    with pytest.raises(BundleError) as raised:
        verify_scene(unpack_bundle(build()))
    assert type(raised.value) is VERDICTS[verdict]
    message = str(raised.value)
    assert len(message) < 400
    assert message.isprintable()


@pytest.mark.slow
def test_the_plain_player_still_expects_the_same() -> None:
    """The committed files outlive the script that made them; both must agree for as long as they are there."""
    for name, case in VALID.items():
        data = (FOLDER / "valid" / f"{name}.alive").read_bytes()
        assert unpack_bundle(data).parts.keys() == unpack_bundle(case.build()).parts.keys()
        if case.lives:
            expected = safetensors.numpy.load_file(FOLDER / "valid" / f"{name}.expected.safetensors")
            for key, value in play(data, case).items():
                np.testing.assert_allclose(value, expected[key], atol=1e-6)


@pytest.mark.slow
def test_the_script_makes_the_invalid_ones_as_well(tmp_path: Path) -> None:
    make(tmp_path)
    cases = json.loads((tmp_path / "cases.json").read_text())
    assert len(cases) == len(VALID) + len(INVALID)
    for case in cases[len(VALID) :: 20]:
        with pytest.raises(BundleError):
            verify_scene(read_bundle(tmp_path / case["file"]))


def test_lives_differ_between_seeds() -> None:
    scene = Scene.open(FOLDER / "valid" / "plain.alive")
    paths = [np.stack(list(islice(scene.live(scene.life(seed=seed)), 20))) for seed in (1, 2)]
    assert np.abs(paths[0] - paths[1]).max() > 0.01
