"""The page for this machine: who may see it, what it serves, and what it saves."""

import http.client
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from alive_cli import Scene, cli
from alive_cli.errors import InputError
from alive_cli.runtime.frame import Frame
from alive_cli.serve.guard import LOOPBACK
from alive_cli.views import browser
from alive_cli.views.browser import play_in_browser
from alive_cli.views.saving import Saver
from alive_cli.web import page as web_page
from alive_cli.web.page import ScenePage
from bundle_spec import conformance
from bundle_spec.container import read_bundle, write_bundle
from tests.web.steerable import steerable

FOLDER = Path(conformance.__file__).parent / "valid"
FILES = {"alive-scene.js": b"player", "page.js": b"panel", "worker.js": b"worker", "ort.wasm": b"\0asm"}
"""A player of a few bytes: what the server does with it doesn't depend on them."""


@pytest.fixture
def built(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    dist = tmp_path_factory.mktemp("dist")
    for name, data in FILES.items():
        (dist / name).write_bytes(data)
    monkeypatch.setattr(web_page, "player_files", lambda: {file.name: file for file in dist.iterdir()})


class Served:
    """A page served from a thread."""

    def __init__(self, name: str, folder: Path) -> None:
        bundle = read_bundle(FOLDER / name)
        self.scene = Scene(bundle)
        self.saver = Saver(self.scene, "square" if "square" in name else "ring", folder)
        self.page = ScenePage(bundle, {"seed": 7}, {"controls": {"pull": 0.5}, "frames": None})
        said: list[str] = []
        options = {"open_page": False, "say": said.append}
        self._thread = threading.Thread(target=play_in_browser, args=(self.page, self.saver), kwargs=options)
        self._thread.start()
        until = time.monotonic() + 10
        while not said and time.monotonic() < until:
            time.sleep(0.01)
        self.address = said[0].removeprefix("Living at ")

    def get(self, path: str = "", data: bytes | None = None, **headers: str):  # type: ignore[no-untyped-def]
        request = urllib.request.Request(self.address + path, data, headers)
        return urllib.request.urlopen(request, timeout=10)

    def leave(self) -> None:
        if self._thread.is_alive():
            assert self.get("leave", b"").status == 204
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def served(built: None, tmp_path: Path) -> Iterator[Served]:
    server = Served("plain.alive", tmp_path)
    yield server
    server.leave()


def test_the_page_and_its_files(served: Served) -> None:
    page = served.get()
    text = page.read().decode()
    assert "<title>ring</title>" in text
    assert ' seed="7"' in text
    assert "data-session='" not in text
    assert "&quot;pull&quot;: 0.5" in text
    assert not re.search(r"<style|style=|<script>|onload", text)
    for header, value in (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")):
        assert page.headers[header] == value
    named = re.findall(r'(?:src|href)="([^"?]+\?[0-9a-f]{12})"', text)
    assert {name.partition("?")[0] for name in named} == {"page.css", "page.js", "alive-scene.js", "scene.alive"}
    for name in (*named, "worker.js", "ort.wasm"):
        assert served.get(name).read() == served.page.read(name.partition("?")[0])
    kinds = {"worker.js": "text/javascript; charset=utf-8", "ort.wasm": "application/wasm"}
    assert {name: served.get(name).headers["Content-Type"] for name in kinds} == kinds


@pytest.mark.parametrize("path", ["", "worker.js"])
def test_the_page_and_its_workers_may_only_play(served: Served, path: str) -> None:
    policy = served.get(path).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self';")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_what_was_shown_is_saved(served: Served, tmp_path: Path) -> None:
    embeddings = served.scene.embeddings[:4]
    assert served.get("still", embeddings[1].tobytes()).read().decode() == f"saved {tmp_path / 'ring-1.png'}"
    assert served.get("gif?fps=12.5", embeddings.tobytes()).read().decode() == f"saved {tmp_path / 'ring-1.gif'}"
    with Image.open(tmp_path / "ring-1.png") as picture:
        assert np.array_equal(np.asarray(picture), served.scene.draw(embeddings[1]))
    with Image.open(tmp_path / "ring-1.gif") as gif:
        assert gif.n_frames >= 2  # type: ignore[attr-defined]
    assert [path.name for path in served.saver.saved(print)] == ["ring-1.png", "ring-1.gif"]


def test_what_was_saved_can_be_downloaded_and_nothing_else(served: Served, tmp_path: Path) -> None:
    (tmp_path / "ring-9.gif").write_bytes(b"another")
    served.saver._name = "ring 1/4".replace("/", "÷")
    answer = served.get("still", served.scene.embeddings[0].tobytes())
    address = answer.headers["Content-Location"]
    assert address == "saved/ring%201%C3%B74-1.png"
    file = served.get(address)
    assert file.read() == (tmp_path / "ring 1÷4-1.png").read_bytes()
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''ring%201%C3%B74-1.png"
    assert file.headers["Content-Type"] == "image/png"
    for other in ("saved/ring-9.gif", "saved/", "saved/..%2Fring-9.gif", "other/ring%201%C3%B74-1.png"):
        with pytest.raises(urllib.error.HTTPError) as raised:
            served.get(other)
        assert raised.value.code == 404
    (tmp_path / "ring 1÷4-1.png").unlink()
    with pytest.raises(urllib.error.HTTPError) as raised:
        served.get(address)
    assert raised.value.code == 404


def test_what_was_dragged_is_saved_as_it_was_shown(built: None, tmp_path: Path) -> None:
    """In a scene that can be steered, an offset of the motion modes follows each embedding."""
    (tmp_path / "square.alive").write_bytes(steerable())
    server = Served(str(tmp_path / "square.alive"), tmp_path)
    try:
        embeddings = server.scene.embeddings[:2]
        offsets = np.float32([[0, 0, 0], [-0.1, 0.05, 0]])
        rows = np.hstack([embeddings, offsets]).astype("<f4")
        server.get("still", rows.tobytes())
        server.get("gif?fps=10", rows.tobytes())
        own = server.scene.draw(Frame(embeddings[1], offsets[1]))
        assert not np.array_equal(own, server.scene.draw(embeddings[1]))
        with Image.open(tmp_path / "square-1.png") as picture:
            assert np.array_equal(np.asarray(picture), own)
        rows[1, -1] = np.nan
        for body in (embeddings.tobytes(), rows.tobytes()):
            with pytest.raises(urllib.error.HTTPError) as raised:
                server.get("still", body)
            assert raised.value.code == 400
    finally:
        server.leave()


def test_a_picture_that_can_not_be_saved_is_reported(served: Served) -> None:
    served.saver.folder = Path("/nowhere")
    assert "could not be saved" in served.get("still", served.scene.embeddings[0].tobytes()).read().decode()


UNIT = np.eye(1, 4, dtype="<f4").tobytes()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("still", b""),
        ("still", UNIT[:-1]),
        ("still", 2 * UNIT + b"x"),
        ("still", np.full(4, np.nan, "<f4").tobytes()),
        ("still", np.full(4, np.inf, "<f4").tobytes()),
        ("still", np.full(4, 3e38, "<f4").tobytes()),
        ("still", np.zeros(4, "<f4").tobytes()),
        ("gif?fps=10", 1000 * UNIT),
        ("gif?fps=10", UNIT),
        ("gif", 2 * UNIT),
        ("gif?fps=nan", 2 * UNIT),
        ("gif?fps=1e9", 2 * UNIT),
        ("gif?fps=-1", 2 * UNIT),
    ],
)
def test_nonsense_is_refused(served: Served, tmp_path: Path, path: str, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        served.get(path, body)
    assert raised.value.code == 400
    assert raised.value.read().count(b".") <= 1
    assert not list(tmp_path.iterdir())


def test_others_are_turned_away(served: Served) -> None:
    root = served.address.rsplit("/", 2)[0]
    for address, host in (
        (root + "/", None),
        (root + "/wrong-token/", None),
        (root + "/wrong-token/scene.alive", None),
        (served.address, "evil.example"),
        (served.address + "scene.alive", f"evil.example:{root.rsplit(':', 1)[1]}"),
    ):
        request = urllib.request.Request(address, headers={"Host": host} if host else {})
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request, timeout=10)
        assert raised.value.code == 403
    for path in ("../../etc/passwd".replace("/", "%2f"), "../page.py", "leave"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            served.get(path)
    assert f"//{LOOPBACK}:" in served.address


@pytest.mark.parametrize("path", ["nope", "still"])
def test_an_unread_body_is_no_request(served: Served, path: str) -> None:
    _, host, token, _ = re.split("/+", served.address)
    connection = http.client.HTTPConnection(host, timeout=10)
    for _ in range(2):
        connection.request("POST", f"/{token}/{path}", b"x" * 2000)
        reply = connection.getresponse()
        reply.read()
        assert reply.status in (400, 404)
        assert reply.getheader("Connection") == "close"


def test_texts_of_strangers_stay_texts(built: None, tmp_path: Path) -> None:
    rude = Served("rude.alive", tmp_path)
    text = rude.get().read().decode()
    rude.leave()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_port_that_is_in_use(served: Served) -> None:
    port = int(re.search(r":(\d+)/", served.address)[1])  # type: ignore[index]
    with pytest.raises(InputError, match="choose another"):
        play_in_browser(served.page, served.saver, port=port, open_page=False)


def test_the_command_ends_when_the_page_is_left(served: Served) -> None:
    assert served.get("status").status == 204
    served.leave()
    with pytest.raises(OSError, match="refused"):
        served.get("status")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fps", "10"], "In a browser a scene plays at its own rate; leave out --fps, or choose another view."),
        (["--device", "cuda"], "A browser chooses its GPU itself; leave out --device, or choose another view."),
        (["--from", "99"], "The fitted clip has no second 99;"),
        (["--to", "99"], "The fitted clip has no second 99;"),
        (["--pull", "7"], "The pull is 7; choose a number from 0 to 1."),
        (["--size", "8000"], "A page can't draw 8000×5333 pixels; choose a smaller --size."),
        (["--mood", "calm"], "This scene has no mood 'calm'; it has no moods yet"),
        (["--net", "best"], "best"),
    ],
)
def test_what_it_can_not_do_is_refused(options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["play", str(FOLDER / "plain.alive"), "--view", "browser", "--no-open", *options]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Living at" not in error


def test_without_the_player_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web_page, "files", lambda _: tmp_path)
    assert cli.run(["play", str(FOLDER / "plain.alive"), "--view", "browser", "--no-open"]) == 2
    assert "make web" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "interactive"),
    [((), "touch"), (("--no-touch",), None), (("--follow", "pointer"), "touch look")],
)
def test_options_reach_the_page(
    options: tuple[str, ...], interactive: str | None, built: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[ScenePage] = []
    monkeypatch.setattr(browser, "play_in_browser", lambda page, saver, **_: pages.append(page))
    bundle = read_bundle(FOLDER / "warp-steered.alive")
    named = msgspec.structs.replace(bundle.manifest, names={"nap": [1, 4]})
    write_bundle(tmp_path / "a.alive", named, bundle.parts)
    arguments = ["play", str(tmp_path / "a.alive"), "--view", "browser", "--to", "nap", *options]
    assert cli.run(arguments) == 0
    page = pages[0].read("index.html").decode()
    assert ' goal="nap"' in page
    assert (f' interactive="{interactive}"' in page) if interactive else ("interactive=" not in page)


@pytest.mark.usefixtures("built")
def test_moods_reach_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[ScenePage] = []
    monkeypatch.setattr(browser, "play_in_browser", lambda page, saver, **_: pages.append(page))
    moods = ["--mood", "calm:0.7", "--mood", "constructor:-1"]
    assert cli.run(["play", str(FOLDER / "moods.alive"), "--view", "browser", *moods]) == 0
    assert ' mood="calm:0.7 constructor:-1.0"' in pages[0].read("index.html").decode()
