"""The commands in the documents exist, with the options that the documents use, and run on files of these names."""

import contextlib
import glob
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from alive_cli import cli
from alive_cli.cli import app
from tests.conftest import REPOSITORY, made_once
from tests.stand_ins import furnish, stand_in, suit, tiny_player
from tests.test_map import DOCUMENTS

COMMENT = re.compile(r"\s{2,}[(a-z].*$|\s+#.*$")
"""Behind two spaces, a line of a block of commands says what the command does."""
FEWEST_COMMANDS = 40
"""Fewer commands mean that this test no longer reads the documents."""


def commands_of(text: str) -> list[str]:
    """The commands `alive …` in the blocks of a document, and those on a file in its sentences."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [COMMENT.sub("", line.rstrip()) for block in blocks for line in block.splitlines()]
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    inline = [" ".join(words.split()) for words in re.findall(r"`(alive [a-z]+ [^`]*)`", prose)]
    commands = [*lines, *(words for words in inline if re.search(r"\.(alive|mp4)\b", words))]
    return [command for command in commands if re.match(r"alive [a-z]+\b", command) and "COMMAND" not in command]


COMMANDS = sorted({command for name in DOCUMENTS for command in commands_of((REPOSITORY / name).read_text("utf-8"))})


def test_the_documents_are_read() -> None:
    assert len(COMMANDS) >= FEWEST_COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_documents_are_accepted(command: str) -> None:
    root: Any = typer.main.get_command(app)
    _, name, *arguments = shlex.split(command)
    assert name in root.commands, f"there is no command {name}"
    with contextlib.suppress(typer.Exit):
        root.commands[name].make_context(name, arguments)


NOT_RUN = {
    "alive cast cats.alive --to camera": "needs a camera driver; tests/commands/test_cast.py has a substitute",
    "alive cast cats.alive --to camera --device-name /dev/video2": "as above",
    "alive cast cats.alive --to camera --fit cover": "as above",
    "alive cast cats.alive --to ndi": "needs NDI; tests/commands/test_cast.py has a substitute",
    'alive cast cats.alive --to ndi --device-name "The cat"': "as above",
    "alive cast cats.alive --to ndi --sound mic --on beat=nudge": "as above",
    "alive cast cats.alive --to spout": "needs Windows",
    "alive eval cats.alive cats.mp4": "takes as long as all others; tests/commands/test_commands.py runs it",
    "alive fit *.mp4 --out-dir scenes --ray auto": "needs a Ray cluster",
    "alive fit cats.mp4 --depth-model midas.onnx": "needs a model; tests/observation/test_depth.py has one",
    "alive fit cats.mp4 --resume": "needs a fit that was interrupted; tests/commands/test_fit.py interrupts one",
    "alive fit cats.mp4 --stabilise on": "needs a larger clip; tests/media/test_stabilising.py draws one",
    "alive fit photo.jpg --flow-model model.onnx": "needs a model; tests/observation/photograph has one",
    'alive mood cats.alive asleep --text "a cat asleep with its eyes closed" --against "a cat awake"': "needs CLIP",
    "alive play cats.alive --view window --lead camera": "needs a camera",
}
"""These commands are only parsed; each has what it needs, or where it is run instead."""


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, clip: Path, bundle: Path) -> Path:
    """A folder with small files of the names that the documents use."""
    return made_once(tmp_path_factory, "workshop", lambda folder: furnish(folder, clip, bundle))


@pytest.fixture(scope="session")
def small_player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "small-player", tiny_player)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in NOT_RUN])
def test_commands_of_the_documents_run(
    command: str,
    workshop: Path,
    small_player: Path,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "files"
    shutil.copytree(workshop, folder)
    _, *words = shlex.split(command)
    place = suit(folder, words)
    monkeypatch.chdir(place)
    stand_in(monkeypatch, bundle, small_player)
    words = [name for word in words for name in (sorted(glob.glob(word)) if "*" in word else [word])]
    assert cli.run(words) == 0, capsys.readouterr().err


def test_commands_that_are_not_run_are_in_the_documents() -> None:
    assert set(NOT_RUN) <= set(COMMANDS)
