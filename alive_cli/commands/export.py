"""`alive export`: write the ONNX graphs into a bundle, or a page that plays the scene into a folder."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.console import progress_bar, say
from alive_cli.errors import InputError
from alive_cli.shells import command_line, python_name

if TYPE_CHECKING:
    from alive_cli.export.exporter import Parity
    from alive_cli.progress import Progress
    from alive_cli.web.places import Place
    from bundle_spec.container import Bundle


class Precision(StrEnum):
    fp16 = "fp16"
    fp32 = "fp32"


def export(
    bundle: Annotated[Path, typer.Argument(help="A fitted .alive bundle.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Bundle to write; BUNDLE itself by default.")
    ] = None,
    precision: Annotated[Precision, typer.Option(help="Precision of the stored weights; graphs run in 32 bits.")] = (
        Precision.fp16
    ),
    slim: Annotated[
        bool,
        typer.Option(
            "--slim",
            help="Omit the training weights, and store numbers and keyframes more coarsely. The bundle is far smaller, "
            "but can't be trained or exported again.",
        ),
    ] = False,
    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size",
            help="Compress the keyframes until the bundle is at most so large, as 3MB or 900kB.",
            show_default=False,
        ),
    ] = None,
    web: Annotated[
        Path | None,
        typer.Option(
            "--web",
            help="Write a page that plays the scene, with all its files, into this folder.",
        ),
    ] = None,
    transparent: Annotated[
        bool,
        typer.Option("--transparent", help="With --web: only the scene, over whatever is behind the page, as for OBS."),
    ] = False,
    kiosk: Annotated[
        bool,
        typer.Option("--kiosk", help="With --web: a page that fills a screen which nobody looks after."),
    ] = False,
    wallpaper: Annotated[
        Path | None,
        typer.Option(
            "--wallpaper",
            help="Write a wallpaper for Lively Wallpaper and Wallpaper Engine into this folder.",
            show_default=False,
        ),
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="With --web: print HTML that shows the scene in your own page.")
    ] = False,
    interactive: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help="With --web or --wallpaper: what moves the picture: touch, look, view (with depth), or "
            "several, as 'touch look'.",
            show_default=False,
        ),
    ] = None,
    cpu: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="With --web or --wallpaper: most processor time that drawing may take, as 25% of one core, where 100% "
            "is one whole core: it draws fewer pixels, and then fewer pictures a second.",
            show_default="no limit",
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=240,
            help="With --web or --wallpaper: most pictures to draw per second; the scene lives at its own pace.",
            show_default="no limit",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace an existing OUTPUT, write into a folder with other files, or slim BUNDLE itself."
        ),
    ] = False,
) -> None:
    """Write the ONNX graphs into a bundle, or a page that plays the scene into a folder."""
    place = _place(web, wallpaper, transparent=transparent, kiosk=kiosk)
    folder = wallpaper or web
    if folder is not None:
        option = "--web" if wallpaper is None else "--wallpaper"
        if output is not None:
            raise InputError(f"Give --output or {option}, not both; {option} doesn't change the bundle.")
        if max_size is not None:
            raise InputError(f"--max-size changes a bundle; export with --max-size first, and then with {option}.")
        if slim:
            raise InputError(f"--slim changes a bundle; export with --slim first, and then with {option}.")
        if embed and place is not None:
            raise InputError(
                "--embed is for a page of your own, which shows the scene beside other things; leave it out."
            )
        from alive_cli.views.economy import page_limits

        limits = page_limits(cpu, fps)
        _export_page(bundle, folder, precision, place, limits, embed=embed, interactive=interactive, force=force)
        return
    if embed:
        raise InputError("--embed goes with --web; give the folder for the page.")
    for option, value in {"--interactive": interactive, "--cpu": cpu, "--fps": fps}.items():
        if value is not None:
            raise InputError(f"{option} goes with --web or --wallpaper; give the folder for the page.")
    if slim and output is None and not force:
        raise InputError(
            f"--slim removes what training needs from {bundle.name} itself, and it can't be trained or exported again; "
            "give -o FILE for a slim copy, or --force."
        )
    from alive_cli.export.compact import compact
    from alive_cli.export.slim import slim_bundle
    from alive_cli.files.bundles import open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.files.sizes import read_size
    from alive_cli.fitting.recipes import recipe_of
    from bundle_spec.container import write_bundle

    target = output or bundle
    most = read_size(max_size)
    opened = open_bundle(bundle)
    check_output(target, force=force or output is None, suffixes=() if output is None else (".alive",))
    smaller = None
    with progress_bar() as progress:
        opened, parity = exported(opened, progress, precision)
        if slim:
            again = partial(exported, progress=progress, precision=precision)
            generator = recipe_of(opened.manifest).generator
            smaller = slim_bundle(opened, generator, lambda coarse: again(coarse)[0], most, progress)
        elif most is not None:
            smaller = compact(opened, most, progress)
    if smaller is not None:
        opened = smaller.bundle
    write_bundle(target, opened.manifest, opened.parts)
    drawing, behavior = f"{parity.drawing:.1e}", f"{parity.behavior:.1e}"
    say(f"Exported. The graphs differ from PyTorch by at most {drawing} in colours and {behavior} in embeddings.")
    if smaller is not None and smaller.quality is not None:
        say(f"The keyframes now have quality {smaller.quality} of 100 (PSNR {smaller.psnr:.1f} dB against before).")
    say(f"Next: {command_line(['alive', 'play', str(target), '--loop'])}")
    typer.echo(target)


def _place(web: Path | None, wallpaper: Path | None, *, transparent: bool, kiosk: bool) -> "Place | None":
    """The place that a page is for; None for a page among others, or none at all."""
    from alive_cli.web.places import Place

    if web is not None and wallpaper is not None:
        raise InputError("Give --web or --wallpaper, not both; each writes a folder of its own.")
    if transparent and kiosk:
        raise InputError("Give --transparent or --kiosk, not both: a kiosk has nothing behind its page.")
    if transparent or kiosk:
        option = "--transparent" if transparent else "--kiosk"
        if web is None:
            raise InputError(f"{option} goes with --web; give the folder for the page.")
        return Place.transparent if transparent else Place.kiosk
    return None if wallpaper is None else Place.wallpaper


def _export_page(
    bundle: Path,
    folder: Path,
    precision: Precision,
    place: "Place | None",
    limits: Mapping[str, float],
    *,
    embed: bool,
    interactive: str | None,
    force: bool,
) -> None:
    from alive_cli.files.bundles import named_errors, open_bundle
    from alive_cli.runtime.steering import NO_MODES
    from alive_cli.runtime.view import NO_DEPTH
    from alive_cli.web.folder import check_folder, write_folder, write_place
    from alive_cli.web.page import WEB_KIND, player_files
    from alive_cli.web.places import Place, check_player
    from bundle_spec.features.alpha import is_transparent
    from bundle_spec.features.depth import has_depth
    from bundle_spec.features.warp import steers

    opened = open_bundle(bundle)
    words = (interactive or "").split()
    if interactive is not None and (not words or not {"touch", "look", "view"}.issuperset(words)):
        raise InputError("--interactive takes touch, look and view, one or more, as in --interactive 'touch look'.")
    # These errors must come before the export, which takes time.
    if place is None:
        player_files()
    else:
        check_player()
    check_folder(folder, WEB_KIND if place is None else place, force)
    if place is Place.transparent and not is_transparent(opened.manifest):
        say("This scene isn't transparent, so it hides what lies behind it; fit the clip with --key green.")
    if opened.manifest.drawing is None or opened.manifest.behavior is None:
        with progress_bar() as progress:
            opened, _ = exported(opened, progress, precision)
    if {"touch", "look"}.intersection(words) and not steers(opened.manifest):
        raise InputError(NO_MODES)
    if "view" in words and not has_depth(opened.manifest):
        raise InputError(NO_DEPTH)
    with named_errors(bundle):
        if place is None:
            snippet = write_folder(opened, folder, interactive=" ".join(words) or None, limits=limits, force=force)
            say_how_to_look(folder)
            typer.echo(snippet if embed else folder)
            return
        write_place(opened, folder, place, interactive=" ".join(words) or None, limits=limits, force=force)
    say(f"index.html in {folder} is the whole page; README.txt beside it says how to show it.")
    typer.echo(folder)


def say_how_to_look(folder: Path) -> None:
    """Say how to see the pages of a folder on this machine, and how to publish them."""
    say(
        f"Look at it: {command_line([python_name(), '-m', 'http.server', '-d', str(folder)])}, and open http://localhost:8000/."
    )
    say("To publish it, upload the folder to any static host; its README.txt explains how.")


def exported(bundle: "Bundle", progress: "Progress", precision: Precision) -> "tuple[Bundle, Parity]":
    """A fitted bundle with graphs and with what it can do by itself, and how far the graphs differ from torch."""
    from alive_cli.export.exporter import export_bundle
    from alive_cli.fitting.recipes import recipe_of
    from alive_cli.report.action_finding import with_own_actions

    recipe = recipe_of(bundle.manifest)
    exported, parity = export_bundle(bundle, recipe.generator, recipe.behavior, progress, precision.value)
    return with_own_actions(exported), parity
