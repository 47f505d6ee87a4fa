"""One bundle from each of many clips: here, one after the other, or on a Ray cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from alive_cli.commands.console import data, event, printable
from alive_cli.commands.fit_options import FitOptions
from alive_cli.errors import AliveError, InputError, OutputError, Stopped
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.progress import Listener, staged
from bundle_spec.container import read_bundle
from bundle_spec.errors import BundleError
from bundle_spec.manifest import Manifest

if TYPE_CHECKING:
    from alive_cli.commands.conduct import Fit

FITTED, THERE, FAILED = "fitted", "there already", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one clip."""

    clip: Path
    output: Path
    state: str
    told: str = ""
    """Why it failed."""
    manifest: Manifest | None = None
    seconds: float = 0.0


def fit_many(
    clips: list[Path],
    folder: Path,
    options: FitOptions,
    listener: Listener,
    *,
    ray: str | None = None,
    gpu_share: float = 1.0,
    force: bool = False,
) -> list[Outcome]:
    """Fit each clip into `folder`, which is made. What fails doesn't stop the rest.

    Clips whose bundle is there already are left alone, and interrupted fits gone on with, unless `force`.

    Args:
        ray: address of a Ray cluster that does the work.
        gpu_share: GPUs that a clip takes there, if it has any.

    Raises:
        InputError: two clips would become the same bundle; the cluster can't be reached.
        OutputError: the folder can't be made.
        Stopped: Ctrl-C or SIGTERM; the same command goes on.
    """
    outputs = _outputs(clips, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be made ({(error.strerror or 'not writable').lower()}).") from None
    outcomes: dict[Path, Outcome] = {}
    open_clips = []
    for clip, output in zip(clips, outputs, strict=True):
        settled = None if force else _settled(clip, output)
        if settled:
            outcomes[output] = settled
        else:
            open_clips.append((clip, output))
    if ray is None:
        done = _here(open_clips, options, listener, force)
    else:
        from alive_cli.commands.fit_on_ray import fit_on_ray

        if gpu_share > 1 and not float(gpu_share).is_integer():
            raise InputError("--gpu-share above 1 must be a whole number of GPUs.")
        done = fit_on_ray(open_clips, options, listener, address=ray, gpu_share=gpu_share, force=force)
    try:
        for outcome in chain(list(outcomes.values()), done):
            outcomes[outcome.output] = outcome
            if outcome.state == FAILED:
                listener.warn(f"{outcome.clip.name}: {outcome.told}")
    except (KeyboardInterrupt, Stopped):
        left = len(clips) - sum(outcome.state != FAILED for outcome in outcomes.values())
        raise Stopped(f"Stopped with {left} of {len(clips)} clips left; the same command goes on.") from None
    return [outcomes[output] for output in outputs]


def told(outcomes: list[Outcome], *, as_json: bool = False) -> None:
    """Print what became of all clips.

    Raises:
        InputError: some failed.
    """
    failed = [outcome for outcome in outcomes if outcome.state == FAILED]
    if as_json:
        for outcome in outcomes:
            figures = outcome.manifest.figures if outcome.manifest else {}
            event(
                "clip",
                clip=str(outcome.clip),
                bundle=str(outcome.output),
                state=outcome.state,
                told=outcome.told,
                seconds=round(outcome.seconds, 2),
                figures=figures,
            )
    else:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for name in ("clip", "", "PSNR, dB", "behavior", "MB", "seconds"):
            table.add_column(name, justify="left" if name in ("clip", "", "behavior") else "right")
        for outcome in outcomes:
            table.add_row(*map(printable, _row(outcome)))
        data().print(table)
    if failed:
        names = ", ".join(outcome.clip.name for outcome in failed)
        raise InputError(f"{len(failed)} of {len(outcomes)} clips failed ({names}); the rest is done.")
    if not as_json:
        for outcome in outcomes:
            typer.echo(outcome.output)


def attempt(clip: Path, output: Path, options: FitOptions, listener: Listener, *, force: bool = False) -> Outcome:
    """Fit one clip, from its checkpoint if there is one; a failure is an outcome.

    Raises:
        Stopped: Ctrl-C or SIGTERM.
    """
    from alive_cli.commands.conduct import fit_scene

    try:
        fitted: Fit = fit_scene(clip, output, options, listener, resume=None, force=force)
    except (AliveError, BundleError) as error:
        return Outcome(clip, output, FAILED, str(error))
    except Stopped:
        raise
    except OSError as error:
        return Outcome(clip, output, FAILED, f"{error.filename or output}: {(error.strerror or str(error)).lower()}.")
    except Exception as error:  # one clip's trouble isn't that of the others
        return Outcome(clip, output, FAILED, f"Internal error ({type(error).__name__}: {error}).")
    return Outcome(clip, output, FITTED, manifest=fitted.bundle.manifest, seconds=sum(fitted.seconds.values()))


def _here(clips: list[tuple[Path, Path]], options: FitOptions, listener: Listener, force: bool) -> Iterator[Outcome]:
    for number, (clip, output) in enumerate(clips, 1):
        own = listener
        if len(clips) > 1:
            own = replace(listener, progress=_Named(listener, f"{number}/{len(clips)} {clip.name}"))
        # Another run over the same clips may have finished it meanwhile.
        yield (None if force else _settled(clip, output)) or attempt(clip, output, options, own, force=force)


class _Named:
    """One bar for each clip instead of one for each stage."""

    def __init__(self, listener: Listener, name: str) -> None:
        self._listener, self._name = listener, name

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        self._listener.progress(self._name, done, total, staged(stage, figure), values)


def _outputs(clips: list[Path], folder: Path) -> list[Path]:
    taken: dict[Path, Path] = {}
    for clip in clips:
        output = folder / f"{clip_name(clip)}.alive"
        if output in taken:
            raise InputError(f"{taken[output]} and {clip} would both become {output}; rename one.")
        taken[output] = clip
    return list(taken)


def _settled(clip: Path, output: Path) -> Outcome | None:
    """The outcome of a clip that needs no work, or None."""
    if not output.exists():
        return None
    if not output.is_file():
        return Outcome(clip, output, FAILED, f"{output} is a folder; rename it, or choose another --out-dir.")
    try:
        digest = fingerprint(clip)[0]
    except (AliveError, OSError):
        return None  # the fit will say it
    try:
        manifest = read_bundle(output).manifest
    except (BundleError, OSError) as error:
        return Outcome(
            clip, output, FAILED, f"{output} exists already and can't be read ({error}); --force replaces it."
        )
    if manifest.source.sha256 == digest:
        return Outcome(clip, output, THERE, manifest=manifest)
    return Outcome(clip, output, FAILED, f"{output} exists already and is of another clip; --force replaces it.")


def _row(outcome: Outcome) -> list[str]:
    figures = outcome.manifest.figures if outcome.manifest else {}
    living = figures.get("liveness")
    psnr = figures.get("psnr")
    return [
        outcome.clip.name,
        outcome.state,
        f"{psnr:.1f}" if isinstance(psnr, int | float) else "",
        str(living.get("verdict", "")) if isinstance(living, dict) else "",
        f"{outcome.output.stat().st_size / 1e6:.1f}" if outcome.manifest else "",
        f"{outcome.seconds:.0f}" if outcome.seconds else "",
    ]
