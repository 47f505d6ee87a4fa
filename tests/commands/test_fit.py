"""Fits that are interrupted, gone on with, trained further, or many."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from alive_cli import Scene, cli
from alive_cli.console import event
from alive_cli.fitting.pipeline import checkpoint_of
from alive_cli.media.encode import write_video
from alive_cli.media.sampling import read_frames
from alive_cli.training.checkpoint import SPENT, Checkpoint
from bundle_spec.container import WEIGHTS_NAME, read_bundle, write_bundle
from bundle_spec.features.actions import with_actions
from bundle_spec.features.moods import moods_of, with_moods
from tests.conftest import REPOSITORY, moving_frames

torch = pytest.importorskip("torch")
from alive_cli.training.trainer import STAGE, Trainer  # noqa: E402

pytestmark = pytest.mark.fits

COMMON = ["--encoder", "pca", "--device", "cpu", "--no-export"]


@pytest.fixture
def stopped_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """At which training step a signal comes: {"step": …, "signal": …}, either of which a test may change."""
    stop = {"step": 0, "signal": signal.SIGINT}
    original = Trainer.step

    def step(trainer: Trainer) -> torch.Tensor:
        if trainer.step_number + 1 == stop["step"]:
            os.kill(os.getpid(), stop["signal"])
        return original(trainer)

    monkeypatch.setattr(Trainer, "step", step)
    before = signal.getsignal(signal.SIGTERM)
    yield stop
    assert signal.getsignal(signal.SIGTERM) == before


def fit(clip: Path, output: Path, *more: object) -> int:
    return cli.run(["fit", str(clip), "-o", str(output), *COMMON, *map(str, more)])


@pytest.mark.parametrize("recipe", ["living", "original"])
def test_an_interrupted_fit_goes_on_to_the_same_bits(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped_at: dict[str, int], recipe: str
) -> None:
    whole, again = tmp_path / "whole.alive", tmp_path / "again.alive"
    options = ("--recipe", recipe, "--steps", 60)
    assert fit(clip, whole, *options) == 0
    for number in (signal.SIGINT, signal.SIGTERM):
        stopped_at.update(step=stopped_at["step"] + 23, signal=number)
        resume = ("--resume",) if number == signal.SIGTERM else ()
        assert fit(clip, again, *options, *resume) == 130
        messages = capsys.readouterr().err
        assert f"Stopped at step {stopped_at['step']} of 60; go on with: alive fit" in messages
        assert not again.exists()
    stopped_at["step"] = 0
    assert cli.run(["fit", str(clip), "-o", str(again), "--no-export", "--resume"]) == 0
    assert again.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.alive", "whole.alive"]


def test_a_film_goes_on_where_it_was(clip: Path, tmp_path: Path, stopped_at: dict[str, int]) -> None:
    films = tmp_path / "whole.gif", tmp_path / "again.gif"
    assert fit(clip, tmp_path / "whole.alive", "--steps", 40, "--film", films[0]) == 0
    stopped_at["step"] = 21
    assert fit(clip, tmp_path / "again.alive", "--steps", 40, "--film", films[1]) == 130
    stopped_at["step"] = 0
    assert fit(clip, tmp_path / "again.alive", "--film", films[1], "--resume") == 0
    assert films[0].read_bytes() == films[1].read_bytes()


def test_what_differs_is_named(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped_at: dict[str, int]
) -> None:
    output, other = tmp_path / "a.alive", tmp_path / "other.mp4"
    assert fit(clip, output, "--resume") == 2
    assert "leave out --resume" in capsys.readouterr().err
    stopped_at["step"] = 5
    assert fit(clip, output, "--steps", 20) == 130
    stopped_at["step"] = 0
    assert fit(clip, output, "--steps", 20) == 2
    assert "--resume, or begin anew with --force" in capsys.readouterr().err
    assert fit(clip, output, "--steps", 30, "--holdout", "--resume") == 2
    messages = " ".join(capsys.readouterr().err.split())
    assert "begun with --steps 20 and no --holdout, not --steps 30 and --holdout;" in messages
    other.write_bytes(clip.read_bytes() + b"\0" * 8)
    assert fit(other, output, "--resume") == 2
    assert "a clip" in capsys.readouterr().err
    (tmp_path / "a.alive.checkpoint" / "training.safetensors").write_bytes(b"no tensors")
    assert fit(clip, output, "--resume") == 2
    assert "damaged; begin anew with --force" in capsys.readouterr().err
    assert fit(clip, output, "--steps", 20, "--force") == 0


def test_what_is_not_a_checkpoint_stays(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a.alive.checkpoint"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    assert fit(tmp_path / "nothing.mp4", tmp_path / "a.alive") == 2
    assert fit(clip, tmp_path / "a.alive", "--force") == 2
    assert "is something else" in capsys.readouterr().err
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_resumed_fit_replaces_no_film(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped_at: dict[str, int]
) -> None:
    film = tmp_path / "holiday.gif"
    film.write_bytes(b"the only copy")
    stopped_at["step"] = 5
    assert fit(clip, tmp_path / "a.alive", "--steps", 20) == 130
    stopped_at["step"] = 0
    assert fit(clip, tmp_path / "a.alive", "--resume", "--film", film) == 2
    assert fit(clip, tmp_path / "a.alive", "--resume", "--film", tmp_path / "new.gif") == 2
    assert "begun with no --film" in " ".join(capsys.readouterr().err.split())
    assert film.read_bytes() == b"the only copy"


def test_the_automatic_choice_of_an_encoder_is_resumed(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: dict[str, int]
) -> None:
    monkeypatch.setattr("alive_cli.encoders.clip._cached", lambda config: None)
    monkeypatch.setattr("alive_cli.encoders.clip._reachable", lambda address: False)
    command = ["fit", str(clip), "--steps", "20", "--device", "cpu", "--no-export"]
    assert cli.run([*command, "-o", str(tmp_path / "whole.alive")]) == 0
    stopped_at["step"] = 5
    assert cli.run([*command, "-o", str(tmp_path / "again.alive")]) == 130
    stopped_at["step"] = 0
    assert cli.run(["fit", str(clip), "-o", str(tmp_path / "again.alive"), "--resume"]) == 0
    assert (tmp_path / "again.alive").read_bytes() == (tmp_path / "whole.alive").read_bytes()


def test_a_fit_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    assert fit(tmp_path / "a.mp4", tmp_path / "a.alive") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_scene_is_trained_further(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(clip, tmp_path / "swing.mp4")
    path = tmp_path / "swing.alive"
    assert fit(tmp_path / "swing.mp4", path, "--steps", 60, "--seed", 3, "--size", 40) == 0
    before = read_bundle(path)
    # A fit of so small a clip is as good as any at once, and only one that is no worse replaces it.
    figures = before.manifest.figures | {"psnr": 1.0}
    names = {"still": [1, 3]}
    calm = np.linspace(0, 1, before.manifest.source.frames, dtype=np.float32)
    moody = with_moods(before, {"calm": calm})
    active = with_actions(msgspec.structs.replace(moody.manifest, figures=figures, names=names), {"sway": [[1, 4]]})
    write_bundle(path, active, moody.parts)
    assert cli.run(["fit", "--continue", str(path), "--steps", "200", "--no-export", "--device", "cpu"]) == 0
    after = read_bundle(path)
    assert after.manifest.recipe.settings["steps"] == 260
    assert after.manifest.source == before.manifest.source
    assert after.manifest.figures["psnr"] > 45
    assert after.manifest.defaults == before.manifest.defaults
    assert after.manifest.names == names
    np.testing.assert_array_equal(moods_of(after)["calm"], calm)
    assert after.manifest.actions == {"sway": [[1, 4]]}
    assert {"actions", "moods"} <= set(after.manifest.features_used)
    assert after.tensors(WEIGHTS_NAME).keys() == before.tensors(WEIGHTS_NAME).keys()
    assert cli.run(["fit", "--continue", str(path), "--size", "64"]) == 2
    assert "leave out --size" in capsys.readouterr().err
    (tmp_path / "swing.mp4").unlink()
    assert cli.run(["fit", "--continue", str(path)]) == 2
    assert "nor in this one; name it" in capsys.readouterr().err


@pytest.mark.parametrize(("psnr", "replaced"), [(99.0, False), (1.0, True)])
def test_a_scene_that_became_worse_is_left_as_it_was(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], psnr: float, replaced: bool
) -> None:
    path = tmp_path / "swing.alive"
    assert fit(clip, path, "--steps", 20) == 0
    earlier = read_bundle(path)
    figures = earlier.manifest.figures | {"psnr": psnr}  # no fit comes to 99 dB, and every fit beyond 1
    write_bundle(path, msgspec.structs.replace(earlier.manifest, figures=figures), earlier.parts)
    before = path.read_bytes()
    capsys.readouterr()
    command = ["fit", str(clip), "--continue", str(path), "--steps", "5", "--no-export", "--device", "cpu"]
    assert cli.run(command) == 0
    said = "left as it was" in " ".join(capsys.readouterr().err.split())
    assert said is not replaced
    if replaced:
        assert read_bundle(path).manifest.recipe.settings["steps"] == 25
    else:
        assert path.read_bytes() == before


def test_many_clips(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, results = tmp_path / "clips", tmp_path / "results"
    folder.mkdir()
    for name in ("one.mp4", "two.mp4"):
        shutil.copy(clip, folder / name)
    (folder / "bad.mp4").write_bytes(b"no video")
    command = ["fit", str(folder), "--out-dir", str(results), *COMMON, "--steps", "30"]
    assert cli.run(command) == 2
    messages = capsys.readouterr()
    assert "1 of 3 clips failed (bad.mp4); the rest is done." in messages.err
    assert messages.out.count("fitted") == 2
    written = {path.name: path.stat().st_mtime_ns for path in results.iterdir()}
    assert sorted(written) == ["one.alive", "two.alive"]
    (folder / "bad.mp4").unlink()
    assert cli.run(command) == 0
    messages = capsys.readouterr()
    assert messages.out.count("there already") == 2
    assert "2 of 2 clips are done already; --force fits them again." in messages.err
    assert {path.name: path.stat().st_mtime_ns for path in results.iterdir()} == written
    assert cli.run(["fit", str(folder), "-o", "x.alive"]) == 2
    assert "--out-dir" in capsys.readouterr().err
    (folder / "two.mp4").write_bytes(clip.read_bytes() + b"\0" * 8)
    assert cli.run(command) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "of another clip" in said
    assert "1 of 2 clips is done already; --force fits it again." in said
    shutil.copy(clip, tmp_path / "one.mov")
    assert cli.run(["fit", str(folder / "one.mp4"), str(tmp_path / "one.mov")]) == 2
    assert "would both become one.alive" in " ".join(capsys.readouterr().err.split())


def test_many_clips_go_on_after_an_interruption(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped_at: dict[str, int]
) -> None:
    for name in ("one.mp4", "two.mp4"):
        shutil.copy(clip, tmp_path / name)
    command = ["fit", str(tmp_path), "--out-dir", str(tmp_path), *COMMON, "--steps", "30"]
    stopped_at["step"] = 11
    assert cli.run(command) == 130
    assert "Stopped with 2 of 2 clips left" in capsys.readouterr().err
    stopped_at["step"] = 0
    assert cli.run(command) == 0
    assert not list(tmp_path.glob("*.checkpoint"))
    whole = tmp_path / "whole"
    whole.mkdir()
    for name in ("one", "two"):
        assert fit(tmp_path / f"{name}.mp4", whole / f"{name}.alive", "--steps", 30) == 0
        assert (tmp_path / f"{name}.alive").read_bytes() == (whole / f"{name}.alive").read_bytes()


def test_events_for_programs(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit(clip, tmp_path / "a.alive", "--steps", 60, "--json-progress") == 0
    captured = capsys.readouterr()
    events = [json.loads(line) for line in captured.out.splitlines()]
    kinds = {event["event"] for event in events}
    assert kinds == {"message", "progress", "done"}
    learning = [event for event in events if event.get("stage") == STAGE]
    assert learning[-1]["done"] == learning[-1]["total"] == 60
    assert learning[-1]["psnr"] > 5
    assert events[-1]["figures"]["psnr"] > 5
    assert events[-1]["bytes"] == (tmp_path / "a.alive").stat().st_size
    assert STAGE in events[-1]["seconds"]


def test_events_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    event("progress", psnr=float("nan"), inner={"slope": float("-inf")}, done=3)
    assert json.loads(capsys.readouterr().out) == {
        "event": "progress",
        "psnr": None,
        "inner": {"slope": None},
        "done": 3,
    }


def test_one_fit_at_a_time(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "a.alive"
    refused = f"Another alive fit is at work on {output};"
    with Checkpoint(checkpoint_of(output)).held():
        for more in ((), ("--force",), ("--resume",)):
            assert fit(clip, output, "--steps", 5, *more) == 2
            assert refused in " ".join(capsys.readouterr().err.split())
        shutil.copy(clip, tmp_path / "a.mp4")
        assert cli.run(["fit", str(tmp_path / "a.mp4"), "--out-dir", str(tmp_path), *COMMON]) == 2
        assert refused in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4"]


def test_seconds_before_an_interruption_count(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], stopped_at: dict[str, int]
) -> None:
    output = tmp_path / "a.alive"
    stopped_at["step"] = 5
    assert fit(clip, output, "--steps", 20) == 130
    path = checkpoint_of(output) / SPENT
    spent = json.loads(path.read_text())
    path.write_text(json.dumps(spent | {STAGE: 1000.0}))
    stopped_at["step"] = 0
    assert fit(clip, output, "--resume", "--json-progress") == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 1000 < done["seconds"][STAGE] < 1100


def test_only_a_region_lives(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(clip, tmp_path / "swing.mp4")
    path = tmp_path / "swing.alive"
    command = ["fit", str(tmp_path / "swing.mp4"), "-o", str(path), "--encoder", "pca", "--device", "cpu"]
    assert cli.run([*command, "--steps", "60", "--region", "0.5,0,0.5,1"]) == 0
    bundle = read_bundle(path)
    assert bundle.manifest.recipe.settings["region"] == "0.5,0,0.5,1"
    scene = Scene.open(path, device="cpu")
    pictures = np.stack(list(scene.rollout(seed=1, frames=20)))
    still, living = np.split(pictures, 2, axis=2)
    assert np.ptp(still, axis=0).max() == 0
    shown = read_frames(bundle.manifest, tmp_path / "swing.mp4", pytest.fail).fitted
    assert (still == shown[:1, :, : still.shape[2]]).all()
    assert np.ptp(living, axis=0).max() > 20
    capsys.readouterr()
    assert cli.run(["eval", str(path), str(tmp_path / "swing.mp4"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["psnr"] > 25  # against the clip as it was learned
    kept = ["--region", "0,0,0.5,1", "--stabilise", "off"]
    assert cli.run(["fit", "--continue", str(path), "--steps", "5", "--no-export", *kept]) == 2
    assert "leave out --region, --stabilise" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "0.5,0,0.6,1"], "is no region"),
        (["--region", "0,0,1,1"], "leave out --region"),
        (["--region", "0,0,0.5,1", "--mask", "a.png"], "not both"),
        (["--still", "0.2"], "--still goes with"),
        (["--mask", "there is none.png"], "There is no file"),
    ],
)
def test_regions_that_cant_live(
    options: list[str], words: str, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(clip, tmp_path / "a.alive", *options) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "a.alive").exists()


def test_a_region_where_nothing_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = moving_frames()
    frames[:, :, :24] = 90
    write_video(tmp_path / "half.mp4", frames, fps=10)
    assert fit(tmp_path / "half.mp4", tmp_path / "a.alive", "--region", "0,0,0.3,1") == 2
    assert "Nothing moves in the part of half.mp4 that lives" in " ".join(capsys.readouterr().err.split())


def test_what_is_no_clip_is_refused_before_pytorch_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no video", "utf-8")
    code = (
        "import sys\n"
        "from alive_cli import cli\n"
        "codes = [cli.run(['fit', name]) for name in ('missing.mp4', 'notes.txt')]\n"
        "sys.exit(codes != [2, 2] or 'torch' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, check=True
    )
