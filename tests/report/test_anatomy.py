"""`alive inspect --pictures`: what it draws of which scenes, and what it refuses."""

from pathlib import Path

import pytest
from PIL import Image

from alive_cli import cli
from alive_cli.report.anatomy import NAMES, WIDTH
from bundle_spec.conformance.valid import VALID
from tests.web.steerable import steerable


def run(*arguments: object) -> int:
    return cli.run(["inspect", *map(str, arguments)])


@pytest.mark.parametrize(
    ("scene", "names"),
    [("warp", {"keyframes"}), ("warp-alpha-masked", {"keyframes"}), ("steerable", {"keyframes", "modes", "drag"})],
)
def test_a_scene_has_pictures_of_what_it_has(
    tmp_path: Path, scene: str, names: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, folder = tmp_path / "a.alive", tmp_path / "pictures"
    bundle.write_bytes(steerable() if scene == "steerable" else VALID[scene].build())
    assert run(bundle, "--pictures", folder) == 0
    written = {path.stem: Image.open(path) for path in folder.iterdir()}
    assert names <= set(written) <= set(NAMES)
    assert capsys.readouterr().out.split() == [str(folder / f"{name}.webp") for name in NAMES if name in written]
    for picture in written.values():
        assert 0.8 * WIDTH < picture.width < 1.1 * WIDTH


def test_a_fitted_scene_has_all(bundle: Path, tmp_path: Path) -> None:
    assert run(bundle, "--pictures", tmp_path / "a") == 0
    assert run(bundle, "--pictures", tmp_path / "b") == 0
    for name in NAMES:
        first, second = ((tmp_path / folder / f"{name}.webp").read_bytes() for folder in "ab")
        assert first == second


def test_what_cant_be_drawn_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("warp", "plain", "unexported"):
        (tmp_path / f"{name}.alive").write_bytes(VALID[name].build())
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "keyframes.webp").write_bytes(b"mine")
    warp = tmp_path / "warp.alive"
    for arguments, words in (
        ((warp, "--pictures", folder), "use --force"),
        ((warp, "--pictures", tmp_path / "x" / "y"), "doesn't exist"),
        ((warp, "--pictures", warp), "not a folder"),
        ((warp, "--pictures", tmp_path / "new", "--verify"), "--pictures writes pictures alone"),
        ((tmp_path / "plain.alive", "--pictures", tmp_path / "new"), "without keyframes"),
        ((tmp_path / "unexported.alive", "--pictures", tmp_path / "new"), "not been exported"),
    ):
        assert run(*arguments) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert (folder / "keyframes.webp").read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()
    assert run(warp, "--pictures", folder, "--force") == 0
    assert (folder / "keyframes.webp").read_bytes() != b"mine"
