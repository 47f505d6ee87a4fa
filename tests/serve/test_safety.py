"""Who is turned away, and what floods, slow readers and nonsense do: nothing to the scene."""

import contextlib
import http.client
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alive_cli import cli
from alive_cli.errors import InputError
from alive_cli.serve import api, clients, web_server
from alive_cli.serve.guard import Guard
from alive_cli.serve.messages import MOST_BYTES, Refused, read_action, read_request
from alive_cli.serve.rates import Bucket, Buckets
from tests.conftest import REPOSITORY
from tests.serve.conftest import TOKEN, VALID, Program, Served, at_once, served
from tests.serve.test_api import ask, wait_until

Connect = Callable[..., Program]
PAGE = "https://game.example"


def status_of(served: Served, address: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(served.host, timeout=10)
    connection.putrequest(method, address, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status, reply.headers


def lives(served: Served) -> None:
    """The scene lives on."""
    number = served.living.present.number
    wait_until(lambda: served.living.present.number > number + 1)
    assert served.living.error is None


@pytest.mark.parametrize("path", ["/", "/wrong-token-here/", "/wrong-token-here/state", f"/{TOKEN[:-1]}/", "//state"])
def test_a_wrong_token(plain: Served, path: str) -> None:
    assert status_of(plain, path)[0] == 403


def test_a_wrong_token_of_a_websocket(plain: Served, connect: Connect) -> None:
    plain.path = "/another-token-here/"
    assert connect(plain).status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:PORT:PORT"]
)
def test_other_hosts(plain: Served, host: str) -> None:
    assert status_of(plain, plain.path, Host=host.replace("PORT", str(plain.server.port)))[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://127.0.0.1:PORT"])
def test_other_origins(plain: Served, connect: Connect, origin: str) -> None:
    origin = origin.replace("PORT", str(plain.server.port))
    assert status_of(plain, plain.path + "state", Origin=origin)[0] == 403
    assert connect(plain, Origin=origin).status == 403


def test_own_and_chosen_origins(connect: Connect) -> None:
    with served(VALID / "plain.alive", (PAGE,)) as plain:
        assert connect(plain, Origin=f"http://{plain.host}").do("state")
        assert connect(plain, Origin=PAGE).do("state")
        status, headers = status_of(plain, plain.path + "state", Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, PAGE)
        status, headers = status_of(plain, plain.path + "set", "OPTIONS", Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Methods"]) == (204, "GET, POST")
        assert "Access-Control-Allow-Origin" not in status_of(plain, plain.path + "state")[1]


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ("HTTP://Game.Example", "http://game.example"),
        ("http://game.example:80", "http://game.example"),
        ("https://game.example:443", "https://game.example"),
        ("https://game.example", "https://game.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("app://Obsidian.md", "app://obsidian.md"),
        ("null", "null"),
    ],
)
def test_origins_as_browsers_send_them(chosen: str, sent: str) -> None:
    guard = Guard(TOKEN, origins=[chosen])
    assert guard.allows("127.0.0.1:8000", 8000, sent)
    assert guard.has_chosen(sent)
    others = ("http://game.example:443", "https://game.example:80", "http://game.example:8000", "http://game.example/")
    assert not any(guard.has_chosen(each) for each in (None, "", "http://", *others))


def test_its_own_origin_at_the_port_of_its_scheme() -> None:
    guard = Guard(TOKEN, "scene.local")
    assert guard.allows("Scene.local:80", 80, "http://scene.local")
    assert not guard.allows("scene.local:80", 80, "https://scene.local")


@pytest.mark.parametrize("host", ["0", "0.0.0.0"])
@pytest.mark.parametrize("is_in_network", [True, False])
def test_a_wildcard_is_reached_by_an_address_of_the_machine(
    plain: Served, host: str, is_in_network: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = Guard(TOKEN, host)
    with web_server.WebServer(plain.api, guard, host=host) as server:
        with monkeypatch.context() as patch:
            if is_in_network:
                patch.setattr(web_server.socket.socket, "getsockname", lambda _: ("192.168.1.4", 9))
                patch.setattr(web_server.socket.socket, "connect", lambda *_: None)
            else:
                patch.setattr(web_server.socket.socket, "connect", _unreachable)
            address = server.address
        own = "192.168.1.4" if is_in_network else socket.gethostname()
        assert address == f"http://{own}:{server.port}/{TOKEN}/"
        assert not server.is_local
        plain.host = f"127.0.0.1:{server.port}"
        for name in (own, "localhost", "127.0.0.1", "10.0.0.1"):
            assert status_of(plain, plain.path, Host=f"{name}:{server.port}")[0] == 200
        assert status_of(plain, plain.path, Host=f"evil.example:{server.port}")[0] == 403


def _unreachable(*_: object) -> None:
    raise OSError("Network is unreachable")


def test_other_ways_to_write_an_address(plain: Served) -> None:
    """Browsers write 127.1 as 127.0.0.1."""
    with web_server.WebServer(plain.api, Guard(TOKEN, "127.1"), host="127.1") as server:
        assert server.is_local
        plain.host = f"127.0.0.1:{server.port}"
        assert status_of(plain, plain.path)[0] == 200
    assert plain.server.is_local


def test_hosts_of_other_machines() -> None:
    named, everywhere = Guard(TOKEN, "scene.local"), Guard(TOKEN, "0.0.0.0")
    assert named.allows("Scene.local:80", 80, None)
    assert named.allows("scene.local", 80, None)
    assert not named.allows("localhost:80", 80, None)
    assert everywhere.allows("192.168.1.4:8000", 8000, "http://192.168.1.4:8000")
    assert not everywhere.allows("evil.example:8000", 8000, None)
    assert Guard(TOKEN, "::1").allows("[::1]:8000", 8000, None)


NONSENSE = [
    "",
    "{",
    "nonsense",
    "[]",
    "null",
    "3",
    "{}",
    '{"do": null}',
    '{"do": "fly"}',
    '{"do": "state", "extra": 1}',
    '{"do": "touch"}',
    '{"do": "touch", "x": "0", "y": 0}',
    '{"do": "touch", "x": NaN, "y": 0}',
    '{"do": "touch", "x": Infinity, "y": 0}',
    '{"do": "touch", "x": 1e999, "y": 0}',
    '{"do": "touch", "x": 1.5, "y": 0}',
    '{"do": "touch", "x": 0, "y": 0, "dx": 1e300}',
    '{"do": "look_at", "across": 2, "down": 0}',
    '{"do": "set", "controls": {"temperature": "hot"}}',
    '{"do": "set", "controls": {"temperature": 1e300}}',
    '{"do": "set", "controls": []}',
    '{"do": "go_to", "goal": true}',
    '{"do": "go_to", "goal": 1e300}',
    '{"do": "another", "seed": -1}',
    '{"do": "another", "seed": 9223372036854775808}',
    '{"do": "another", "seed": 1.5}',
    '{"do": "picture", "width": 0}',
    '{"do": "picture", "format": "tiff"}',
    '{"do": "subscribe", "events": ["birth"]}',
    '{"do": "subscribe", "events": ["state"], "rate": 1000}',
    '{"do": "state", "id": {}}',
    '{"do": "state", "id": "' + 100 * "x" + '"}',
    60_000 * "[",
    '{"a":' * 9_000 + "1" + "}" * 9_000,
]


@pytest.mark.parametrize("message", NONSENSE, ids=lambda message: message[:40])
def test_nonsense_is_answered_in_one_sentence(plain: Served, connect: Connect, message: str) -> None:
    program = connect(plain)
    reply = program.ask(message)
    assert set(reply) <= {"id", "error"}
    assert reply["error"].endswith(".")
    assert "\n" not in reply["error"]
    assert "Internal" not in reply["error"]
    assert program.do("state")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"x": NaN, "y": 0}', b"\xff\xfe", 60_000 * b"["])
def test_nonsense_over_http(plain: Served, body: bytes) -> None:
    status, reply, _ = ask(plain, "POST", "touch", body)
    assert status == 400
    assert json.loads(reply)["error"].endswith(".")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "touch", 405), ("POST", "state", 405), ("PUT", "x", 404)]
)
def test_wrong_methods(plain: Served, method: str, path: str, status: int) -> None:
    assert ask(plain, method, path)[0] == status


