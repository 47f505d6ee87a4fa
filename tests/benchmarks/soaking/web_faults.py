"""Faults of networks, servers and GPUs: each is brought about for real, with a browser, or with programs that steer."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.soaking.clients import Clients, frames_in
from tests.benchmarks.soaking.pages import SOFTWARE_GPU, Living, living
from tests.benchmarks.soaking.tools import Tool, environment, until
from tests.benchmarks.soaking.view_faults import FIRST_SECONDS, Outcome
from tests.conftest import REPOSITORY
from tests.web.browsers import chromium
from tests.web.pointers import Pipe

TOKEN = "a-token-that-stays-the-same"
"""The server has the same address before and after."""
SETTLING_SECONDS = 120.0
"""A page under load shows its first pictures, and tries a GPU, within this time."""
TRIAL_SECONDS = 300.0
"""A GPU is compared with the CPU within this time."""
SMALL = {"size": "96x96", "workers": "1"}
"""Attributes of an element that costs little."""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(scene: Path, folder: Path, port: int) -> Tool:
    tool = Tool(["serve", str(scene), "--port", str(port), "--token", TOKEN], folder)
    tool.says("Living at", FIRST_SECONDS)
    return tool


def server_restarted(scene: Path) -> Outcome:
    """`alive serve` is killed and started again at its address: clients that connect again go on."""
    port = free_port()
    with tempfile.TemporaryDirectory() as place:
        server = _serve(scene, Path(place), port)
        clients = Clients(f"http://127.0.0.1:{port}/{TOKEN}/", 2)
        until(lambda: clients.replies > 5, FIRST_SECONDS)
        server.process.kill()
        server.ended()
        time.sleep(3)
        lost = sum(clients.errors.values())
        server = _serve(scene, Path(place), port)
        before, connected = clients.replies, clients.connections
        back = until(lambda: clients.replies > before + 5, 60)
        rate = frames_in(clients, 5)
        clients.stop()
        code = server.end()
    what = f"{lost} losses, {clients.connections} connections, {rate:.1f} frames/s after; ends with {code}"
    return Outcome(what, back and connected >= 2 and rate > 0 and code == 0)


def server_restarted_for_script(scene: Path) -> Outcome:
    """examples/serve/steer.py while the server ends: it says so, instead of ending as if all were well."""
    port = free_port()
    with tempfile.TemporaryDirectory() as place:
        server = _serve(scene, Path(place), port)
        address = f"http://127.0.0.1:{port}/{TOKEN}/"
        slow = json.dumps({"controls": {"speed": 0.02}}).encode()  # so that the server ends before the scene arrives
        with urllib.request.urlopen(f"{address}set", slow, timeout=30):
            pass
        script = REPOSITORY / "examples" / "serve" / "steer.py"
        command = [sys.executable, str(script), address, "0.5", str(Path(place) / "picture.jpg")]
        steer = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(8)
        server.process.kill()
        server.ended()
        try:
            said, complaints = steer.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            steer.kill()
            said, complaints = steer.communicate()
    words = " ".join(f"{said} {complaints}".split())
    return Outcome(
        f"code {steer.returncode}: {words[-160:]}", steer.returncode not in (0, None) and "Traceback" not in words
    )


@contextlib.contextmanager
def _page_at(address: str) -> Iterator[tuple[Pipe, str]]:
    """A browser at an address, with its debugger."""
    commands, sent = os.pipe()
    received, answers = os.pipe()
    try:
        with chromium(address, pipe=(commands, answers)):
            pipe = Pipe(sent, received)
            yield pipe, pipe.page()
    finally:
        for end in (commands, sent, received, answers):
            os.close(end)


def page_without_server(scene: Path) -> Outcome:
    """`alive play --view browser` is killed while its page is open: the page says so."""
    with tempfile.TemporaryDirectory() as place:
        tool = Tool(["play", str(scene), "--view", "browser", "--no-open", "--loop", "--size", "96"], Path(place))
        matched = tool.says(r"Living at (\S+)", FIRST_SECONDS)
        assert matched, tool.text
        with _page_at(matched[1]) as (pipe, session):

            def value(script: str) -> str:
                answer = pipe.ask("Runtime.evaluate", session, expression=script, returnByValue=True)
                return str(answer["result"].get("value", ""))

            until(
                lambda: "frames a second" in value("document.querySelector('#figures').textContent"), SETTLING_SECONDS
            )
            tool.process.kill()
            said = ""

            def message() -> bool:
                nonlocal said
                said = value("document.querySelector('#message').textContent")
                return "stopped" in said

            noticed = until(message, 60)
        tool.end()
    return Outcome(f"it says: {said}", noticed)


def host_gone(scene: Path) -> Outcome:
    """The host of a page with the element goes while it lives: it lives on."""
    with living(scene, seconds=4, engine="cpu", **SMALL) as page:
        _begun(page)
        count = (
            "document.title = 0, soaked.element.addEventListener('frame', () => document.title = +document.title + 1)"
        )
        page.site.close()
        page.run(count)
        time.sleep(15)
        frames = int(page.run("document.title") or 0)
    return Outcome(f"{frames} frames in the 15 s after", frames > 5)


def host_down_at_first(scene: Path) -> Outcome:
    """The host answers with an error, or not at all, while an element loads: it tries again by itself."""
    with living(scene, seconds=4, engine="cpu", **SMALL) as page:
        file = page.site.files.pop("scene.alive")
        page.run("soaked.element.src = 'scene.alive?again'")
        failed = until(lambda: page.run("soaked.element.shadowRoot.querySelector('p')?.textContent"), SETTLING_SECONDS)
        said = page.run("soaked.element.shadowRoot.querySelector('p')?.textContent")
        page.site.files["scene.alive"] = file
        count = (
            "document.title = 0, soaked.element.addEventListener('frame', () => document.title = +document.title + 1)"
        )
        page.run(count)
        back = until(lambda: int(page.run("document.title") or 0) > 0, SETTLING_SECONDS)
    return Outcome(f"failed: {failed}, it says: {said}; came back by itself: {back}", failed and back)


def gpu_lost(scene: Path) -> Outcome:
    """The browser's GPU process ends while a shader draws: the CPU draws on."""
    with living(scene, *SOFTWARE_GPU, seconds=4, engine="gpu", **SMALL) as page:
        _begun(page)
        shades = until(lambda: page.run("soaked.element.player?.engine") == "gpu", TRIAL_SECONDS)
        page.crash_gpu()
        time.sleep(20)
        while page.site.reports:
            page.sample()
        after = page.sample()
        now = page.run("soaked.element.player.engine")
        back = until(lambda: page.run("soaked.element.player.engine") == "gpu", SETTLING_SECONDS)
        said = [each for each in page.said if "GPU" in each]
    rate = f"{after['fps']:.1f} frames/s by {now}, contrast {after['contrast']:.0f}"
    what = f"a shader drew: {shades}; after: {rate}; said: {said[-1:]}; a GPU again: {back}"
    return Outcome(what, shades and after["fps"] > 0 and after["contrast"] > 1)


