"""What a new user reads: what to do next, and what to do about a usual mistake."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from alive_cli import cli
from bundle_spec import conformance
from bundle_spec.container import read_bundle, write_bundle

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the working directory, with scenes and with what is none."""
    for name, source in (("cats", "layers"), ("new", "unexported"), ("nods", "actions")):
        shutil.copy(VALID / f"{source}.alive", tmp_path / f"{name}.alive")
    (tmp_path / "notes.txt").write_text("no scene")
    monkeypatch.chdir(tmp_path)
    return tmp_path


MISTAKES = {
    "eval": "No scene was given; name one, as in: alive eval cats.alive. See alive eval --help.",
    "inspect": "No scene was given; name one, as in: alive inspect cats.alive.",
    "plya cats.alive": "Did you mean 'play'? See alive --help.",
    "frob": "No such command 'frob'. See alive --help.",
    "export notes.txt": "notes.txt: This is not an .alive bundle. Give a scene, which alive fit makes of a clip.",
    "fit cats.alive": "cats.alive is a scene and no clip: alive play cats.alive plays it, and alive fit --continue",
    "fit cats.alive --force": "is a scene and no clip",
    "fit notes.txt cats.alive": "is a scene and no clip",
    "demo notes.txt": "notes.txt is a file; give the name of a folder.",
    "actions nods.alive --sheet x.doc": "a name that ends in .mp4, .mov, .webm, .avi, .gif, .webp, .apng or .png.",
    **dict.fromkeys(
        (
            "play new.alive --out x.mp4",
            "gif new.alive",
            "map new.alive",
            "eval new.alive",
            "mood new.alive",
            "actions new.alive",
            "compare new.alive notes.txt",
            "serve new.alive",
        ),
        "new.alive has not been exported yet; alive export new.alive does that, once.",
    ),
}


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_gets_a_sentence_that_helps(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(command.split()) == 2
    assert MISTAKES[command] in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("name cats.alive here=0.2", "Next: alive play cats.alive --to here"),
        ("actions nods.alive", "Next: alive play nods.alive --action "),
        ("inspect new.alive", "not exported yet; do that once: alive export new.alive"),
    ],
)
def test_a_next_step_is_named(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(command.split()) == 0
    out, err = capsys.readouterr()
    assert words in " ".join((out + err).split())


def test_long_words_are_folded_and_not_cut(
    scenes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = read_bundle(scenes / "cats.alive")
    title = "x" * 150
    write_bundle(scenes / "a.alive", msgspec.structs.replace(opened.manifest, title=title), opened.parts)
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.run(["inspect", "a.alive"]) == 0
    out = capsys.readouterr().out
    assert "…" not in out
    assert out.count("x") >= 150


def test_results_of_a_fit_are_printed_when_the_bars_are_gone(scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal's bars wipe out what is printed on stdout among them."""
    order = []

    @contextmanager
    def listening(**_: object) -> Iterator[object]:
        yield SimpleNamespace()
        order.append("bars end")

    monkeypatch.setattr("alive_cli.commands.fit.listening", listening)
    monkeypatch.setattr("alive_cli.commands.fit._fit_one", lambda *_: ("fitted", "path"))
    monkeypatch.setattr("alive_cli.commands.fit.print_fit", lambda *_: order.append("results"))
    assert cli.run(["fit", "cats.mp4"]) == 0
    assert order == ["bars end", "results"]


def test_the_doctor_looks_for_the_web_player(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from alive_cli.commands import doctor
    from alive_cli.errors import InputError

    monkeypatch.setattr(doctor, "CHECKS", (doctor._web_player,))
    monkeypatch.setattr("alive_cli.web.page.player_files", dict)
    assert cli.run(["doctor"]) == 0
    assert "web player  it is built" in capsys.readouterr().out

    def missing() -> None:
        raise InputError("Run make web.")

    monkeypatch.setattr("alive_cli.web.page.player_files", missing)
    assert cli.run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "it is not built" in out
    assert "Run make web." in out
