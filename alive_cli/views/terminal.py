"""A scene living in the terminal, at its own frame rate."""

import math
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from alive_cli.runtime.rollout import Controls
from alive_cli.runtime.scene import Scene
from alive_cli.views import blocks
from alive_cli.views.keyboard import keyboard

RATE_SMOOTHING = 0.1
MAX_CATCH_UP = 1.0
"""Seconds of delay after which a view stops catching up."""
KEY_SECONDS = 0.05


@contextmanager
def leaving_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end a view as Ctrl-C does, so that the terminal is restored."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []  # only the main thread may set handlers
    before = {name: signal.signal(getattr(signal, name), signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@dataclass
class Played:
    """What a live view did."""

    shown: int = 0
    dropped: int = 0


def play_in_terminal(
    scene: Scene,
    embeddings: Iterator[np.ndarray],
    controls: Controls,
    *,
    fps: float,
    seed: int,
    frames: int | None = None,
    output: TextIO | None = None,
) -> Played:
    """Show `embeddings` (one each 1/`fps` s) until `frames` have passed, `q` or Ctrl-C; restore the terminal.

    A frame whose time is over before it could be drawn is lived through but not drawn, so the scene
    keeps its pace on a slow machine.
    """
    output = output or sys.stdout
    width, height = scene.size
    played = Played()

    def compose(skipped: int, cells: os.terminal_size) -> str:
        """Live through `skipped` frames and draw the one after them."""
        for _ in range(skipped):
            next(embeddings)
        size = blocks.block_size(cells.columns, max(1, cells.lines - 1), width / height)
        return blocks.to_blocks(scene.draw(next(embeddings), size), (cells.columns - size[0]) // 2)

    rate, previous, last_cells = fps, 0.0, None
    with keyboard() as keys, leaving_on_signals(), ThreadPoolExecutor(1) as pool:
        output.write(blocks.ENTER)
        try:
            started = time.perf_counter()
            number, pressed = 0, ""
            cells = shutil.get_terminal_size()
            coming = pool.submit(compose, 0, cells)
            while "q" not in pressed + keys():
                text, drawn_for = coming.result(), cells
                late = time.perf_counter() - started - number / fps
                if late > MAX_CATCH_UP:  # it was suspended, or life itself is too slow: go on from here
                    started += late
                    late = 0.0
                skipped = max(0, int(late * fps))
                left = math.inf if frames is None else frames - number - 1
                last = skipped >= left
                cells = shutil.get_terminal_size()
                if not last:  # the next frame is drawn while this one is shown
                    coming = pool.submit(compose, skipped, cells)
                now = time.perf_counter()
                if previous:
                    rate += RATE_SMOOTHING * (1 / max(now - previous, 1e-6) - rate)
                previous = now
                status = f" {rate:4.1f} fps   temperature {controls.temperature:g}   seed {seed}   q leaves"
                start = blocks.BEGIN_UPDATE + (blocks.HOME if drawn_for == last_cells else blocks.CLEAR + blocks.HOME)
                end = f"\r\n{status[: drawn_for.columns - 1]}{blocks.CLEAR_LINE}{blocks.END_UPDATE}"
                last_cells = drawn_for
                output.write(start + text + end)
                output.flush()
                played.shown += 1
                played.dropped += int(min(skipped, left))
                if last:
                    break
                number += skipped + 1
                pressed = ""
                while (wait := started + number / fps - time.perf_counter()) > 0 and "q" not in pressed:
                    time.sleep(min(wait, KEY_SECONDS))
                    pressed += keys()
        except KeyboardInterrupt:
            pass  # the way to leave that everyone knows
        finally:
            output.write(blocks.LEAVE)
            output.flush()
    return played
