"""The browser view: a page that shows a scene, served to this machine only."""

import hmac
import html
import io
import json
import queue
import re
import secrets
import threading
import time
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, get_args

import numpy as np
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.runtime.controls import STEPS_ACROSS, slider_range
from alive_cli.runtime.events import InputEvent, PointerEvent, key_events
from alive_cli.views.loop import Playback, play
from alive_cli.views.performance import Performance

LOOPBACK = "127.0.0.1"
"""The server listens on this address alone, so that no other machine reaches it."""
JPEG_QUALITY = 92
"""Pictures are sent as JPEG of this quality, because a higher one is larger and looks the same."""
MAX_BODY = 1024
"""The body of a request has at most this many bytes, because the page sends none that is longer."""
MOST_STREAM_SIDE = 1024
"""The longest side of a picture has at most this many pixels, so that a large page doesn't slow the scene down."""
POINTER_KINDS = get_args(PointerEvent.__annotations__["kind"])
"""A page may report these kinds of pointer events."""


class Broadcast:
    """The surface of the browser view: it sends each new picture to all open pages."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        self.rate = performance.fps
        self.watching = 0
        """Number of pages that show the stream."""
        self.longest: int | None = None
        """Longest side of the pictures in pixels, or None until a page has told its size."""
        self._events: queue.SimpleQueue[InputEvent] = queue.SimpleQueue()
        self._picture = b""
        self._number = 0
        self._news = threading.Condition()

    def __enter__(self) -> "Broadcast":
        return self

    def __exit__(self, *_: object) -> None:
        self.performance.leave()
        with self._news:
            self._news.notify_all()

    @property
    def is_watched(self) -> bool:
        """Whether a page shows the stream."""
        return self.watching > 0

    def size(self) -> tuple[int, int]:
        """As `Surface.size`: the size at which the page shows the picture."""
        scene = self.performance.scene
        return scene.size_within(self.longest or min(MOST_STREAM_SIDE, max(scene.size)))

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> bytes:
        """As `Surface.prepare`. Returns a JPEG file."""
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        return buffer.getvalue()

    def show(self, prepared: bytes, rate: float) -> None:
        """As `Surface.show`."""
        self.rate = rate
        with self._news:
            self._picture = prepared
            self._number += 1
            self._news.notify_all()

    def refresh(self, rate: float) -> None:
        """As `Surface.refresh`. Pages request the status themselves."""
        self.rate = rate

    def report(self, events: list[InputEvent]) -> None:
        """Store input events of a page until `events` is called."""
        for event in events:
            self._events.put(event)

    def events(self) -> list[InputEvent]:
        """As `Surface.events`."""
        events: list[InputEvent] = []
        while not self._events.empty():
            events.append(self._events.get())
        return events

    def wait(self, seconds: float) -> None:
        """As `Surface.wait`."""
        time.sleep(seconds)

    def picture_after(self, number: int) -> tuple[int, bytes]:
        """Wait for a picture that is newer than picture `number`. Returns the number and JPEG of the newest one.

        The JPEG is empty if the performance has ended.
        """
        with self._news:
            self._news.wait_for(lambda: self._number > number or self.performance.left)
            return self._number, b"" if self.performance.left else self._picture


def play_in_browser(
    performance: Performance,
    *,
    port: int = 0,
    open_page: bool = True,
    frames: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Playback:
    """Serve a performance to browsers on this machine until somebody leaves it or presses Ctrl-C.

    The address contains a secret token, and the server listens on the loopback interface alone. So a page of another
    site can neither read nor steer the scene.

    Args:
        port: the port to listen on; 0 chooses a free one.
        open_page: whether to open the page in the user's browser.
        frames: the number of frames to play; without end by default.
        say: it receives messages for the user: the address, and how to stop.

    Raises:
        InputError: the port can't be used.
    """
    token = secrets.token_urlsafe(16)
    broadcast = Broadcast(performance)
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _make_handler(broadcast, token))
    except OSError as error:
        raise InputError(f"Port {port} can't be used ({(error.strerror or '').lower()}); choose another.") from None
    server.daemon_threads = True
    address = f"http://{LOOPBACK}:{server.server_port}/{token}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"Living at {address}")
    say("Press Ctrl-C to stop.")
    if open_page:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        return play(performance, broadcast, frames=frames)
    finally:
        server.shutdown()
        server.server_close()


def _make_handler(broadcast: Broadcast, token: str) -> type[BaseHTTPRequestHandler]:
    performance = broadcast.performance

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "alive", ""

        def do_GET(self) -> None:
            pages: dict[str, Callable[[], None]] = {"": self._page, "stream": self._stream, "status": self._status}
            self._answer(pages)

        def do_POST(self) -> None:
            self._answer({"press": self._press, "set": self._set, "pointer": self._pointer})

        def _answer(self, pages: dict[str, Callable[[], None]]) -> None:
            _, key, path = [*self.path.partition("?")[0].split("/", 2), "", ""][:3]
            assert isinstance(self.server, ThreadingHTTPServer)
            hosts = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
            # Any other host name for this machine could be DNS rebinding by a page of another site.
            if self.headers.get("Host") not in hosts or not hmac.compare_digest(key.encode(), token.encode()):
                self.close_connection = True  # the body is not read
                self._send(HTTPStatus.FORBIDDEN, b"This address has no access.", "text/plain")
            elif path not in pages:
                self.close_connection = True
                self._send(HTTPStatus.NOT_FOUND, b"This page does not exist.", "text/plain")
            else:
                pages[path]()

        def _page(self) -> None:
            nonce = secrets.token_urlsafe(16)
            width, height = performance.scene.size
            title = html.escape(performance.scene.manifest.title or "alive")
            values = {
                "TITLE": title,
                "ALT": f"A living scene: {title}",
                "RATIO": f"{width / height:.4f}",
                "NONCE": nonce,
                "CONTROLS": html.escape(json.dumps(_sliders(performance))),
                "POINTER": "yes" if performance.watches_pointer else "no",
            }
            template = files("alive_cli.views").joinpath("page.html").read_text("utf-8")
            # A single pass: a title may contain the name of another placeholder.
            page = re.sub("|".join(values), lambda match: values[match[0]], template)
            policy = f"default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'nonce-{nonce}'; "
            policy += f"script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", policy)

        def _stream(self) -> None:
            boundary = "alive-frame"
            longest = self.path.rpartition("=")[2]
            if longest.isdigit():
                broadcast.longest = min(max(int(longest[:6]), 16), MOST_STREAM_SIDE)
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={boundary}")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            broadcast.watching += 1
            number = 0
            try:
                self.wfile.write(f"--{boundary}\r\n".encode())
                while True:
                    number, picture = broadcast.picture_after(number)
                    if not picture:
                        break
                    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    # Browsers show a part only when its closing boundary arrives, so it is sent at once.
                    self.wfile.write(head.encode() + picture + f"\r\n--{boundary}\r\n".encode())
            except OSError:
                pass  # the page was closed
            finally:
                broadcast.watching -= 1

        def _status(self) -> None:
            status = {
                "status": performance.status(broadcast.rate),
                "controls": {name: performance.controls[name] for name in performance.controls},
                "paused": performance.paused,
                "left": performance.left,
            }
            self._send(HTTPStatus.OK, json.dumps(status).encode(), "application/json")

        def _press(self) -> None:
            broadcast.report(key_events(self._body().decode("utf-8", "replace")))
            self._send(HTTPStatus.NO_CONTENT)

        def _pointer(self) -> None:
            body = self._json()
            try:
                kind, x, y = body["kind"], float(body.get("x", 0)), float(body.get("y", 0))
                if kind not in POINTER_KINDS or not all(np.isfinite((x, y))):
                    raise ValueError(kind)
            except (KeyError, ValueError, TypeError, OverflowError):
                self._send(HTTPStatus.BAD_REQUEST, b"The body must have a kind, and numbers x and y.", "text/plain")
                return
            broadcast.report([PointerEvent(kind, x, y)])
            self._send(HTTPStatus.NO_CONTENT)

        def _set(self) -> None:
            try:
                performance.set({str(name): float(value) for name, value in self._json().items()})
            except InputError as error:
                self._send(HTTPStatus.BAD_REQUEST, str(error).encode(), "text/plain; charset=utf-8")
            except (ValueError, TypeError, OverflowError):
                self._send(HTTPStatus.BAD_REQUEST, b"The values of controls must be numbers.", "text/plain")
            else:
                self._send(HTTPStatus.NO_CONTENT)

        def _json(self) -> dict[str, Any]:
            """The body as a JSON object. Anything else becomes an object that no handler accepts."""
            try:
                body = json.loads(self._body())
            except (ValueError, RecursionError):
                body = None
            return body if isinstance(body, dict) else {"": None}

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length", "0")
            count = int(length) if length.isdecimal() and len(length) < 10 else MAX_BODY + 1
            if count > MAX_BODY:
                self.close_connection = True  # the rest is not read
                return b""
            return self.rfile.read(count)

        def _send(self, status: HTTPStatus, body: bytes = b"", kind: str = "", policy: str = "") -> None:
            self.send_response(status)
            headers = {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Content-Security-Policy": policy or "default-src 'none'",
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Connection": "close" if self.close_connection else "",
            }
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing, because stderr is for messages to the user."""

    return Handler


def _sliders(performance: Performance) -> list[dict[str, Any]]:
    """The declared controls as sliders of the page."""
    sliders = []
    for control in performance.controls.declared:
        low, high = slider_range(control)
        step = (high - low) / (2 * STEPS_ACROSS)
        label = control.name.replace("_", " ")
        sliders.append(
            {"name": control.name, "label": label, "help": control.description, "min": low, "max": high, "step": step}
        )
    return sliders
