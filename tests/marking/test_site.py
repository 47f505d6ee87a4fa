"""The server of `alive hints`: who is let in, what is answered, and what nonsense does: nothing."""

import base64
import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("aiohttp")

from alive_cli import cli
from alive_cli.errors import InputError
from alive_cli.marking import preview
from alive_cli.marking.hints_page import hints_of_photograph, mask_of_clip, site_of
from alive_cli.marking.marks import MOST_BYTES, Mark, Marks
from alive_cli.marking.preview import Previewer, hints_of
from alive_cli.marking.turns import Replaced
from alive_cli.observation.photograph import flow_field
from alive_cli.serve.guard import Guard
from alive_cli.serve.web_server import WebServer
from alive_cli.web import local_page
from alive_cli.web.local_page import LocalPage
from tests.flowing import Stream
from tests.marking.served import TOKEN, Served

COARSE = 24
"""A flow is found on a grid of so few cells, because that takes a tenth of the time."""


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """These tests need no script, so that they run where the player isn't built."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "hints.js").write_text("// nothing")
    monkeypatch.setattr(local_page, "built_file", lambda name: folder / name)


@pytest.fixture
def served(photo: Path) -> Iterator[Served]:
    said: list[str] = []
    with WebServer(site_of(hints_of_photograph(photo, None), said.append), Guard(TOKEN)) as server:
        yield Served(server, said)


def marks_of(stream: Stream) -> dict[str, Any]:
    shapes = stream.labelme()["shapes"]
    return {
        "polygons": [{"points": each["points"]} for each in shapes if each["label"] == "motion"],
        "arrows": [{"points": each["points"]} for each in shapes if each["label"] != "motion"],
    }


def test_the_page_and_its_policy(served: Served) -> None:
    status, page, headers = served.ask("GET", f"/{TOKEN}/")
    assert status == 200
    assert b"river: hints" in page
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    status, picture, _ = served.ask("GET", f"/{TOKEN}/picture.jpg")
    assert Image.open(io.BytesIO(picture)).size == (320, 240)
    assert served.ask("GET", f"/{TOKEN}/hints.js")[2]["Content-Type"].startswith("text/javascript")
    assert served.ask("GET", f"/{TOKEN}/status")[0] == 204


def test_names_of_files_are_no_markup(photo: Path) -> None:
    session = {"name": "</form><script>alert(1)</script>\"'.png"}
    page = LocalPage("hints", "<b>SESSION</b> \u202e", 1.0, session).files[""][1].decode()
    assert "<script>alert" not in page
    assert "<title>&lt;b&gt;SESSION&lt;/b&gt;</title>" in page


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 403),
        ("GET", "/another-token-than-it/", {}, 403),
        ("POST", "/another-token-than-it/save", {}, 403),
        ("GET", f"/{TOKEN}/", {"Host": "evil.example"}, 403),
        ("POST", f"/{TOKEN}/save", {"Origin": "http://evil.example"}, 403),
        ("POST", f"/{TOKEN}/save", {"Origin": "null"}, 403),
        ("GET", f"/{TOKEN}/save", {}, 404),
        ("GET", f"/{TOKEN}/../river.png", {}, 404),
        ("GET", f"/{TOKEN}/%2e%2e/river.png", {}, 404),
        ("POST", f"/{TOKEN}/picture.jpg", {}, 404),
    ],
)
def test_who_is_turned_away(served: Served, method: str, path: str, headers: dict[str, str], status: int) -> None:
    assert served.ask(method, path, b"{}" if method == "POST" else None, **headers)[0] == status


def test_long_bodies_are_not_read(served: Served, photo: Path) -> None:
    with contextlib.suppress(OSError):  # it may close the connection before its answer is read
        assert served.ask("POST", f"/{TOKEN}/save", b"x" * (MOST_BYTES + 1))[0] == 413
    assert not photo.with_suffix(".json").exists()


NAN = b'{"polygons":[{"points":[[NaN,0],[1,1],[2,0]]}],"arrows":[]}'
FAR = {"polygons": [{"points": [[0, 0], [1e300, 1], [2, 0]]}], "arrows": []}
NONSENSE = [
    b"",
    b"{",
    b"[]",
    b"3",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    {},
    {"polygons": [], "arrows": [], "more": 1},
    {"polygons": [{"points": [[0, 0]]}], "arrows": []},
    {"polygons": [], "arrows": [{"points": [[0, 0], [1, 1], [2, 2]]}]},
    {"polygons": [{"points": [["a", 0], [1, 1], [2, 0]]}], "arrows": []},
    {"polygons": [{"points": [[0, 0, 0], [1, 1], [2, 0]]}], "arrows": []},
    {"polygons": [{"points": [[0, 0], [1, 1], [2, 0]], "origin": -1}], "arrows": []},
    {"polygons": [{"points": [[0, 0], [1, 1], [2, 0]]}] * 1001, "arrows": []},
    {"polygons": [{"points": [[0, 0]] * 20_000}] * 6, "arrows": []},
    NAN,
    NAN.replace(b"NaN", b"1e999"),
    FAR,
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_refused_in_a_sentence(served: Served, photo: Path, body: Any) -> None:
    sentence = served.refusal("save", body)
    assert sentence.endswith(".")
    assert not photo.with_suffix(".json").exists()


@pytest.mark.parametrize(
    "stroke",
    [
        {"points": [], "radius": 5},
        {"points": [[0, 0]], "radius": 0},
        {"points": [[0, 0]], "radius": 1e9},
        {"points": [[0, 0]], "radius": 5, "erases": "yes"},
        {"points": [[0, 0]] * 5001, "radius": 5},
    ],
)
def test_nonsense_strokes(served: Served, stroke: dict[str, Any]) -> None:
    assert served.refusal("paint", {"polygons": [], "stroke": stroke})


def test_drawn_previewed_and_saved(
    served: Served, stream: Stream, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_field, "SIDE", COARSE)
    assert served.do("load", {})["marks"] == {"polygons": [], "arrows": []}
    polygons = served.do("paint", {"polygons": [], "stroke": {"points": [[60, 120], [260, 120]], "radius": 30}})
    assert len(polygons) == 1
    arrow = {"points": [[100, 120], [150, 120]]}
    answer = served.do("preview", {"polygons": polygons, "arrows": [arrow]})
    film = Image.open(io.BytesIO(base64.b64decode(answer["picture"])))
    assert film.size == (320, 240)
    assert 10 <= film.n_frames <= 30
    pictures = []
    for number in range(film.n_frames):
        film.seek(number)
        pictures.append(np.asarray(film.convert("RGBA")).astype(int))
    assert np.ptp(np.stack(pictures), axis=0)[110:130, 100:200, :3].mean() > 20
    assert pictures[0][200:, :, 3].max() == 0
    assert pictures[0][120, 160, 3] == 255
    message = served.do("save", {"polygons": polygons, "arrows": [arrow]})["message"]
    assert "alive fit" in message
    assert served.said[-1].endswith(f"--hints {photo.with_suffix('.json')}")
    assert served.do("load", {})["marks"]["arrows"][0]["points"] == arrow["points"]


SQUARE = Mark([(50, 50), (150, 50), (150, 150), (50, 150)])


@pytest.mark.parametrize(
    ("polygons", "arrows", "words"),
    [
        ([], [], "Nothing is painted"),
        ([SQUARE], [], "no arrow yet"),
        ([SQUARE], [Mark([(60, 60), (60, 60)])], "no length"),
        ([SQUARE], [Mark([(200, 200), (220, 200)])], "lies beside"),
        ([SQUARE], [Mark([(60, 60), (1000, 60)])], "outside the picture"),
        ([Mark([(-90, -90), (-50, -90), (-50, -50)])], [Mark([(60, 60), (90, 60)])], "covers no pixel"),
    ],
)
def test_what_is_missing_for_a_flow(polygons: list[Mark], arrows: list[Mark], words: str) -> None:
    with pytest.raises(InputError, match=words):
        hints_of(Marks(polygons, arrows), (320, 240))


def test_a_newer_preview_replaces_an_older_one(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def let_flow(picture: np.ndarray, hints: Any, reach: float, progress: Callable[..., None]) -> Any:
        if begun.is_set():
            raise InputError("It flows.")
        begun.set()
        assert go_on.wait(30)
        progress("", 1, 4)

    monkeypatch.setattr(preview, "let_flow", let_flow)
    previewer = Previewer(stream.picture(0), stream.size)
    marks = Marks([SQUARE], [Mark([(60, 60), (90, 60)])])
    ends: list[str] = []

    def ask() -> None:
        try:
            previewer.preview(marks)
        except (Replaced, InputError) as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    assert begun.wait(30)
    for number, thread in enumerate(threads[1:], 2):  # the second waits, and is replaced before its turn
        thread.start()
        while previewer.newest < number:
            time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["InputError", "Replaced", "Replaced"]


def test_of_two_pages_the_newer_one_saves(served: Served, stream: Stream) -> None:
    older, newer = (served.do("load", {})["page"] for _ in range(2))
    assert "opened once more" in served.refusal("save", marks_of(stream) | {"page": older})
    assert served.do("save", marks_of(stream) | {"page": newer})


def test_masks_have_no_preview(photo: Path, tmp_path: Path) -> None:
    with WebServer(site_of(mask_of_clip(photo, tmp_path / "mask.png")), Guard(TOKEN)) as server:
        served = Served(server, [])
        assert served.ask("POST", f"/{TOKEN}/preview", {})[0] == 404
        assert "Nothing is painted" in served.refusal("save", {"polygons": [], "arrows": []})
        served.do("save", {"polygons": [{"points": SQUARE.points}], "arrows": []})
    assert (tmp_path / "mask.png").is_file()


def test_a_file_that_can_t_be_written_is_said(served: Served, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("alive_cli.marking.labelme.replacing", fail)
    status, content, _ = served.ask("POST", f"/{TOKEN}/save", marks_of(stream))
    assert (status, content) == (500, b"The file can't be written (no space left on device).")


def test_the_command_says_what_is_missing(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["hints", str(tmp_path / "none.png")]) == 2
    assert cli.run(["hints", str(photo), "-o", "a.json", "--mask", "b.png"]) == 2
    monkeypatch.setattr(local_page, "built_file", lambda name: tmp_path / "nowhere" / name)
    assert cli.run(["hints", str(photo), "--no-open"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    for words in ("no file", "leave out -o", "run make web"):
        assert words in said


def test_the_command_serves_until_it_is_interrupted(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("alive_cli.marking.site.wait_for", interrupt)
    assert cli.run(["hints", str(photo), "--no-open"]) == 0
    said = capsys.readouterr().err
    assert "http://127.0.0.1:" in said
    assert "Ctrl-C" in said
    assert not photo.with_suffix(".json").exists()
