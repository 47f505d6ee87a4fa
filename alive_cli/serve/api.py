"""The API over WebSockets and HTTP: `TOKEN/api` for a WebSocket, and a path for each action."""

import asyncio
import base64
import contextlib
import html
import math
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

from aiohttp import WSCloseCode, WSMsgType, web

from alive_cli.errors import AliveError
from alive_cli.runtime.goals import Goal
from alive_cli.serve import messages, schema
from alive_cli.serve.actions import Actions, goal_info
from alive_cli.serve.clients import Client
from alive_cli.serve.living import Living
from alive_cli.serve.messages import Answer, AnyRequest, Arrived, Arriving, Refused, StateEvent
from alive_cli.serve.painter import Painter
from alive_cli.serve.rates import Buckets
from alive_cli.serve.web_server import Refusal, limit_send_buffer, read_body
from bundle_spec.errors import BundleError

MOST_CLIENTS = 256
"""So many programs may be connected by WebSockets at once."""
HTTP_RATE, HTTP_BURST = 480.0, 960.0
"""One address may make so many HTTP requests per second, and so many at once."""
TOO_MANY = "You send too many requests; send fewer per second."
"""A program that floods the server receives this sentence before it is closed."""
SAMENESS_SECONDS = 1 / messages.MOST_STATE_RATE
"""The state is compared with the last one at this interval, while somebody has subscribed to it."""
READING = {"scene", "state"}
"""These actions change nothing, so HTTP uses GET for them."""
ACTIONS = {kind.__struct_config__.tag for kind in get_args(AnyRequest)} - READING - {"picture", "subscribe"}
"""HTTP uses POST for these actions, each at the path of its name."""
PICTURES: dict[str, tuple[messages.PictureFormat, str]] = {
    "picture.jpg": ("jpeg", "image/jpeg"),
    "picture.png": ("png", "image/png"),
}
"""The present picture has these paths; each has a format and a content type."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>TITLE</title>
<p>This scene is alive. Programs steer it with JSON messages over the WebSocket <code>api</code>, or over HTTP:
<a href="scene">scene</a>, <a href="state">state</a>, <a href="picture.jpg">picture.jpg</a>, and the messages'
<a href="schema">schema</a>.<p><img src="picture.jpg" alt="The scene now">"""
"""People who open the address in a browser see this page."""


