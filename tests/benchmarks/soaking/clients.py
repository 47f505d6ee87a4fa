"""Programs that steer a scene of `alive serve` all the time, and connect again when it has been away."""

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from typing import Any

import aiohttp

AGAIN_SECONDS = 1.0
"""Who lost the server tries again so often."""
PAUSE_SECONDS = 0.5
"""A client sends a request in so many seconds."""
PATIENCE_SECONDS = 30.0
"""An answer takes no longer."""


class Clients(threading.Thread):
    """Some clients of one server, in a thread of their own."""

    def __init__(self, address: str, count: int) -> None:
        super().__init__(daemon=True)
        self._address, self._count = address, count
        self._left = threading.Event()
        self.replies = 0
        self.connections = 0
        self.frame = 0
        """The frame that the scene had lived at the last answer."""
        self.errors: Counter[str] = Counter()
        """Answers that were errors, and losses of the connection."""
        self.start()

    def stop(self) -> None:
        """Let all clients leave."""
        self._left.set()
        self.join(PATIENCE_SECONDS)

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        await asyncio.gather(*(self._client(number) for number in range(self._count)))

    async def _client(self, number: int) -> None:
        chance = random.Random(number)
        while not self._left.is_set():
            try:
                async with (
                    aiohttp.ClientSession(self._address) as session,
                    session.ws_connect("api", max_msg_size=0) as socket,
                ):
                    self.connections += 1
                    await self._steer(socket, chance, draws=number == 0)
            except (aiohttp.ClientError, TimeoutError, OSError, TypeError, ValueError) as error:
                self.errors[type(error).__name__] += 1
            await asyncio.sleep(AGAIN_SECONDS)

    async def _steer(self, socket: aiohttp.ClientWebSocketResponse, chance: random.Random, *, draws: bool) -> None:
        while not self._left.is_set():
            await self._ask(socket, "state")
            kind = chance.choice(("look_at", "look_away", "touch", "let_go", "set", "go_to"))
            across, down = chance.uniform(-1, 1), chance.uniform(-1, 1)
            more: dict[str, dict[str, Any]] = {
                "look_at": {"across": across, "down": down},
                "touch": {"x": across / 4, "y": down / 4, "dx": 0.1},
                "set": {"controls": {"temperature": round(0.5 + abs(across), 2)}},
                "go_to": {"goal": round(abs(down), 1)},
            }
            await self._ask(socket, kind, **more.get(kind, {}))
            if draws:
                await self._ask(socket, "picture", width=128)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self, socket: aiohttp.ClientWebSocketResponse, what: str, **more: Any) -> None:
        await socket.send_json({"id": what, "do": what, **more})
        while (reply := await socket.receive_json(timeout=PATIENCE_SECONDS)).get("id") != what:
            pass
        self.replies += 1
        if "error" in reply:
            self.errors[f"{what}: {reply['error']}"] += 1
        if what == "state":
            with contextlib.suppress(KeyError, TypeError):
                self.frame = reply["ok"]["frame"]


def frames_in(clients: Clients, seconds: float) -> float:
    """Frames a second that a scene lives."""
    before = clients.frame
    time.sleep(seconds)
    return (clients.frame - before) / seconds
