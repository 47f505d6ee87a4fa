"""`alive actions`: list the movements that a scene can do, show them, and rename, merge or drop them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.commands.name import check_form, in_seconds
from alive_cli.console import data, progress_bar, say
from alive_cli.errors import InputError
from alive_cli.shells import command_line

if TYPE_CHECKING:
    from alive_cli.runtime.scene import Scene
    from bundle_spec.container import Bundle

Actions = dict[str, list[list[int]]]
"""The first and the last observed frame of each occurrence of an action, by name."""
SHOWN_OCCURRENCES = 6
"""The list shows at most so many occurrences of each action."""
NO_ACTIONS_OF_PHOTOGRAPHS = "A photograph that flows has no actions; change its temperature or speed."
"""People read this of scenes that were made from one photograph."""


def actions(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    find: Annotated[bool, typer.Option("--find", help="Look for the scene's actions; alive export does it once.")] = (
        False
    ),
    merge: Annotated[
        list[str] | None,
        typer.Option("--merge", metavar="A+B=NEW", help="Make one action of two or more.", show_default=False),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="OLD=NEW", help="Give an action another name.", show_default=False),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="NAME", help="Remove an action.", show_default=False)
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write an animation of the actions, as .webp, .gif or .mp4.", show_default=False
        ),
    ] = None,
    size: Annotated[int, typer.Option(min=128, max=4096, help="Width of the animation in pixels.")] = 720,
    force: Annotated[bool, typer.Option("--force", help="Replace the actions with --find, and an existing FILE.")] = (
        False
    ),
) -> None:
    """List the movements that a scene can do; alive play --action NAME does one.

    It merges first, then renames, and then drops actions.
    """
    from alive_cli.files.bundles import is_photograph, named_errors, open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.media.alpha import NEUTRAL
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import check_file
    from bundle_spec.container import write_bundle
    from bundle_spec.features.actions import with_actions

    opened = open_bundle(bundle, exported=True)
    if sheet is not None:
        check_file(sheet, force=force)
    with named_errors(bundle):
        scene = Scene(opened, device="cpu", net="fine").on(NEUTRAL)
    known = dict(scene.actions)
    if find:
        if is_photograph(opened):
            raise InputError(NO_ACTIONS_OF_PHOTOGRAPHS)
        if known and not force:
            raise InputError(f"{bundle.name} has actions already; use --force to replace them.")
        known = _looked_for(scene)
    for each in merge or []:
        known = merged(known, each)
    for each in rename or []:
        known = renamed(known, each)
    for each in drop or []:
        _check_known(each, known)
        del known[each]
    if sheet is not None and not known:
        raise InputError(f"{bundle.name} has no actions to show; alive actions {bundle.name} --find looks for some.")
    if changes := find or bool(merge or rename or drop):
        check_output(bundle, force=True)
        write_bundle(bundle, with_actions(opened.manifest, known), opened.parts)
    if sheet is not None:
        _write_sheet(scene, known, sheet, size)
    if find or not (changes or sheet):
        _list(opened, known, bundle)
    for path in ([bundle] if changes else []) + ([sheet] if sheet else []):
        typer.echo(path)


def merged(known: Actions, text: str) -> Actions:
    """The actions with one of two or more of them in the place of the first, as in `left+left2=left`.

    Raises:
        InputError: there is no such action, one is there twice, the name is refused, or there are too many occurrences.
    """
    from bundle_spec.limits import MAX_OCCURRENCES

    before, equals, new = text.partition("=")
    names = before.split("+")
    if not equals or len(names) < 2:
        raise InputError(f"{text!r} doesn't say what to merge; write it as left+left2=left.")
    for name in names:
        _check_known(name, known)
    if len(set(names)) < len(names):
        raise InputError(f"{before} merges an action with itself; name each of them once.")
    _check_new(new, [name for name in known if name not in names])
    ranges = sorted({(first, last) for name in names for first, last in known[name]})
    if len(ranges) > MAX_OCCURRENCES:
        raise InputError(f"An action has at most {MAX_OCCURRENCES} occurrences; these would be {len(ranges)}.")
    first = min(names, key=list(known).index)
    whole = [list(each) for each in ranges]
    return {
        new if name == first else name: whole if name == first else own
        for name, own in known.items()
        if name == first or name not in names
    }


def renamed(known: Actions, text: str) -> Actions:
    """The actions with another name for one of them, as in `up=nod`.

    Raises:
        InputError: there is no such action, or the name is refused.
    """
    old, equals, new = text.partition("=")
    if not equals:
        raise InputError(f"{text!r} says no new name; write it as {old or 'up'}=nod.")
    _check_known(old, known)
    _check_new(new, [name for name in known if name != old])
    return {new if name == old else name: ranges for name, ranges in known.items()}


def _check_known(name: str, known: Actions) -> None:
    from alive_cli.runtime.goals import unknown_action

    if name not in known:
        raise InputError(unknown_action(name, known))


def _check_new(name: str, others: list[str]) -> None:
    check_form(name, "an action")
    if name in others:
        raise InputError(f"The scene has the action {name} already; choose another name, or merge the two.")


def _looked_for(scene: "Scene") -> Actions:
    from alive_cli.report.action_finding import find_actions

    known, reason = find_actions(scene)
    if not known:
        raise InputError(reason)
    return known


def _write_sheet(scene: "Scene", known: Actions, sheet: Path, width: int) -> None:
    from alive_cli.report.occurrence_sheet import action_rows, draw_sheet, sheet_frames
    from alive_cli.views.file import Encoding, track_progress, write_pictures

    rows = action_rows(known)
    columns = max(len(row) for row in rows)
    with progress_bar() as progress:
        pictures = track_progress(draw_sheet(scene, rows, width, columns), sheet_frames(scene, rows), progress)
        write_pictures(sheet, pictures, Encoding(scene.fps))


def _list(opened: "Bundle", known: Actions, bundle: Path) -> None:
    """Say where in the clip each action occurs."""
    from alive_cli.files.bundles import is_photograph

    for name, ranges in sorted(known.items()):  # as the bundle has them
        shown = [in_seconds(opened.manifest.source, each) for each in ranges[:SHOWN_OCCURRENCES]]
        more = ["…"] * (len(ranges) > SHOWN_OCCURRENCES)
        line = f"{name:<32} {len(ranges):>2} × {', '.join(shown + more)}"
        data().print(line, markup=False, highlight=False, soft_wrap=True)
    if known:
        say(f"Next: {command_line(['alive', 'play', str(bundle), '--action', min(known)])}")
    elif is_photograph(opened):
        say(NO_ACTIONS_OF_PHOTOGRAPHS)
    else:
        say(f"{bundle.name} has no actions; alive actions {bundle.name} --find looks for some.")
