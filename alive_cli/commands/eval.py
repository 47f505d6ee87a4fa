"""`alive eval`: figures of how well a scene behaves and draws."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from alive_cli.console import data, progress_bar, warn
from alive_cli.control_options import takes_controls

WORDS = {
    "psnr": "PSNR, dB",
    "psnr_moving": "PSNR where it moves, dB",
    "ssim": "SSIM",
    "nearest_frame": "  nearest fitted frame",
    "cross_fade": "  cross-fade of neighbours",
    "linear_decode": "  linear decode",
}
"""The table names the figures of the pictures by these words."""
FITTED = ("psnr", "psnr_moving", "ssim")
"""The table shows these figures of the fitted frames."""
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
NATURALNESS_WORDS = {
    "rollout": "Naturalness: what no frame of the clip explains, 0…255, median",
    "real": "  of the clip's own frames",
    "ratio": "  ratio of the two",
    "broken": "Share of pictures that show parts that the clip never showed",
}
"""The table names the figures of naturalness by these words."""
STEADINESS_WORDS = {
    "still": "Steadiness: variation of what stands still in the clip, levels",
    "still_clip": "  of the clip",
    "second_order": "Flicker: second differences in time ÷ the clip's",
    "second_order_transitions": "  in transitions",
    "largest_step": "Largest step between pictures ÷ the clip's 99th percentile",
    "largest_step_transitions": "  in transitions",
    "largest_step_clip": "  of the clip",
}
"""The table names the figures of steadiness by these words."""
MOST_JUDGED = 3
"""Pictures of at most so many lives are judged, because their number is the same whatever `--seeds` says."""


@takes_controls
def evaluate(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    video: Annotated[
        Path | None, typer.Argument(help="The clip that the scene was fitted to, to compare with.", show_default=False)
    ] = None,
    net: Annotated[str, typer.Option(help="Net that draws, in scenes of 0.1 that have two: fine or fast.")] = "fine",
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
    """Measure whether a scene lives, and how natural, steady and faithful its pictures are."""
    from alive_cli.errors import InputError, WeightsError
    from alive_cli.files.bundles import open_bundle
    from alive_cli.media.sampling import read_frames
    from alive_cli.observation.scene_encoder import scene_encoder
    from alive_cli.report.best_loop import loop_seams
    from alive_cli.report.evaluate import evaluate as measure
    from alive_cli.report.liveness import LEAST_TEMPERATURE, ONE_WAY, ONE_WAY_WORDS
    from alive_cli.report.living import evaluate_liveness
    from alive_cli.report.naturalness import evaluate_naturalness
    from alive_cli.report.rollouts import judged_rollouts
    from alive_cli.report.steadiness import evaluate_steadiness
    from alive_cli.report.verdict import verdict
    from alive_cli.runtime.scene import Scene

    opened = open_bundle(bundle)
    scene = Scene(opened, device=device, net=net)
    steering = scene.controls(controls)
    if steering.clock < LEAST_TEMPERATURE and steering.clock != scene.controls().clock:
        raise InputError(f"A life at {steering.clock:g} is too slow to measure; choose {LEAST_TEMPERATURE:g} or more.")
    encode = None
    try:
        encode = scene_encoder(opened, weights=clip_weights).encode
    except WeightsError as error:
        warn(f"{error} Without the encoder there are no figures of consistency or of withheld frames.")
    clip = read_frames(opened.manifest, video, warn) if video else None
    with progress_bar() as progress:
        lives = tuple(range(seed, seed + seeds))
        living = evaluate_liveness(scene, controls=steering, seeds=lives, progress=progress)
        if clip is None:
            naturalness, steadiness = (_stored(scene.manifest.figures, name) for name in ("naturalness", "steadiness"))
        else:
            rollouts = judged_rollouts(scene, controls=steering, seeds=lives[:MOST_JUDGED], progress=progress)
            naturalness = evaluate_naturalness(scene, clip.fitted, rollouts, progress)
            steadiness = evaluate_steadiness(scene, clip.fitted, rollouts, progress)
        frames = None if clip is None else clip.fitted
        loops = loop_seams(scene, steering, seed=seed, frames=frames, progress=progress)
        figures = measure(scene, encode, clip, seed=seed, progress=progress)
    judged = verdict(scene, living["verdict"], naturalness, steadiness)
    if json:
        pictures = {"naturalness": naturalness, "steadiness": steadiness, "measured": clip is not None}
        values = {"verdict": asdict(judged), "liveness": living, "loops": loops, **pictures, "net": net, **figures}
        typer.echo(json_module.dumps(values, indent=2))
        return

    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    natural_rows = [*_named(naturalness, NATURALNESS_WORDS), *_named(steadiness, STEADINESS_WORDS)]
    for words, value in [*_living_rows(living), *_loop_rows(loops), *natural_rows, *_rows(figures)]:
        table.add_row(words, value)
    data().print(" ".join([f"[bold]{judged.words}[/].", *judged.sentences]))
    if living["one_way"] > ONE_WAY:
        data().print(ONE_WAY_WORDS)
    if clip is not None and naturalness is not None and not naturalness["natural"]:
        data().print(
            f"The worst picture: second {naturalness['worst_second']:g} of the life --seed {naturalness['worst_seed']}."
        )
    data().print(table)
    if clip is None and naturalness is not None:
        warn("How natural and steady the pictures are is what the fit measured; give the clip to measure it anew.")
    elif clip is None:
        warn("Give the clip as well to compare the pictures with it.")
    elif clip.withheld is None:
        warn("Fit with --holdout to get figures of withheld frames.")


def _stored(figures: dict[str, Any], name: str) -> dict[str, float] | None:
    """A table of figures that the fit stored, without what is no number; None if there are none."""
    from alive_cli.report.verdict import number

    table = figures.get(name)
    if not isinstance(table, dict):
        return None
    known = {**NATURALNESS_WORDS, **STEADINESS_WORDS}
    values = {each: number(table, each) for each in known}
    return {each: value for each, value in values.items() if value is not None} or None


def _named(figures: dict[str, Any] | None, words: dict[str, str]) -> list[tuple[str, str]]:
    return [(text, f"{figures[name]:.3g}") for name, text in words.items() if name in figures] if figures else []


def _living_rows(living: dict[str, Any]) -> list[tuple[str, str]]:
    return [(words, f"{living[name]:.3g}") for name, words in LIVING_WORDS.items() if name in living]


def _loop_rows(loops: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for seconds, seam in loops.items():
        figures = ", ".join(f"{seam[name]:.2f}" for name in ("wrap_motion", "step", "motion", "dissolve"))
        words = "motion at the wrap, and largest step, unevenness and dissolve in transitions"
        rows.append((f"Loop of {seconds} s, {seam['verdict']} seam: {words}", figures))
    return rows


def _rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"{WORDS[name]}, fitted frames", f"{figures[name]:.4g}") for name in FITTED if name in figures]
    for name, value in figures.get("held_out", {}).items():
        rows.append((WORDS[name] if WORDS[name][0] == " " else f"{WORDS[name]}, withheld frames", f"{value:.4g}"))
    for kind, value in figures.get("consistency", {}).items():
        rows.append((f"Consistency (5th percentile), {kind} embeddings", f"{value:.3f}"))
    for kind, value in figures["sharpness"].items():
        rows.append((f"Sharpness, {kind} ÷ observed embeddings", f"{value:.2f}"))
    return rows
