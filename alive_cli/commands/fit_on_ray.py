"""Many clips on a Ray cluster: a task for each, its progress gathered here, its bundle written here."""

import logging
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from alive_cli.commands.fit_many import FAILED, Outcome, attempt
from alive_cli.commands.fit_options import FitOptions
from alive_cli.errors import InputError
from alive_cli.media.sources import Kind, kind_of
from alive_cli.progress import Listener
from bundle_spec.atomic import replacing

RETRIES = 3
"""Times that a clip is begun again when its worker dies."""
LOOK_SECONDS = 0.5
TELL_SECONDS = 0.5
ANSWER_SECONDS = 5.0
LOCAL = "local"


def fit_on_ray(
    clips: list[tuple[Path, Path]], options: FitOptions, listener: Listener, *, address: str, gpu_share: float
) -> Iterator[Outcome]:
    """Fit clips, each to its output, as fast as the cluster can; yields what became of them as they finish.

    The workers need this program with its extra `fit`, not the clips: those travel, and the bundles back.

    Args:
        address: of the cluster; `auto` finds the one that this machine belongs to, `local` begins one here.
        gpu_share: GPUs that each clip takes, where the cluster has any.

    Raises:
        InputError: Ray isn't installed, the cluster can't be reached, or a clip isn't a single file.
    """
    ray = _connected(address)
    try:
        share = gpu_share if ray.cluster_resources().get("GPU") else 0
        if options.encoder.weights and Path(options.encoder.weights).is_file():
            # A path of this machine means nothing on another.
            listener.warn("The workers must find --clip-weights under the same path.")
        board = ray.remote(num_cpus=0)(_Board).remote()
        task = ray.remote(num_cpus=1, num_gpus=share, max_retries=RETRIES)(_fit)
        waiting: dict[Any, tuple[Path, Path]] = {}
        for clip, output in clips:
            if kind_of(clip) is not Kind.video:
                yield Outcome(clip, output, FAILED, "Pictures can't be sent to a cluster yet; make a video of them.")
                continue
            waiting[task.remote(clip.name, clip.read_bytes(), options, board)] = (clip, output)
        attempts: dict[str, int] = {}
        while waiting:
            done, _ = ray.wait(list(waiting), num_returns=1, timeout=LOOK_SECONDS)
            for name, (worker, began, stage, finished, total, figure) in ray.get(board.told.remote()).items():
                if began > attempts.get(name, 0):
                    attempts[name] = began
                    listener.say(f"{name}: worker {worker}{', again' if began > 1 else ''}.")
                listener.progress(name, finished, total, f"{stage}{', ' if figure else ''}{figure}")
            for reference in done:
                clip, output = waiting.pop(reference)
                yield _outcome(ray, reference, clip, output)
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
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
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


def _outcome(ray: Any, reference: Any, clip: Path, output: Path) -> Outcome:
    try:
        outcome, data = ray.get(reference)
    except ray.exceptions.RayError as error:
        told = str(error).strip().splitlines()[0]
        return Outcome(clip, output, FAILED, f"Its worker failed {RETRIES + 1} times ({type(error).__name__}: {told}).")
    if data is not None:
        with replacing(output) as temporary:
            temporary.write_bytes(data)
    found: Outcome = replace(outcome, clip=clip, output=output)
    return found


class _Board:
    """An actor: the last that each task told."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, int, str, int, int, str]] = {}
        self._began: dict[str, int] = {}

    def begin(self, name: str) -> None:
        self._began[name] = self._began.get(name, 0) + 1

    def tell(self, name: str, worker: int, stage: str, done: int, total: int, figure: str) -> None:
        self._told[name] = (worker, self._began.get(name, 1), stage, done, total, figure)

    def told(self) -> dict[str, tuple[int, int, str, int, int, str]]:
        return self._told


def _fit(name: str, data: bytes, options: FitOptions, board: Any) -> tuple[Outcome, bytes | None]:
    """The task. A worker that takes over from one that died on the same machine finds its checkpoint."""
    import hashlib

    told = 0.0

    def tell(stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS or done == total:
            told = time.monotonic()
            board.tell.remote(name, os.getpid(), stage, done, total, figure)

    board.begin.remote(name)
    tell("Beginning", 0, 1)
    asked = repr(sorted(options.settings().items())).encode()
    folder = Path(tempfile.gettempdir()) / f"alive-{hashlib.sha256(data + asked).hexdigest()[:24]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and folder.lstat().st_uid != os.getuid():
        folder = Path(tempfile.mkdtemp(prefix="alive-"))  # another user's: their files are not to be trusted
    clip = folder / name
    clip.write_bytes(data)
    output = folder / "scene.alive"
    outcome = attempt(clip, output, replace(options, film=None), Listener(tell))
    made = output.read_bytes() if output.is_file() and outcome.state != FAILED else None
    for path in (clip, output):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    return outcome, made
