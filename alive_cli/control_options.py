"""Command-line options for the controls that a scene declares."""

import functools
import inspect
from collections.abc import Callable
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from alive_cli.errors import InputError, UnknownControlError

# Typer parses with click or, in newer releases, with its own copy. This is the usage error of either.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]

USUAL = {
    "temperature": "How far it moves: 0 still, 0.3 subtle, 1 as observed, 2 expansive; in old files how fast.",
    "pull": "Pull toward what was observed (post-curing), from 0 to 1.",
    "novelty": "How far to leave what was observed, from 0 to 1; 0 re-enacts it.",
    "speed": "How fast it moves: 0.5 is half as fast as observed.",
}
"""The help describes these controls, which scenes of the default recipe declare. A scene says itself which it has."""
CONTROLS = "controls"
"""A command that takes controls has a parameter of this name, which contains the values that the user set, by name."""

MoodOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mood",
        metavar="NAME[:STRENGTH]",
        help="Mood to be in, as calm or calm:0.7, see alive mood; below 0 avoids it. May be repeated.",
        show_default=False,
    ),
]
"""Commands that begin a life take moods in this form."""
SoundOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|mic",
        help="Sound that drives the scene: a file, mic or mic:1. It is not played aloud, and never recorded.",
        show_default=False,
    ),
]
"""Commands that show one life let it hear a sound with this option."""
OnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        metavar="SIGNAL=TARGET[:TOP]",
        help="What sound drives: loud= or beat= a control, mood, action or name, or nudge, as in loud=temperature:2. "
        "If several have one name, it is the first of these. May be repeated.",
        show_default="loud=temperature",
    ),
]
"""Commands that let a life hear a sound say with this option what it drives."""
SeedOption = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**63 - 1, help="Seed of the life; each seed gives another life.", show_default="the scene's own"
    ),
]
"""Commands that show one life choose it with this option."""
StartOption = Annotated[
    str | None,
    typer.Option(
        "--start-at",
        "--from",
        metavar="SECOND",
        help="Second or frame (120f) of the source to begin at.",
        show_default="one that the seed chooses",
    ),
]
"""Commands that show one life begin it where this option says."""
SwayOption = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="How far the view of a scene with depth sways by itself; 0 holds it still.",
        show_default="0.6 where there is depth",
    ),
]
"""Commands that show a scene choose with this option how far its view sways."""
ViewFromOption = Annotated[
    str | None,
    typer.Option(
        "--view-from",
        metavar="X,Y",
        help="See a scene with depth from here instead: −1 left … 1 right, −1 above … 1 below.",
        show_default=False,
    ),
]
"""Commands that show a scene hold its view with this option."""


def _colour(text: str) -> tuple[int, int, int]:
    from alive_cli.media.alpha import read_colour

    return read_colour(text)


BackgroundOption = Annotated[
    Any,
    typer.Option(
        "--background",
        parser=_colour,
        metavar="#RRGGBB",
        help="Colour behind a transparent scene, as #336699; dark by default where nothing can be transparent.",
        show_default=False,
    ),
]
"""Commands that show pictures lay transparent ones on this colour."""
LeadOption = Annotated[
    str | None,
    typer.Option(
        "--lead", metavar="VIDEO", help="Video whose motion the scene follows, or camera, or camera:2 for the second."
    ),
]
"""A command that plays takes what leads the scene in this form."""
LeadRegionOption = Annotated[
    str | None,
    typer.Option("--lead-region", metavar="X,Y,W,H", help="Part of the video that leads, in shares, as 0.25,0,0.5,1."),
]
"""Part of a lead is chosen with this option."""


class Battery(StrEnum):
    """What a live view does while the machine runs on its battery."""

    as_is = "as-is"
    calm = "calm"
    pause = "pause"


CpuOption = Annotated[
    str | None,
    typer.Option(
        "--cpu",
        metavar="SHARE",
        help="Most processor time that it may use, as 25% of one core, where 100% is one whole core: it draws fewer "
        "pixels, and then fewer pictures a second.",
        show_default=False,
    ),
]
"""Live views keep a budget of processor time with this option."""
BatteryOption = Annotated[
    Battery,
    typer.Option(
        "--battery",
        help="What it does on battery: as-is: nothing; calm: it draws a quarter of the pixels, a third as often; "
        "pause: it stands still.",
    ),
]
"""Live views save a battery as this option says."""
QuietOption = Annotated[
    list[str] | None,
    typer.Option(
        "--quiet",
        metavar="[DAYS ]HH:MM-HH:MM",
        help="Hours in which it stands still, as 22:00-07:00 or 'sat,sun 00:00-24:00'. May be repeated.",
        show_default=False,
    ),
]
"""What lives in real time stands still in these hours."""
PauseUnfocusedOption = Annotated[
    bool,
    typer.Option("--pause-unfocused", help="Stand still while the window or terminal doesn't have the focus."),
]
"""Live views that can't see that they are covered stand still with this option."""


