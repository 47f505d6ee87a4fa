"""The web server: HTTP and WebSockets in a thread of its own, for those whom the guard lets in."""

import asyncio
import ipaddress
import logging
import os
import socket
import threading
from concurrent.futures import Future
from typing import Protocol

from aiohttp import web

from alive_cli.errors import InputError
from alive_cli.serve.guard import LOOPBACK, WILDCARDS, Guard

MOST_CONNECTIONS = 512
"""The server has at most so many connections; it closes further ones at once."""
SILENT_SECONDS = 10.0
"""A connection is closed if its first request, or a body, isn't complete after this long."""
IDLE_SECONDS = 60.0
"""A connection without a request for this long is closed, so that pages that are closed leave nothing behind."""
SEND_BUFFER = 1 << 18
"""The system keeps at most about so many bytes that a reader hasn't read, so that slow readers are noticed."""
END_SECONDS = 1.0
"""Requests that are being answered when the server stops have so long to end."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Every answer has these headers, unless the site sets them otherwise."""


class Refusal(Exception):
    """A request that is refused with a status and one sentence."""

    def __init__(self, status: int, sentence: str, *, closes: bool = False) -> None:
        """Refuse a request.

        Args:
            closes: whether the connection is closed, for instance because the body was not read.
        """
        super().__init__(sentence)
        self.status, self.closes = status, closes


class Site(Protocol):
    """What a server serves. Its methods are called in the thread of the server."""

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer a request that the guard has let in.

        Args:
            path: the path after the token, percent-encoded.

        Raises:
            Refusal: it can't be answered.
        """
        ...

    def refuse(self, sentence: str, status: int) -> web.Response:
        """The answer to a request that is refused."""
        ...

    async def end(self) -> None:
        """Close what is open, because the server stops."""
        ...


class WebServer:
    """A server for one site. `with WebServer(…) as server:` serves it."""

    def __init__(self, site: Site, guard: Guard, *, host: str = LOOPBACK, port: int = 0) -> None:
        """Serve nothing yet.

        Args:
            host: an address or name of this machine.
            port: the port to listen on; 0 chooses a free one.
        """
        self._site, self._guard, self._host = site, guard, host
        self.port = port
        self._listening = host
        """The address that the host stands for."""
        self._ready: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._silent: set[object] = set()
        """Connections without a request so far."""
        self._thread = threading.Thread(target=self._run, name="serving", daemon=True)

    @property
    def address(self) -> str:
        """The address that leads to the site, with the token; from other machines, too, if they reach the server."""
        host = LOOPBACK if self._host == "localhost" else self._host
        if self._listening in WILDCARDS:
            host = _own_address(self._listening)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/{self._guard.token}/"

    @property
    def is_local(self) -> bool:
        """Whether this machine alone reaches the server, once it serves."""
        return ipaddress.ip_address(self._listening).is_loopback

    def __enter__(self) -> "WebServer":
        """Begin to serve.

        Raises:
            InputError: the host or the port can't be used.
        """
        self._thread.start()
        try:
            self.port = self._ready.result()
        except (socket.gaierror, UnicodeError):  # names with an empty or a long part are no Unicode domains
            raise InputError(f"This machine has no address {self._host}; choose another --host.") from None
        except OSError as error:
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            where = f"Port {self.port}" if self._host in (LOOPBACK, "localhost") else f"{self._host}, port {self.port},"
            raise InputError(f"{where} can't be used ({reason}); choose another.") from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(self._add_headers)
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=_quiet_logger(),
            keepalive_timeout=IDLE_SECONDS,
            auto_decompress=False,
            shutdown_timeout=END_SECONDS,
        )
        await runner.setup()
        assert runner.server is not None
        self._connections = runner.server
        try:
            host = LOOPBACK if self._host == "localhost" else self._host
            addresses = await self._loop.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
            self._listening = str(addresses[0][4][0])
            self._guard.listen_on(self._listening)
            server = await self._loop.create_server(self._connect, self._listening, self.port)
            self._ready.set_result(server.sockets[0].getsockname()[1])
            await self._stop.wait()
            server.close()
            await self._site.end()
        finally:
            await runner.cleanup()

    def _connect(self) -> asyncio.Protocol:
        """The protocol of a new connection."""
        # Those that have just been accepted are not among the connections yet.
        if len(self._silent.union(self._connections.connections)) >= MOST_CONNECTIONS:
            return _Closed()
        handler = self._connections()
        self._silent.add(handler)
        asyncio.get_running_loop().call_later(SILENT_SECONDS, self._close_if_silent, handler)
        return handler

    def _close_if_silent(self, handler: web.RequestHandler) -> None:
        if handler in self._silent:
            self._silent.discard(handler)
            handler.force_close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._silent.discard(request.protocol)
        try:
            path = self._guard.path(request.rel_url.raw_path)
            origin = request.headers.get("Origin")
            if path is None or not self._guard.allows(request.headers.get("Host", ""), self.port, origin):
                raise Refusal(403, "This address has no access.", closes=True)
            if request.method == "OPTIONS":
                return web.Response(status=204, headers=_PREFLIGHT if self._guard.has_chosen(origin) else {})
            if request.method in ("GET", "HEAD") and request.rel_url.raw_path == f"/{self._guard.token}":
                return self._with_last_slash(request)
            return await self._site.answer(request, path)
        except Refusal as refusal:
            return self._refuse(str(refusal), refusal.status, closes=refusal.closes)
        except web.HTTPException as error:
            return self._refuse(f"{error.reason}.", error.status, closes=True)
        except OSError:
            raise  # the reader has left
        except Exception as error:
            return self._refuse(f"Internal error ({type(error).__name__}: {error}).", 500, closes=True)

    def _with_last_slash(self, request: web.Request) -> web.Response:
        """Send a browser to the address with its last slash, from which a page's links lead on."""
        query = request.rel_url.raw_query_string
        target = f"{self._guard.token}/{'?' if query else ''}{query}"
        return web.Response(status=308, headers={"Location": target})

    def _refuse(self, sentence: str, status: int, *, closes: bool) -> web.Response:
        response = self._site.refuse(sentence, status)
        if closes:
            response.force_close()
        return response

    async def _add_headers(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "alive"
        origin = request.headers.get("Origin")
        if origin is not None and self._guard.has_chosen(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"


_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Allow-Private-Network": "true",
}


class _Closed(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def read_body(request: web.Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        Refusal: it has more than `most` bytes, or doesn't come.
    """
    body = bytearray()
    try:
        if (request.content_length or 0) > most:
            raise Refusal(413, f"A body has at most {most} bytes.", closes=True)
        async with asyncio.timeout(SILENT_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise Refusal(413, f"A body has at most {most} bytes.", closes=True)
    except TimeoutError:
        raise Refusal(408, f"The body didn't come within {SILENT_SECONDS:g} seconds.", closes=True) from None
    return bytes(body)


def limit_send_buffer(request: web.Request) -> None:
    """Let the system keep no more than SEND_BUFFER unread bytes of a connection."""
    transport = request.transport
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


def _own_address(wildcard: str) -> str:
    """The address of this machine for most others, or its name if it is in no network."""
    family, other = (socket.AF_INET6, "2001:db8::1") if ":" in wildcard else (socket.AF_INET, "192.0.2.1")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((other, 9))  # this sends nothing, but the system chooses the address to send from
            return str(probe.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _quiet_logger() -> logging.Logger:
    """stderr is for messages to the user, so connections that end early are not reported there."""
    logger = logging.getLogger("alive_cli.serve")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
