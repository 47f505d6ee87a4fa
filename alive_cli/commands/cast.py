"""`alive cast`: send a scene live to other programs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import say
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
    QuietOption,
    SeedOption,
    SoundOption,
    StartOption,
    SwayOption,
    ViewFromOption,
    takes_controls,
)

MOST_FPS = 30.0
"""Without --fps at most so many pictures a second are sent, as cameras do."""


class To(StrEnum):
    camera = "camera"
    ndi = "ndi"
    spout = "spout"


class Fit(StrEnum):
    contain = "contain"
    cover = "cover"


class Alpha(StrEnum):
    straight = "straight"
    premultiplied = "premultiplied"


@takes_controls
def cast(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    to: Annotated[
        To,
        typer.Option(
            help="camera: a virtual camera, for Zoom and OBS; ndi: the local network; spout: programs on Windows.",
            show_default=False,
        ),
    ],
    device_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Virtual camera, as /dev/video2, the first one by default; or the name that programs see by NDI and "
            "Spout, the scene's title by default.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="WxH",
            help="Size of frames in pixels, or their longest side, as 720. A camera's is 1280x720 by default, another "
            "one the scene's own up to 1280.",
            show_default=False,
        ),
    ] = None,
    fit: Annotated[
        Fit,
        typer.Option(
            help="contain: all of the scene is seen, between bars of the colour --background; cover: it fills the "
            "frame."
        ),
    ] = Fit.contain,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=120, help="Pictures to send per second.", show_default="the scene's own, up to 30"),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(min=0.04, max=31_536_000, help="Seconds to cast.", show_default="until Ctrl-C"),
    ] = None,
    background: BackgroundOption = None,
    alpha: Annotated[
        Alpha, typer.Option(help="How NDI and Spout get the colours of a transparent scene.")
    ] = Alpha.straight,
    seed: SeedOption = None,
    start_at: StartOption = None,
    mood: MoodOption = None,
    sound: SoundOption = None,
    on: OnOption = None,
    sway: SwayOption = None,
    view_from: ViewFromOption = None,
    lead: LeadOption = None,
    lead_like: LeadLikeOption = Lead.relative,
    lead_region: LeadRegionOption = None,
    cpu: CpuOption = None,
    battery: BatteryOption = Battery.as_is,
    quiet: QuietOption = None,
    device: Annotated[str, typer.Option(help="Device that draws: auto, cuda or cpu.")] = "auto",
    *,
    controls: dict[str, float],
) -> None:
    """Send a scene live to other programs: as a camera, by NDI or by Spout."""
    from alive_cli.threads import single_threaded_algebra

    single_threaded_algebra()  # a cast goes on beside other programs for hours
    from alive_cli.files.bundles import open_bundle
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.beginning import read_beginning
    from alive_cli.views.cast import casting, frame_size
    from alive_cli.views.cast.sender import Order
    from alive_cli.views.cast.targets import TARGETS, library_of
    from alive_cli.views.economy import read_economy
    from alive_cli.views.leading import check_lead
    from alive_cli.views.listening import read_sound
    from bundle_spec.features.alpha import is_transparent

    economy = read_economy(cpu, battery, quiet)
    opened = open_bundle(bundle, to_play=True)
    heard = read_sound(sound, on or [], loop=True)
    check_lead(opened, lead, like=lead_like, region=lead_region)
    target = TARGETS[to.value]
    name = casting.read_name(device_name, opened.manifest.title or bundle.stem, target)
    own = opened.manifest.defaults.width, opened.manifest.defaults.height
    frame = frame_size.read_size(size, own) if size else target.size or frame_size.own_size(own)
    clear = target.alpha and is_transparent(opened.manifest) and background is None
    fitting = frame_size.fitted(own, frame, cover=fit is Fit.cover, alpha=clear)
    scene = Scene(opened, device=device, threads=fitting.threads)
    if background is not None:
        scene = scene.on(background)
    beginning = read_beginning(
        scene, controls, seed=seed, start_at=start_at, mood=mood, sound=heard, sway=sway, view_from=view_from
    )
    leading = None
    if lead is not None:
        from alive_cli.runtime.lead.video import LeadVideo

        leading = LeadVideo(scene, lead, like=lead_like, region=lead_region, loop=True)
    rate = fps or min(scene.fps, MOST_FPS)
    performance = beginning.performance(
        name=bundle.stem,
        fps=rate,
        economy=economy,
        leading=leading,
        clear=clear,
        drawing_share=casting.PATIENCE,
    )
    try:
        played = casting.cast(
            performance,
            target,
            library_of(target),  # whoever lacks it learns first what else is wrong
            Order(name, frame, rate, clear),
            fitting,
            say,
            background=background,
            multiply=alpha is Alpha.premultiplied,
            frames=None if duration is None else max(1, round(duration * rate)),
        )
    finally:  # also where nothing can be opened: nothing may go on listening or looking
        performance.leave()
    for path in performance.saved(say):
        typer.echo(path)
    say(played.summary("pictures sent", "skipped"))
