"""An hour in real time: a terminal, a window, a server with clients and a page live side by side, and faults come.

Each is sampled every few seconds. What has to begin again after a fault (the server that is killed, the window whose
display goes) has epochs; growth is that of the longest one.
"""

import contextlib
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.soaking.clients import Clients
from tests.benchmarks.soaking.pages import SOFTWARE_GPU, Living, living
from tests.benchmarks.soaking.places import Clock, SmallDisk, small_disk
from tests.benchmarks.soaking.processes import held_by_family, is_running
from tests.benchmarks.soaking.samples import HOUR, Samples, growth
from tests.benchmarks.soaking.tools import Display, Tool, display, until

SAMPLE_SECONDS = 10.0
"""Samples are so far apart."""
WARM_UP = 0.15
"""Growth is measured behind this share of an epoch, because keyframes are decoded when a life first comes to them."""
CLIENTS = 3
"""So many programs steer the server's scene."""
TOKEN = "a-token-that-stays-the-same"
"""The server has the same address before and after."""
FROZEN_SECONDS = 20.0
"""A view is stopped for so long, as when a laptop sleeps."""
UNFINISHED_SECONDS = 240.0
"""A gif is drawn and encoded within this time, or its encoder has found the disk full."""
STARTING_SECONDS = 90.0
"""Everything shows its first picture within this time, or the soak goes on without."""