def test_binary_messages(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    program.send_frame(b"\0\1", opcode=2)
    assert program.receive() == {"error": "A message is a text of JSON."}
    assert program.do("state")


def test_pings_count_as_messages(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    program = connect(plain)
    program.send_frame(b"here", opcode=9)
    assert program.receive_frame() == (10, b"here")
    (client,) = plain.api._clients
    client.bucket = Bucket(0.001, 1)
    program.send_frame(b"", opcode=9)
    program.send_frame(b"", opcode=9)
    assert program.receive_frame()[0] == 10
    assert json.loads(program.receive_frame()[1]) == {"error": api.TOO_MANY}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_message_is_read_or_refused(message: bytes | str) -> None:
    with contextlib.suppress(Refused):
        read_request(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)


@given(st.sampled_from(sorted({*api.ACTIONS, *api.READING, "picture", "subscribe", "fly"})), JSON)
def test_any_values_are_read_or_refused(action: str, values: object) -> None:
    body = json.dumps(values).encode()
    with contextlib.suppress(Refused):
        read_action(action, body)
    with contextlib.suppress(Refused):
        read_request(json.dumps({"do": action, "x": values, "controls": values, "goal": values, "id": values}))


def test_messages_and_bodies_are_bounded(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    program.send_frame(b" " * (MOST_BYTES + 1))
    opcode, payload = program.receive_frame()
    assert (opcode, payload[:2]) == (8, (1009).to_bytes(2))
    assert ask(plain, "POST", "touch", b" " * (MOST_BYTES + 1))[0] == 413
    lives(plain)


def test_a_flood_is_limited(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    for _ in range(int(clients.BURST) + 400):
        try:
            program.send_frame(b'{"do": "let_go"}')
        except OSError:
            break
    replies = 0
    while (frame := program.receive_frame())[0] == 1:
        last = json.loads(frame[1])
        replies += 1
    assert last == {"error": api.TOO_MANY}
    assert clients.BURST <= replies <= clients.BURST + 400
    assert frame[1][:2] in ((1008).to_bytes(2), b"")
    assert connect(plain).do("state")
    lives(plain)


def test_a_flood_over_http_is_limited(plain: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    plain.api._buckets = Buckets(0.001, 3)
    assert [ask(plain, "GET", "state")[0] for _ in range(4)] == [200, 200, 200, 429]
    lives(plain)


def test_buckets_fill_again() -> None:
    now = [0.0]
    bucket = Bucket(2, 3, lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_who_reads_no_replies_is_closed(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "BURST", 1e6)
    monkeypatch.setattr(clients, "RATE", 1e6)
    deaf = connect(plain, receive_buffer=4096)
    deaf.socket.settimeout(5)
    with contextlib.suppress(OSError):
        for _ in range(200_000):
            deaf.send_frame(b'{"do": "scene"}')
    wait_until(lambda: not plain.api._clients)
    lives(plain)


def test_a_slow_reader_loses_states_and_is_closed(
    plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "STALLED_SECONDS", 1.0)
    monkeypatch.setattr(web_server, "SEND_BUFFER", 4096)
    state = plain.api._actions.state
    many = {f"control{number}": float(number) for number in range(2000)}

    def large() -> Any:
        import msgspec

        return msgspec.structs.replace(state(), controls=many, frame=time.monotonic_ns())

    monkeypatch.setattr(plain.api._actions, "state", large)
    slow = connect(plain, receive_buffer=4096)
    slow.do("subscribe", events=["state"], rate=30)
    (client,) = plain.api._clients
    wait_until(lambda: client.states_lost > 5)
    assert len(client._queue) <= clients.MOST_QUEUED
    wait_until(lambda: not plain.api._clients)
    lives(plain)


def test_a_hundred_programs_at_once(plain: Served, connect: Connect) -> None:
    programs = [connect(plain) for _ in range(100)]

    def use(number: int) -> int:
        program = programs[number]
        program.do("subscribe", events=["state"], rate=5)
        return sum("ok" in program.ask({"id": number, "do": "set", "controls": {"pull": 0.5}}) for _ in range(20))

    assert at_once(use, 100) == 100 * [20]
    lives(plain)


def test_programs_and_connections_are_bounded(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_CLIENTS", 3)
    monkeypatch.setattr(web_server, "MOST_CONNECTIONS", 4)
    programs = [connect(plain) for _ in range(3)]
    assert connect(plain).status == 503
    held = socket.create_connection(("127.0.0.1", plain.server.port))
    more = socket.create_connection(("127.0.0.1", plain.server.port))
    more.settimeout(5)
    assert more.recv(1) == b""
    assert all(program.do("state") for program in programs)
    programs[0].close()
    held.close()
    more.close()
    wait_until(lambda: len(plain.api._clients) == 2)
    assert connect(plain).do("state")


def test_silent_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "SILENT_SECONDS", 0.3)
    with served(VALID / "plain.alive") as plain:
        silent = socket.create_connection(("127.0.0.1", plain.server.port))
        silent.sendall(b"GET /")
        silent.settimeout(5)
        assert silent.recv(1) == b""
        slow = socket.create_connection(("127.0.0.1", plain.server.port))
        slow.settimeout(5)
        head = f"POST {plain.path}touch HTTP/1.1\r\nHost: {plain.host}\r\nContent-Length: 10\r\n\r\n12"
        slow.sendall(head.encode())
        assert b"408" in slow.recv(100)
        silent.close()
        slow.close()


def test_a_server_that_stops_says_goodbye(connect: Connect) -> None:
    with served(VALID / "plain.alive") as plain:
        program = connect(plain)
        program.do("state")
    opcode, payload = program.receive_frame()
    assert (opcode, payload[:2]) == (8, (1001).to_bytes(2))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--token", "short"], "A token has 8 to 128 letters"),
        (["--token", "with/slash/in/it"], "A token has 8 to 128 letters"),
        (["--origin", "localhost"], "is no origin"),
        (["--origin", "http://localhost:8000/page"], "is no origin"),
        (["--origin", "http://*.example"], "is no origin"),
        (["--host", "a..b"], "This machine has no address a..b; choose another --host."),
        (["--host", 70 * "x"], f"This machine has no address {70 * 'x'}; choose another --host."),
        (["--host", "no.such.name.invalid"], "This machine has no address no.such.name.invalid"),
        (["--pull", "7"], "The pull is 7; choose a number from 0 to 1."),
        (["--mood", "1"], "There is no option --mood"),
        (["--from", "99"], "no second 99"),
    ],
)
def test_wrong_options(options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve", str(VALID / "plain.alive"), *options]) == 2
    assert sentence in capsys.readouterr().err


def test_a_port_in_use(plain: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve", str(VALID / "plain.alive"), "--port", str(plain.server.port)]) == 2
    error = capsys.readouterr().err
    assert f"Port {plain.server.port} can't be used (address already in use); choose another." in error


def test_a_host_that_is_used_needs_no_thread() -> None:
    with pytest.raises(InputError), web_server.WebServer(None, Guard(TOKEN), host="192.0.2.1"):  # type: ignore[arg-type]
        pass


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_cleanly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "alive_cli.cli", "serve", str(VALID / "plain.alive"), "--token", TOKEN]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("Living at http://127.0.0.1:")
    assert process.stderr.readline() == "Press Ctrl-C to stop.\n"
    port = int(line.split(":")[2].partition("/")[0])
    for rubbish in (b"\0\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"POST /", 70_000 * b"x"):
        with socket.create_connection(("127.0.0.1", port)) as connection, contextlib.suppress(OSError):
            connection.sendall(rubbish)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it ends by a reset
    time.sleep(0.3)
    process.send_signal(number)
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
