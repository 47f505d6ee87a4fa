"""A scene living in a page of its own, served to this machine only."""

import hmac
import html
import io
import json
import math
import re
import secrets
import threading
import time
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

import numpy as np
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.views.pace import Pace
from alive_cli.views.performance import Performance
from alive_cli.views.terminal import leaving_on_signals

LOOPBACK = "127.0.0.1"
JPEG_QUALITY = 92
MAX_BODY = 1024
LARGEST = 1024
"""Longest side of a picture, however large the page shows it."""
IDLE_SECONDS = 0.2
"""How often is looked for someone who watches."""


class Broadcast:
    """Draws a performance for whoever watches; while nobody does, or it is paused, nothing is drawn or lived."""

    def __init__(self, show: Performance, frames: int | None = None) -> None:
        self.show = show
        self.rate = show.fps
        self.watching = 0
        self.shown = 0
        self.size = show.scene.size
        """Width and height of the pictures."""
        self._left = math.inf if frames is None else frames
        self._picture = b""
        self._number = 0
        self._news = threading.Condition()

    def run(self) -> None:
        """Live until someone leaves or the frames are over."""
        pace = Pace(self.show.fps)
        skipped = 0
        while not self.show.left and self._left > 0:
            if not self.watching or (self.show.paused and self._number):
                time.sleep(IDLE_SECONDS)
                pace.resume()
                skipped = 0
                continue
            for _ in range(skipped):
                next(self.show)
            self._publish(_jpeg(self.show.draw(next(self.show), self.size)))
            skipped = int(min(pace.shown(), self._left - 1))
            self._left -= 1 + skipped
            self.rate = pace.rate
            time.sleep(max(0.0, pace.wait()))
        self.show.leave()
        with self._news:
            self._news.notify_all()

    def _publish(self, picture: bytes) -> None:
        with self._news:
            self._picture = picture
            self._number += 1
            self.shown += 1
            self._news.notify_all()

    def after(self, number: int) -> tuple[int, bytes]:
        """The newest picture, once there is one newer than `number`; frames that came and went meanwhile are lost.

        Empty when the show is over.
        """
        with self._news:
            self._news.wait_for(lambda: self._number > number or self.show.left)
            return self._number, b"" if self.show.left else self._picture


def play_in_browser(
    show: Performance,
    *,
    port: int = 0,
    open_page: bool = True,
    frames: int | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Serve a performance to browsers on this machine until it is left or Ctrl-C.

    The address holds a token that only who started this knows, and the server listens on the loopback
    interface alone; a page of another site can neither read nor steer the scene.

    Returns:
        Frames shown.

    Raises:
        InputError: the port is taken.
    """
    token = secrets.token_urlsafe(16)
    broadcast = Broadcast(show, frames)
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
        with leaving_on_signals():
            broadcast.run()
    except KeyboardInterrupt:
        show.leave()
    finally:
        server.shutdown()
        server.server_close()
    return broadcast.shown


def _handler(broadcast: Broadcast, token: str) -> type[BaseHTTPRequestHandler]:
    show = broadcast.show

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "alive", ""

        def do_GET(self) -> None:
            pages: dict[str, Callable[[], None]] = {"": self._page, "stream": self._stream, "status": self._status}
            self._answer(pages)

        def do_POST(self) -> None:
            self._answer({"press": self._press, "set": self._set})

        def _answer(self, pages: dict[str, Callable[[], None]]) -> None:
            _, given, path = [*self.path.partition("?")[0].split("/", 2), "", ""][:3]
            assert isinstance(self.server, ThreadingHTTPServer)
            hosts = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
            # Another name for this machine would let a foreign page reach it (DNS rebinding).
            if self.headers.get("Host") not in hosts or not hmac.compare_digest(given.encode(), token.encode()):
                self._send(HTTPStatus.FORBIDDEN, b"Not for you.", "text/plain")
            elif path not in pages:
                self._send(HTTPStatus.NOT_FOUND, b"There is nothing here.", "text/plain")
            else:
                pages[path]()

        def _page(self) -> None:
            nonce = secrets.token_urlsafe(16)
            width, height = show.scene.size
            title = html.escape(show.scene.manifest.title or "alive")
            told = {"TITLE": title, "ALT": f"A living scene: {title}", "RATIO": f"{width / height:.4f}", "NONCE": nonce}
            template = files("alive_cli.views").joinpath("page.html").read_text("utf-8")
            page = re.sub("|".join(told), lambda match: told[match[0]], template)  # what is put in isn't read again
            policy = f"default-src 'none'; img-src 'self'; connect-src 'self'; style-src 'nonce-{nonce}'; "
            policy += f"script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", policy)

        def _stream(self) -> None:
            boundary = "alive-frame"
            longest = self.path.rpartition("=")[2]
            if longest.isdigit():  # as large as the page shows it
                broadcast.size = show.scene.size_within(min(max(int(longest[:6]), 16), LARGEST))
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
            controls = show.controls
            told = {
                "status": show.status(broadcast.rate),
                "temperature": controls.temperature,
                "pull": controls.pull,
                "novelty": controls.novelty,
                "paused": show.paused,
                "left": show.left,
            }
            self._send(HTTPStatus.OK, json.dumps(told).encode(), "application/json")

        def _press(self) -> None:
            show.press(self._body().decode("utf-8", "replace"))
            self._send(HTTPStatus.NO_CONTENT)

        def _set(self) -> None:
            try:
                wanted = json.loads(self._body())
                if not isinstance(wanted, dict):
                    raise ValueError(wanted)
                knobs = {name: float(wanted[name]) for name in ("temperature", "pull", "novelty") if name in wanted}
                if not all(math.isfinite(value) for value in knobs.values()):
                    raise ValueError(wanted)
            except (ValueError, TypeError, RecursionError):
                self._send(HTTPStatus.BAD_REQUEST, b"Give numbers.", "text/plain")
                return
            show.set(**knobs)
            self._send(HTTPStatus.NO_CONTENT)

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


def _jpeg(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()
