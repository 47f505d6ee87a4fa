"""`alive inspect`: show the content of a bundle and verify it."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alive_cli.commands.name import in_seconds
from alive_cli.console import data
from alive_cli.errors import InputError, OutputError
from alive_cli.shells import command_line
from alive_cli.texts import printable

if TYPE_CHECKING:
    from bundle_spec.container import Bundle
    from bundle_spec.manifest import Painting
    from bundle_spec.verdicts import Verdict

LARGEST_FIGURE = 1e300
"""A figure of this size or more is not shown, because an untrusted bundle may contain infinities."""
SHOWN_FIGURES: dict[str, dict[str, tuple[str, ...]]] = {
    "Pictures": {
        "PSNR {:.1f} dB": ("psnr",),
        "fast net {:.1f} dB": ("psnr_fast",),
        "{:.1f} dB where it moves": ("fidelity", "psnr_moving"),
        "SSIM {:.3f}": ("fidelity", "ssim"),
        "{:.0%} of the pixels move": ("moving",),
    },
    "Naturalness": {
        "{:.0%} of the pictures show parts that the clip never showed": ("naturalness", "broken"),
        "{:.2f} times the clip's own differences": ("naturalness", "ratio"),
        "flicker {:.2f} times the clip's": ("steadiness", "second_order"),
    },
    "Behavior": {
        "visits {:.0%} of the frames": ("liveness", "coverage"),
        "energy {:.2f}": ("liveness", "energy"),
        "distance {:.2f}": ("liveness", "distance"),
        "replay {:.2f}": ("liveness", "replay"),
    },
}
"""The table shows these rows of figures: each has a format, and its path in the manifest's figures."""
PLAYED_FRAMES = 3
"""The verification plays this many frames, which is enough to run every graph several times."""
PICTURE_QUALITY = 75
"""The pictures of a scene's parts have this quality of WebP, of 100: each then takes about 100 kB."""
PLAY = "play"
"""The verdict on playing has this name among those on the parts."""


def inspect(
    bundle: Annotated[Path, typer.Argument(help="An .alive bundle.", show_default=False)],
    json: Annotated[
        bool, typer.Option("--json", help="Print the manifest, or the verdicts, as JSON, for programs.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Print a verdict on each part, and play a few frames.")
    ] = False,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures",
            metavar="FOLDER",
            help="Write pictures of its keyframes, its motion modes, its motion graph and a drag into a folder.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --pictures: replace pictures that exist.")] = False,
) -> None:
    """Verify a bundle and show its content."""
    if pictures is not None:
        if json or verify:
            raise InputError("--pictures writes pictures alone; leave out --json and --verify, or run them apart.")
        _draw(bundle, pictures, force)
        return
    if verify:
        _verify(bundle, json)
        return
    from alive_cli.files.bundles import open_bundle
    from bundle_spec.contracts import verify_scene
    from bundle_spec.features.alpha import is_transparent
    from bundle_spec.features.depth import has_depth
    from bundle_spec.manifest_json import encode_manifest

    opened = open_bundle(bundle)
    manifest = opened.manifest
    exported = manifest.drawing is not None
    if exported:
        verify_scene(opened)
    if json:
        # ASCII escapes keep control characters of untrusted text out of the terminal.
        typer.echo(json_module.dumps(json_module.loads(encode_manifest(manifest)), indent=2))
        return

    from rich.table import Table
    from rich.text import Text

    from alive_cli.media.stabilising import STABILISED

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    named = [f"{name} {in_seconds(manifest.source, frames)}" for name, frames in manifest.names.items()]
    source, encoder, recipe = manifest.source, manifest.encoder, manifest.recipe
    width, height = source.width, source.height
    if manifest.painting is not None:
        width, height = manifest.defaults.width, manifest.defaults.height
    rows = {
        "Scene": f"{manifest.title}, {width}×{height} at {source.fps:.3g} fps",
        "Motion of" if manifest.painting else "Made from": f"{source.name}, {source.frames} frames from "
        f"{source.start:g} s{', stabilised' if STABILISED in recipe.settings else ''}",
        **({"Painting": _painting(manifest.painting)} if manifest.painting else {}),
        "Encoder": ", ".join(filter(None, [encoder.id, encoder.model, encoder.weights, f"{encoder.dimension}-D"])),
        "Recipe": f"{recipe.name}, {recipe.settings.get('steps', '?')} steps",
        **_figure_rows(manifest.figures),
        **({"Names": ", ".join(named)} if named else {}),
        **({"Moods": ", ".join(manifest.moods)} if manifest.moods else {}),
        **({"Transparent": "what is behind it is seen"} if is_transparent(manifest) else {}),
        **({"Depth": "its view can move"} if has_depth(manifest) else {}),
        **({"Actions": ", ".join(manifest.actions)} if manifest.actions else {}),
        "Licence": manifest.licence or "not stated",
        "Format": f"{manifest.format_version}, written by {manifest.written_by.name} {manifest.written_by.version}",
        "Verified": "ready to play"
        if exported
        else f"intact, but not exported yet; do that once: {command_line(['alive', 'export', str(bundle)])}",
    }
    for name, value in rows.items():
        table.add_row(Text(name, style="bold"), Text(" ".join(printable(value).split())))
    for name, part in manifest.parts.items():
        table.add_row(Text(printable(name)), Text(f"{part.bytes:>12,} bytes"))
    data().print(table)