class Lead(StrEnum):
    """How a video leads."""

    relative = "relative"
    absolute = "absolute"


LeadLikeOption = Annotated[
    Lead,
    typer.Option("--lead-like", help="relative: follow how the video moves; absolute: it shows what the scene shows."),
]
"""How a video leads is chosen with this option."""


class ControlsCommand(TyperCommand):
    """A command that accepts any option with a number, because a scene may declare a control of any name."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options of the command, and for the help those of the usual controls."""
        parameters = list(super().get_params(ctx))
        own = {option for parameter in parameters for option in parameter.opts}
        others = [option for option in _usual_options() if not own & set(option.opts)]
        arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
        return [*arguments, *others, *(parameter for parameter in parameters if parameter not in arguments)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Store `--NAME NUMBER` and `--NAME=NUMBER` as controls if the command has no option of that name.

        Raises:
            InputError: an option that may be a control has no number.
        """
        known = {option for parameter in self.params for option in (*parameter.opts, *parameter.secondary_opts)}
        values: dict[str, float] = {}
        rest: list[str] = []
        words = iter(args)
        for word in words:
            if word == "--":
                rest += [word, *words]
                break
            option, has_value, text = word.partition("=")
            if not option.startswith("--") or option in known:
                rest.append(word)
                continue
            value = text if has_value else next(words, None)
            number = _number(value)
            name = option.removeprefix("--").replace("-", "_")
            if number is not None:
                values[name] = number
            elif name in USUAL:
                raise InputError(f"{option} needs a number, as in {option} 0.5.")
            else:
                rest += [word] if has_value or value is None else [word, value]
        ctx.meta[CONTROLS] = values
        try:
            return super().parse_args(ctx, rest)
        except UsageError as error:
            option = getattr(error, "option_name", "")
            if not option.startswith("--") or option in known or getattr(error, "possibilities", None):
                raise
            raise InputError(
                f"There is no option {option}; if it is a control of the scene, give it a number, as in {option} 0.5."
            ) from None


def takes_controls(command: Callable[..., None]) -> Callable[..., None]:
    """Pass the controls that the user set to the command's parameter `controls`.

    The command must be registered with `cls=ControlsCommand`.
    """
    signature = inspect.signature(command)
    parameters = [each for each in signature.parameters.values() if each.name != CONTROLS]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)

    @functools.wraps(command)
    def wrapper(context: typer.Context, **arguments: Any) -> None:
        values = context.meta[CONTROLS]
        try:
            command(**arguments, **{CONTROLS: values})
        except UnknownControlError as error:
            if error.name not in values:
                raise
            option = _option(error.name)
            others = [other for parameter in context.command.params for other in parameter.opts]
            near = get_close_matches(option, [*others, *map(_option, error.declared)], 1)
            raise InputError(
                f"There is no option {option}{f' (is it {near[0]}?)' if near else ''}, and the scene has no control of "
                f"that name: its controls are {', '.join(error.declared) or 'none'}."
            ) from None

    wrapper.__signature__ = signature.replace(parameters=[context, *parameters])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {each.name: each.annotation for each in [context, *parameters]}
    return wrapper


def _option(control: str) -> str:
    """The option of a control."""
    return f"--{control.replace('_', '-')}"


@cache
def _usual_options() -> list[Any]:
    """Options of the usual controls, for the help only: `ControlsCommand.parse_args` parses them."""

    def carrier(**values: float | None) -> None:
        """Carry the parameters that typer turns into options."""

    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[float | None, typer.Option(help=words)],
        )
        for name, words in USUAL.items()
    ]
    carrier.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    carrier.__annotations__ = {each.name: each.annotation for each in parameters}
    app = typer.Typer(add_completion=False)
    app.command()(carrier)
    command: Any = typer.main.get_command(app)
    options = [option for option in command.params if option.name in carrier.__annotations__]
    for option in options:
        option.expose_value = False
    return options


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
