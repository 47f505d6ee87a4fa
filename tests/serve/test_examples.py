"""The example programs that steer a scene run as their first lines say."""

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from alive_cli.errors import InputError
from tests.conftest import REPOSITORY
from tests.serve.conftest import VALID, served
from tests.serve.test_api import wait_until
from tests.web.browsers import CHROMIUM, chromium

FOLDER = REPOSITORY / "examples" / "serve"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "steer.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.slow
def test_a_python_program_goes_to_a_second(tmp_path: Path) -> None:
    with served(VALID / "plain.alive") as plain:
        result = run(plain.server.address, 0.3, tmp_path / "there.jpg")
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith("It arrives in ")
        with Image.open(tmp_path / "there.jpg") as picture:
            assert picture.size == (12, 8)
        assert "no second 99" in run(plain.server.address, 99, tmp_path / "nowhere.jpg").stderr


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The example page on a site of its own, with a pointer that moves by itself."""
    page = (FOLDER / "look.html").read_text("utf-8")
    moving = """<script type="module">
setInterval(() => {
  const at = { clientX: 300 + 100 * Math.random(), clientY: 100, bubbles: true };
  document.querySelector("img").dispatchEvent(new PointerEvent("pointermove", at));
}, 100);
</script>"""
    (tmp_path / "look.html").write_text(page + moving)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_page_of_another_site_makes_it_look(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(VALID / "warp-steered.alive", (site,)) as moving:
        looks: list[tuple[float, float]] = []
        rollout = moving.living.rollout
        monkeypatch.setattr(rollout, "look_at", lambda across, down: looks.append((across, down)))
        pictures: list[object] = []
        picture = moving.api._painter.picture

        async def count(width: int | None, kind: str):  # type: ignore[no-untyped-def]
            pictures.append(width)
            if len(pictures) == 1:
                raise InputError("The page goes on after a picture that fails.")
            return await picture(width, kind)  # type: ignore[arg-type]

        monkeypatch.setattr(moving.api._painter, "picture", count)
        with chromium(f"{site}/look.html#{moving.server.address}"):
            wait_until(lambda: len(looks) > 5 and len(pictures) > 5, 40)
            # The page connects again when its connection is lost.
            before = set(moving.api._clients)
            assert moving.server._loop
            moving.server._loop.call_soon_threadsafe(lambda: [client.abort() for client in before])
            wait_until(lambda: bool(set(moving.api._clients) - before), 40)
            looks.clear()
            wait_until(lambda: len(looks) > 5, 40)
        assert all(-1 <= side <= 1 for look in looks for side in look)
        assert len({across for across, _ in looks}) > 1


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_page_that_nobody_chose_is_turned_away(site: str) -> None:
    with served(VALID / "plain.alive") as plain:
        refused: list[str] = []
        allows = plain.server._guard.allows

        def watch(host: str, port: int, origin: str | None) -> bool:
            allowed = allows(host, port, origin)
            if not allowed:
                refused.append(origin or "")
            return allowed

        plain.server._guard.allows = watch  # type: ignore[method-assign]
        with chromium(f"{site}/look.html#{plain.server.address}"):
            wait_until(lambda: bool(refused), 40)
        assert refused[0] == site
        assert not plain.api._clients
