"""The command line: commands, exit codes, and errors as one sentence."""

import contextlib
import io
import os
import sys
from typing import Annotated

import typer

from alive_cli.commands.actions import actions
from alive_cli.commands.cast import cast
from alive_cli.commands.compare import compare
from alive_cli.commands.demo import demo
from alive_cli.commands.doctor import doctor
from alive_cli.commands.eval import evaluate
from alive_cli.commands.export import export
from alive_cli.commands.fit import fit
from alive_cli.commands.gallery import gallery
from alive_cli.commands.gif import gif
from alive_cli.commands.hints import hints
from alive_cli.commands.inspect import inspect
from alive_cli.commands.map import draw_map
from alive_cli.commands.mood import mood
from alive_cli.commands.name import name
from alive_cli.commands.play import play
from alive_cli.commands.serve import serve
from alive_cli.commands.transfer import transfer
from alive_cli.control_options import ControlsCommand, UsageError
from alive_cli.errors import AliveError, Stopped
from alive_cli.signals import end_like_ctrl_c
from alive_cli.version import __version__

EXIT_INTERNAL = 1
"""The program exits with this code after an error of its own."""
EXIT_USER = 2
"""The program exits with this code after an error that the user can correct, as click does."""
EXIT_INTERRUPTED = 130
"""The program exits with this code after Ctrl-C or SIGTERM, as shells expect."""
FIT_PACKAGES = ("torch", "open_clip", "onnxscript")
"""The extra `fit` installs these packages, so the message about a missing one names the extra."""

app = typer.Typer(
    name="alive",
    help="Turn one video into a living scene that behaves by itself.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (fit, hints, transfer, export, gallery, inspect, name, mood, actions, compare, demo, doctor):
    app.command()(command)
for steered in (play, cast, serve, gif):
    app.command(cls=ControlsCommand)(steered)
app.command("eval", cls=ControlsCommand)(evaluate)
app.command("map", cls=ControlsCommand)(draw_map)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(f"alive {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; allowed anywhere in the command.")
    ] = False,
) -> None:
    """Options of the program itself. `run` has removed `--debug` before."""


def main() -> None:
    """Entry point of `alive`."""
    end_like_ctrl_c()
    _print_anything()
    code = run(sys.argv[1:])
    if code == EXIT_INTERRUPTED:
        # If Ctrl-C came while a C extension ran, Python would end by the signal instead of with this code.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _print_anything() -> None:
    """Print a question mark for a character that the terminal or the file can't take, such as ✓ on many Windows."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def run(arguments: list[str]) -> int:
    """Run one command line. Returns the exit code: 0, or one of the `EXIT_` constants."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    from bundle_spec.errors import BundleError

    try:
        code = app(arguments or ["--help"], standalone_mode=False, prog_name="alive")
        if code == EXIT_INTERRUPTED:  # newer releases of typer catch Ctrl-C themselves
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except (AliveError, BundleError) as error:
        if debug:
            raise
        return _fail(str(error), EXIT_USER)
    except ModuleNotFoundError as error:
        if debug:
            raise
        package = (error.name or "").partition(".")[0]
        if package not in FIT_PACKAGES:
            return _fail(f"The package {package} is missing; install alive-scene again.", EXIT_INTERNAL)
        return _fail(f"This command needs {package}: pip install 'alive-scene[fit]'.", EXIT_USER)
    except UsageError as error:
        context = getattr(error, "ctx", None)
        hint = f" See {context.command_path} --help." if context else ""
        return _fail(f"{_usage_message(error)}{hint}", EXIT_USER)
    except Stopped as stopped:
        return _fail(str(stopped), EXIT_INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Stopped; no incomplete file is left.", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of the output has ended. Python must not report that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERNAL
    except OSError as error:
        if debug:
            raise
        what = os.fspath(error.filename) if error.filename else "A file"
        return _fail(f"{what} can't be read or written: {(error.strerror or str(error)).lower()}.", EXIT_USER)
    except Exception as error:
        if debug:
            raise
        reason = f"{type(error).__name__}: {error}"
        return _fail(f"Internal error ({reason}); run again with --debug to see the traceback.", EXIT_INTERNAL)


def _usage_message(error: Exception) -> str:
    parameter = getattr(error, "param", None)
    if type(error).__name__ == "MissingParameter" and getattr(parameter, "name", None) == "bundle":
        command = getattr(getattr(error, "ctx", None), "command_path", "alive play")
        return f"No scene was given; name one, as in: {command} cats.alive."
    message: str = getattr(error, "format_message", error.__str__)()
    message = message.replace("Value error, ", "").rstrip(".")
    return message if message.endswith("?") else f"{message}."


def _fail(sentence: str, code: int) -> int:
    from alive_cli.console import say
    from alive_cli.texts import printable

    say(" ".join(printable(sentence).split()), style="red")
    return code


if __name__ == "__main__":
    main()
