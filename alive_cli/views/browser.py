"""A scene living in a page of its own, served to this machine only."""

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
from alive_cli.views.loop import Played, play
from alive_cli.views.performance import Performance

LOOPBACK = "127.0.0.1"
"""The server listens on this address alone, so that no other machine reaches it."""
JPEG_QUALITY = 92
"""Pictures travel as JPEG of this quality; a better one is larger and looks the same."""
MAX_BODY = 1024
"""A request may have so many bytes; all that a page sends is shorter."""
LARGEST = 1024
"""The longest side of a picture has at most so many pixels, however large the page shows it."""
POINTER_KINDS = get_args(PointerEvent.__annotations__["kind"])
"""A page reports these kinds of pointer events."""


class Broadcast:
    """The surface that pages watch: each new picture goes to all of them."""

    def __init__(self, show: Performance) -> None:
        self.performance = show
        self.rate = show.fps
        self.watching = 0
        """Number of pages that show the stream."""
        self.longest: int | None = None
        """Longest side of the pictures in pixels; the scene's own size where it is None."""
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
    def watched(self) -> bool:
        """Whether a page shows the stream."""
        return self.watching > 0

    def size(self) -> tuple[int, int]:
        """As `Surface.size`: as large as the page shows it."""
        scene = self.performance.scene
        return scene.size if self.longest is None else scene.size_within(self.longest)

    def prepare(self, picture: np.ndarray, size: tuple[int, int]) -> bytes:
        """As `Surface.prepare`: a JPEG."""
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
        """Pages ask for the status themselves."""
        self.rate = rate

    def report(self, events: list[InputEvent]) -> None:
        """Take up what a person did in a page."""
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

    def after(self, number: int) -> tuple[int, bytes]:
        """The newest picture, once there is one newer than `number`; frames that came and went meanwhile are lost.

        Empty when the show is over.
        """
        with self._news:
            self._news.wait_for(lambda: self._number > number or self.performance.left)
            return self._number, b"" if self.performance.left else self._picture


def play_in_browser(
    show: Performance,
    *,
    port: int = 0,
    open_page: bool = True,
    frames: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Played:
    """Serve a performance to browsers on this machine until it is left or Ctrl-C.

    The address holds a token that only who started this knows, and the server listens on the loopback
    interface alone; a page of another site can neither read nor steer the scene.

    Args:
        say: receives the address and how to leave.

    Raises:
        InputError: the port is in use.
    """
    token = secrets.token_urlsafe(16)
    broadcast = Broadcast(show)
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler(broadcast, token))
    except OSError as error:
        raise InputError(f"Port {port} can't be used ({(error.strerror or '').lower()}); choose another.") from None
    server.daemon_threads = True
    address = f"http://{LOOPBACK}:{server.server_port}/{token}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"Living at {address}")
    say("Ctrl-C leaves.")
    if open_page:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        return play(show, broadcast, frames=frames)
    finally:
        server.shutdown()
        server.server_close()


def _handler(broadcast: Broadcast, token: str) -> type[BaseHTTPRequestHandler]:
    show = broadcast.performance

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
            # Another name for this machine would let a foreign page reach it (DNS rebinding).
            if self.headers.get("Host") not in hosts or not hmac.compare_digest(key.encode(), token.encode()):
                self._send(HTTPStatus.FORBIDDEN, b"Not for you.", "text/plain")
            elif path not in pages:
                self._send(HTTPStatus.NOT_FOUND, b"There is nothing here.", "text/plain")
            else:
                pages[path]()

        def _page(self) -> None:
            nonce = secrets.token_urlsafe(16)
            width, height = show.scene.size
            title = html.escape(show.scene.manifest.title or "alive")
            values = {
                "TITLE": title,
                "ALT": f"A living scene: {title}",
                "RATIO": f"{width / height:.4f}",
                "NONCE": nonce,
                "CONTROLS": html.escape(json.dumps(_sliders(show))),
                "POINTER": "yes" if show.watches_pointer else "no",
            }
            template = files("alive_cli.views").joinpath("page.html").read_text("utf-8")
            page = re.sub("|".join(values), lambda match: values[match[0]], template)  # what is put in isn't read again
            policy = f"default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'nonce-{nonce}'; "
            policy += f"script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", policy)

        def _stream(self) -> None:
            boundary = "alive-frame"
            longest = self.path.rpartition("=")[2]
            if longest.isdigit():  # as large as the page shows it
                broadcast.longest = min(max(int(longest[:6]), 16), LARGEST)
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
                    number, picture = broadcast.after(number)
                    if not picture:
                        break
                    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                    # Browsers show a part when the next boundary has come: send it at once, and no part of nothing.
                    self.wfile.write(head.encode() + picture + f"\r\n--{boundary}\r\n".encode())
            except OSError:
                pass  # the page was closed
            finally:
                broadcast.watching -= 1

        def _status(self) -> None:
            status = {
                "status": show.status(broadcast.rate),
                "controls": {name: show.controls[name] for name in show.controls},
                "paused": show.paused,
                "left": show.left,
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
            except (KeyError, ValueError, TypeError):
                self._send(HTTPStatus.BAD_REQUEST, b"Give kind, x and y.", "text/plain")
                return
            broadcast.report([PointerEvent(kind, x, y)])
            self._send(HTTPStatus.NO_CONTENT)

        def _set(self) -> None:
            try:
                show.set(**{str(name): float(value) for name, value in self._json().items()})
            except InputError as error:
                self._send(HTTPStatus.BAD_REQUEST, str(error).encode(), "text/plain; charset=utf-8")
            except (ValueError, TypeError):
                self._send(HTTPStatus.BAD_REQUEST, b"Give numbers.", "text/plain")
            else:
                self._send(HTTPStatus.NO_CONTENT)

        def _json(self) -> dict[str, Any]:
            """The body as an object; empty, which means nothing to anyone, where it is none."""
            try:
                body = json.loads(self._body())
            except (ValueError, RecursionError):
                body = None
            return body if isinstance(body, dict) else {"": None}

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length", "0")
            return self.rfile.read(min(MAX_BODY, int(length) if length.isdigit() else 0))

        def _send(self, status: HTTPStatus, body: bytes = b"", kind: str = "", policy: str = "") -> None:
            self.send_response(status)
            headers = {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Content-Security-Policy": policy or "default-src 'none'",
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            }
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged: stderr belongs to the person at the terminal."""

    return Handler


def _sliders(show: Performance) -> list[dict[str, Any]]:
    """The declared controls as a page needs them."""
    sliders = []
    for control in show.controls.declared:
        low, high = slider_range(control)
        step = (high - low) / (2 * STEPS_ACROSS)
        label = control.name.replace("_", " ")
        sliders.append(
            {"name": control.name, "label": label, "help": control.description, "min": low, "max": high, "step": step}
        )
    return sliders
