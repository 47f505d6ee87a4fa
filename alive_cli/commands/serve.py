"""`alive serve`: let a scene live, and let programs steer it."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from alive_cli.console import say
from alive_cli.control_options import (
    QuietOption,
    SeedOption,
    StartOption,
    SwayOption,
    ViewFromOption,
    takes_controls,
)


@takes_controls
def serve(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses a free one.")] = 0,
    host: Annotated[
        str,
        typer.Option(metavar="NAME", help="Address or name to listen on; other machines reach any but this one."),
    ] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Secret part of the address; a random one by default.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Origin of pages that may steer the scene, as http://localhost:8000."),
    ] = None,
    seed: SeedOption = None,
    start_at: StartOption = None,
    sway: SwayOption = None,
    view_from: ViewFromOption = None,
    fps: Annotated[
        float | None, typer.Option(min=0.1, max=240, help="Frames to live per second; the scene's own rate by default.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1, max=8192, help="Longest side of pictures in pixels; the scene's own by default, up to 1280."
        ),
    ] = None,
    quiet: QuietOption = None,
    device: Annotated[str, typer.Option(help="Device that draws pictures: auto, cuda or cpu.")] = "auto",
    *,
    controls: dict[str, float],
) -> None:
    """Let a scene live, and let programs steer it by WebSocket and HTTP."""
    from alive_cli.files.bundles import open_bundle
    from alive_cli.runtime.quiet_hours import read_quiet

    hours = read_quiet(quiet or ())
    opened = open_bundle(bundle, to_play=True)
    from alive_cli.runtime.scene import Scene
    from alive_cli.runtime.seconds import read_second
    from alive_cli.runtime.view import check_seen
    from alive_cli.serve.api import Api
    from alive_cli.serve.guard import Guard
    from alive_cli.serve.living import Living
    from alive_cli.serve.painter import Painter
    from alive_cli.serve.web_server import WebServer
    from alive_cli.signals import leave_on_interrupt
    from alive_cli.views.loop import wait_for

    guard = Guard(token, host, origin or ())
    scene = Scene(opened, device=device)
    start = read_second(scene.manifest.source, start_at)
    seen = check_seen(sway, view_from, scene.view_stretch)
    living = Living(scene, scene.controls(controls), fps=fps, seed=seed, start_at=start, seen=seen, quiet=hours)
    painter = Painter(living, scene.size_within(size) if size else None)
    left = threading.Event()
    living.on_end = left.set
    with leave_on_interrupt(), WebServer(Api(living, painter), guard, host=host, port=port) as server:
        try:
            living.start()
            say(f"Living at {server.address}")
            if not server.is_local:
                say("Other machines can steer it, too; whoever reads along in the network learns the token.")
            say("Press Ctrl-C to stop.")
            wait_for(left)
        finally:
            living.stop()
    if living.error is not None:
        raise living.error
