"""`alive inspect --pictures`: what it draws of which scenes, and what it refuses."""

import errno
from pathlib import Path

import pytest
from PIL import Image

from alive_cli import cli
from alive_cli.report.anatomy import NAMES, WIDTH, draw_anatomy
from alive_cli.runtime.renderers.warp import WarpDrawing
from bundle_spec.conformance.valid import VALID
from bundle_spec.container import unpack_bundle
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


def test_a_picture_that_cant_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle isn't to blame."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "warp.alive").write_bytes(VALID["warp"].build())
    monkeypatch.setattr(Image.Image, "save", full)
    assert run(tmp_path / "warp.alive", "--pictures", tmp_path / "new") == 2
    said = "".join(capsys.readouterr().err.split())
    assert "keyframes.webpcan'tbewritten(nospaceleftondevice)" in said
    assert "warp.alive" not in said


def test_the_graphs_of_a_scene_are_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    begin = WarpDrawing.__init__

    def count(self: WarpDrawing, *arguments: object, **words: object) -> None:
        opened.append(self)
        begin(self, *arguments, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(WarpDrawing, "__init__", count)
    assert next(draw_anatomy(unpack_bundle(VALID["warp"].build())))[0] == "keyframes"
    assert len(opened) == 1
