"""Fits of many clips on a Ray cluster: a task for each, whose progress and bundle come back to this process."""

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from alive_cli.errors import InputError, Stopped
from alive_cli.fitting.clip_payload import ClipPayload
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.outcome import FAILED, Outcome, attempt
from alive_cli.fitting.pipeline import checkpoint_of
from alive_cli.progress import Listener, stage_with_figure
from alive_cli.signals import own_termination
from alive_cli.training.checkpoint import Checkpoint
from bundle_spec.atomic import replacing

RETRIES = 3
"""A clip whose worker dies begins again at most so many times."""
SUBMITTED = 2
"""So many clips are sent ahead for each core of the cluster, so that none waits for its clip."""
LOOK_SECONDS = 0.5
"""This process looks for finished tasks and for progress every so many seconds."""
REPORT_SECONDS = 0.5
"""A task reports its progress at most once in so many seconds, because each report is a message."""
ANSWER_SECONDS = 5.0
"""A cluster must answer within so many seconds, because Ray itself tries for minutes."""
LOCAL = "local"
"""With this address, Ray starts a cluster on this machine."""


def fit_on_ray(
    clips: list[tuple[Path, Path]],
    options: FitOptions,
    listener: Listener,
    *,
    address: str,
    gpu_share: float,
    force: bool = False,
) -> Iterator[Outcome]:
    """Fit clips, each to its output, and yield their outcomes as they finish.

    The workers need this program with its extra `fit`, but not the clips: these travel there, and the bundles back.

    Args:
        address: address of the cluster; `auto` for the one that this machine belongs to, `local` to start one here.
        gpu_share: GPUs that each clip uses, if the cluster has any.
        force: begin again instead of going on with the checkpoint of a worker that died.

    Raises:
        InputError: Ray isn't installed, or the cluster can't be reached.
    """
    ray = _connected(address)
    # Ray prints messages about dead workers on stdout, where only results belong; the listener gets our own.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), ExitStack() as held:
        try:
            share = gpu_share if ray.cluster_resources().get("GPU") else 0
            if options.encoder.weights and Path(options.encoder.weights).is_file():
                # A path of this machine means nothing on another.
                listener.warn("The workers must find --clip-weights under the same path.")
            board = ray.remote(num_cpus=0, max_restarts=-1)(_Board).remote()
            task = ray.remote(num_cpus=1, num_gpus=share, max_retries=RETRIES)(_fit)
            # Clips travel shortly before a core is free, because many clips don't fit into the cluster's memory.
            room = SUBMITTED * max(1, int(ray.cluster_resources().get("CPU", 1)))
            coming = iter(clips)
            waiting: dict[Any, tuple[Path, Path, ExitStack]] = {}
            reports: dict[str, _Report] = {}
            while True:
                for clip, output in islice(coming, room - len(waiting)):
                    holding = held.enter_context(ExitStack())
                    try:
                        holding.enter_context(Checkpoint(checkpoint_of(output)).held())
                        payload = ClipPayload.of(clip)
                    except (InputError, OSError) as error:
                        holding.close()
                        yield Outcome(clip, output, FAILED, str(error))
                        continue
                    waiting[task.remote(payload, options, board, force)] = (clip, output, holding)
                if not waiting:
                    return
                done, _ = ray.wait(list(waiting), num_returns=1, timeout=LOOK_SECONDS)
                _forward_news(ray, board, reports, listener)
                for reference in done:
                    clip, output, holding = waiting.pop(reference)
                    outcome = _outcome(ray, reference, clip, output)
                    holding.close()
                    yield outcome
        finally:
            ray.shutdown()


def _connected(address: str) -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise InputError("--ray needs Ray: pip install 'alive-scene[ray]'.") from None
    _refuse_silent(address)
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        with own_termination():  # with its own handler, Ray ends the program without a message
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split(". ")[0].split())
        raise InputError(f"The Ray cluster {address!r} can't be reached ({reason}).") from None
    return ray


