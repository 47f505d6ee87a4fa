"""What commands print: messages and progress on stderr, data on stdout."""

import json as json_module
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TextIO

import typer

from alive_cli.progress import Listener, Progress, silent
from alive_cli.texts import printable

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 100
"""From so many columns on, bars are long; in a narrower terminal they leave room for the figures."""
LONG_BAR, SHORT_BAR = 24, 8
"""A bar has so many columns."""
EVENT_SECONDS = 0.1
"""Two events of one stage are at least so many seconds apart, because programs need no more than ten a second."""


@cache
def messages() -> "Console":
    """The console for messages to people: stderr."""
    from rich.console import Console

    class Messages(Console):
        """It raises BrokenPipeError where rich would end the program."""

        def on_broken_pipe(self) -> None:
            raise

    return Messages(stderr=True, highlight=False, emoji=False)


@cache
def data() -> "Console":
    """The console for results: stdout."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, emoji=False)


def say(text: str, style: str | None = None) -> None:
    """Print a message for the person at the terminal; markup is not interpreted.

    Where nobody can read it any more, as in a terminal that has gone, it is lost, and the program goes on.
    """
    _tell(printable(text), style=style, markup=False)


def warn(text: str) -> None:
    """Print a message that should not be overlooked."""
    from rich.markup import escape

    _tell(f"[yellow]Note:[/yellow] {escape(printable(text))}")


def _tell(text: str, *, style: str | None = None, markup: bool = True) -> None:
    console = messages()
    try:
        console.print(text, style=style, markup=markup, soft_wrap=True)
    except OSError:
        console.quiet = True  # it would write what it couldn't write again; while it is quiet, it forgets that
        console.print()
        console.quiet = False


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A listener that shows one bar for each stage until the work is over, or nothing when stderr is not a terminal."""
    if not messages().is_terminal:
        yield silent
        return
    from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<20}", markup=False),
        BarColumn(bar_width=LONG_BAR if messages().width >= WIDE else SHORT_BAR),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[speed]}{task.fields[figure]}", markup=False),
    )
    with Bars(*columns, console=messages(), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(
            stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
        ) -> None:
            stage, figure = printable(stage), printable(figure)  # file names of clips are part of both
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, figure=figure, speed="")
            task = bars.tasks[tasks[stage]]
            rate = task.speed or 0.0
            speed = f"{rate:.0f}/s, " if figure and values and 0 < done < total and rate >= 1 else ""
            bars.update(tasks[stage], completed=done, total=total, figure=figure, speed=speed)

        yield show


@contextmanager
def listening(*, json: bool = False) -> Iterator[Listener]:
    """A listener for long work: messages, and bars or else a line for each stage, on stderr; or, as JSON, one event a
    line on stdout."""
    if json:
        yield json_listener()
        return
    if not messages().is_terminal:
        yield Listener(line_a_stage(), say, warn)
        return
    with progress_bar() as progress:
        yield Listener(progress, say, warn)


def line_a_stage() -> Progress:
    """A listener that prints the name of each stage once, when its first step is done, for logs.

    A stage of a single step has no line, because an error in it would come after the line.
    """
    begun: set[str] = set()

    def show(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
        if stage not in begun and 0 < done < total:
            begun.add(stage)
            say(f"{stage} …")

    return show


def json_listener() -> Listener:
    """A listener that prints events for programs, each a JSON object on a line of its own.

    A `progress` event has stage, done, total and figure, and, where they are known, per_second, seconds_left and
    values such as psnr. Of each stage it prints at most ten a second, and always the last one. A `message` and a
    `warning` have a text.
    """
    out = sys.stdout  # as it is now: other code may redirect it later
    began: dict[str, tuple[float, int, int]] = {}
    printed: dict[str, float] = {}

    def show(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
        now = time.perf_counter()
        first, start, previous_total = began.setdefault(stage, (now, done, total))
        if total != previous_total or done < start:  # another kind of work under the same name
            first, start, _ = began[stage] = (now, done, total)
        if done < total and now - printed.get(stage, -1.0) < EVENT_SECONDS:
            return
        printed[stage] = now
        rate = (done - start) / (now - first) if now > first else 0.0
        pace = {"per_second": round(rate, 3), "seconds_left": round((total - done) / rate, 1)} if rate > 0 else {}
        event("progress", out, stage=stage, done=done, total=total, figure=figure, **pace, **(values or {}))

    return Listener(show, lambda text: event("message", out, text=text), lambda text: event("warning", out, text=text))


def event(kind: str, out: TextIO | None = None, **values: object) -> None:
    """Print one event on stdout or `out`, at once; infinities and NaN become null, because JSON has neither."""
    typer.echo(json_module.dumps(_json_value({"event": kind, **values}), allow_nan=False), file=out)
    (out or sys.stdout).flush()


def _json_value(value: object) -> object:
    if isinstance(value, dict):
        return {key: _json_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
