"""The page of `alive hints` in Chromium, with real events of mouse, finger and keys."""

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from alive_cli.marking.hints_page import Task, site_of
from alive_cli.marking.site import MarkingSite
from alive_cli.serve.guard import Guard
from alive_cli.serve.web_server import WebServer
from tests.web.pointers import Pipe, piped

Place = tuple[float, float]
CODES = {
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Enter": 13,
    "Tab": 9,
    "Delete": 46,
    "Escape": 27,
}
"""Chromium knows keys without a character by these numbers."""
CONTROL, SHIFT = 2, 8
"""The bits of the modifiers."""


class DrawnPage:
    """The page, whose picture has places from 0, 0 to 1, 1."""

    def __init__(self, pipe: Pipe, session: str) -> None:
        self.pipe, self.session = pipe, session
        self.board = "#marks"
        """The picture in which places are, as a selector."""

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.pipe.ask(method, self.session, **parameters)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 30) -> float:
        """Wait until an expression is true; the seconds that it took."""
        began = time.monotonic()
        while not self.evaluate(expression):
            said = self.message
            assert time.monotonic() < began + seconds, f"{expression} never came; the page says: {said}"
            time.sleep(0.01)
        return time.monotonic() - began

    @property
    def message(self) -> str:
        return str(self.evaluate("document.querySelector('#message')?.textContent"))

    def wait_to_say(self, text: str, seconds: float = 30) -> float:
        return self.wait_for(f"document.querySelector('#message')?.textContent.includes({text!r})", seconds)

    def point(self, place: Place) -> dict[str, float]:
        """A place of the picture on the screen."""
        box = self.evaluate(f"JSON.stringify(document.querySelector('{self.board}').getBoundingClientRect())")
        x, y, width, height = (json.loads(box)[name] for name in ("x", "y", "width", "height"))
        return {"x": x + place[0] * width, "y": y + place[1] * height}

    def drag(self, places: Sequence[Place], steps: int = 6) -> None:
        """Drag the mouse along places, or click where there is only one."""
        first, *others = [self.point(place) for place in places]
        move = {"type": "mouseMoved", "button": "left", "buttons": 1}
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", **first)
        self.ask("Input.dispatchMouseEvent", type="mousePressed", button="left", buttons=1, clickCount=1, **first)
        before = last = first
        for last in others:
            for step in range(1, steps + 1):
                between = {key: before[key] + (last[key] - before[key]) * step / steps for key in "xy"}
                self.ask("Input.dispatchMouseEvent", **move, **between)
            before = last
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **last)

    def touch(self, places: Sequence[Place]) -> None:
        """Drag a finger along places."""
        points = [self.point(place) for place in places]
        self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[points[0]])
        for point in points[1:]:
            self.ask("Input.dispatchTouchEvent", type="touchMove", touchPoints=[point])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, *keys: str, modifiers: int = 0) -> None:
        """Press and release keys."""
        for key in keys:
            code = CODES.get(key, ord(key.upper()[0]))
            text = {} if key in CODES or modifiers & CONTROL else {"text": key}
            common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
            self.ask("Input.dispatchKeyEvent", type="keyDown", **common, **text)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, key: str) -> None:
        """Click the button of a key."""
        self.evaluate(f"document.querySelector('button[data-key=\"{key}\"]').click()")

    def screenshot(self) -> bytes:
        """The window as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])


@contextlib.contextmanager
def drawn(task: Task, *options: str, say: Callable[[str], None] = lambda text: None) -> Iterator[DrawnPage]:
    """The page of a task of `alive hints`, loaded."""
    with opened(site_of(task, say), *options) as page:
        yield page


@contextlib.contextmanager
def opened(site: MarkingSite, *options: str) -> Iterator[DrawnPage]:
    """The page of a site, loaded."""
    with WebServer(site, Guard()) as server, piped(server.address, *options) as pipe:
        page = DrawnPage(pipe, pipe.page())
        page.wait_for("!!document.querySelector('#message')?.textContent")
        yield page
