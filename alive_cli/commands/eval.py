"""`alive eval`: figures of how well a scene draws."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from alive_cli.commands.console import data, progress_bar, warn

WORDS = {
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "nearest_frame": "  nearest fitted frame",
    "cross_fade": "  cross-fade of neighbours",
    "linear_decode": "  linear decode",
}


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    video: Annotated[
        Path | None, typer.Argument(help="The clip it was fitted to, to compare with.", show_default=False)
    ] = None,
    net: Annotated[str, typer.Option(help="fine or fast.")] = "fine",
    clip_weights: Annotated[
        str | None, typer.Option(metavar="TAG_OR_FILE", help="The CLIP weights it was fitted with, if kept elsewhere.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the rollout that is measured.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda or cpu.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="The figures, for programs.")] = False,
) -> None:
    """Measure how well a scene draws: what was observed, and what nobody filmed."""
    from alive_cli.commands.files import open_bundle
    from alive_cli.commands.truth import read_truth
    from alive_cli.encoders.choose import rebuild_encoder
    from alive_cli.errors import WeightsError
    from alive_cli.report.evaluate import evaluate as measure
    from alive_cli.runtime.scene import Scene
    from bundle_spec.container import WEIGHTS_NAME

    opened = open_bundle(bundle)
    scene = Scene(opened, device=device, net=net)
    tensors = opened.tensors(WEIGHTS_NAME) if WEIGHTS_NAME in opened.parts else {}
    encode = None
    try:
        encode = rebuild_encoder(opened.manifest.encoder, tensors, weights=clip_weights).encode
    except WeightsError as error:
        warn(f"{error} Without the encoder there are no consistency and no held-out figures.")
    truth = read_truth(opened.manifest, video) if video else None
    with progress_bar() as progress:
        figures = measure(scene, encode, truth, seed=seed, progress=progress)
    if json:
        typer.echo(json_module.dumps({"net": net, **figures}, indent=2))
        return

    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for words, value in _rows(figures):
        table.add_row(words, value)
    data.print(table)
    if truth is None:
        warn("Give the clip as well, to compare the pictures with it.")
    elif truth.withheld is None:
        warn("For held-out figures fit with --holdout.")


def _rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"{WORDS[name]}, fitted frames", f"{figures[name]:.4g}") for name in ("psnr", "ssim") if name in figures]
    for name, value in figures.get("held_out", {}).items():
        rows.append((WORDS[name] if WORDS[name][0] == " " else f"{WORDS[name]}, withheld frames", f"{value:.4g}"))
    for kind, value in figures.get("consistency", {}).items():
        rows.append((f"Consistency (5th percentile), {kind} embeddings", f"{value:.3f}"))
    for kind, value in figures["sharpness"].items():
        rows.append((f"Sharpness, {kind} ÷ observed embeddings", f"{value:.2f}"))
    return rows
