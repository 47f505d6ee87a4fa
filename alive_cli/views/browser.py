"""The browser view: the page of `alive export --web`, served to this machine only. The browser draws the scene."""

import hmac
import math
import mimetypes
import secrets
import sys
import threading
import urllib.parse
import webbrowser
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from alive_cli.errors import InputError
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import MAX_FPS
from alive_cli.views.loop import interrupt_on_signals
from alive_cli.views.saving import Saver, frames_kept
from alive_cli.web.page import INDEX_NAME, POLICY, ScenePage
from bundle_spec.features.warp import warp_of

LOOPBACK = "127.0.0.1"
"""The server listens on this address alone, so that no other machine reaches it."""
SERVED_POLICY = f"{POLICY}; frame-ancestors 'none'"
"""The page and its workers have the policy of an exported page, and no other page may frame it."""
CONTENT_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
"""Browsers insist on these types, which some machines map to others."""
IDLE_SECONDS = 60.0
"""A connection without a request for this long is closed, so that pages that are closed leave no thread behind."""
UNIT_TOLERANCE = 0.01
"""The length of an embedding differs from 1 by at most this, because rounding stays far below it."""
CHECK_SECONDS = 0.5
"""The main thread checks at this interval for Ctrl-C, which some systems don't report to a thread that waits."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 32

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that a page closes while it loads, as browsers do when a page is left."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def play_in_browser(
    page: ScenePage,
    saver: Saver,
    *,
    port: int = 0,
    open_page: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> None:
    """Serve a page to browsers on this machine until it leaves, or somebody presses Ctrl-C.

    The address contains a secret token, and the server listens on the loopback interface alone. So a page of another
    site can neither read the scene nor save pictures.

    Args:
        saver: it draws and writes the pictures that the page wants to be saved.
        port: the port to listen on; 0 chooses a free one.
        open_page: whether to open the page in the user's browser.
        say: it receives messages for the user: the address, and how to stop.

    Raises:
        InputError: the port can't be used.
    """
    token = secrets.token_urlsafe(16)
    left = threading.Event()
    try:
        server = _Server((LOOPBACK, port), _make_handler(page, saver, token, left))
    except OSError as error:
        raise InputError(f"Port {port} can't be used ({(error.strerror or '').lower()}); choose another.") from None
    address = f"http://{LOOPBACK}:{server.server_port}/{token}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"Living at {address}")
    say("Press Ctrl-C to stop.")
    if open_page:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        with interrupt_on_signals():
            while not left.wait(CHECK_SECONDS):
                pass
    except KeyboardInterrupt:
        pass  # Ctrl-C leaves like the key q
    finally:
        server.shutdown()
        server.server_close()


def _make_handler(page: ScenePage, saver: Saver, token: str, left: threading.Event) -> type[BaseHTTPRequestHandler]:
    dimension = saver.scene.embeddings.shape[1]
    warp = warp_of(saver.scene.manifest)
    width = dimension + (0 if warp is None or warp.steering is None else warp.motion_modes)
    most_bytes = 4 * width * frames_kept(saver.scene.fps)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "alive", ""
        timeout = IDLE_SECONDS

        def do_GET(self) -> None:
            files = {"" if name == INDEX_NAME else name: name for name in page.names}
            answers = {path: lambda name=name: self._send_file(name) for path, name in files.items()}
            self._answer({**answers, "status": self._send})

        def do_POST(self) -> None:
            self._answer({"still": self._save_still, "gif": self._save_gif, "leave": self._leave})

        def _answer(self, answers: Mapping[str, Callable[[], None]]) -> None:
            _, key, path = [*self.path.partition("?")[0].split("/", 2), "", ""][:3]
            assert isinstance(self.server, ThreadingHTTPServer)
            hosts = {f"{name}:{self.server.server_port}" for name in (LOOPBACK, "localhost")}
            # Any other host name for this machine could be DNS rebinding by a page of another site.
            if self.headers.get("Host") not in hosts or not hmac.compare_digest(key.encode(), token.encode()):
                self.close_connection = True  # the body is not read
                self._send("This address has no access.", HTTPStatus.FORBIDDEN)
            elif path not in answers:
                self.close_connection = True
                self._send("This page does not exist.", HTTPStatus.NOT_FOUND)
            else:
                answers[path]()

        def _send_file(self, name: str) -> None:
            suffix = name[name.rfind(".") :]
            kind = CONTENT_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
            kind += "; charset=utf-8" if kind.startswith("text/") else ""
            self._send_bytes(page.read(name), kind, SERVED_POLICY)

        def _save_still(self) -> None:
            frames = self._frames()
            if frames:
                self._save(lambda say: saver.save_still(frames[-1], say))

        def _save_gif(self) -> None:
            frames = self._frames()
            query = urllib.parse.parse_qs(self.path.partition("?")[2])
            try:
                fps = float(query["fps"][0])
            except (KeyError, ValueError):
                fps = math.nan
            if not frames:
                return
            if not 1 <= fps <= MAX_FPS:
                self._send(f"The rate must be from 1 to {MAX_FPS:g} frames per second.", HTTPStatus.BAD_REQUEST)
            elif len(frames) > 1:
                self._save(lambda say: saver.save_gif(frames, fps, say))
            else:
                self._send("A gif needs two frames.", HTTPStatus.BAD_REQUEST)

        def _save(self, begin: Callable[[Callable[[str], None]], threading.Thread]) -> None:
            """Answer with what the saver says last, once it is done."""
            said: list[str] = []
            try:
                begin(said.append).join()
            except InputError as error:
                said.append(str(error))
            self._send(said[-1])

        def _frames(self) -> list[Frame]:
            """The frames that the page has shown; none, after an answer, if there are none or they are not sound.

            The body is float32 [M, D + S], an embedding and its offset in each row; S is 0 if nothing can be steered.
            """
            body = self._body()
            if body and len(body) % (4 * width) == 0:
                rows = np.frombuffer(body, "<f4").reshape(-1, width)
                embeddings, offsets = rows[:, :dimension], rows[:, dimension:]
                lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1)
                # A comparison with NaN is false.
                if (abs(lengths - 1) < UNIT_TOLERANCE).all() and np.isfinite(offsets).all():
                    pairs = zip(embeddings, offsets, strict=True)
                    return [Frame(embedding, offset if offset.any() else None) for embedding, offset in pairs]
            self._send(f"The body must hold frames of {width} numbers each.", HTTPStatus.BAD_REQUEST)
            return []

        def _leave(self) -> None:
            self._body()
            self._send()
            left.set()

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length", "0")
            count = int(length) if length.isdecimal() and len(length) < 10 else most_bytes + 1
            if count > most_bytes:
                self.close_connection = True  # the rest is not read
                return b""
            return self.rfile.read(count)

        def _send(self, text: str = "", status: HTTPStatus | None = None) -> None:
            status = status or (HTTPStatus.OK if text else HTTPStatus.NO_CONTENT)
            self._send_bytes(text.encode(), "text/plain; charset=utf-8" if text else "", status=status)

        def _send_bytes(
            self, body: bytes, kind: str, policy: str = "default-src 'none'", status: HTTPStatus = HTTPStatus.OK
        ) -> None:
            self.send_response(status)
            headers = {
                "Content-Type": kind,
                "Content-Length": "" if status is HTTPStatus.NO_CONTENT else str(len(body)),
                "Content-Security-Policy": policy,
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
