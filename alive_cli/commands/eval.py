"""`alive eval`: figures of how well a scene behaves and draws."""

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from alive_cli.console import data, progress_bar, warn
from alive_cli.control_options import takes_controls

WORDS = {
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "nearest_frame": "  nearest fitted frame",
    "cross_fade": "  cross-fade of neighbours",
    "linear_decode": "  linear decode",
}
"""The table names the figures of the pictures by these words."""
VERDICTS = {
    "alive": "the scene keeps moving, visits the whole clip and stays near the observed frames.",
    "stuck": "the scene visits only a few observed frames; try another --seed, or fit with --recipe living.",
    "looping": "the scene repeats itself; reduce the pull, or fit a longer clip.",
    "drifting": "the scene leaves the observed frames; increase the pull.",
    "frozen": "the scene hardly moves; increase the temperature.",
    "broken": "the embeddings of the scene are not finite; fit it again.",
}
"""Each verdict is explained by this sentence, which says what to do if it isn't good."""
LIVING_WORDS = {
    "energy": "Energy: mean step ÷ the clip's",
    "freeze": "Freeze: share of steps that stand still",
    "jump": "Jump: share of steps larger than 1.5 × the clip's largest",
    "coverage": "Coverage: share of the observed frames that are visited",
    "distance": "Distance to the nearest observed frame, median steps",
    "drift": "Drift: distance in the last quarter ÷ in the first",
    "spectrum": "Spectrum: difference from the clip's, dB",
    "spectrum_pingpong": "  of the clip played forward and backward",
    "motion_cosine": "Motion cosine of successive steps",
    "motion_cosine_video": "  of the clip",
    "replay": "Replay: share of frames that repeat the clip",
}
"""The table names the figures of liveness by these words."""


@takes_controls
def evaluate(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    video: Annotated[
        Path | None, typer.Argument(help="The clip that the scene was fitted to, to compare with.", show_default=False)
    ] = None,
    net: Annotated[str, typer.Option(help="Net that draws: fine or fast.")] = "fine",
    clip_weights: Annotated[
        str | None, typer.Option(metavar="TAG_OR_FILE", help="The CLIP weights of the fit, if they are elsewhere now.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the first life.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Number of lives to measure.")] = 3,
    device: Annotated[str, typer.Option(help="Device that draws: auto, cuda or cpu.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    *,
    controls: dict[str, float],
) -> None:
    """Measure whether a scene lives, and how well it draws observed and new embeddings."""
    from alive_cli.encoders.choose import rebuild_encoder
    from alive_cli.errors import InputError, WeightsError
    from alive_cli.files.bundles import open_bundle
    from alive_cli.media.sampling import read_frames
    from alive_cli.report.evaluate import evaluate as measure
    from alive_cli.report.liveness import LEAST_TEMPERATURE, ONE_WAY, ONE_WAY_WORDS
    from alive_cli.report.living import evaluate_liveness
    from alive_cli.runtime.scene import Scene
    from bundle_spec.container import WEIGHTS_NAME

    opened = open_bundle(bundle)
    scene = Scene(opened, device=device, net=net)
    steering = scene.controls(controls)
    if steering.clock < LEAST_TEMPERATURE and steering.clock != scene.controls().clock:
        raise InputError(f"A life at {steering.clock:g} is too slow to measure; choose {LEAST_TEMPERATURE:g} or more.")
    tensors = opened.tensors(WEIGHTS_NAME) if WEIGHTS_NAME in opened.parts else {}
    encode = None
    try:
        encode = rebuild_encoder(opened.manifest.encoder, tensors, weights=clip_weights).encode
    except WeightsError as error:
        warn(f"{error} Without the encoder there are no figures of consistency or of withheld frames.")
    clip = read_frames(opened.manifest, video, warn) if video else None
    with progress_bar() as progress:
        living = evaluate_liveness(scene, controls=steering, seeds=tuple(range(seed, seed + seeds)), progress=progress)
        figures = measure(scene, encode, clip, seed=seed, progress=progress)
    if json:
        typer.echo(json_module.dumps({"liveness": living, "net": net, **figures}, indent=2))
        return

    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for words, value in [*_living_rows(living), *_rows(figures)]:
        table.add_row(words, value)
    data().print(f"[bold]{living['verdict']}[/]: {VERDICTS[living['verdict']]}")
    if living["one_way"] > ONE_WAY:
        data().print(ONE_WAY_WORDS)
    data().print(table)
    if clip is None:
        warn("Give the clip as well to compare the pictures with it.")
    elif clip.withheld is None:
        warn("Fit with --holdout to get figures of withheld frames.")


def _living_rows(living: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(words, f"{living[name]:.3g}") for name, words in LIVING_WORDS.items() if name in living]
    for seconds, loop in living["loops"].items():
        figures = f"{loop['seam']:.2f}, {loop['cosine']:.2f}, {loop['largest_step']:.2f}"
        rows.append((f"Loop of {seconds} s: seam, velocities' cosine, largest step ÷ the clip's", figures))
    return rows


def _rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"{WORDS[name]}, fitted frames", f"{figures[name]:.4g}") for name in ("psnr", "ssim") if name in figures]
    for name, value in figures.get("held_out", {}).items():
        rows.append((WORDS[name] if WORDS[name][0] == " " else f"{WORDS[name]}, withheld frames", f"{value:.4g}"))
    for kind, value in figures.get("consistency", {}).items():
        rows.append((f"Consistency (5th percentile), {kind} embeddings", f"{value:.3f}"))
    for kind, value in figures["sharpness"].items():
        rows.append((f"Sharpness, {kind} ÷ observed embeddings", f"{value:.2f}"))
    return rows
