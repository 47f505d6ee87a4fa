"""One program that is connected by a WebSocket, and what waits to be sent to it."""

import asyncio
import math
from collections import deque

from aiohttp import WSCloseCode, web

from alive_cli.serve.messages import MOST_BYTES, EventName
from alive_cli.serve.rates import Bucket

RATE, BURST = 240.0, 480.0
"""A program may send so many requests per second, and so many at once: twice what the fastest pointers report."""
MOST_QUEUED = 64
"""So many answers and events wait for a reader; one that is slower is closed."""
MOST_QUEUED_BYTES = 1 << 20
"""Answers and events that wait have at most about this many bytes."""
STALLED_SECONDS = 10.0
"""A reader that takes nothing for this long is closed."""
HEARTBEAT_SECONDS = 30.0
"""Connections are asked at this interval whether somebody is still there."""


class Client:
    """A program at the other end of a WebSocket."""

    def __init__(self, request: web.Request) -> None:
        """Make the socket that answers a request; `socket.prepare` opens it."""
        self._transport = request.transport
        self.socket = web.WebSocketResponse(
            max_msg_size=MOST_BYTES, compress=False, heartbeat=HEARTBEAT_SECONDS, timeout=1.0, autoping=False
        )
        self.bucket = Bucket(RATE, BURST)
        self.events: frozenset[EventName] = frozenset()
        self.state_seconds = 0.1
        """Seconds between two state events."""
        self.state_at = -math.inf
        """When the last one was sent, on the clock of the event loop."""
        self.states_lost = 0
        """State events that were left out because the reader was slow."""
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._state: bytes | None = None
        self._more = asyncio.Event()
        self._code: int | None = None
        """The code to close with once everything is sent."""

    def send(self, message: bytes) -> None:
        """Send an answer or an event after those that wait. A reader that is too slow for it is closed."""
        if self._code is not None:
            return
        full = len(self._queue) >= MOST_QUEUED or (self._queue and self._bytes + len(message) > MOST_QUEUED_BYTES)
        if full:
            self.abort()
            return
        self._queue.append(message)
        self._bytes += len(message)
        self._more.set()

    def send_state(self, message: bytes) -> None:
        """Send a state event. While the reader is slow, only the last one waits."""
        self.states_lost += self._state is not None
        self._state = message
        self._more.set()

    def close(self, code: int = WSCloseCode.POLICY_VIOLATION) -> None:
        """Close the connection once everything is sent."""
        self._code = code if self._code is None else self._code
        self._more.set()

    def abort(self) -> None:
        """Close the connection now, without what waits."""
        self._queue.clear()
        self._state = None
        self.close()
        self._drop()

    async def write(self) -> None:
        """Send what waits, until the connection ends."""
        try:
            while not self.socket.closed:
                await self._more.wait()
                self._more.clear()
                while self._queue or self._state is not None:
                    if self._queue:
                        message = self._queue.popleft()
                        self._bytes -= len(message)
                    else:
                        assert self._state is not None
                        message, self._state = self._state, None
                    async with asyncio.timeout(STALLED_SECONDS):
                        await self.socket.send_str(message.decode())
                if self._code is not None:
                    await self.socket.close(code=self._code)
                    return
        except (TimeoutError, OSError, RuntimeError):  # the reader has left, or takes nothing
            self._drop()

    def _drop(self) -> None:
        """Cut the connection: a reader that takes nothing would not answer a farewell."""
        if self._transport is not None:
            self._transport.abort()
