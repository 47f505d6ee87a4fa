"""Pages in a real browser without a driver: a page is served on loopback, and posts its results back."""

import contextlib
import json
import mimetypes
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FIREFOX = next((path for name in ("firefox-esr", "firefox") if (path := shutil.which(name))), None)

CHROMIUM_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--mute-audio",
    "--enable-precise-memory-info",
)
"""Chromium needs these options in a container, which gives root no sandbox and a small /dev/shm."""

SLOW = "slow.png"
"""This picture comes late, so that a browser photographs a page that holds it late as well."""

Answer = tuple[int, str, bytes]

PAGE = """<!doctype html><meta charset="utf-8"><title>test</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval';
 worker-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'">
<script type="module" src="/script.js"></script><body></body>"""

REPORT = """
const violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
const report = (result) => fetch("/report", { method: "POST", body: JSON.stringify({ result, violations }) });
addEventListener("error", (event) => report({ crash: String(event.message) }));
addEventListener("unhandledrejection", (event) => report({ crash: String(event.reason?.stack ?? event.reason) }));
"""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A browser that is ended leaves its connections."""


class Site:
    """Files and folders served on loopback, and the reports of pages."""

    def __init__(self, roots: list[Path], files: dict[str, bytes] | None = None) -> None:
        """Serve the files below `roots`, the first that has one, and `files` by their paths."""
        self.roots = roots
        self.files = files or {}
        self.reports: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.slow_seconds = 6.0
        self.reported = threading.Condition()
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> dict[str, Any]:
        """The next report.

        Raises:
            TimeoutError: there was none.
        """
        with self.reported:
            if not self.reported.wait_for(lambda: self.reports, seconds):
                raise TimeoutError(f"The page reported nothing in {seconds} seconds; it requested {self.requests}.")
            return self.reports.pop(0)

    def find(self, path: str) -> Answer:
        """Status, type and bytes of what is at a path."""
        kind = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}.get(
            Path(path).suffix, mimetypes.guess_type(path)[0] or "application/octet-stream"
        )
        if path in self.files:
            return 200, kind, self.files[path]
        for root in self.roots:
            file = root / path
            if file.is_file() and file.resolve().is_relative_to(root.resolve()):
                return 200, kind, file.read_bytes()
        return 404, "text/plain", b"There is nothing here."

    def _handler(site) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0].lstrip("/") or "index.html"
                site.requests.append(path)
                if path == SLOW:
                    time.sleep(site.slow_seconds)
                status, kind, body = site.find(path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-cache")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def do_POST(self) -> None:
                report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with site.reported:
                    site.reports.append(report)
                    site.reported.notify_all()
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is logged."""

        return Handler


@contextlib.contextmanager
def chromium(address: str, *options: str, pipe: tuple[int, int] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Headless Chromium at an address, with a profile of its own.

    Args:
        pipe: it reads commands from the first of these files, and writes answers to the second.
    """
    assert CHROMIUM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *CHROMIUM_OPTIONS, f"--user-data-dir={profile}", *options, address]
        if pipe:
            # Chromium knows them as the files 3 and 4.
            moving = f'exec "$@" 3<&{pipe[0]} 4>&{pipe[1]}'
            command = ["bash", "-c", moving, "bash", *command, "--remote-debugging-pipe"]
        with _running(command, profile, pipe or ()) as process:
            yield process


@contextlib.contextmanager
def firefox(address: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Headless Firefox at an address, with a profile of its own."""
    assert FIREFOX
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile, *options, address]
        with _running(command, profile) as process:
            yield process


@contextlib.contextmanager
def _running(command: list[str], home: str, files: Sequence[int] = ()) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    null = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdout=null, stderr=null, env=environment, start_new_session=True, pass_fds=files
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


def ask(
    script: str,
    roots: list[Path],
    files: dict[str, bytes] | None = None,
    *options: str,
    seconds: float = 60,
    browser: Callable[..., contextlib.AbstractContextManager[Any]] = chromium,
) -> dict[str, Any]:
    """Run a module script in a page under the policy of an exported one.

    Returns:
        The `result` with which the script called `report`, and the `violations` of the policy.
    """
    pages = {"index.html": PAGE.encode(), "script.js": (REPORT + script).encode()}
    site = Site(roots, pages | (files or {}))
    try:
        with browser(site.address, *options):
            return site.wait(seconds)
    finally:
        site.close()


def photograph(
    folder: Path, target: Path, files: dict[str, bytes] | None = None, *options: str, seconds: float = 6
) -> list[str]:
    """Photograph the page of a folder some seconds after it was opened; the paths that it requested."""
    page = (folder / "index.html").read_text().replace("</body>", f'<img src="{SLOW}" alt="" hidden></body>')
    site = Site([folder], {"index.html": page.encode()} | (files or {}))
    site.slow_seconds = seconds
    try:
        with chromium(site.address, f"--screenshot={target}", "--window-size=800,640", *options) as process:
            process.wait(seconds + 60)
        return site.requests
    finally:
        site.close()
