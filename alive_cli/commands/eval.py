"""`alive eval`: figures of how well a scene behaves and draws."""

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from alive_cli.console import data, progress_bar, warn
from alive_cli.control_options import takes_controls

if TYPE_CHECKING:
    from rich.table import Table

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
CLIP, REPLAY, TO_AND_FRO, WITHHELD = "the clip", "replay", "the clip to and fro", "a withheld frame"
"""The table names the yardsticks by these words. They are of the same clip: the clip itself, the clip played again and
again, played forward and backward, and its frames as if each were withheld from those that explain it."""


class Row(NamedTuple):
    """A row of the table."""

    words: str
    yardstick: float | str | None = None
    """The yardstick, or the name of the figure that is."""
    of: str = CLIP
    """The yardstick in words."""


LIVENESS = {
    "energy": Row("Liveness: mean step ÷ the clip's", 1.0),
    "freeze": Row("  share of steps that stand still"),
    "jump": Row("  share of steps that are jumps", 0.0),
    "distance": Row("  steps to the nearest observed frame", "own_distance"),
    "drift": Row("  that at the end ÷ at the beginning", 1.0),
    "spectrum": Row("  difference of spectra, dB", "spectrum_pingpong", TO_AND_FRO),
    "motion_cosine": Row("  cosine of successive steps", "motion_cosine_video"),
}
"""The table shows these figures of liveness."""
TEMPO = {
    "tempo": Row("Tempo: centroid ÷ the clip's", 1.0),
    "amplitude": Row("Amplitude: deviation ÷ the clip's", 1.0),
}
"""The table shows these figures of tempo."""
NATURALNESS = {
    "rollout": Row("Naturalness: what no frame explains", "withheld", WITHHELD),
    "ratio": Row("  ÷ that of frames ¼ second away", 1.0),
    "broken": Row("  share of broken pictures", 0.05),
    "strange": Row("  share of strange pictures", 0.05, WITHHELD),
}
"""The table shows these figures of naturalness. Of the clip's frames one in twenty is beyond them, by definition."""
VARIETY = {
    "coverage": Row("Variety: share of frames visited", 1.0, REPLAY),
    "replay": Row("  share that repeats the clip", 1.0, REPLAY),
}
"""The table shows these figures of variety, which are among those of liveness."""
STEADINESS = {
    "still": Row("Steadiness: levels where it stands still", "still_clip"),
    "second_order": Row("  flicker ÷ the clip's", 1.0),
    "second_order_transitions": Row("  flicker in transitions", 1.0),
    "largest_step": Row("  largest step of pictures", "largest_step_clip"),
    "largest_step_transitions": Row("  largest step in transitions", "largest_step_clip"),
}
"""The table shows these figures of steadiness."""
SEAM = {
    "wrap_motion": "motion at the wrap",
    "step": "largest step",
    "motion": "unevenness",
    "dissolve": "dissolve",
}
"""The table of loops shows these figures of their seams; the last three are of transitions."""
STORED = {"naturalness": NATURALNESS, "steadiness": STEADINESS}
"""A fit stores these figures."""
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
    """Measure whether a scene lives, how fast, far and variously it moves, and how good its pictures are."""
    from alive_cli.errors import InputError, WeightsError
    from alive_cli.files.bundles import is_painting, is_photograph, open_bundle
    from alive_cli.media.alpha import NEUTRAL
    from alive_cli.observation.scene_encoder import scene_encoder
    from alive_cli.report.best_loop import loop_seams
    from alive_cli.report.comparison import clip_frames
    from alive_cli.report.evaluate import evaluate as measure
    from alive_cli.report.liveness import LEAST_SPEED, ONE_WAY
    from alive_cli.report.living import evaluate_liveness
    from alive_cli.report.naturalness import evaluate_naturalness
    from alive_cli.report.rollouts import judged_rollouts
    from alive_cli.report.steadiness import evaluate_steadiness
    from alive_cli.report.tempo import judge_tempo
    from alive_cli.report.verdict import ONE_WAY_WORDS, verdict
    from alive_cli.runtime.scene import Scene

    opened = open_bundle(bundle, exported=True)
    if is_photograph(opened):
        raise InputError(f"{bundle.name} was made from one photograph, so there is no clip to compare its lives with.")
    if is_painting(opened):
        raise InputError(f"{bundle.name} shows a painting, so its pictures can't be measured by a clip.")
    scene = Scene(opened, device=device, net=net).on(NEUTRAL)
    steering = scene.controls(controls)
    if steering.clock < LEAST_SPEED and steering.clock != scene.controls().clock:
        raise InputError(f"A life at {steering.clock:g} is too slow to measure; choose {LEAST_SPEED:g} or more.")
    clip = clip_frames(scene, video, warn) if video else None
    encode = None
    try:
        encode = scene_encoder(opened, weights=clip_weights).encode
    except WeightsError as error:
        warn(f"{error} Without the encoder there are no figures of consistency or of withheld frames.")
    with progress_bar() as progress:
        lives = tuple(range(seed, seed + seeds))
        living = evaluate_liveness(scene, controls=steering, seeds=lives, progress=progress)
        tempo = None
        if clip is None:
            naturalness, steadiness = (_stored(scene.manifest.figures, name) for name in ("naturalness", "steadiness"))
        else:
            rollouts = judged_rollouts(scene, controls=steering, seeds=lives[:MOST_JUDGED], progress=progress)
            naturalness = evaluate_naturalness(scene, clip.fitted, rollouts, progress)
            steadiness = evaluate_steadiness(scene, clip.fitted, rollouts, progress)
            tempo = judge_tempo(scene, clip.fitted, rollouts, progress)
        frames = None if clip is None else clip.fitted
        loops = loop_seams(scene, steering, seed=seed, frames=frames, progress=progress)
        figures = measure(scene, encode, clip, seed=seed, progress=progress)
    defaults = scene.controls()
    steered = any(steering[name] != defaults[name] for name in defaults)
    judged = verdict(scene, living, naturalness, steadiness, tempo, steered=steered)
    rows = [
        *_compared(living, LIVENESS),
        *_compared(tempo, TEMPO),
        *_compared(naturalness, NATURALNESS),
        *_compared(living, VARIETY),
        *_compared(steadiness, STEADINESS),
    ]
    if json:
        pictures = {"naturalness": naturalness, "steadiness": steadiness, "measured": clip is not None}
        yardsticks = {name: {"value": value, "of": row.of} for name, row, _, value in rows if value is not None}
        values = {"verdict": asdict(judged), "liveness": living, "tempo": tempo, "loops": loops, **pictures, "net": net}
        typer.echo(json_module.dumps({**values, **figures, "yardsticks": yardsticks}, indent=2))
        return

    data().print(" ".join([f"[bold]{judged.words}[/].", *judged.sentences]))
    if living["one_way"] > ONE_WAY:
        data().print(ONE_WAY_WORDS)
    if clip is not None and naturalness is not None and not naturalness["natural"]:
        data().print(
            f"The worst picture: second {naturalness['worst_second']:g} of the life --seed {naturalness['worst_seed']}."
        )
    data().print(table_of(rows, other_rows(figures)))
    data().print()
    data().print(table_of_loops(loops))
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
    rows = STORED[name]
    known = [*rows, *(row.yardstick for row in rows.values() if isinstance(row.yardstick, str)), "ratio_withheld"]
    values = {each: number(table, each) for each in known}
    return {each: value for each, value in values.items() if value is not None} or None