def _refuse_silent(address: str) -> None:
    """Refuse an address that doesn't answer, because Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address in ("auto", LOCAL):
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InputError(f"There is no Ray cluster at {address!r} ({error}); give HOST:PORT, auto or local.") from None


def _forward_news(ray: Any, board: Any, reports: dict[str, "_Report"], listener: Listener) -> None:
    """Pass new reports on the board to the listener."""
    try:
        news: dict[str, _Report] = ray.get(board.news.remote())
    except ray.exceptions.RayError:
        return  # the board's process died; the next one begins with an empty board
    for name, now in news.items():
        before = reports.get(name)
        reports[name] = now
        if before is None or now.attempt > before.attempt:
            listener.say(f"{name}: worker {now.worker}{', again' if now.attempt > 1 else ''}.")
        for warning in now.warnings[len(before.warnings) if before else 0 :]:
            listener.warn(f"{name}: {warning}")
        if before != now:
            listener.progress(name, now.done, now.total, stage_with_figure(now.stage, now.figure), now.values)


def _outcome(ray: Any, reference: Any, clip: Path, output: Path) -> Outcome:
    try:
        outcome, data = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Exception) else error
        reason = " ".join(str(cause).split())
        return Outcome(clip, output, FAILED, f"Its worker can't fit it ({type(cause).__name__}: {reason}).")
    except ray.exceptions.RayError as error:
        return Outcome(clip, output, FAILED, f"Its worker died {RETRIES + 1} times ({type(error).__name__}).")
    if data is not None:
        with replacing(output) as temporary:
            temporary.write_bytes(data)
    result: Outcome = replace(outcome, clip=clip, output=output)
    return result


@dataclass(frozen=True)
class _Report:
    """The latest report of a task."""

    worker: int
    attempt: int
    stage: str
    done: int
    total: int
    figure: str
    values: dict[str, float] | None
    warnings: tuple[str, ...] = ()


class _Board:
    """A Ray actor that keeps the latest report of each task."""

    def __init__(self) -> None:
        self._reports: dict[str, _Report] = {}

    def begin(self, name: str, worker: int) -> None:
        before = self._reports.get(name)
        self._reports[name] = _Report(worker, before.attempt + 1 if before else 1, "Beginning", 0, 1, "", None)

    def report(
        self, name: str, stage: str, done: int, total: int, figure: str, values: dict[str, float] | None
    ) -> None:
        if name in self._reports:
            latest = {"stage": stage, "done": done, "total": total, "figure": figure, "values": values}
            self._reports[name] = replace(self._reports[name], **latest)  # type: ignore[arg-type]

    def warn(self, name: str, text: str) -> None:
        if name in self._reports:
            warnings = (*self._reports[name].warnings, text)
            self._reports[name] = replace(self._reports[name], warnings=warnings)

    def news(self) -> dict[str, _Report]:
        return self._reports


def _fit(payload: ClipPayload, options: FitOptions, board: Any, force: bool) -> tuple[Outcome, bytes | None]:
    """Fit one clip on a worker. If an earlier worker died on the same machine, its checkpoint goes on."""
    name, last = payload.name, 0.0

    def report(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_SECONDS or done == total:
            last = time.monotonic()
            board.report.remote(name, stage, done, total, figure, dict(values) if values else None)

    board.begin.remote(name, os.getpid())
    listener = Listener(report, warn=lambda text: board.warn.remote(name, text))
    with payload.unpacked(repr(sorted(options.settings().items()))) as folder:
        output = folder / "scene.alive"
        try:
            outcome = attempt(folder / payload.path, output, replace(options, film=None), listener, force=force)
        except Stopped:
            os._exit(1)  # the cluster removes this worker, and another one goes on
        data = output.read_bytes() if output.is_file() and outcome.state != FAILED else None
        output.unlink(missing_ok=True)
    return outcome, data
