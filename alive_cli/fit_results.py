"""What `alive fit` prints when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from alive_cli.shells import command_line

if TYPE_CHECKING:
    from alive_cli.fitting.outcome import Outcome
    from alive_cli.fitting.pipeline import Fit
    from alive_cli.progress import Listener

LONGEST_STAGES = 5
"""The summary names this many stages, those that took longest, so that it fits one line."""


def print_fit(fitted: "Fit", output: Path, listener: "Listener", as_json: bool) -> None:
    """Print the figures, the size of the bundle, and the time of the longest stages."""
    from alive_cli.console import event

    figures, settings = fitted.bundle.manifest.figures, fitted.bundle.manifest.recipe.settings
    if as_json:
        seconds = {stage: round(value, 2) for stage, value in fitted.seconds.items()}
        event("done", bundle=str(output), bytes=fitted.bytes, seconds=seconds, steps=settings["steps"], figures=figures)
        return
    from alive_cli.report.verdict import picture_sentence

    stages = sorted(fitted.seconds.items(), key=lambda each: -each[1])[:LONGEST_STAGES]
    times = ", ".join(f"{stage[0].lower()}{stage[1:]} {value:.0f} s" for stage, value in stages)
    listener.say(f"{settings['steps']} steps in all; this fit took {sum(fitted.seconds.values()):.0f} s: {times}.")
    living = figures.get("liveness")
    alive = f"{living['verdict']}, visits {living['coverage']:.0%} of the frames; " if living else ""
    pictures = picture_sentence(figures.get("naturalness"), figures.get("steadiness"))
    if pictures:
        listener.say(pictures)
    listener.say(f"PSNR {figures['psnr']:.1f} dB; {alive}{fitted.bytes / 1e6:.1f} MB.")
    listener.say(_next(fitted, output))
    typer.echo(output)


def _next(fitted: "Fit", output: Path) -> str:
    """What to do with a new bundle, on a line of its own, so that a terminal breaks no command."""
    play = command_line(["alive", "play", str(output), "--loop"])
    if fitted.bundle.manifest.drawing is not None:
        return f"Next: {play}"
    return f"Next: {command_line(['alive', 'export', str(output)])}, and then {play}"


def print_photograph(fitted: "Fit", output: Path, listener: "Listener", as_json: bool) -> None:
    """Print the size of the bundle of a photograph and the time that it took."""
    from alive_cli.console import event

    if as_json:
        event("done", bundle=str(output), bytes=fitted.bytes, seconds=fitted.seconds)
        return
    listener.say(f"{fitted.bytes / 1e6:.1f} MB in {sum(fitted.seconds.values()):.0f} s.")
    listener.say(_next(fitted, output))
    typer.echo(output)


def print_outcomes(outcomes: "list[Outcome]", *, as_json: bool) -> None:
    """Print the results of all clips.

    Raises:
        InputError: some clips failed.
    """
    from alive_cli.console import data, event
    from alive_cli.errors import InputError
    from alive_cli.fitting.outcome import FAILED
    from alive_cli.texts import printable

    failed = [outcome for outcome in outcomes if outcome.state == FAILED]
    if as_json:
        for outcome in outcomes:
            figures = outcome.manifest.figures if outcome.manifest else {}
            event(
                "clip",
                clip=str(outcome.clip),
                bundle=str(outcome.output),
                state=outcome.state,
                reason=outcome.reason,
                seconds=round(outcome.seconds, 2),
                figures=figures,
            )
    else:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for name in ("clip", "", "PSNR, dB", "behavior", "MB", "seconds"):
            table.add_column(name, justify="left" if name in ("clip", "", "behavior") else "right", overflow="fold")
        for outcome in outcomes:
            table.add_row(*map(printable, outcome.row()))
        data().print(table)
    if failed:
        names = ", ".join(outcome.clip.name for outcome in failed)
        raise InputError(f"{len(failed)} of {len(outcomes)} clips failed ({names}); the rest is done.")
    if not as_json:
        for outcome in outcomes:
            typer.echo(outcome.output)
