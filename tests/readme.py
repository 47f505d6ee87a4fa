"""Generates the tables of options in examples/OPTIONS.md from the commands themselves.

python -m tests.readme        writes the tables; a test checks that they are up to date
"""

from typing import Any

import typer

from alive_cli.cli import app
from tests.conftest import REPOSITORY

README = REPOSITORY / "examples" / "OPTIONS.md"
BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def reference() -> str:
    """A Markdown section for each command: its arguments, its help and a table of its options."""
    root: Any = typer.main.get_command(app)
    sections = []
    for name, command in root.commands.items():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        parameters = command.get_params(typer.Context(command, info_name=name))  # those of controls included
        options = [p for p in parameters if p.param_type_name == "option" and p.help and p.name != "help"]
        named = [(p.metavar or p.name.upper(), p.required or p.metavar) for p in arguments]
        words = [name if plain else f"[{name}]" for name, plain in named]
        rows = [f"| `{' '.join(p.opts + p.secondary_opts)}` | {p.help}{_default(p)} |" for p in options]
        table = "\n".join(["| option | |", "| --- | --- |", *rows])
        sections.append(f"## `{' '.join(['alive', name, *words])}`\n\n{command.help}\n\n{table}\n")
    return "\n".join(sections)


def updated(text: str) -> str:
    """The text of `README` with the reference renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference()}{END}{after}"


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or isinstance(value, bool) or callable(value):
        return ""
    return f" Default: {getattr(value, 'value', value)}."


if __name__ == "__main__":
    README.write_text(updated(README.read_text("utf-8")), "utf-8", newline="\n")