def gpu_lost_and_kept(scene: Path) -> Outcome:
    """The GPU process ends under a page whose scene the CPU draws: it draws on."""
    with living(scene, *SOFTWARE_GPU, seconds=4, engine="cpu", **SMALL) as page:
        _begun(page)
        page.crash_gpu()
        time.sleep(10)
        while page.site.reports:
            page.sample()
        after = page.sample()
    return Outcome(
        f"{after['fps']:.1f} frames/s, contrast {after['contrast']:.0f}", after["fps"] > 0 and after["contrast"] > 1
    )


def _begun(page: Living) -> None:
    """Wait until a page shows frames.

    Raises:
        TimeoutError: it shows none.
    """
    end = time.monotonic() + SETTLING_SECONDS
    while page.sample()["fps"] == 0:
        if time.monotonic() > end:
            raise TimeoutError(f"The page shows nothing: {page.said}")


WEB_FAULTS: dict[str, Callable[[Path], Outcome]] = {
    "server restarted": server_restarted,
    "server gone under steer.py": server_restarted_for_script,
    "server of a page gone": page_without_server,
    "host of an element gone": host_gone,
    "host of an element down at first": host_down_at_first,
    "GPU lost, shader": gpu_lost,
    "GPU lost, CPU draws": gpu_lost_and_kept,
}
"""These faults need one scene each, and a browser or a server."""
