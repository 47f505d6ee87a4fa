"""What commands print: messages and progress on stderr, data on stdout."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from alive_cli.progress import Progress, silent

messages = Console(stderr=True, highlight=False, emoji=False)
data = Console(highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """A message for the person at the terminal; markup is not interpreted."""
    messages.print(printable(text), markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """A message that should not be overlooked."""
    messages.print(f"[yellow]Note:[/yellow] {escape(printable(text))}", soft_wrap=True)


def printable(text: str) -> str:
    """Text without control characters: a stranger's file must not steer the terminal."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf"))


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A listener that shows one bar for each stage, or nothing when stderr is no terminal."""
    if not messages.is_terminal:
        yield silent
        return
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[figure]}"),
    )
    with Bars(*columns, console=messages) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int, figure: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, figure=figure)
            bars.update(tasks[stage], completed=done, total=total, figure=figure)

        yield show
