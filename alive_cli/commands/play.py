"""`alive play`: play a scene in a terminal, browser or window, or into a file."""

from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.console import progress_bar, say, warn
from alive_cli.control_options import (
    BackgroundOption,
    Battery,
    BatteryOption,
    CpuOption,
    Lead,
    LeadLikeOption,
    LeadOption,
    LeadRegionOption,
    MoodOption,
    OnOption,
    PauseUnfocusedOption,
    QuietOption,
    SeedOption,
    SoundOption,
    StartOption,
    SwayOption,
    ViewFromOption,
    takes_controls,
)

if TYPE_CHECKING:
    from alive_cli.runtime.lead.video import LeadVideo
    from alive_cli.views.beginning import Beginning
    from alive_cli.views.listening import Sound


class View(StrEnum):
    auto = "auto"
    kitty = "kitty"
    sixel = "sixel"
    blocks = "blocks"
    browser = "browser"
    window = "window"
    none = "none"


USUAL_SECONDS = 10.0
"""A scene plays for so many seconds unless people say how long, or fill the screen with it."""


class Follow(StrEnum):
    pointer = "pointer"


@takes_controls
def play(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    loop: Annotated[
        bool, typer.Option("--loop", help="Play without end. With --out: write one seamless loop.")
    ] = False,
    duration: Annotated[
        float | None,
        typer.Option(min=0.04, max=86400, help="Seconds to play; 10 by default, or without end with --fullscreen."),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="Frames to play, instead of --duration.")
    ] = None,
    seed: SeedOption = None,
    start_at: StartOption = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="GOAL", help="Second, frame (120f) or name (see alive name) to go to first."),
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="NAME", help="Action to do first (see alive actions).", show_default=False)
    ] = None,
    mood: MoodOption = None,
    sound: SoundOption = None,
    on: OnOption = None,
    fps: Annotated[
        float | None, typer.Option(min=0.1, max=240, help="Frames to draw per second; the scene's own rate by default.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=8192,
            help="Longest side in pixels, in files, windows and the browser.",
            show_default="the scene's own",
        ),
    ] = None,
    view: Annotated[View, typer.Option(help="View that shows the scene.")] = View.auto,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a .mp4, .mov, .webm, .avi, .gif, .webp or .apng file, or frame_%04d.png."
        ),
    ] = None,
    background: BackgroundOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of --view browser; 0 chooses a free one.")] = 0,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="With --view browser: open the page in the browser.")
    ] = True,
    net: Annotated[
        str,
        typer.Option(
            help="Net that draws, in scenes of 0.1 that have two: fine, fast, or auto: fine in files, and if it is "
            "fast enough."
        ),
    ] = "auto",
    touch: Annotated[
        bool, typer.Option("--touch/--no-touch", help="In a terminal, window or browser: drags move what is there.")
    ] = True,
    follow: Annotated[
        Follow | None,
        typer.Option(
            help="What the scene looks at, and is seen from, in a terminal, window or browser.", show_default=False
        ),
    ] = None,
    sway: SwayOption = None,
    view_from: ViewFromOption = None,
    lead: LeadOption = None,
    lead_like: LeadLikeOption = Lead.relative,
    lead_region: LeadRegionOption = None,
    fullscreen: Annotated[
        bool, typer.Option("--fullscreen", help="With --view window: fill the screen, as a screensaver does.")
    ] = False,
    fill: Annotated[
        bool, typer.Option("--fill", help="With --fullscreen: cut off what doesn't fit, instead of black bars.")
    ] = False,
    cpu: CpuOption = None,
    battery: BatteryOption = Battery.calm,
    quiet: QuietOption = None,
    pause_unfocused: PauseUnfocusedOption = False,
    wait_for_display: Annotated[
        bool,
        typer.Option("--wait-for-display", help="With --view window: wait for a display, and for one that has gone."),
    ] = False,
    device: Annotated[str, typer.Option(help="Device that draws: auto, cuda or cpu; a browser may choose.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing FILE.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Play a scene in the terminal, or write it into a file."""
    from alive_cli.errors import InputError
    from alive_cli.files.bundles import open_bundle
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.beginning import read_beginning
    from alive_cli.views.economy import check_place, read_economy
    from alive_cli.views.leading import check_lead
    from alive_cli.views.listening import read_sound
    from bundle_spec.features.alpha import is_transparent

    economy = read_economy(cpu, battery, quiet, pause_unfocused=pause_unfocused)
    if fullscreen and out is None and view is View.auto:
        view = View.window
    place = "file" if out is not None else view.value
    check_place(economy, place, fullscreen=fullscreen, fill=fill, waits=wait_for_display)
    opened = open_bundle(bundle, to_play=True)
    heard = read_sound(sound, on or [], loop=loop)
    if out is not None:
        clear = is_transparent(opened.manifest) and background is None
        _check_file(out, heard, loop=loop, to=to, lead=lead, action=action, clear=clear, force=force)
    elif view is View.browser:
        from alive_cli.views.begun_page import check_page

        check_page(heard, fps=fps, background=background, device=device, lead=lead)
    elif view not in (View.window, View.none):
        from alive_cli.views.live import check_terminal

        check_terminal()
    if action and to:
        raise InputError("Give --to or --action, not both.")
    check_lead(opened, lead, like=lead_like, region=lead_region)
    scene = Scene(opened, device=device, net="fine" if out is not None and net == "auto" else net)
    if background is not None:
        scene = scene.on(background)
    beginning = read_beginning(
        scene,
        controls,
        seed=seed,
        start_at=start_at,
        goal=to,
        action=action,
        mood=mood,
        sound=heard,
        sway=sway,
        view_from=view_from,
    )
    rate = fps or scene.fps
    leading = None
    if lead is not None:
        from alive_cli.runtime.lead.video import LeadVideo

        leading = LeadVideo(
            scene,
            lead,
            like=lead_like,
            region=lead_region,
            fps=None if out is None else rate,
            loop=loop,
            live=out is None,
        )
    count = frames or max(1, round((duration or USUAL_SECONDS) * rate))
    shown_size = scene.size_within(size) if size else None
    if out is not None:
        length = "--duration" if frames is None else "--frames"
        _write_file(beginning, leading, out, count=count, rate=rate, loop=loop, size=shown_size, length=length)
        return
    endless = loop or (fullscreen and duration is None)
    shown_count = None if endless and frames is None else count
    if view is View.browser:
        from alive_cli.views.begun_page import play_page

        saved = play_page(
            opened,
            beginning,
            controls,
            economy,
            name=bundle.stem,
            frames=shown_count,
            size=size,
            touch=touch,
            follow=follow is not None,
            net=net,
            device=device,
            port=port,
            open_page=open_page,
            say=say,
        )
        for path in saved:
            typer.echo(path)
        return
    from alive_cli.runtime.drivers.look import why_no_look
    from alive_cli.views.live import WindowOptions, play_live
    from alive_cli.views.poster import poster_of

    if follow and scene.view_stretch is None and (why := why_no_look(scene.steering)) is not None:
        say(why)
    performance = beginning.performance(
        name=bundle.stem, fps=rate, economy=economy, leading=leading, touch=touch, follow=follow is not None
    )
    poster = poster_of(opened, background) if view is View.window else None
    window = WindowOptions(shown_size, fullscreen, fill, wait_for_display, poster)
    at_once = not economy.is_chosen
    played = play_live(performance, view.value, frames=shown_count, at_once=at_once, window=window, say=say)
    if played is not None:
        for path in performance.saved(say):
            typer.echo(path)
        say(played.summary("frames shown", "dropped"))


def _check_file(
    out: Path,
    sound: "Sound | None",
    *,
    loop: bool,
    to: str | None,
    lead: str | None,
    action: str | None,
    clear: bool,
    force: bool,
) -> None:
    """Check that a file can hold what was chosen, before the scene is opened."""
    from alive_cli.errors import InputError
    from alive_cli.views.file import check_file
    from alive_cli.views.listening import check_film_sound

    check_file(out, force=force, clear=clear)
    if loop and to:
        raise InputError("A loop can't go to a second; leave out --to or --loop.")
    if loop and lead:
        raise InputError("A loop in a file can't be led; leave out --lead or --loop.")
    if loop and action:
        raise InputError("A loop can't do an action; leave out --action or --loop.")
    check_film_sound(sound, loop=loop)


def _write_file(
    beginning: "Beginning",
    leading: "LeadVideo | None",
    out: Path,
    *,
    count: int,
    rate: float,
    loop: bool,
    size: tuple[int, int] | None,
    length: str,
) -> None:
    """Write a life, or a loop that closes, into a file. `length` is the option that sets how long it is."""
    from alive_cli.report.best_loop import best_loop
    from alive_cli.report.seam import seam_words
    from alive_cli.runtime.view import looped
    from alive_cli.views.file import Encoding, write_rollout

    scene, sound, seam = beginning.scene, beginning.sound, None
    with progress_bar() as progress:
        if loop:
            closed, seam = best_loop(
                scene,
                beginning.controls,
                frames=count,
                fps=rate,
                seed=beginning.seed,
                start_at=beginning.start_at,
                moods=beginning.moods,
                progress=progress,
            )
            frames = looped(closed.embeddings, rate, beginning.seen)
        else:
            frames = islice(beginning.frames(rate, leading), count)
        encoding = Encoding(rate, sound=None if sound is None else sound.path)
        write_rollout(scene, frames, out, count=count, encoding=encoding, size=size, progress=progress)
    if seam is not None:
        (warn if seam.verdict == "visible" else say)(seam_words(seam, length, rate if length == "--frames" else None))
    typer.echo(out)
