"""Serves a page on which a person marks pictures, and does what it sends: JSON in, JSON out."""

import asyncio
import io
import json
import threading
import webbrowser
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from aiohttp import web
from PIL import Image

from alive_cli.errors import AliveError
from alive_cli.marking.marks import MOST_BYTES
from alive_cli.marking.turns import Replaced
from alive_cli.serve.guard import Guard
from alive_cli.serve.web_server import Refusal, WebServer, read_body
from alive_cli.signals import leave_on_interrupt
from alive_cli.views.loop import wait_for
from alive_cli.web.local_page import LocalPage

MOST_WAITING = 16
"""So many requests may wait; more would wait for long."""

QUALITY = 90
"""A page's pictures are JPEG of this quality, at which its blocks are not visible."""

Action = Callable[[bytes], object]
"""What does one thing: a request's body to what is answered as JSON."""


class MarkingSite:
    """Serves a page, its pictures and its actions, which run one after another in a thread for each."""

    def __init__(
        self,
        page: LocalPage,
        pictures: Mapping[str, bytes],
        actions: Mapping[str, Action],
        ending: Callable[[], object] = lambda: None,
    ) -> None:
        """Serve a page.

        Args:
            pictures: JPEG files by name.
            actions: by name; the page sends them by POST. They may raise `AliveError`, `OSError` and `Replaced`.
            ending: called when the server stops, so that actions that take long end soon.
        """
        self._page, self._pictures, self._actions, self._ending = page, pictures, actions, ending
        self._threads = ThreadPoolExecutor(MOST_WAITING, "marking")
        self._waiting = 0

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """As `Site.answer`."""
        if request.method == "GET":
            if path in self._page.files:
                kind, body = self._page.files[path]
                return web.Response(
                    body=body, headers={"Content-Type": kind, "Content-Security-Policy": self._page.policy}
                )
            if path in self._pictures:
                return web.Response(body=self._pictures[path], content_type="image/jpeg")
            if path == "status":
                return web.Response(status=204)
        elif request.method == "POST" and path in self._actions:
            return await self._do(self._actions[path], await read_body(request, MOST_BYTES))
        raise Refusal(404, "This page does not exist.", closes=True)

    def refuse(self, sentence: str, status: int) -> web.Response:
        """As `Site.refuse`."""
        return web.Response(text=sentence, status=status)

    async def end(self) -> None:
        """As `Site.end`."""
        self._ending()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _do(self, action: Action, body: bytes) -> web.Response:
        if self._waiting >= MOST_WAITING:
            raise Refusal(503, "Too many requests wait; try again.")
        self._waiting += 1
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, action, body)
        except Replaced:
            raise Refusal(409, "A newer request has replaced this one.") from None
        except AliveError as error:
            raise Refusal(400, str(error)) from None
        except OSError as error:
            # The server takes this error for a reader who has left.
            raise Refusal(500, f"The file can't be written ({(error.strerror or str(error)).lower()}).") from None
        finally:
            self._waiting -= 1
        return web.Response(text=json.dumps(result), content_type="application/json")


def serve_marking(
    site: MarkingSite, *, port: int = 0, open_page: bool = True, say: Callable[[str], None] = lambda text: None
) -> None:
    """Serve a page to browsers on this machine until somebody presses Ctrl-C.

    The address contains a secret token, and the server listens on the loopback interface alone.

    Args:
        port: the port to listen on; 0 chooses a free one.
        open_page: whether to open the page in the user's browser.
        say: it receives messages for the user: the address, and how to stop.

    Raises:
        InputError: the port can't be used.
    """
    with leave_on_interrupt(), WebServer(site, Guard(), port=port) as server:
        say(f"Draw at {server.address}")
        say("Press Ctrl-C to stop.")
        if open_page:
            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        wait_for(threading.Event())


def as_jpeg(picture: np.ndarray) -> bytes:
    """A picture, uint8 [H, W, 3], as a page shows it."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
