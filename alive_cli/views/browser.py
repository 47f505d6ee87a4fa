"""The browser view: the page of `alive export --web`, served to this machine only. The browser draws the scene."""

import asyncio
import math
import mimetypes
import os
import threading
import webbrowser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import numpy as np
from aiohttp import web

from alive_cli.errors import InputError
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import MAX_FPS
from alive_cli.serve.guard import Guard
from alive_cli.serve.web_server import Refusal, WebServer, read_body
from alive_cli.signals import leave_on_interrupt
from alive_cli.views.loop import wait_for
from alive_cli.views.saving import Saver, Saving, frames_kept
from alive_cli.web.page import INDEX_NAME, POLICY, ScenePage
from bundle_spec.features.warp import warp_of

SERVED_POLICY = f"{POLICY}; frame-ancestors 'none'"
"""The page and its workers have the policy of an exported page, and no other page may frame it."""
CONTENT_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
"""Browsers insist on these types, which some machines map to others."""
SAVED = "saved"
"""The page downloads what was saved from under this path."""
VIEW = 2
"""A page says from where a scene with depth was seen with so many numbers."""
UNIT_TOLERANCE = 0.01
"""The length of an embedding differs from 1 by at most this, because rounding stays far below it."""


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
    left = threading.Event()
    with leave_on_interrupt(), WebServer(PageSite(page, saver, left), Guard(), port=port) as server:
        say(f"Living at {server.address}")
        say("Press Ctrl-C to stop.")
        if open_page:
            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        wait_for(left)


class PageSite:
    """Serves the files of a page, and saves what it shows."""

    def __init__(self, page: ScenePage, saver: Saver, left: threading.Event) -> None:
        """Serve a page.

        Args:
            left: it is set when the page is left.
        """
        self._page, self._saver, self._left = page, saver, left
        self._files = {"" if name == INDEX_NAME else name: name for name in page.names}
        self._dimension = saver.scene.embeddings.shape[1]
        warp = warp_of(saver.scene.manifest)
        self._modes = 0 if warp is None or warp.steering is None else warp.motion_modes
        self._width = self._dimension + self._modes + (0 if saver.scene.view_stretch is None else VIEW)
        self._saved: dict[str, Path] = {}
        """What was saved, by the percent-encoded name of its file."""
        self._most_bytes = 4 * self._width * frames_kept(saver.scene.fps)

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """As `Site.answer`."""
        if request.method == "GET" and path in self._files:
            return await self._file(self._files[path])
        folder, _, name = path.partition("/")
        if request.method == "GET" and folder == SAVED and name in self._saved:
            return self._download(self._saved[name])
        match request.method, path:
            case "GET", "status":
                return web.Response(status=204)
            case "POST", "still":
                frames = await self._frames(request)
                return await self._save(partial(self._saver.save_still, frames[-1]))
            case "POST", "gif":
                return await self._save_gif(request)
            case "POST", "leave":
                await read_body(request, self._most_bytes)
                # The answer must come before the server ends.
                asyncio.get_running_loop().call_soon(self._left.set)
                return web.Response(status=204)
        raise Refusal(404, "This page does not exist.", closes=True)

    def refuse(self, sentence: str, status: int) -> web.Response:
        """As `Site.refuse`."""
        return web.Response(text=sentence, status=status)

    async def end(self) -> None:
        """As `Site.end`. Nothing is open."""

    async def _file(self, name: str) -> web.Response:
        suffix = name[name.rfind(".") :]
        kind = CONTENT_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        kind += "; charset=utf-8" if kind.startswith("text/") else ""
        body = await asyncio.to_thread(self._page.read, name)
        return web.Response(body=body, headers={"Content-Type": kind, "Content-Security-Policy": SERVED_POLICY})

    async def _save_gif(self, request: web.Request) -> web.Response:
        frames = await self._frames(request)
        try:
            fps = float(request.query.get("fps", ""))
        except ValueError:
            fps = math.nan
        if not 1 <= fps <= MAX_FPS:
            raise Refusal(400, f"The rate must be from 1 to {MAX_FPS:g} frames per second.")
        if len(frames) < 2:
            raise Refusal(400, "A gif needs two frames.")
        return await self._save(partial(self._saver.save_gif, frames, fps))

    async def _save(self, begin: Callable[[Callable[[str], None]], Saving]) -> web.Response:
        """Answer with what the saver says last, once it is done, and with where the page can download the file."""
        said: list[str] = []

        def save() -> Path | None:
            try:
                saving = begin(said.append)
                return saving.path if saving.join() else None
            except InputError as error:
                said.append(str(error))
                return None

        path = await asyncio.to_thread(save)
        text = said[-1].encode("utf-8", "replace").decode()  # file names may hold anything
        if path is None:
            return web.Response(text=text)
        name = _quoted(path)
        self._saved[name] = path
        return web.Response(text=text, headers={"Content-Location": f"{SAVED}/{name}"})

    def _download(self, path: Path) -> web.StreamResponse:
        """A picture that was saved, for the browser to keep.

        Raises:
            Refusal: it was removed.
        """
        if not path.is_file():
            raise Refusal(404, f"{path.name} is no longer there.")
        return web.FileResponse(path, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(path)}"})

    async def _frames(self, request: web.Request) -> list[Frame]:
        """The frames that the page has shown, at least one.

        The body is float32 [M, D + S + V]: in each row an embedding, its offset, and the view. S is 0 if nothing can be
        steered, and V is 2, or 0 without depth.

        Raises:
            Refusal: the body holds none, or they are not sound.
        """
        try:
            body = await read_body(request, self._most_bytes)
            closes = False
        except Refusal:
            body, closes = b"", True
        if body and len(body) % (4 * self._width) == 0:
            rows = np.frombuffer(body, "<f4").reshape(-1, self._width)
            edges = self._dimension, self._dimension + self._modes
            embeddings, offsets, views = np.split(rows, edges, axis=1)
            lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1)
            # A comparison with NaN is false.
            in_range = np.isfinite(offsets).all() and (abs(views) <= 1).all()
            if (abs(lengths - 1) < UNIT_TOLERANCE).all() and in_range:
                return [
                    Frame(embedding, offset if offset.any() else None, tuple(view.tolist()) if view.any() else None)
                    for embedding, offset, view in zip(embeddings, offsets, views, strict=True)
                ]
        raise Refusal(400, f"The body must hold frames of {self._width} numbers each.", closes=closes)


def _quoted(path: Path) -> str:
    """The name of a file for a URL, whatever bytes it has."""
    return quote(os.fsencode(path.name), safe="")