def _draw(path: Path, folder: Path, force: bool) -> None:
    """Write pictures of what a scene is made of into a folder, each as soon as it is drawn."""
    from alive_cli.files.bundles import named_errors, open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.report.anatomy import NAMES, draw_anatomy
    from bundle_spec.atomic import replacing

    opened = open_bundle(path, to_play=True)
    targets = {name: folder / f"{name}.webp" for name in NAMES}
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is not a folder; choose another name.")
    if folder.exists():
        for target in targets.values():
            check_output(target, force=force)
    elif not folder.resolve().parent.is_dir():
        raise OutputError(f"The folder {folder.resolve().parent} doesn't exist; create it or choose another place.")
    pictures = draw_anatomy(opened)
    while True:
        with named_errors(path):
            drawn = next(pictures, None)
        if drawn is None:
            return
        target = targets[drawn[0]]
        try:
            folder.mkdir(exist_ok=True)
            with replacing(target) as temporary:
                drawn[1].save(temporary, "WEBP", quality=PICTURE_QUALITY, method=6)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OutputError(f"{target} can't be written ({reason}); choose another folder.") from None
        typer.echo(target)


def _painting(painting: "Painting") -> str:
    return f"{painting.name}, {painting.width}×{painting.height}, {painting.bytes:,} bytes, {painting.sha256[:12]}…"


def _verify(path: Path, as_json: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from alive_cli.files.bundles import named_errors
    from bundle_spec.errors import CorruptBundle
    from bundle_spec.verdicts import READY, SCENE, judge

    with named_errors(path):
        verdicts, bundle = judge(path)
        if verdicts[-1].sentence == READY:
            verdicts.append(_played(bundle))
    if as_json:
        typer.echo(
            json_module.dumps(
                {each.name: {"sound": each.sound, "verdict": each.sentence} for each in verdicts}, indent=2
            )
        )
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for each in verdicts:
            name = Text(printable(each.name), style="bold" if each.name in (SCENE, PLAY) else "")
            table.add_row(name, Text(printable(each.sentence), style="" if each.sound else "red"))
        data().print(table)
    wrong = [each.name for each in verdicts if not each.sound]
    if wrong:
        raise CorruptBundle(f"{path.name} is damaged or unsafe ({', '.join(wrong)}); get it again from its source.")


def _played(bundle: "Bundle") -> "Verdict":
    """Play a few frames. Returns the verdict."""
    from itertools import islice

    from alive_cli.runtime.scene import Scene
    from bundle_spec.errors import BundleError
    from bundle_spec.verdicts import Verdict

    try:
        scene = Scene(bundle, device="cpu")
        life = scene.life()
        if scene.view_stretch is not None:
            life.view_from(1, 1, at_once=True)
        for frame in islice(scene.frames(life), PLAYED_FRAMES):
            scene.draw(frame)
    except BundleError as error:
        return Verdict(PLAY, False, str(error))
    return Verdict(PLAY, True, f"{PLAYED_FRAMES} frames play")


def _figure_rows(figures: dict[str, Any]) -> dict[str, str]:
    """The most important figures, as text by row. Anything that is no number is ignored."""

    def figure(*path: str) -> float | None:
        value: Any = figures
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, (int, float)) and abs(value) < LARGEST_FIGURE else None

    rows = {}
    for row, paths in SHOWN_FIGURES.items():
        values = {name: figure(*path) for name, path in paths.items()}
        texts = [name.format(value) for name, value in values.items() if value is not None]
        if texts:
            rows[row] = ", ".join(texts)
    living = figures.get("liveness")
    verdict = living.get("verdict") if isinstance(living, dict) else None
    if isinstance(verdict, str):
        rows["Behavior"] = ", ".join(filter(None, [verdict, rows.get("Behavior")]))
    return rows