class Api:
    """Serves one living scene. All methods run in the thread of the server."""

    def __init__(self, living: Living, painter: Painter) -> None:
        """Serve a living scene, with the pictures of a painter."""
        self._living, self._painter = living, painter
        self._actions = Actions(living, painter.size)
        self._searches = ThreadPoolExecutor(1, "searches")
        self._clients: set[Client] = set()
        self._buckets = Buckets(HTTP_RATE, HTTP_BURST)
        self._states: asyncio.Task[None] | None = None
        self._holder: Client | None = None
        """The client that touched last, if it hasn't let go."""
        self._leader: Client | None = None
        """The client for which the scene looks somewhere."""
        self._viewer: Client | None = None
        """The client that holds the view."""

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """As `Site.answer`."""
        if path == "api" and request.method == "GET":
            return await self._connect(request)
        if not self._buckets.take(request.remote or ""):
            raise Refusal(429, TOO_MANY, closes=True)
        if path in ACTIONS:
            if request.method != "POST":
                raise Refusal(405, f"Use POST for {path}.")
            return await self._act(path, await read_body(request, messages.MOST_BYTES))
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405 if path in READING else 404, f"This path takes no {request.method}.", closes=True)
        if path in READING:
            return await self._act(path, b"")
        if path in PICTURES:
            return await self._picture(request, path)
        if path == "schema":
            return _json(schema.PATH.read_bytes())
        if path == "":
            text = PAGE.replace("TITLE", html.escape(self._living.scene.manifest.title))
            policy = {"Content-Security-Policy": "default-src 'none'; img-src 'self'; frame-ancestors 'none'"}
            return web.Response(text=text, content_type="text/html", headers=policy)
        raise Refusal(404, "There is nothing at this path.", closes=True)

    def refuse(self, sentence: str, status: int) -> web.Response:
        """As `Site.refuse`."""
        return _json(messages.encode(Answer(error=sentence)), status)

    async def end(self) -> None:
        """As `Site.end`."""
        self._living.on_goal = lambda event, goal: None
        self._searches.shutdown(wait=False, cancel_futures=True)
        if self._states is not None:
            self._states.cancel()
        for client in list(self._clients):
            client.close(WSCloseCode.GOING_AWAY)
        await asyncio.sleep(0)

    async def _act(self, action: str, body: bytes) -> web.Response:
        try:
            answer = await self._do(None, messages.read_action(action, body))
        except Refused as refused:
            answer = Answer(id=refused.id, error=str(refused))
        return _json(messages.encode(answer), 200 if answer.error is None else 400)

    async def _picture(self, request: web.Request, path: str) -> web.Response:
        kind, content_type = PICTURES[path]
        width = request.query.get("width")
        if width is not None and not (width.isdecimal() and width.isascii() and len(width) <= 5):
            raise Refusal(400, "The width must be a whole number of pixels.")
        try:
            data, _ = await self._painter.picture(None if width is None else int(width), kind)
        except (AliveError, BundleError) as error:
            raise Refusal(400, str(error)) from None
        return web.Response(body=data, content_type=content_type)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one program until it leaves, or is closed."""
        if len(self._clients) >= MOST_CLIENTS:
            raise Refusal(503, f"There are {MOST_CLIENTS} programs connected already.", closes=True)
        client = Client(request)
        if not client.socket.can_prepare(request):
            raise Refusal(400, "This path is for WebSockets.", closes=True)
        self._clients.add(client)
        writer: asyncio.Task[None] | None = None
        try:
            loop = asyncio.get_running_loop()
            self._living.on_goal = lambda event, goal: self._pass_on(loop, event, goal)
            await client.socket.prepare(request)
            limit_send_buffer(request)
            writer = asyncio.create_task(client.write())
            async for message in client.socket:
                if not client.bucket.take():
                    client.send(messages.encode(Answer(error=TOO_MANY)))
                    client.close()
                    await writer
                    break
                match message.type:
                    case WSMsgType.TEXT:
                        client.send(messages.encode(await self._answer(client, message.data)))
                    case WSMsgType.BINARY:
                        client.send(messages.encode(Answer(error="A message is a text of JSON.")))
                    case WSMsgType.PING:
                        await client.socket.pong(message.data)
                await asyncio.sleep(0)  # the writer and other programs have their turn, even if many messages wait
        finally:
            self._clients.discard(client)
            self._let_go(client)
            if writer is not None:
                writer.cancel()
        return client.socket

    async def _answer(self, client: Client, message: str) -> Answer:
        try:
            request = messages.read_request(message)
        except Refused as refused:
            return Answer(id=refused.id, error=str(refused))
        if isinstance(request, messages.Subscribe):
            return self._subscribe(client, request)
        return await self._do(client, request)

    async def _do(self, client: Client | None, request: AnyRequest) -> Answer:
        try:
            result: messages.Result
            if isinstance(request, messages.GetPicture):
                data, size = await self._painter.picture(request.width, request.format)
                result = messages.PictureInfo(*size, request.format, base64.b64encode(data).decode())
            elif isinstance(request, messages.GoTo | messages.Mood):
                # A search over the motion graph takes long, and others are answered meanwhile.
                loop = asyncio.get_running_loop()
                result = await loop.run_in_executor(self._searches, self._actions.do, request)
            else:
                result = self._actions.do(request)
                self._note(client, request)
            return Answer(id=request.id, ok=result)
        except (AliveError, BundleError) as error:
            return Answer(id=request.id, error=str(error))
        except Exception as error:
            return Answer(id=request.id, error=f"Internal error ({type(error).__name__}: {error}).")

    def _note(self, client: Client | None, request: AnyRequest) -> None:
        """Note which client, if it was one, holds the scene or its view, and for which it looks somewhere."""
        match request:
            case messages.Touch(dx=dx, dy=dy) if dx or dy:  # a nudge holds nothing
                self._holder = client
            case messages.LetGo():
                self._holder = None
            case messages.LookAt():
                self._leader = client
            case messages.LookAway():
                self._leader = None
            case messages.ViewFrom():
                self._viewer = client
            case messages.ViewAway():
                self._viewer = None
            case messages.Another():
                self._holder = self._leader = None

    def _let_go(self, client: Client) -> None:
        """Undo what a client that leaves would hold for ever."""
        if self._holder is client:
            self._holder = None
            self._living.rollout.let_go()
        if self._leader is client:
            self._leader = None
            self._living.rollout.look_away()
        if self._viewer is client:
            self._viewer = None
            self._living.rollout.view_away()

    def _subscribe(self, client: Client, request: messages.Subscribe) -> Answer:
        client.events = frozenset(request.events)
        client.state_seconds, client.state_at = 1 / request.rate, -math.inf
        if "state" in client.events and self._states is None:
            self._states = asyncio.create_task(self._send_states())
        return Answer(id=request.id, ok=messages.Subscribed(request.events, request.rate))

    def _pass_on(self, loop: asyncio.AbstractEventLoop, event: str, goal: Goal) -> None:
        """Announce an event of the scene, in whose thread this is called."""
        with contextlib.suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(self._announce, event, goal)

    def _announce(self, event: str, goal: Goal) -> None:
        kind = Arriving if event == "arriving" else Arrived
        message = messages.encode(kind(goal_info(goal)))
        for client in list(self._clients):
            if event in client.events:
                client.send(message)

    async def _send_states(self) -> None:
        """Send state events to those who have subscribed to them, as long as the state changes."""
        before, changed = b"", 0.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SAMENESS_SECONDS)
            clients = [client for client in self._clients if "state" in client.events]
            if not clients:
                continue
            now = loop.time()
            message = messages.encode(StateEvent(self._actions.state()))
            if message != before:
                before, changed = message, now
            for client in clients:
                if now - client.state_at >= client.state_seconds - SAMENESS_SECONDS / 2 and changed > client.state_at:
                    client.state_at = now
                    client.send_state(message)


def _json(data: bytes, status: int = 200) -> web.Response:
    return web.Response(body=data, status=status, content_type="application/json")
