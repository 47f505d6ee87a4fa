"""`alive name`, and what other commands do with names."""

from pathlib import Path

import msgspec
import pytest

from alive_cli import cli
from bundle_spec import conformance
from bundle_spec.container import read_bundle, write_bundle

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Six frames at ten a second, of version 1.0."""
    copy = tmp_path / "ring.alive"
    copy.write_bytes(PLAIN.read_bytes())
    return copy


def names_of(path: Path) -> dict[str, list[int]]:
    return read_bundle(path).manifest.names


def test_names_are_written_listed_and_removed(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["name", str(ring)]) == 0
    assert "no names yet" in capsys.readouterr().err
    assert cli.run(["name", str(ring), "smile=0.2", "asleep=0.3-5f", "Up_2-a=1f"]) == 0
    assert capsys.readouterr().out == f"{ring}\n"
    assert names_of(ring) == {"smile": [2, 2], "asleep": [3, 5], "Up_2-a": [1, 1]}
    manifest = read_bundle(ring).manifest
    assert (manifest.format_version, manifest.min_reader_version) == ("1.1", "1.0")
    assert cli.run(["name", str(ring)]) == 0
    listed = capsys.readouterr().out
    assert "smile                            0.20 s" in listed
    assert "asleep                           0.30-0.50 s" in listed
    assert cli.run(["inspect", str(ring)]) == 0
    assert "Names Up_2-a 0.10 s, asleep 0.30-0.50 s, smile 0.20 s" in " ".join(capsys.readouterr().out.split())
    assert cli.run(["name", str(ring), "--remove", "smile", "--remove", "Up_2-a", "awake=0"]) == 0
    assert names_of(ring) == {"asleep": [3, 5], "awake": [0, 0]}
    assert cli.run(["name", str(ring), "asleep=0.4", "--force"]) == 0
    assert names_of(ring)["asleep"] == [4, 4]
    assert cli.run(["name", str(ring), "--remove", "asleep", "--remove", "awake"]) == 0
    assert b'"names"' not in ring.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["smile=0.4"], "has the name smile already; use --force to replace it"),
        (["new=0.1", "new=0.2"], "has the name new already"),
        (["grin"], "says no second; write it as grin=3.2"),
        (["=1"], "can't be a name"),
        (["3f=0.1"], "can't be a name"),
        (["a b=0.1"], "can't be a name"),
        (["s" * 33 + "=0.1"], "can't be a name"),
        (["grin\n=0.1"], "can't be a name"),
        (["grin=\x1b[2J"], "is no second and no frame"),
        (["grin="], "is no second and no frame"),
        (["grin=0.6"], "no second 0.6; choose from 0 to 0.5"),
        (["grin=0.4-0.2"], "ends before it begins"),
        (["--remove", "grin"], "no name 'grin'; its names are smile"),
        ([f"n{number}=0" for number in range(64)], "at most 64 names; these would be 65"),
    ],
)
def test_what_is_refused(ring: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["name", str(ring), "smile=0.2"]) == 0
    before = ring.read_bytes()
    capsys.readouterr()
    assert cli.run(["name", str(ring), *arguments]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert "\x1b[2J" not in message
    assert ring.read_bytes() == before


def test_a_file_is_never_lost(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = ring.read_bytes()
    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    assert cli.run(["name", str(ring), "smile=0.2"]) == 2
    assert ring.read_bytes() == before
    assert [path.name for path in ring.parent.iterdir()] == ["ring.alive"]


def test_names_beyond_the_clip_are_damage(ring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = read_bundle(ring)
    for frames in ([3, 6], [4, 3]):
        write_bundle(ring, msgspec.structs.replace(opened.manifest, names={"smile": frames}), opened.parts)
        for command in (["name"], ["inspect"], ["play", "--view", "none", "--frames", "1"]):
            assert cli.run([command[0], str(ring), *command[1:]]) == 2
            assert "frames that the scene doesn't have" in capsys.readouterr().err


def test_play_goes_to_a_name(ring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["name", str(ring), "smile=0.4"]) == 0
    target = tmp_path / "out.gif"
    assert cli.run(["play", str(ring), "--to", "smile", "--out", str(target), "--frames", "4"]) == 0
    assert cli.run(["play", str(ring), "--to", "grin", "--out", str(target), "--force"]) == 2
    assert "its names are smile" in capsys.readouterr().err


def test_export_and_slimming_keep_names(bundle: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    named = tmp_path / "named.alive"
    named.write_bytes(bundle.read_bytes())
    assert cli.run(["name", str(named), "smile=1.1", "asleep=0.2-0.5"]) == 0
    names = names_of(named)
    assert cli.run(["export", str(named), "-o", str(tmp_path / "slim.alive"), "--slim"]) == 0
    assert names_of(tmp_path / "slim.alive") == names
    assert cli.run(["export", str(named)]) == 0
    assert names_of(named) == names
