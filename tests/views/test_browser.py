"""The page for this machine: who may see it, what it serves, and that nobody watching costs nothing."""

import http.client
import json
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.views.browser import LOOPBACK, play_in_browser
from alive_cli.views.performance import Performance
from bundle_spec import conformance

FOLDER = Path(conformance.__file__).parent / "valid"


class Served:
    """A performance served from a thread."""

    def __init__(self, bundle: str) -> None:
        scene = Scene.open(FOLDER / bundle)
        self.show = Performance(scene, scene.controls(), name="ring", seed=1)
        said: list[str] = []
        self.shown: list[int] = []
        self._thread = threading.Thread(
            target=lambda: self.shown.append(play_in_browser(self.show, open_page=False, say=said.append))
        )
        self._thread.start()
        until = time.monotonic() + 10
        while not said and time.monotonic() < until:
            time.sleep(0.01)
        self.address = said[0].removeprefix("Living at ")

    def get(self, path: str = "", data: bytes | None = None, **headers: str):  # type: ignore[no-untyped-def]
        request = urllib.request.Request(self.address + path, data, headers)
        return urllib.request.urlopen(request, timeout=10)

    def status(self) -> dict:
        return json.load(self.get("status"))

    def leave(self) -> None:
        self.show.leave()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served("plain.alive")
    yield server
    server.leave()


def frames(stream, count: int) -> list[bytes]:  # type: ignore[no-untyped-def]
    """The first pictures of a stream, in which there is nothing else: browsers would show that."""
    pictures = []
    assert stream.readline() == b"--alive-frame\r\n"
    while len(pictures) < count:
        assert stream.readline() == b"Content-Type: image/jpeg\r\n"
        length = stream.readline().removeprefix(b"Content-Length: ")
        assert stream.readline() == b"\r\n"
        pictures.append(stream.read(int(length)))
        assert [stream.readline(), stream.readline()] == [b"\r\n", b"--alive-frame\r\n"]
    return pictures


def test_the_page_and_its_stream(served: Served) -> None:
    page = served.get()
    text = page.read().decode()
    assert "<title>ring</title>" in text
    assert "NONCE" not in text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"nonce-([\w-]+)", policy)[1] in text  # type: ignore[index]
    with served.get("stream?1&longest=64") as stream:
        pictures = frames(stream, 3)
    assert all(picture.startswith(b"\xff\xd8") for picture in pictures)
    assert len(set(pictures)) > 1


def test_nobody_watching_costs_nothing(served: Served) -> None:
    time.sleep(0.5)
    assert not served.show.recent
    with served.get("stream") as stream:
        frames(stream, 2)
    time.sleep(0.6)
    seen = list(served.show.recent)
    time.sleep(0.5)
    assert len(served.show.recent) == len(seen)
    with served.get("stream") as stream:  # closed and opened again
        assert frames(stream, 2)


def until(true: Callable[[], bool]) -> bool:
    """Whether something becomes true: events are taken up by the frame loop."""
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_controls_and_keys(served: Served) -> None:
    assert served.get("press", b"up").status == 204
    assert until(lambda: served.status()["controls"]["temperature"] == 1.1)
    assert served.get("set", b'{"pull": 0.5, "novelty": 1}').status == 204
    assert served.status()["controls"] == {"temperature": 1.1, "pull": 0.5, "novelty": 1.0}
    assert served.get("press", b" ").status == 204
    assert until(lambda: served.status()["paused"])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"pull": 7}', "The pull is 7; choose a number from 0 to 1."),
        (b'{"pull": NaN}', "The pull is nan; choose a number from 0 to 1."),
        (b'{"speed": 1}', "This scene has no control 'speed'"),
        (b'{"pull": 0.5, "temperature": -1}', "The temperature is -1"),
    ],
)
def test_a_wrong_value_is_answered_with_the_range(served: Served, body: bytes, sentence: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        served.get("set", body)
    assert raised.value.code == 400
    assert sentence in raised.value.read().decode()
    assert served.status()["controls"]["pull"] == 0.1


@pytest.mark.parametrize(
    "body",
    [b"", b"{}{", b'{"pull": "x"}', b'{"pull": []}', b'{"pull": 1%s}' % (b"0" * 400), b"[1]", b"\xff", b"[" * 1000],
)
def test_nonsense_is_refused(served: Served, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        served.get("set", body)
    assert raised.value.code == 400
    assert served.status()["controls"]["pull"] == 0.1


def test_others_are_turned_away(served: Served) -> None:
    root = served.address.rsplit("/", 2)[0]
    for address, host in (
        (root + "/", None),
        (root + "/wrong-token/", None),
        (root + "/wrong-token/status", None),
        (served.address, "evil.example"),
        (served.address + "status", f"evil.example:{root.rsplit(':', 1)[1]}"),
    ):
        request = urllib.request.Request(address, headers={"Host": host} if host else {})
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request, timeout=10)
        assert raised.value.code == 403
    with pytest.raises(urllib.error.HTTPError, match="404"):
        served.get("../../etc/passwd".replace("/", "%2f"))
    assert f"//{LOOPBACK}:" in served.address


@pytest.mark.parametrize("path", ["nope", "set"])
def test_an_unread_body_is_no_request(served: Served, path: str) -> None:
    _, host, token, _ = re.split("/+", served.address)
    connection = http.client.HTTPConnection(host, timeout=10)
    for _ in range(2):
        connection.request("POST", f"/{token}/{path}", b"x" * 2000)
        reply = connection.getresponse()
        reply.read()
        assert reply.status in (400, 404)
        assert reply.getheader("Connection") == "close"


def test_texts_of_strangers_stay_texts() -> None:
    rude = Served("rude.alive")
    text = rude.get().read().decode()
    rude.leave()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_port_that_is_in_use(served: Served) -> None:
    port = int(re.search(r":(\d+)/", served.address)[1])  # type: ignore[index]
    with pytest.raises(InputError, match="choose another"):
        play_in_browser(served.show, port=port, open_page=False, say=lambda _: None)


def test_the_show_ends_for_who_watches(served: Served) -> None:
    with served.get("stream") as stream:
        frames(stream, 1)
        served.show.leave()
        assert stream.read() is not None


BROWSERS = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]


@pytest.mark.browser
@pytest.mark.skipif(not BROWSERS, reason="there is no Chromium here")
def test_in_chromium(served: Served, tmp_path: Path) -> None:
    """The page runs under its own policy, has sliders with the controls' values, and shows the picture."""
    command = [BROWSERS[0], "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    command += ["--timeout=4000", "--enable-logging=stderr", "--window-size=800,700"]
    result = subprocess.run(
        [*command, "--dump-dom", served.address], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Temperature <output>1.00</output>" in result.stdout
    assert "Novelty <output>0.50</output>" in result.stdout
    assert "fps" in result.stdout
    assert result.stdout.count("data-key") == 14
    assert "Content Security Policy" not in result.stderr
    assert served.show.recent
    still = tmp_path / "still.png"
    subprocess.run([*command, f"--screenshot={still}", served.address], capture_output=True, timeout=60, check=False)
    with Image.open(still) as picture:
        shown = np.asarray(picture.convert("RGB"))[100:250, 330:470].astype(float)
    truth = served.show.scene.draw(served.show.recent[-1])
    assert np.ptp(shown.mean(-1)) > np.ptp(truth.mean(-1)) / 3, "nothing but the empty frame of a picture"
