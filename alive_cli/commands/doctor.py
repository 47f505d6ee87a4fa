"""`alive doctor`: what works on this machine, and how to repair the rest."""

import json as json_module
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Annotated

import typer

from alive_cli.console import data

EXTRAS = (
    ("window", "pygame", "pygame-ce"),
    ("map", "umap", "umap-learn"),
    ("camera", "pyvirtualcam", "pyvirtualcam"),
    ("ndi", "cyndilib", "cyndilib"),
)
"""Extras of this program, each with what it imports and the package that holds it."""


@dataclass(frozen=True)
class Finding:
    """The result of checking one thing."""

    name: str
    good: bool
    """Whether it works."""
    state: str
    """A description of what is there or missing."""
    remedy: str = ""
    """What to do if it doesn't work."""


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show what works on this machine, and how to repair the rest."""
    findings = [finding for check in CHECKS for finding in check()]
    if json:
        typer.echo(json_module.dumps([asdict(finding) for finding in findings], indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        mark = Text("✓", "green") if finding.good else Text("–", "yellow")
        table.add_row(mark, Text(finding.name, "bold"), Text(finding.state))
        if finding.remedy:
            table.add_row("", "", Text(finding.remedy, "italic"))
    data().print(table)


def _program() -> Iterator[Finding]:
    from alive_cli.version import __version__

    yield Finding("alive", True, f"{__version__}, Python {sys.version.split()[0]} on {sys.platform}")


def _ffmpeg() -> Iterator[Finding]:
    import subprocess

    from alive_cli.media.ffmpeg import ffmpeg

    try:
        version = subprocess.run(
            [ffmpeg(), "-version"], capture_output=True, encoding="utf-8", errors="replace", check=True
        ).stdout
        yield Finding("ffmpeg", True, " ".join(version.split()[:3]))
    except (OSError, RuntimeError, subprocess.CalledProcessError):
        yield Finding("ffmpeg", False, "it is missing", "Install it: pip install --force-reinstall imageio-ffmpeg")


def _playing() -> Iterator[Finding]:
    import onnxruntime

    from alive_cli.runtime.gpus import cuda_devices
    from alive_cli.threads import usable_cores

    cores = usable_cores()
    count = cuda_devices()
    where = f"onnxruntime {onnxruntime.__version__} on {cores} CPU core{'s' if cores > 1 else ''}"
    if count:
        yield Finding("playing", True, f"{where}, and {count} CUDA GPU{'s' if count > 1 else ''}")
    else:
        yield Finding("playing", True, f"{where}; there is no CUDA GPU, and playing needs none")
    both = [name for name in ("onnxruntime", "onnxruntime-gpu") if _version(name)]
    if len(both) > 1:
        remedy = (
            "They overwrite each other's files: pip uninstall -y onnxruntime onnxruntime-gpu, then install one of them."
        )
        yield Finding("onnxruntime", False, "it is installed twice", remedy)


def _fitting() -> Iterator[Finding]:
    if find_spec("torch") is None:
        yield Finding("fitting", False, "PyTorch is not installed", "To fit: pip install 'alive-scene[fit]'")
        return
    from alive_cli.training.device import describe_devices

    yield Finding("fitting", True, describe_devices())


def _clip() -> Iterator[Finding]:
    if find_spec("open_clip") is None:
        yield Finding("CLIP", False, "open_clip is not installed", "To fit: pip install 'alive-scene[fit]'")
        return
    from alive_cli.encoders.clip import DEFAULT_MODEL, DEFAULT_TAG, cached_weights

    if cached_weights():
        yield Finding("CLIP", True, f"{DEFAULT_MODEL} ({DEFAULT_TAG}) is cached")
    else:
        remedy = "The first fit with a network downloads the weights; --clip-weights FILE uses a local file."
        state = f"{DEFAULT_MODEL} ({DEFAULT_TAG}) is not cached; without a network fitting uses pca"
        yield Finding("CLIP", False, state, remedy)


def _terminal() -> Iterator[Finding]:
    from alive_cli.views.detect import ask_terminal, choose, terminal_cells

    if not sys.stdout.isatty():
        remedy = "Scenes play in a terminal, in a browser with --view browser, or into a file with --out."
        yield Finding("terminal", False, "there is none, because the output is piped", remedy)
        return
    terminal, cells = ask_terminal(), terminal_cells()
    best = choose(None, terminal)
    colours = "true colour" if terminal.true_colour else "256 colours"
    state = f"{cells.columns}×{cells.lines} cells, {colours}; scenes are shown as {best.name}"
    remedy = ""
    if best.name == "blocks":
        remedy = "For finer pictures use a terminal with kitty graphics or sixel, or --view browser."
    yield Finding("terminal", True, state, remedy)


def _web_player() -> Iterator[Finding]:
    from alive_cli.errors import InputError
    from alive_cli.web.page import player_files

    try:
        player_files()
        yield Finding("web player", True, "it is built; scenes play in browsers")
    except InputError as error:
        yield Finding("web player", False, "it is not built, so no scene plays in a browser", str(error))


def _extras() -> Iterator[Finding]:
    for extra, package, name in EXTRAS:
        if find_spec(package) is None:
            yield Finding(f"extra {extra}", False, f"{name} is not installed", f"pip install 'alive-scene[{extra}]'")
        else:
            yield Finding(f"extra {extra}", True, f"{name} {_version(name)}")


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _program,
    _ffmpeg,
    _playing,
    _fitting,
    _clip,
    _terminal,
    _web_player,
    _extras,
)
"""`alive doctor` runs these checks in this order."""
