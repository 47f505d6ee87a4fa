"""A living scene behind a server, and a program that talks to it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp")

from alive_cli.runtime.scene import Scene
from alive_cli.serve.api import Api
from alive_cli.serve.guard import Guard
from alive_cli.serve.living import Living
from alive_cli.serve.painter import Painter
from alive_cli.serve.web_server import WebServer
from tests.conftest import CONFORMANCE

VALID = CONFORMANCE / "valid"
TOKEN = "a-token-of-the-tests"


class Served:
    """A scene that lives behind a server."""

    def __init__(self, living: Living, server: WebServer, api: Api) -> None:
        self.living, self.server, self.api = living, server, api
        self.host, self.path = f"127.0.0.1:{server.port}", f"/{TOKEN}/"


@contextmanager
def served(path: Path, origins: tuple[str, ...] = (), **options: Any) -> Iterator[Served]:
    scene = Scene.open(path, device="cpu")
    living = Living(scene, scene.controls(), seed=1, **options)
    api = Api(living, Painter(living))
    with WebServer(api, Guard(TOKEN, origins=origins)) as server:
        living.start()
        try:
            yield Served(living, server, api)
        finally:
            living.stop()


@pytest.fixture
def plain() -> Iterator[Served]:
    """A scene of format 1.0, which nothing moves but its own life."""
    with served(VALID / "plain.alive") as each:
        yield each


class Program:
    """A WebSocket client of a few lines, which waits only for what a test expects."""

    def __init__(self, served: Served, *, receive_buffer: int | None = None, **headers: str) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", served.server.port))
        lines = {
            "Host": served.host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"GET {served.path}api HTTP/1.1\r\n{head}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send_frame(self, payload: bytes, opcode: int = 1) -> None:
        length = len(payload)
        if length < 126:
            size = bytes([0x80 | length])
        else:
            long = length > 0xFFFF
            size = bytes([0x80 | (127 if long else 126)]) + length.to_bytes(8 if long else 2)
        self.socket.sendall(bytes([0x80 | opcode]) + size + bytes(4) + payload)

    def receive_frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame; opcode 8 where the server closes, or has closed."""
        head = self.file.read(2)
        if len(head) < 2:
            return 8, b""
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(self.file.read(2 if length == 126 else 8))
        return head[0] & 0x0F, self.file.read(length)

    def receive(self) -> dict[str, Any]:
        """The next message, beside pings."""
        opcode, payload = self.receive_frame()
        while opcode == 9:
            opcode, payload = self.receive_frame()
        assert opcode == 1, (opcode, payload)
        return json.loads(payload)

    def ask(self, message: dict[str, Any] | str) -> dict[str, Any]:
        """The reply to a request."""
        self.send_frame((message if isinstance(message, str) else json.dumps(message)).encode())
        while "event" in (reply := self.receive()):
            pass
        return reply

    def do(self, action: str, **values: Any) -> Any:
        """The result of an action."""
        reply = self.ask({"id": 7, "do": action, **values})
        assert reply["id"] == 7
        assert "error" not in reply, reply
        return reply["ok"]

    def refusal(self, action: str, **values: Any) -> str:
        """The sentence that refuses an action."""
        reply = self.ask({"id": "a", "do": action, **values})
        assert reply["id"] == "a"
        assert set(reply) == {"id", "error"}
        return reply["error"]

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def make(served: Served, **options: Any) -> Program:
        programs.append(Program(served, **options))
        return programs[-1]

    yield make
    for program in programs:
        program.close()


def at_once(work: Callable[[int], object], count: int) -> list[object]:
    """The results of the same work in so many threads."""
    results: list[object] = [None] * count

    def run(number: int) -> None:
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
