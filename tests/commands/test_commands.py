"""The commands as a user types them, on the tiny scene."""

import json
import os
import re
import runpy
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageSequence

from alive_cli import Scene, cli
from alive_cli.fitting.checks import CHECKED_PICTURES, CHECKED_ROLLOUT, CHECKED_SEEDS, LONGEST_CHECKED_ROLLOUT
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_video
from alive_cli.media.sampling import read_frames
from alive_cli.report.living import VERDICTS, evaluate_liveness
from alive_cli.report.naturalness import evaluate_naturalness
from alive_cli.report.rollouts import judged_rollouts
from alive_cli.report.steadiness import evaluate_steadiness
from bundle_spec.container import WEIGHTS_NAME, read_bundle, write_bundle
from tests.conftest import moving_frames
from tests.readme import README, updated


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from alive_cli import __version__

    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"alive {__version__}\n"


def test_the_package_can_be_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m alive_cli`, as where no script is installed."""
    monkeypatch.setattr("sys.argv", ["alive_cli", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("alive_cli", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("alive ")


def test_fit_records_everything(bundle: Path) -> None:
    manifest = read_bundle(bundle).manifest
    assert manifest.source.name == "swing.mp4"
    assert manifest.source.frames == 16
    assert manifest.encoder.id == "pose"
    assert sorted(manifest.encoder.slices or {}) == ["appearance", "constant", "pose"]
    assert (manifest.min_reader_version, manifest.features_required) == ("1.1", ["controls", "warp"])
    assert manifest.recipe.name == "living"
    assert manifest.recipe.settings["steps"] == 60
    assert manifest.figures["psnr"] > 5
    assert (manifest.defaults.width, manifest.defaults.height, manifest.source.fps) == (48, 32, 10)


@pytest.mark.fits
def test_fit_prints_the_path_alone_on_stdout(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.alive"
    code = cli.run(["fit", str(clip), "-o", str(target), "--encoder", "pca", "--budget", "1", "--no-export"])
    out, err = capsys.readouterr()
    assert code == 0
    assert out == f"{target}\n"
    assert "PSNR" in err
    settings = read_bundle(target).manifest.recipe.settings
    assert isinstance(settings["steps"], int)
    assert settings["steps"] >= 1


@pytest.mark.fits
def test_same_seed_same_bundle(clip: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        arguments = ["fit", str(clip), "-o", str(tmp_path / f"{name}.alive"), "--encoder", "pca", "--steps", "5"]
        assert cli.run([*arguments, "--device", "cpu"]) == 0
    assert (tmp_path / "a.alive").read_bytes() == (tmp_path / "b.alive").read_bytes()


@pytest.mark.fits
def test_long_clips_get_a_warning(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fit", str(clip), "-o", str(tmp_path / "a.alive"), "--max-frames", "8", "--steps", "1", "--no-export"]
    assert cli.run([*arguments, "--encoder", "pca"]) == 0
    assert "5.00 frames of each second" in capsys.readouterr().err
    assert read_bundle(tmp_path / "a.alive").manifest.source.frames == 8


def test_export_in_place_and_slim(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.alive"
    copy.write_bytes(bundle.read_bytes())
    assert cli.run(["export", str(copy)]) == 0
    assert copy.read_bytes() == bundle.read_bytes()
    assert cli.run(["export", str(copy), "--slim"]) == 2
    assert "can't be trained or exported again" in " ".join(capsys.readouterr().err.split())
    assert copy.read_bytes() == bundle.read_bytes()
    assert cli.run(["export", str(copy), "-o", str(tmp_path / "slim.alive"), "--slim"]) == 0
    slim = read_bundle(tmp_path / "slim.alive")
    assert WEIGHTS_NAME not in slim.parts
    assert cli.run(["play", str(tmp_path / "slim.alive"), "--view", "none", "--frames", "2"]) == 0


def test_a_recipe_that_nobody_knows_is_said(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = read_bundle(bundle)
    recipe = msgspec.structs.replace(opened.manifest.recipe, name="dreaming")
    write_bundle(tmp_path / "a.alive", msgspec.structs.replace(opened.manifest, recipe=recipe), opened.parts)
    assert cli.run(["export", str(tmp_path / "a.alive")]) == 2
    assert "dreaming" in capsys.readouterr().err


def test_play_to_a_file(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.mp4"
    assert cli.run(["play", str(bundle), "--out", str(target), "--frames", "12", "--size", "96"]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    info = read_clip(target, size=96).info
    assert (info.width, info.height, info.fps) == (96, 64, 10)


def steps_of(folder: Path) -> np.ndarray:
    """How much each numbered picture of a folder differs from the one before it, the first from the last: [N]."""
    pictures = np.stack([np.asarray(Image.open(path)).astype(float) for path in sorted(folder.glob("*.png"))])
    steps: np.ndarray = np.sqrt(np.square(pictures - np.roll(pictures, 1, axis=0)).mean((1, 2, 3)))
    return steps


def test_play_loop_to_a_file_closes(bundle: Path, tmp_path: Path) -> None:
    """The step from the last picture to the first is one like the others; without a loop it is a jump."""
    folders = tmp_path / "loop", tmp_path / "life"
    for folder, options in zip(folders, (["--loop"], []), strict=True):
        folder.mkdir()
        command = ["play", str(bundle), "--out", str(folder / "f%03d.png"), "--duration", "2.4", "--seed", "0"]
        assert cli.run([*command, *options]) == 0
    loop, life = (steps_of(folder) for folder in folders)
    assert len(loop) == len(life) == 24
    assert loop[0] < loop[1:].max()
    assert np.median(loop) > 1  # it moves
    assert life[0] > 1.2 * life[1:].max()


def test_gif(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.gif"
    assert cli.run(["gif", str(bundle), "-o", str(target), "--seconds", "1.5", "--width", "64"]) == 0
    assert "seam" in capsys.readouterr().err
    with Image.open(target) as gif:
        assert gif.n_frames == 15
        assert gif.size == (64, 43)
        pictures = np.stack([np.asarray(each.convert("RGB")) for each in ImageSequence.Iterator(gif)]).astype(float)
    assert pictures[0].std() > 20  # something is drawn,
    assert pictures.std(0).max() > 20  # and it moves
    assert cli.run(["gif", str(bundle), "-o", str(target), "--seconds", "0.5", "--force"]) == 0


def test_play_from_one_second_to_another(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.gif"
    arguments = ["play", str(bundle), "--out", str(target), "--frames", "12", "--from", "0.3", "--to", "12f"]
    assert cli.run(arguments) == 0
    with Image.open(target) as gif:
        assert gif.n_frames == 12
    assert cli.run([*arguments, "--loop", "--force"]) == 2
    assert "--to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "command"), [("--seconds", ["gif", "-o"]), ("--duration", ["play", "--loop", "--out"])]
)
def test_a_bad_seam_is_said(
    bundle: Path,
    tmp_path: Path,
    option: str,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("alive_cli.report.seam.HIDDEN_CUT", 0.01)
    name, *rest = command
    assert cli.run([name, str(bundle), *rest, str(tmp_path / "a.gif"), option, "2"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "visible seam: one picture is far from the next" in said
    assert f"Try another {option}" in said


def test_the_fit_measures_whether_it_lives(bundle: Path) -> None:
    """What a fit stores is what the written scene really does."""
    stored = read_bundle(bundle).manifest.figures["liveness"]
    scene = Scene.open(bundle, device="cpu")
    measured = evaluate_liveness(scene, seeds=CHECKED_SEEDS, most=LONGEST_CHECKED_ROLLOUT)
    assert stored == measured
    assert set(stored["verdicts"]) <= set(VERDICTS)
    assert stored["coverage"] > 0.9
    assert stored["energy"] > 0.5


@pytest.mark.fits
def test_a_scene_that_does_not_live_is_warned_of(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frozen = {"verdict": "frozen", "one_way": 0.9, "coverage": 0.1}
    monkeypatch.setattr("alive_cli.fitting.checks.evaluate_liveness", lambda *_, **__: frozen)
    arguments = ["fit", str(clip), "-o", str(tmp_path / "a.alive"), "--encoder", "pca", "--steps", "20"]
    assert cli.run([*arguments, "--device", "cpu"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "The scene is frozen" in said
    assert "one way" in said


def test_inspect(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", str(bundle)]) == 0
    assert "ready to play" in capsys.readouterr().out
    assert cli.run(["inspect", str(bundle), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["source"]["name"] == "swing.mp4"


def test_escape_sequences_are_neutralised(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = read_bundle(bundle)
    evil = msgspec.structs.replace(
        opened.manifest, title="\x1b]0;owned\x07\x1b[2J[red]cat[/red]", licence="\x9b31m\u202e"
    )
    write_bundle(tmp_path / "evil.alive", evil, opened.parts)
    assert cli.run(["inspect", str(tmp_path / "evil.alive")]) == 0
    out = capsys.readouterr().out
    assert not set(out) & set("\x1b\x07\x9b\u202e")
    assert "[red]cat" in out
    assert cli.run(["inspect", str(tmp_path / "evil.alive"), "--json"]) == 0
    assert not set(capsys.readouterr().out) & set("\x1b\x07\x9b\u202e")


def test_a_title_cant_forge_a_row(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = read_bundle(bundle)
    forged = msgspec.structs.replace(opened.manifest, title="cat\nVerified   by nobody", figures={"x": 10**400})
    write_bundle(tmp_path / "evil.alive", forged, opened.parts)
    assert cli.run(["inspect", str(tmp_path / "evil.alive")]) == 0
    assert not [line for line in capsys.readouterr().out.splitlines() if line.startswith("Verified   by nobody")]


@pytest.mark.fits
def test_names_that_are_no_text(clip: Path, tmp_path: Path) -> None:
    """File systems allow bytes that UTF-8 doesn't; a fit must not be lost for them."""
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    try:
        odd.write_bytes(clip.read_bytes())
    except OSError:
        pytest.skip("this file system takes text only")
    arguments = ["fit", str(odd), "-o", str(tmp_path / "a.alive"), "--encoder", "pca", "--steps", "1", "--no-export"]
    assert cli.run(arguments) == 0
    assert read_bundle(tmp_path / "a.alive").manifest.source.name.startswith("caf")


def test_bare_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    assert "alive" in capsys.readouterr().out


@pytest.mark.fits
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.commands.demo.GIF_SECONDS", 0.2)
    monkeypatch.setattr("alive_cli.commands.demo.SCALE", 0.125)
    folder = tmp_path / "demo"
    assert cli.run(["demo", str(folder), "--steps", "2"]) == 0
    assert {path.name for path in folder.iterdir()} == {f"napping_cat{end}" for end in (".mp4", ".alive", ".gif")}
    assert "fit YOUR_CLIP.mp4" in capsys.readouterr().err
    assert cli.run(["demo", str(folder)]) == 0
    assert "--force" in capsys.readouterr().err


def test_readme_lists_the_real_options() -> None:
    text = README.read_text()
    assert updated(text) == text, "run python -m tests.readme"


def test_fit_stores_its_fidelity(bundle: Path, withholding: Path) -> None:
    figures = read_bundle(bundle).manifest.figures["fidelity"]
    assert figures["psnr"] > 20
    assert 0 < figures["ssim"] <= 1
    assert 5 < figures["psnr_moving"] < figures["psnr"]
    assert set(figures["consistency"]) >= {"observed", "rollout"}
    assert "held_out" not in figures
    withheld = read_bundle(withholding).manifest.figures["fidelity"]["held_out"]
    assert set(withheld) == {"psnr", "psnr_moving", "ssim", "nearest_frame", "cross_fade", "linear_decode"}


def test_holdout_sees_every_other_frame(withholding: Path) -> None:
    manifest = read_bundle(withholding).manifest
    assert (manifest.source.frames, manifest.source.fps) == (8, 5)
    assert manifest.source.every == 2


def test_eval_measures_what_the_fit_measured(withholding: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", str(withholding), str(clip), "--json", "--device", "cpu"]) == 0
    figures = json.loads(capsys.readouterr().out)
    manifest = read_bundle(withholding).manifest
    scene = Scene.open(withholding, device="cpu")
    frames, rollouts = read_frames(manifest, clip, lambda text: None).fitted, judged_rollouts(scene)
    # `alive eval` judges more pictures than a fit, in the same way.
    again = {
        "naturalness": evaluate_naturalness(scene, frames, rollouts, pictures=CHECKED_PICTURES),
        "steadiness": evaluate_steadiness(scene, frames, rollouts, drawn=CHECKED_ROLLOUT),
    }
    for name, measured in again.items():
        assert measured == manifest.figures[name]
        assert set(figures[name]) == set(measured)
    assert figures["naturalness"]["pictures"] > again["naturalness"]["pictures"]
    assert figures["measured"] is True
    assert figures["tempo"]["tempo"] > 0
    assert figures["yardsticks"]["coverage"] == {"value": 1.0, "of": "replay"}
    assert figures["yardsticks"]["rollout"]["value"] == figures["naturalness"]["withheld"]
    assert set(figures["verdict"]) == {"good", "weakest", "words", "sentences"}
    stored = manifest.figures["fidelity"]
    assert {name: figures[name] for name in ("psnr", "ssim", "held_out", "sharpness")} == {
        name: stored[name] for name in ("psnr", "ssim", "held_out", "sharpness")
    }
    assert cli.run(["eval", str(withholding), str(clip), "--json", "--device", "cpu", "--net", "fast"]) == 0
    assert json.loads(capsys.readouterr().out)["psnr"] == figures["psnr"]  # keyframes need no nets


def test_eval_in_words(bundle: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["eval", str(bundle), str(clip)]) == 0
    out, err = capsys.readouterr()
    assert "PSNR, dB, fitted frames" in out
    assert "PSNR where it moves" in out
    assert re.search("never showed|the clip shows", out.splitlines()[0])
    assert {"Liveness:", "Tempo:", "Amplitude:", "Naturalness:", "Variety:", "Steadiness:"} <= set(out.split())
    assert {"the clip", "replay", "a withheld frame"} <= set(re.findall("the clip|replay|a withheld frame", out))
    assert "--holdout" in err
    assert cli.run(["eval", str(bundle)]) == 0
    out, err = capsys.readouterr()
    assert "PSNR" not in out
    assert "Consistency" in out
    assert re.search("never showed|the clip shows", out.splitlines()[0])
    assert "give the clip to measure it anew" in err


def test_eval_of_a_scene_without_figures(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = read_bundle(bundle)
    figures = {"naturalness": "very", "steadiness": {"still": [1]}}
    write_bundle(tmp_path / "a.alive", msgspec.structs.replace(opened.manifest, figures=figures), opened.parts)
    assert cli.run(["eval", str(tmp_path / "a.alive"), "--seeds", "1"]) == 0
    out, err = capsys.readouterr()
    assert "never showed" not in out
    assert "Give the clip" in err


def test_inspect_says_how_natural_pictures_are(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", str(bundle)]) == 0
    assert "parts that the clip never showed" in " ".join(capsys.readouterr().out.split())


def test_eval_of_a_slim_bundle_says_what_is_missing(
    bundle: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slim = tmp_path / "slim.alive"
    assert cli.run(["export", str(bundle), "-o", str(slim), "--slim"]) == 0
    capsys.readouterr()
    assert cli.run(["eval", str(slim), str(clip), "--json"]) == 0
    out, err = capsys.readouterr()
    assert "slimmed" in err
    assert "consistency" not in json.loads(out)


def test_holdout_needs_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = tmp_path / "short.mp4"
    write_video(short, moving_frames(10), fps=10)
    assert cli.run(["fit", str(short), "--encoder", "pca", "--holdout", "-o", str(tmp_path / "a.alive")]) == 2
    assert "it needs 16" in capsys.readouterr().err