def _compared(figures: dict[str, Any] | None, rows: dict[str, Row]) -> list[tuple[str, Row, float, float | None]]:
    """The rows that have a figure, by name, with it and its yardstick."""
    compared = []
    for name, row in rows.items():
        if figures and name in figures:
            yardstick = figures.get(row.yardstick) if isinstance(row.yardstick, str) else row.yardstick
            compared.append((name, row, figures[name], yardstick))
    return compared


def table_of(rows: "list[tuple[str, Row, float, float | None]]", others: list[tuple[str, str]]) -> "Table":
    """The figures beside their yardsticks, at most 80 columns wide.

    Args:
        rows: the name of a figure, its row, its value, and that of its yardstick if it has one.
        others: figures without a yardstick, in words and as text.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(overflow="fold")
    table.add_column("scene", justify="right")
    table.add_column("yardstick", justify="right")
    table.add_column()
    for _, row, value, yardstick in rows:
        beside = ("", "") if yardstick is None else (f"{yardstick:.3g}", row.of)
        table.add_row(row.words, f"{value:.3g}", *beside)
    for words, text in others:
        table.add_row(words, text)
    return table


def table_of_loops(loops: dict[str, Any]) -> "Table":
    """The seams of loops by their seconds, as `loop_seams` has them, at most 80 columns wide."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Loop of", justify="right")
    table.add_column("seam")
    for words in SEAM.values():
        table.add_column(words, justify="right")
    for seconds, seam in loops.items():
        table.add_row(f"{seconds} s", seam["verdict"], *(f"{seam[name]:.2f}" for name in SEAM))
    return table


def other_rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures without a yardstick, as `table_of` takes them."""
    rows = [(f"{WORDS[name]}, fitted frames", f"{figures[name]:.4g}") for name in FITTED if name in figures]
    for name, value in figures.get("held_out", {}).items():
        rows.append((WORDS[name] if WORDS[name][0] == " " else f"{WORDS[name]}, withheld frames", f"{value:.4g}"))
    for kind, value in figures.get("consistency", {}).items():
        rows.append((f"Consistency (5th percentile), {kind}", f"{value:.3f}"))
    for kind, value in figures["sharpness"].items():
        rows.append((f"Sharpness, {kind} ÷ observed embeddings", f"{value:.2f}"))
    return rows
