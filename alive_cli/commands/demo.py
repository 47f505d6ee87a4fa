"""`alive demo`: every step from a clip to a gif, with a clip that the program draws itself."""

import importlib
import shutil
import sys
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from alive_cli.console import listening, progress_bar, say
from alive_cli.errors import InputError

NAME = "napping_cat"
"""The example script has this name, and so have the files of the demo."""
SCALE = 1.0
"""The demo's clip has 1280×720 pixels times this."""
STEPS = 1000
"""The demo trains this many steps by default, which take seconds on two CPU cores and give clear pictures."""
PLAY_SECONDS = 8.0
"""The demo plays the scene in a terminal for this long, so that its behavior is visible."""
GIF_SECONDS = 4.0
"""The gif of the demo has this length, which is the default of `alive gif`."""


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the clip, the scene and the gif.")] = Path("alive-demo"),
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Training steps.")] = STEPS,
    force: Annotated[bool, typer.Option("--force", help="Begin again, even if the scene exists already.")] = False,
) -> None:
    """Draw an example clip, fit a scene to it, play the scene, and write a gif."""
    from alive_cli.encoders.choose import EncoderChoice
    from alive_cli.files.outputs import check_output
    from alive_cli.fitting.options import FitOptions
    from alive_cli.fitting.pipeline import fit_scene

    clip, bundle, gif = (folder / f"{NAME}{suffix}" for suffix in (".mp4", ".alive", ".gif"))
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; give the name of a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    check_output(bundle, force=True)
    if bundle.exists() and not force:
        say(f"{bundle} exists already; use --force to begin again.")
    else:
        say("Drawing ten seconds of a napping cat …")
        _example().main(clip, SCALE)
        options = FitOptions(steps=steps, encoder=EncoderChoice("pca"))
        with listening() as listener:
            fit = fit_scene(clip, bundle, options, listener, force=True)
        say(f"PSNR {fit.bundle.manifest.figures['psnr']} dB.")

    from alive_cli.report.best_loop import best_loop
    from alive_cli.runtime.scene import Scene
    from alive_cli.views.file import Encoding, shared_size, write_rollout

    scene = Scene.open(bundle)
    if sys.stdout.isatty():
        from alive_cli.views.detect import ask_terminal, choose
        from alive_cli.views.performance import Performance
        from alive_cli.views.terminal import play_in_terminal

        performance = Performance(scene, scene.controls(), name=NAME, folder=folder)
        play_in_terminal(performance, choose(None, ask_terminal()), frames=round(PLAY_SECONDS * scene.fps))
    count = round(GIF_SECONDS * scene.fps)
    with progress_bar() as progress:
        loop, _ = best_loop(scene, frames=count, suggest=False, progress=progress)
        size, encoding = shared_size(scene), Encoding(scene.fps)
        write_rollout(scene, loop.embeddings, gif, count=count, encoding=encoding, size=size, progress=progress)
    alive = "alive" if shutil.which("alive") else sys.argv[0]
    say(
        f"Now try:\n"
        f"  {alive} play {bundle} --loop\n"
        f"      plays in the terminal until you press q; --temperature 2 moves more\n"
        f"  {alive} inspect {bundle}\n"
        f"      shows the content of the file\n"
        f"  {alive} fit YOUR_CLIP.mp4\n"
        f"      makes your own scene"
    )
    typer.echo(gif)


def _example() -> ModuleType:
    """Load the drawing script. It is beside the package in a checkout, and inside the package in an installation."""
    package = Path(str(resources.files("alive_cli")))
    for folder in (package / "examples", package.parent / "examples"):
        if (folder / f"{NAME}.py").is_file():
            sys.path.insert(0, str(folder))  # the script's own parts lie beside it
            try:
                return importlib.import_module(NAME)
            finally:
                sys.path.remove(str(folder))
    raise FileNotFoundError(f"{NAME}.py is missing from this installation")
