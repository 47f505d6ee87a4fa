"""Many clips on a Ray cluster: a task for each, its progress gathered here, its bundle written here."""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from alive_cli.errors import InputError, Stopped
from alive_cli.fitting.clip_payload import Sent
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.outcome import FAILED, Outcome, attempt
from alive_cli.fitting.pipeline import checkpoint_of
from alive_cli.progress import Listener, staged
from alive_cli.training.checkpoint import Checkpoint
from bundle_spec.atomic import replacing

RETRIES = 3
"""Times that a clip is begun again when its worker dies."""
SUBMITTED = 2
"""Clips that are sent ahead, for each of the cluster's cores."""
LOOK_SECONDS = 0.5
TELL_SECONDS = 0.5
ANSWER_SECONDS = 5.0
LOCAL = "local"


def fit_on_ray(
    clips: list[tuple[Path, Path]],
    options: FitOptions,
    listener: Listener,
    *,
    address: str,
    gpu_share: float,
    force: bool = False,
) -> Iterator[Outcome]:
    """Fit clips, each to its output, as fast as the cluster can; yields what became of them as they finish.

    The workers need this program with its extra `fit`, not the clips: those travel, and the bundles back.

    Args:
        address: of the cluster; `auto` finds the one that this machine belongs to, `local` begins one here.
        gpu_share: GPUs that each clip takes, where the cluster has any.
        force: don't go on with what a worker that died has left.

    Raises:
        InputError: Ray isn't installed, or the cluster can't be reached.
    """
    ray = _connected(address)
    # Ray tells of dead workers on stdout, where results belong; who listens is told in our words.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), ExitStack() as held:
        try:
            share = gpu_share if ray.cluster_resources().get("GPU") else 0
            if options.encoder.weights and Path(options.encoder.weights).is_file():
                # A path of this machine means nothing on another.
                listener.warn("The workers must find --clip-weights under the same path.")
            board = ray.remote(num_cpus=0, max_restarts=-1)(_Board).remote()
            task = ray.remote(num_cpus=1, num_gpus=share, max_retries=RETRIES)(_fit)
            # Clips travel when there is soon room for them: an archive doesn't fit into the cluster's memory.
            room = SUBMITTED * max(1, int(ray.cluster_resources().get("CPU", 1)))
            coming = iter(clips)
            waiting: dict[Any, tuple[Path, Path, ExitStack]] = {}
            told: dict[str, _Told] = {}
            while True:
                for clip, output in islice(coming, room - len(waiting)):
                    holding = held.enter_context(ExitStack())
                    try:
                        holding.enter_context(Checkpoint(checkpoint_of(output)).held())
                        sent = Sent.of(clip)
                    except (InputError, OSError) as error:
                        holding.close()
                        yield Outcome(clip, output, FAILED, str(error))
                        continue
                    waiting[task.remote(sent, options, board, force)] = (clip, output, holding)
                if not waiting:
                    return
                done, _ = ray.wait(list(waiting), num_returns=1, timeout=LOOK_SECONDS)
                _hear(ray, board, told, listener)
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
        heeded = signal.getsignal(signal.SIGTERM)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, heeded)  # Ray would end the program without a word
    except (ConnectionError, ValueError, RuntimeError) as error:
        told = " ".join(str(error).split(". ")[0].split())
        raise InputError(f"The Ray cluster {address!r} can't be reached ({told}).") from None
    return ray


def _refuse_silent(address: str) -> None:
    """Ask an address whether anyone is there: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address in ("auto", LOCAL):
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InputError(f"There is no Ray cluster at {address!r} ({error}); give HOST:PORT, auto or local.") from None


def _hear(ray: Any, board: Any, told: dict[str, "_Told"], listener: Listener) -> None:
    """Hand on what is new on the board."""
    try:
        news: dict[str, _Told] = ray.get(board.news.remote())
    except ray.exceptions.RayError:
        return  # its process died; another one begins with an empty board
    for name, now in news.items():
        before = told.get(name)
        told[name] = now
        if before is None or now.attempt > before.attempt:
            listener.say(f"{name}: worker {now.worker}{', again' if now.attempt > 1 else ''}.")
        for warning in now.warnings[len(before.warnings) if before else 0 :]:
            listener.warn(f"{name}: {warning}")
        if before != now:
            listener.progress(name, now.done, now.total, staged(now.stage, now.figure), now.values)


def _outcome(ray: Any, reference: Any, clip: Path, output: Path) -> Outcome:
    try:
        outcome, data = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Exception) else error
        told = " ".join(str(cause).split())
        return Outcome(clip, output, FAILED, f"Its worker can't fit it ({type(cause).__name__}: {told}).")
    except ray.exceptions.RayError as error:
        return Outcome(clip, output, FAILED, f"Its worker died {RETRIES + 1} times ({type(error).__name__}).")
    if data is not None:
        with replacing(output) as temporary:
            temporary.write_bytes(data)
    found: Outcome = replace(outcome, clip=clip, output=output)
    return found


@dataclass(frozen=True)
class _Told:
    """The last that a task told."""

    worker: int
    attempt: int
    stage: str
    done: int
    total: int
    figure: str
    values: dict[str, float] | None
    warnings: tuple[str, ...] = ()


class _Board:
    """An actor: the last that each task told."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def begin(self, name: str, worker: int) -> None:
        before = self._told.get(name)
        self._told[name] = _Told(worker, before.attempt + 1 if before else 1, "Beginning", 0, 1, "", None)

    def tell(self, name: str, stage: str, done: int, total: int, figure: str, values: dict[str, float] | None) -> None:
        if name in self._told:
            told = {"stage": stage, "done": done, "total": total, "figure": figure, "values": values}
            self._told[name] = replace(self._told[name], **told)  # type: ignore[arg-type]

    def warn(self, name: str, text: str) -> None:
        if name in self._told:
            self._told[name] = replace(self._told[name], warnings=(*self._told[name].warnings, text))

    def news(self) -> dict[str, _Told]:
        return self._told


def _fit(sent: Sent, options: FitOptions, board: Any, force: bool) -> tuple[Outcome, bytes | None]:
    """The task. A worker that takes over from one that died on the same machine finds its checkpoint."""
    name, last = sent.name, 0.0

    def tell(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_SECONDS or done == total:
            last = time.monotonic()
            board.tell.remote(name, stage, done, total, figure, dict(values) if values else None)

    board.begin.remote(name, os.getpid())
    listener = Listener(tell, warn=lambda text: board.warn.remote(name, text))
    with sent.unpacked(repr(sorted(options.settings().items()))) as folder:
        output = folder / "scene.alive"
        try:
            outcome = attempt(folder / sent.path, output, replace(options, film=None), listener, force=force)
        except Stopped:
            os._exit(1)  # the cluster takes this worker away: another one goes on
        made = output.read_bytes() if output.is_file() and outcome.state != FAILED else None
        output.unlink(missing_ok=True)
    return outcome, made
