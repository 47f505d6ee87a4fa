"""`alive mood`, and what other commands do with moods."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from alive_cli import cli
from alive_cli.runtime.mood_making import graded, likeness
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance
from bundle_spec.container import read_bundle, write_bundle
from bundle_spec.features.moods import moods_of

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Six frames at ten a second, of version 1.0."""
    copy = tmp_path / "ring.alive"
    copy.write_bytes((VALID / "plain.alive").read_bytes())
    return copy


def test_moods_are_written_listed_and_removed(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["mood", str(ring)]) == 0
    assert "no moods yet" in capsys.readouterr().err
    assert cli.run(["mood", str(ring), "calm", "--like", "0.2"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{ring}\n"
    assert "With --mood calm," in captured.err
    assert cli.run(["mood", str(ring), "merry", "--like", "0f", "--like", "4f-5f"]) == 0
    bundle = read_bundle(ring)
    assert bundle.manifest.features_used == ["moods"]
    assert (bundle.manifest.format_version, bundle.manifest.min_reader_version) == ("1.1", "1.0")
    embeddings = Scene.open(ring).embeddings
    np.testing.assert_array_equal(moods_of(bundle)["calm"], graded(likeness(embeddings, [(2, 2)])))
    np.testing.assert_array_equal(moods_of(bundle)["merry"], graded(likeness(embeddings, [(0, 0), (4, 5)])))
    capsys.readouterr()
    assert cli.run(["mood", str(ring)]) == 0
    assert "calm                             0.20 s" in capsys.readouterr().out
    assert cli.run(["inspect", str(ring)]) == 0
    assert "Moods calm, merry" in " ".join(capsys.readouterr().out.split())
    assert cli.run(["mood", str(ring), "calm", "--like", "0.4", "--force"]) == 0
    assert moods_of(read_bundle(ring))["calm"].argmax() == 4
    assert cli.run(["mood", str(ring), "--remove", "calm", "--remove", "merry"]) == 0
    assert b'"moods"' not in ring.read_bytes()
    assert "mood_calm" not in read_bundle(ring).tensors("bank.safetensors")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["calm", "--like", "0.4"], "has the mood calm already; use --force to replace it"),
        (["new"], "Say what new is like: --like 3.0-5.5 gives an example"),
        (["new", "--text", " "], "Say what new is like"),
        (["new", "--like", "0.1", "--text", "asleep"], "Give --like or --text, not both"),
        (["new", "--like", "0.1", "--against", "awake"], "--against goes with --text"),
        (["--like", "0.1"], "The mood has no name"),
        (["new", "--like", "0.6"], "no second 0.6; choose from 0 to 0.5"),
        (["new", "--like", "0.4-0.2"], "ends before it begins"),
        (["new", "--like", "soon"], "is no second and no frame"),
        (["new", "--like", "0-0.5"], "equally like that"),
        (["3f", "--like", "0.1"], "can't be a mood"),
        (["a\x1b[2J", "--like", "0.1"], "can't be a mood"),
        (["--remove", "merry"], "no mood 'merry'; its moods are calm"),
        (["new", "--text", "asleep", "--clip-weights", "nowhere.pt"], "There is no file nowhere.pt"),
    ],
)
def test_what_is_refused(ring: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "--clip-weights" in arguments:
        pytest.importorskip("open_clip")
    assert cli.run(["mood", str(ring), "calm", "--like", "0.2"]) == 0
    before = ring.read_bytes()
    capsys.readouterr()
    assert cli.run(["mood", str(ring), *arguments]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert "\x1b[2J" not in message
    assert ring.read_bytes() == before


def test_at_most_sixteen(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(16):
        assert cli.run(["mood", str(ring), f"m{number}", "--like", "0.2"]) == 0
    assert cli.run(["mood", str(ring), "m16", "--like", "0.2"]) == 2
    assert "at most 16 moods" in capsys.readouterr().err


def test_words_without_clip_point_to_examples(
    ring: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("open_clip")
    monkeypatch.setattr("alive_cli.encoders.clip._cached", lambda config: None)
    monkeypatch.setattr("alive_cli.encoders.clip._reachable", lambda address: False)
    assert cli.run(["mood", str(ring), "asleep", "--text", "a cat asleep"]) == 2
    message = capsys.readouterr().err
    assert "--clip-weights FILE, or examples with --like" in " ".join(message.split())


@pytest.mark.slow
def test_words_are_compared_with_pictures(
    ring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_clip = pytest.importorskip("open_clip")
    import torch
    from safetensors.torch import save_file

    from alive_cli.encoders.clip import ClipEncoder

    model = "ViT-S-32-alt"
    torch.manual_seed(0)
    weights = tmp_path / "random.safetensors"
    save_file(open_clip.create_model(model).state_dict(), weights)
    words = ["--text", "a cat asleep", "--clip-model", model, "--clip-weights", str(weights)]
    assert cli.run(["mood", str(ring), "asleep", *words]) == 0
    assert cli.run(["mood", str(ring), "awake", *words, "--against", "a cat awake"]) == 0
    scene, encoder = Scene.open(ring), ClipEncoder.load(model, weights, tag=None, device="cpu")
    pictures = np.stack(list(scene.draw_all(scene.embeddings, scene.size_up_to(320))))
    asleep, awake = encoder.encode_words(["a cat asleep", "a cat awake"])
    cosines = encoder.encode(pictures) @ asleep
    np.testing.assert_allclose(scene.moods["asleep"], graded(cosines), atol=1e-3)
    np.testing.assert_allclose(scene.moods["awake"], graded(cosines - encoder.encode(pictures) @ awake), atol=1e-3)


def test_a_scene_without_a_motion_graph_takes_no_moods(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = read_bundle(VALID / "plain.alive")
    assert bundle.manifest.behavior is not None
    behavior = msgspec.structs.replace(bundle.manifest.behavior, transitions=None)
    plain = tmp_path / "plain.alive"
    write_bundle(plain, msgspec.structs.replace(bundle.manifest, behavior=behavior), bundle.parts)
    assert cli.run(["mood", str(plain), "calm", "--like", "0.1"]) == 2
    assert "takes no moods; fit the clip with --recipe living" in capsys.readouterr().err
    assert cli.run(["mood", str(VALID / "unexported.alive"), "calm", "--like", "0.1"]) == 2
    assert "has not been exported yet" in capsys.readouterr().err


def test_commands_take_moods(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moody, out = str(VALID / "moods.alive"), str(tmp_path / "out.gif")
    for options in (["--mood", "calm:0.7", "--mood", "constructor:-1"], ["--mood", "calm", "--loop"]):
        assert cli.run(["play", moody, "--out", out, "--frames", "14", "--force", *options]) == 0
    for options in ([], ["--once"], ["--grid", "seeds:2"]):
        assert cli.run(["gif", moody, "-o", out, "--seconds", "1.4", "--force", "--mood", "calm", *options]) == 0
    assert cli.run(["play", moody, "--view", "none", "--frames", "3", "--mood", "calm:-0.5"]) == 0
    capsys.readouterr()
    for wrong, words in {
        "merry": "no mood 'merry'; its moods are calm, constructor",
        "calm:2": "has the strength 2.0; choose a number from -1 to 1",
        "calm:nan": "has the strength nan",
        "calm:much": "'much' is no strength of a mood; write it as in calm:0.7",
        "": "no mood ''",
    }.items():
        assert cli.run(["play", moody, "--out", out, "--force", "--mood", wrong]) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert cli.run(["gif", moody, "-o", out, "--force", "--mood", "calm", "--mood", "calm:0.2"]) == 2
    assert "is there twice" in capsys.readouterr().err


def test_export_and_slimming_keep_moods(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    moody = tmp_path / "moody.alive"
    moody.write_bytes(bundle.read_bytes())
    assert cli.run(["mood", str(moody), "calm", "--like", "0.2-0.5"]) == 0
    calm = moods_of(read_bundle(moody))["calm"]
    assert cli.run(["export", str(moody), "-o", str(tmp_path / "slim.alive"), "--slim"]) == 0
    assert cli.run(["export", str(moody)]) == 0
    for path in (moody, tmp_path / "slim.alive"):
        np.testing.assert_array_equal(moods_of(read_bundle(path))["calm"], calm)
        assert "moods" in read_bundle(path).manifest.features_used
