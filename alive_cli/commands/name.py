"""`alive name`: give names to seconds of a scene, so that it can be sent there."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.console import data, say
from alive_cli.errors import InputError
from alive_cli.shells import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundle_spec.manifest import Source


def name(
    bundle: Annotated[Path, typer.Argument(help="An .alive bundle.", show_default=False)],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=SECOND]...",
            help="A name for a second (smile=3.2), a frame (smile=96f), or a range of them (asleep=7.0-9.5).",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="NAME", help="Remove a name.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace names that exist already.")] = False,
) -> None:
    """Name seconds of a scene, or list its names; alive play --to NAME then goes there."""
    import msgspec

    from alive_cli.files.bundles import named_errors, open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.runtime.goals import unknown_name
    from alive_cli.runtime.seconds import read_range
    from bundle_spec.container import BANK_NAME, write_bundle
    from bundle_spec.contracts import EMBEDDING, check_names
    from bundle_spec.limits import MAX_NAMES
    from bundle_spec.manifest import FORMAT_VERSION

    opened = open_bundle(bundle)
    manifest = opened.manifest
    with named_errors(bundle):
        frames = len(opened.tensors(BANK_NAME).get(EMBEDDING, ()))
        check_names(manifest.names, frames)
    known = dict(manifest.names)
    if not names and not remove:
        for each, (first, last) in known.items():
            data().print(f"{each:<32} {in_seconds(manifest.source, (first, last))}", markup=False, highlight=False)
        if not known:
            say(f"{bundle.name} has no names yet; give it some as in alive name {bundle.name} smile=3.2.")
        return
    for each in remove or []:
        if each not in known:
            raise InputError(unknown_name(each, known))
        del known[each]
    for each in names or []:
        new, equals, where = each.partition("=")
        if not equals:
            raise InputError(f"{each!r} says no second; write it as {new or 'smile'}=3.2.")
        check_form(new, "a name")
        if new in known and not force:
            raise InputError(f"{bundle.name} has the name {new} already; use --force to replace it.")
        known[new] = list(read_range(manifest.source, frames, where))
    if len(known) > MAX_NAMES:
        raise InputError(f"A scene has at most {MAX_NAMES} names; these would be {len(known)}.")
    check_output(bundle, force=True)
    written = msgspec.structs.replace(manifest, names=known, format_version=FORMAT_VERSION)
    write_bundle(bundle, written, opened.parts)
    if names:
        goal = names[0].partition("=")[0]
        say(f"Next: {command_line(['alive', 'play', str(bundle), '--to', goal])}")
    typer.echo(bundle)


def in_seconds(source: "Source", frames: "Sequence[int]") -> str:
    """A range of observed frames in seconds of the source."""
    first, last = (source.start + frame / source.fps for frame in frames)
    return f"{first:.2f} s" if frames[0] == frames[1] else f"{first:.2f}-{last:.2f} s"


def check_form(name: str, what: str) -> None:
    """Refuse a name that frames, moods and actions can't have.

    Args:
        what: what it would name, as `a mood`, for the message.

    Raises:
        InputError: it has another form.
    """
    from bundle_spec.manifest import FRAME_NAME

    if not re.fullmatch(FRAME_NAME, name):
        raise InputError(f"{name!r} can't be {what}: use 1 to 32 letters, digits, _ and -, and begin with a letter.")
