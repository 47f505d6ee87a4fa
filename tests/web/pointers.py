"""Real pointer events in a page: Chromium takes them, as from a mouse or a finger, through its debugging pipe."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.web.browsers import PAGE, REPORT, Site, chromium
from tests.web.scripts import ELEMENT

POINTERS = """
// Events of a mouse, or a finger, at points of the page; the test passes them on, and they come a little later.
const pointer = (...events) => report({ pointer: events });
const moved = (x, y, buttons = 0) => ({ type: "mouseMoved", x, y, button: buttons ? "left" : "none", buttons });
const pressed = (x, y) => ({ type: "mousePressed", x, y, button: "left", buttons: 1, clickCount: 1 });
const released = (x, y) => ({ type: "mouseReleased", x, y, button: "left", clickCount: 1 });
const finger = (type, ...touchPoints) => ({ type, touchPoints });
"""
"""These functions precede every script."""
ANSWER_SECONDS = 30.0
"""Chromium answers a command in this time, or the test fails."""


class Pipe:
    """Commands to a Chromium that was started with `--remote-debugging-pipe`."""

    def __init__(self, sent: int, received: int) -> None:
        self._sent, self._received = sent, received
        self._rest = b""
        self._last = 0
        os.set_blocking(received, False)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The result of a command.

        Raises:
            TimeoutError: there was no answer.
        """
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._sent, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < end:
            while b"\0" in self._rest:
                text, _, self._rest = self._rest.partition(b"\0")
                answer = json.loads(text)
                if answer.get("id") == self._last:
                    assert "error" not in answer, answer
                    return dict(answer["result"])
            try:
                self._rest += os.read(self._received, 1 << 20)
            except BlockingIOError:
                time.sleep(0.002)
        raise TimeoutError(f"Chromium doesn't answer {method}.")

    def page(self) -> str:
        """A session with the first page."""
        while True:
            targets = self.ask("Target.getTargets")["targetInfos"]
            pages = [target for target in targets if target["type"] == "page"]
            if pages:
                return str(self.ask("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"])


@contextlib.contextmanager
def piped(address: str, *options: str, start: Callable[..., Any] | None = None) -> Iterator[Pipe]:
    """Headless Chromium at an address, and the pipe to it; `start` starts it, as `chromium` does."""
    commands, sent = os.pipe()
    received, answers = os.pipe()
    try:
        with (start or chromium)(address, *options, pipe=(commands, answers)):
            yield Pipe(sent, received)
    finally:
        for end in (commands, sent, received, answers):
            os.close(end)


def pointed(
    script: str,
    roots: list[Path],
    files: dict[str, bytes],
    *options: str,
    seconds: float = 120,
    start: Callable[..., Any] | None = None,
) -> Any:
    """What a script in a page reports, while its calls of `pointer` become real events."""
    pages = {"index.html": PAGE.encode(), "script.js": (REPORT + ELEMENT + POINTERS + script).encode()}
    site = Site(roots, pages | files)
    try:
        with piped(site.address, *options, start=start) as pipe:
            session = pipe.page()
            while True:
                report = site.wait(seconds)
                assert not report["violations"]
                result = report["result"]
                assert not isinstance(result, dict) or "crash" not in result, result
                if not isinstance(result, dict) or "pointer" not in result:
                    return result
                for event in result["pointer"]:
                    kind = "Touch" if "touchPoints" in event else "Mouse"
                    pipe.ask(f"Input.dispatch{kind}Event", session, **event)
    finally:
        site.close()
