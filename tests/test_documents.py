"""The commands in the documents exist, with the options that the documents use."""

import contextlib
import re
import shlex
from typing import Any

import pytest
import typer

from alive_cli.cli import app
from tests.conftest import REPOSITORY
from tests.test_map import DOCUMENTS

COMMENT = re.compile(r"\s{2,}[a-z].*$|\s+#.*$")
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
