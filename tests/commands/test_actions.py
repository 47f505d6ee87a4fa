"""`alive actions`, and what other commands do with actions."""

from pathlib import Path

import pytest
from PIL import Image

from alive_cli import cli
from bundle_spec import conformance
from bundle_spec.container import read_bundle, write_bundle
from bundle_spec.features.actions import with_actions

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Six frames at ten a second, with the actions `left`, at frames 0-2 and 3-5, and `constructor`, at frame 1."""
    copy = tmp_path / "ring.alive"
    copy.write_bytes((VALID / "actions.alive").read_bytes())
    return copy


def actions_of(path: Path) -> dict[str, list[list[int]]]:
    return read_bundle(path).manifest.actions


def test_actions_are_listed_renamed_merged_and_dropped(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = ring.read_bytes()
    assert cli.run(["actions", str(ring)]) == 0
    assert "left                              2 × 0.00-0.20 s, 0.30-0.50 s" in capsys.readouterr().out
    assert ring.read_bytes() == before, "a list changes nothing"
    assert cli.run(["inspect", str(ring)]) == 0
    assert "Actions left, constructor" in " ".join(capsys.readouterr().out.split())
    assert cli.run(["actions", str(ring), "--rename", "left=nod"]) == 0
    assert capsys.readouterr().out == f"{ring}\n"
    assert actions_of(ring) == {"nod": [[0, 2], [3, 5]], "constructor": [[1, 1]]}
    assert cli.run(["actions", str(ring), "--merge", "constructor+nod=nod", "--rename", "nod=yes"]) == 0
    assert actions_of(ring) == {"yes": [[0, 2], [1, 1], [3, 5]]}
    assert read_bundle(ring).manifest.features_used == ["actions"]
    assert cli.run(["actions", str(ring), "--drop", "yes"]) == 0
    assert b'"actions"' not in ring.read_bytes()
    capsys.readouterr()
    assert cli.run(["actions", str(ring)]) == 0
    assert "has no actions; alive actions ring.alive --find looks for some" in capsys.readouterr().err


def test_a_sheet_shows_each_action(ring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.webp"
    assert cli.run(["actions", str(ring), "--sheet", str(sheet), "--size", "128"]) == 0
    assert capsys.readouterr().out == f"{sheet}\n"
    with Image.open(sheet) as picture:
        assert picture.n_frames == 3
        assert picture.width <= 128
    assert cli.run(["actions", str(ring), "--sheet", str(sheet)]) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.run(["actions", str(ring), "--drop", "left", "--sheet", str(sheet), "--force"]) == 0
    with Image.open(sheet) as picture:
        assert getattr(picture, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--drop", "right"], "no action 'right'; its actions are left, constructor"),
        (["--drop", "left", "--drop", "left"], "no action 'left'; its actions are constructor"),
        (["--rename", "left"], "says no new name; write it as left=nod"),
        (["--rename", "right=nod"], "no action 'right'"),
        (["--rename", "left=constructor"], "has the action constructor already"),
        (["--rename", "left=3f"], "can't be an action"),
        (["--rename", "left=a\x1b[2J"], "can't be an action"),
        (["--merge", "left=nod"], "doesn't say what to merge; write it as left+left2=left"),
        (["--merge", "left+constructor"], "doesn't say what to merge"),
        (["--merge", "left+left=nod"], "merges an action with itself; name each of them once"),
        (["--merge", "left+right=nod"], "no action 'right'"),
        (["--merge", "left+constructor="], "can't be an action"),
        (["--find"], "has actions already; use --force to replace them"),
        (["--find", "--force"], "The clip is too short for actions."),
        (["--drop", "left", "--drop", "constructor", "--sheet", "sheet.gif"], "has no actions to show"),
        (["--sheet", "sheet.txt"], "sheet.txt"),
    ],
)
def test_what_is_refused(
    ring: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ring.parent)
    before = ring.read_bytes()
    assert cli.run(["actions", str(ring), *arguments]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert "\x1b[2J" not in message
    assert ring.read_bytes() == before
    assert [path.name for path in ring.parent.iterdir()] == ["ring.alive"]


def test_too_many_occurrences_are_refused(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = read_bundle(ring)
    many = {"a": [[0, place % 6] for place in range(6)] * 10, "b": [[1, 1]]}
    write_bundle(ring, with_actions(bundle.manifest, many), bundle.parts)
    assert cli.run(["actions", str(ring), "--merge", "a+b=c"]) == 0, "the same occurrence counts once"
    assert len(actions_of(ring)["c"]) == 7


def test_a_scene_without_graphs_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["actions", str(VALID / "unexported.alive")]) == 2
    assert "has not been exported yet" in capsys.readouterr().err


def test_playing_an_action(ring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.gif"
    assert cli.run(["play", str(ring), "--action", "left", "--frames", "5", "--out", str(out)]) == 0
    assert out.exists()
    assert cli.run(["play", str(ring), "--action", "left", "--view", "none", "--frames", "5"]) == 0
    capsys.readouterr()
    for arguments, words in (
        (["--action", "right"], "no action 'right'; its actions are left, constructor"),
        (["--action", "left", "--to", "0.2"], "Give --to or --action, not both"),
        (["--action", "left", "--loop"], "A loop can't do an action"),
    ):
        assert cli.run(["play", str(ring), *arguments, "--frames", "5", "--out", str(out), "--force"]) == 2
        assert words in capsys.readouterr().err


def test_a_fitted_scene_has_actions(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clip of 1.6 seconds has room for actions of half a second."""
    own = read_bundle(bundle).manifest.actions
    assert own
    copy = tmp_path / "copy.alive"
    copy.write_bytes(bundle.read_bytes())
    name = next(iter(own))
    assert cli.run(["actions", str(copy), "--rename", f"{name}=mine"]) == 0
    assert cli.run(["export", str(copy)]) == 0
    assert "mine" in actions_of(copy), "an export keeps what people named"
    assert cli.run(["actions", str(copy), "--find", "--force"]) == 0
    assert f"{name} " in capsys.readouterr().out
    assert actions_of(copy) == own
