"""`alive fit` of pictures, and reading them again."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.commands.truth import SEQUENCE_FPS, read_truth
from alive_cli.media.encode import write_sequence
from bundle_spec.container import read_bundle

QUICK = ["--encoder", "pca", "--recipe", "original", "--steps", "1", "--device", "cpu", "--no-export"]


def test_pictures_become_a_scene(
    tmp_path: Path, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pictures = np.tile(frames, (3, 1, 1, 1))
    write_sequence(tmp_path / "cats_%d.png", pictures)
    (tmp_path / "cats_48.png").rename(tmp_path / "cats_50.png")
    monkeypatch.chdir(tmp_path)
    assert cli.run(["fit", "cats_%d.png", *QUICK, "--fps", "10", "--max-frames", "16"]) == 0
    assert "2 numbers have no picture" in capfd.readouterr().err
    manifest = read_bundle(tmp_path / "cats.alive").manifest
    assert manifest.title == "cats"
    assert manifest.recipe.settings[SEQUENCE_FPS] == 10
    for again in (Path("cats_%d.png"), tmp_path):
        assert np.array_equal(read_truth(manifest, again).fitted, pictures[1::3])


def test_a_folder_of_pictures_is_one_clip(tmp_path: Path, frames: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cats"
    folder.mkdir()
    write_sequence(folder / "frame_%04d.png", frames)
    monkeypatch.chdir(tmp_path)
    assert cli.run(["fit", "cats", *QUICK]) == 0
    manifest = read_bundle(tmp_path / "cats.alive").manifest
    assert (manifest.source.frames, manifest.source.fps, manifest.title) == (16, 25, "cats")