class Ensemble:
    """All that lives for this hour."""

    def __init__(self, scenes: dict[str, Path], disk: SmallDisk, screen: Display, page: Living, clock: Clock) -> None:
        self.disk, self.screen, self.page, self.clock = disk, screen, page, clock
        self._scenes = scenes
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.epochs = {"terminal": 0, "window": 0, "server": 0, "page": 0}
        self.terminal = Tool(
            ["play", str(scenes["terminal"]), "--loop", "--view", "blocks"],
            disk.folder,
            terminal=True,
            variables=clock.variables,
        )
        window = ["play", str(scenes["window"]), "--loop", "--view", "window", "--size", "160", "--wait-for-display"]
        self.window = Tool(window, disk.folder, variables={"DISPLAY": screen.name, **clock.variables})
        self.server = self._serve()
        self.clients: Clients | None = None
        self._seen: dict[str, tuple[float, float]] = {}

    def _serve(self) -> Tool:
        options = ["--port", str(self.port), "--token", TOKEN]
        return Tool(["serve", str(self._scenes["server"]), *options], self.disk.folder, variables=self.clock.variables)

    def begin(self) -> None:
        """Wait for the first pictures, and let clients come."""
        self.server.says("Living at", STARTING_SECONDS)
        self.clients = Clients(f"http://127.0.0.1:{self.port}/{TOKEN}/", CLIENTS)
        until(lambda: self.terminal.pictures and self.screen.titles(), STARTING_SECONDS)

    def serve_again(self) -> None:
        """Kill the server, and start it again some seconds later."""
        self.server.process.kill()
        self.server.process.wait()
        time.sleep(5)
        self.server = self._serve()
        self.epochs["server"] += 1

    def samples(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What each holds and shows now."""
        for who, tool in (("terminal", self.terminal), ("window", self.window), ("server", self.server)):
            if is_running(tool.pid):
                shown = {"fps": self._rate(who), "epoch": self.epochs[who], "said": len(tool.errors)}
                yield who, {**held_by_family(tool.pid), **shown}
        reports = []
        with contextlib.suppress(TimeoutError):
            while not reports or self.page.site.reports:
                reports.append(self.page.sample(2 * SAMPLE_SECONDS))
        if reports:
            reports[-1]["fps"] = round(sum(report["fps"] for report in reports) / len(reports), 2)
            yield "page", {**reports[-1], "epoch": self.epochs["page"]}

    def _rate(self, who: str) -> float | None:
        if who == "window":
            return self.screen.rate()
        count = self.terminal.pictures if who == "terminal" else self.clients.frame if self.clients else 0
        now = time.monotonic()
        before, at = self._seen.get(who, (count, now))
        self._seen[who] = count, now
        return round((count - before) / (now - at), 2) if now > at and count >= before else None

    def end(self) -> dict[str, Any]:
        """Let everything leave. Returns the exit codes, and what was said on stderr."""
        if self.clients:
            self.clients.stop()
        self.terminal.press("q")
        self.terminal.ended()
        codes = {who: getattr(self, who).end() for who in ("terminal", "window", "server")}
        said = {who: getattr(self, who).complaints for who in codes}
        return {"codes": codes, "said": {**said, "page": self.page.said}}


Fault = Callable[[Ensemble], tuple[str, bool]]
"""Brings a fault about. Returns what happened, and whether that was survived."""


def disk_full(all_: Ensemble) -> tuple[str, bool]:
    """Somebody saves a still and a gif while the disk is full, and again when there is room."""
    disk, terminal = all_.disk, all_.terminal
    before = disk.names
    disk.fill()
    terminal.press("s")
    failed = terminal.says(r"could not be (?:saved|written)[^\r\n?▀]*", 30)
    time.sleep(5)
    terminal.press("g")
    time.sleep(5)
    until(lambda: not any(name.startswith(".") for name in disk.names), UNFINISHED_SECONDS)
    left = [name for name in disk.names if name not in before]
    disk.empty()
    time.sleep(3)
    terminal.press("s")
    saved = until(lambda: any(name not in before and name.endswith(".png") for name in disk.names), 30)
    what = (
        f"{failed[0].strip() if failed else 'nothing was said'}; left behind: {left or 'nothing'}; then saved: {saved}"
    )
    return what, bool(failed) and not left and saved and is_running(terminal.pid)


def clock_set(hours: float) -> Fault:
    """Somebody sets the clock by some hours."""

    def fault(all_: Ensemble) -> tuple[str, bool]:
        before = all_.terminal.pictures, all_.clients.frame if all_.clients else 0
        all_.clock.set_by(hours)
        time.sleep(10)
        pictures = (all_.terminal.pictures - before[0]) / 10
        frames = ((all_.clients.frame if all_.clients else 0) - before[1]) / 10
        what = f"in the next 10 s {pictures:.1f} pictures a second in the terminal, {frames:.1f} frames a second served"
        return what, pictures > 0 and 0 < frames < 1000 / 10

    return fault


def sleeping(all_: Ensemble) -> tuple[str, bool]:
    """A view stands still, as on a machine that sleeps."""
    terminal = all_.terminal
    os.kill(terminal.pid, signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    before = terminal.pictures
    os.kill(terminal.pid, signal.SIGCONT)
    time.sleep(1)
    burst = terminal.pictures - before
    time.sleep(5)
    after = (terminal.pictures - before - burst) / 5
    return f"{burst} pictures in the first second, then {after:.1f} a second", after > 0 and burst < 60


def server_restarts(all_: Ensemble) -> tuple[str, bool]:
    """The server is killed, and started again at the same address."""
    assert all_.clients
    connections = all_.clients.connections
    all_.serve_again()
    back = until(lambda: all_.clients.connections >= connections + CLIENTS, 60)  # type: ignore[union-attr]
    replies = all_.clients.replies
    answered = until(lambda: all_.clients.replies > replies, 30)  # type: ignore[union-attr]
    return (
        f"{all_.clients.connections - connections} of {CLIENTS} clients came back, and are answered: {answered}",
        back,
    )


def display_goes(all_: Ensemble) -> tuple[str, bool]:
    """The X server under a window ends, and comes back."""
    began = all_.window.pid
    all_.screen.go()
    time.sleep(8)
    waits = is_running(began)
    all_.screen.come_back()
    all_.epochs["window"] += 1
    back = until(all_.screen.titles, 60)
    return f"it waits: {waits}; its window came back: {back}", waits and back


def gpu_ends(all_: Ensemble) -> tuple[str, bool]:
    """The browser's process that draws by GPU ends."""
    page = all_.page
    before = page.sample()
    page.crash_gpu()
    time.sleep(10)
    while page.site.reports:
        page.sample()
    after = page.sample()
    since = after["frames"] - before["frames"]
    what = f"{since} frames since, {after['fps']:.1f} a second, contrast {after['contrast']:.0f}"
    return what, after["fps"] > 0 and after["contrast"] > 1


FAULTS: dict[str, tuple[float, Fault]] = {
    "disk full": (0.33, disk_full),
    "clock back 2 h": (0.42, clock_set(-2)),
    "clock on 5 h": (0.5, clock_set(5)),
    "asleep 20 s": (0.58, sleeping),
    "server killed": (0.67, server_restarts),
    "display gone": (0.75, display_goes),
    "GPU gone": (0.83, gpu_ends),
}
"""What happens, and when, as a share of the hour."""


def soak_hour(scenes: dict[str, Path], minutes: float, samples: Samples, say: Callable[[str], None]) -> dict[str, Any]:
    """Let all live side by side for so many minutes.

    Args:
        scenes: of `terminal`, `window`, `server` and `page`.
    """
    faults = []
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak_hour_")))
        disk, screen = stack.enter_context(small_disk(8)), stack.enter_context(display())
        page = stack.enter_context(
            living(scenes["page"], *SOFTWARE_GPU, seconds=SAMPLE_SECONDS, size="96x96", workers="1")
        )
        all_ = Ensemble(scenes, disk, screen, page, Clock(place))
        try:
            all_.begin()
            due = sorted(
                ((share * minutes * 60, name, fault) for name, (share, fault) in FAULTS.items()),
                key=lambda each: each[0],
            )
            began = time.monotonic()
            while (seconds := time.monotonic() - began) < 60 * minutes:
                for who, values in all_.samples():
                    samples.add((time.monotonic() - began) / HOUR, values, who)
                if due and seconds >= due[0][0]:
                    _, name, fault = due.pop(0)
                    samples.mark((time.monotonic() - began) / HOUR, name)
                    try:
                        what, survived = fault(all_)
                    except Exception as error:
                        what, survived = f"{type(error).__name__}: {error}", False
                    faults.append({"fault": name, "happened": what, "survived": survived})
                    say(f"{name}: {what}; survived: {survived}")
                time.sleep(max(0.0, SAMPLE_SECONDS - (time.monotonic() - began - seconds)))
            running = {who: is_running(getattr(all_, who).pid) for who in ("terminal", "window", "server")}
        finally:
            ended = all_.end()
        clients = all_.clients
    rows = {who: _grown(samples.of(who)) for who in samples.everybody}
    client_figures = (
        {"replies": clients.replies, "connections": clients.connections, "errors": dict(clients.errors)}
        if clients
        else {}
    )
    return {"minutes": minutes, "running": running, "who": rows, "faults": faults, "clients": client_figures, **ended}


def _grown(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What became of one of them, in its longest epoch."""
    epochs = {row["epoch"] for row in rows}
    longest = max(([row for row in rows if row["epoch"] == epoch] for epoch in epochs), key=len)
    names = [name for name in ("memory", "handles", "threads", "heap", "workers") if name in longest[0]]
    rates = sorted(row["fps"] for row in rows if row.get("fps"))
    result: dict[str, Any] = {name: growth(longest, name, WARM_UP) for name in names}
    return {
        **result,
        "epochs": len(epochs),
        "samples": len(rows),
        "fps_median": rates[len(rates) // 2] if rates else None,
    }
