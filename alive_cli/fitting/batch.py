"""A bundle from each of many clips: on this machine, one after the other, or on a Ray cluster."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from alive_cli.errors import AliveError, InputError, OutputError, Stopped
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.outcome import FAILED, THERE, Outcome, attempt
from alive_cli.media.sources import clip_name, fingerprint
from alive_cli.progress import Listener, stage_with_figure
from bundle_spec.container import read_bundle
from bundle_spec.errors import BundleError


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
    """Fit each clip to a bundle in `folder`, which is made. A failure doesn't stop the other clips.

    Without `force`, a clip whose bundle exists is skipped, and an interrupted fit goes on.

    Args:
        ray: address of a Ray cluster that does the work; None for this machine.
        gpu_share: GPUs that a clip uses there, if the cluster has any.
        force: fit every clip from the beginning, and replace existing bundles.

    Returns:
        An outcome for each clip, in their order.

    Raises:
        InputError: two clips would become the same bundle, or the cluster can't be reached.
        OutputError: the folder can't be made.
        Stopped: Ctrl-C or SIGTERM arrived; the same command goes on.
    """
    outputs = _outputs(clips, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be made ({(error.strerror or 'not writable').lower()}).") from None
    outcomes: dict[Path, Outcome] = {}
    open_clips = []
    for clip, output in zip(clips, outputs, strict=True):
        outcome_before = None if force else _finished(clip, output)
        if outcome_before:
            outcomes[output] = outcome_before
        else:
            open_clips.append((clip, output))
    there = sum(outcome.state == THERE for outcome in outcomes.values())
    if there:
        are, them = ("is", "it") if there == 1 else ("are", "them")
        listener.say(f"{there} of {len(clips)} clips {are} done already; --force fits {them} again.")
    if ray is None:
        done = _here(open_clips, options, listener, force)
    else:
        from alive_cli.fitting.ray_cluster import fit_on_ray

        if gpu_share > 1 and not float(gpu_share).is_integer():
            raise InputError("--gpu-share above 1 must be a whole number of GPUs.")
        done = fit_on_ray(open_clips, options, listener, address=ray, gpu_share=gpu_share, force=force)
    try:
        for outcome in chain(list(outcomes.values()), done):
            outcomes[outcome.output] = outcome
            if outcome.state == FAILED:
                listener.warn(f"{outcome.clip.name}: {outcome.reason}")
    except (KeyboardInterrupt, Stopped):
        left = len(clips) - sum(outcome.state != FAILED for outcome in outcomes.values())
        raise Stopped(f"Stopped with {left} of {len(clips)} clips left; the same command goes on.") from None
    return [outcomes[output] for output in outputs]


def _here(clips: list[tuple[Path, Path]], options: FitOptions, listener: Listener, force: bool) -> Iterator[Outcome]:
    for number, (clip, output) in enumerate(clips, 1):
        own = listener
        if len(clips) > 1:
            own = replace(listener, progress=_OneBarPerClip(listener, f"{number}/{len(clips)} {clip.name}"))
        # Another run over the same clips may have finished this one since the start.
        yield (None if force else _finished(clip, output)) or attempt(clip, output, options, own, force=force)


class _OneBarPerClip:
    """One bar for each clip instead of one for each stage."""

    def __init__(self, listener: Listener, name: str) -> None:
        self._listener, self._name = listener, name

    def __call__(
        self, stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
    ) -> None:
        self._listener.progress(self._name, done, total, stage_with_figure(stage, figure), values)


def _outputs(clips: list[Path], folder: Path) -> list[Path]:
    clip_of: dict[Path, Path] = {}
    for clip in clips:
        output = folder / f"{clip_name(clip)}.alive"
        if output in clip_of:
            raise InputError(f"{clip_of[output]} and {clip} would both become {output}; rename one.")
        clip_of[output] = clip
    return list(clip_of)


def _finished(clip: Path, output: Path) -> Outcome | None:
    """The outcome of a clip that needs no work, or None."""
    if not output.exists():
        return None
    if not output.is_file():
        return Outcome(clip, output, FAILED, f"{output} is a folder; rename it, or choose another --out-dir.")
    try:
        digest = fingerprint(clip)[0]
    except (AliveError, OSError):
        return None  # the fit raises the same error
    try:
        manifest = read_bundle(output).manifest
    except (BundleError, OSError) as error:
        return Outcome(
            clip, output, FAILED, f"{output} exists already and can't be read ({error}); --force replaces it."
        )
    if manifest.source.sha256 == digest:
        return Outcome(clip, output, THERE, manifest=manifest)
    return Outcome(clip, output, FAILED, f"{output} exists already and is of another clip; --force replaces it.")
