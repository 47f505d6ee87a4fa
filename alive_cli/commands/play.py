"""`alive play`: play a scene in a terminal, browser or window, or into a file."""

import sys
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

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
        typer.Option(min=1, max=8192, help="Longest side in pixels, in files, windows and the browser."),
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
    from alive_cli.runtime.moods import read_moods
    from alive_cli.runtime.prefetch import prefetch
    from alive_cli.runtime.scene import Scene
    from alive_cli.runtime.seconds import read_goal, read_second
    from alive_cli.runtime.view import check_seen, looped
    from alive_cli.views.economy import check_place, read_economy
    from alive_cli.views.leading import attach, check_lead
    from alive_cli.views.listening import check_film_sound, check_page_sound, in_step, read_sound
    from bundle_spec.features.alpha import is_transparent

    economy = read_economy(cpu, battery, quiet, pause_unfocused=pause_unfocused)
    if fullscreen and out is None and view is View.auto:
        view = View.window
    place = "file" if out is not None else view.value
    check_place(economy, place, fullscreen=fullscreen, fill=fill, waits=wait_for_display)
    opened = open_bundle(bundle, to_play=True)
    clear = is_transparent(opened.manifest) and background is None
    heard = read_sound(sound, on or [], loop=loop)
    in_browser = out is None and view is View.browser
    if out is not None:
        from alive_cli.report.best_loop import best_loop
        from alive_cli.report.seam import seam_words
        from alive_cli.views.file import Encoding, check_file, write_rollout

        check_file(out, force=force, clear=clear)
        if loop and to:
            raise InputError("A loop can't go to a second; leave out --to or --loop.")
        if loop and lead:
            raise InputError("A loop in a file can't be led; leave out --lead or --loop.")
        if loop and action:
            raise InputError("A loop can't do an action; leave out --action or --loop.")
        check_film_sound(heard, loop=loop)
    elif view in (View.auto, View.kitty, View.sixel, View.blocks) and not sys.stdout.isatty():
        raise InputError("There is no terminal to play in; write a file with --out FILE.mp4, or use --view browser.")
    elif in_browser:
        from alive_cli.web.page import player_files

        # This error must come before the scene is opened, which takes time.
        player_files()
        if fps is not None:
            raise InputError("In a browser a scene plays at its own rate; leave out --fps, or choose another view.")
        if background is not None:
            raise InputError("In a browser the page is behind the scene; leave out --background.")
        if device == "cuda":
            raise InputError("A browser chooses its GPU itself; leave out --device, or choose another view.")
        if lead:
            raise InputError("In a browser the page's own button lets a camera lead; leave out --lead.")
        check_page_sound(heard)
    if action and to:
        raise InputError("Give --to or --action, not both.")
    check_lead(opened, lead, like=lead_like, region=lead_region)
    scene = Scene(opened, device=device, net="fine" if out is not None and net == "auto" else net)
    if background is not None:
        scene = scene.on(background)
    values = scene.controls(controls)
    seed = opened.manifest.defaults.seed if seed is None else seed
    start = read_second(scene.manifest.source, start_at)
    goal = read_goal(scene.manifest.source, scene.names, to)
    moods = read_moods(mood or [], scene.moods)
    rate = fps or scene.fps
    count = frames or max(1, round((duration or USUAL_SECONDS) * rate))
    seen = check_seen(sway, view_from, scene.view_stretch)
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
    if out is not None:
        with progress_bar() as progress:
            seam = None
            if loop:
                closed, seam = best_loop(
                    scene, values, frames=count, fps=rate, seed=seed, start_at=start, moods=moods, progress=progress
                )
                embeddings = looped(closed.embeddings, rate, seen)
            else:
                rollout = scene.life(values, seed=seed, start_at=start, goal=goal, moods=moods)
                seen.begin(rollout)
                if action:
                    rollout.act(action)
                lived = leading.frames(scene, rollout, rate) if leading else scene.frames(rollout, fps=rate)
                if heard is not None:
                    rollout.map_sound(heard.mappings)
                    lived = in_step(lived, rollout, heard, rate)
                embeddings = islice(lived, count)
            write_rollout(
                scene,
                embeddings,
                out,
                count=count,
                encoding=Encoding(rate, sound=heard.path if heard is not None else None),
                size=scene.size_within(size) if size else None,
                progress=progress,
            )
        if seam is not None:
            (warn if seam.verdict == "visible" else say)(seam_words(seam, "--duration"))
        typer.echo(out)
        return
    endless = loop or (fullscreen and duration is None)
    count_shown = None if endless and frames is None else count
    if in_browser:
        from alive_cli.views.browser import play_in_browser
        from alive_cli.views.saving import Saver
        from alive_cli.web.page import ScenePage
        from bundle_spec.features.warp import steers
        from bundle_spec.limits import MAX_DEFAULT_PIXELS

        life = scene.life(values, seed=seed, start_at=start, goal=goal, moods=moods)  # it refuses what is out of range
        if action:
            life.act(action)
        life.map_sound(heard.mappings if heard is not None else ())
        width, height = scene.size_within(size or max(scene.size))
        if width * height > MAX_DEFAULT_PIXELS:
            raise InputError(f"A page can't draw {width}×{height} pixels; choose a smaller --size.")
        attributes = {"seed": seed, "start": start, "goal": goal, "size": size, "net": net, **economy.attributes}
        steered, deep = steers(opened.manifest), scene.view_stretch is not None
        ways = {"touch": touch and steered, "look": follow is not None and steered, "view": follow is not None and deep}
        attributes["interactive"] = " ".join(word for word, on in ways.items() if on) or None
        attributes["view"] = seen.attribute if deep else None
        attributes["mood"] = " ".join(f"{name}:{strength}" for name, strength in moods.items()) or None
        attributes["on"] = " ".join(heard.mappings) if heard is not None else None
        attributes["engine"] = "cpu" if device == "cpu" else None
        session = {"controls": controls, "frames": count_shown} | ({"action": action} if action else {})
        page = ScenePage(opened, attributes, session)
        saver = Saver(scene, bundle.stem)
        play_in_browser(page, saver, port=port, open_page=open_page, say=say)
        for path in saver.saved():
            typer.echo(path)
        return
    from alive_cli.runtime.drivers.look import why_no_look
    from alive_cli.views.performance import Performance
    from alive_cli.views.terminal import play_in_terminal

    if follow and scene.view_stretch is None and (why := why_no_look(scene.steering)) is not None:
        say(why)
    performance = Performance(
        scene,
        values,
        name=bundle.stem,
        fps=rate,
        seed=seed,
        start_at=start,
        goal=goal,
        touch=touch,
        follow=follow is not None,
        moods=moods,
        sound=heard,
        seen=seen,
        economy=economy,
    )
    try:
        if action:
            performance.rollout.act(action)
        if leading:
            attach(performance, leading)
        if view is View.none and not economy.is_chosen:
            performance.senses.begin()
            for frame in islice(prefetch(performance), count_shown):
                performance.draw(frame)
            return
        if view is View.none:
            from alive_cli.views.unseen import play_unseen

            played = play_unseen(performance, frames=count_shown)
        elif view is View.window:
            from alive_cli.views.poster import poster_of
            from alive_cli.views.window import play_in_window

            played = play_in_window(
                performance,
                frames=count_shown,
                size=scene.size_within(size) if size else None,
                fullscreen=fullscreen,
                fill=fill,
                waits=wait_for_display,
                poster=poster_of(opened, background),
                say=say,
            )
        else:
            from alive_cli.views.detect import ask_terminal, choose

            picture_format = choose(None if view is View.auto else view.value, ask_terminal())
            played = play_in_terminal(performance, picture_format, frames=count_shown)
    finally:  # also where no window or terminal opens: nothing may go on listening or looking
        performance.leave()
    for path in performance.saved():
        typer.echo(path)
    say(played.summary("frames shown", "dropped"))
