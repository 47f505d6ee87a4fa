"""The server of `alive hints --pairs`: what is saved is what `alive transfer` takes, and nothing else is."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("aiohttp")

from alive_cli import cli
from alive_cli.errors import InputError
from alive_cli.marking.pairs_page import PairsTask, pairs_site
from alive_cli.observation.painting.points import read_pairs
from alive_cli.serve.guard import Guard
from alive_cli.serve.web_server import WebServer
from alive_cli.web import local_page
from bundle_spec.container import pack_picture
from tests.conftest import CONFORMANCE, moving_frames
from tests.marking.served import TOKEN, Served
from tests.pairing import PAINTING, SCENE, four_pairs, plain, task_in


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """These tests need no script, so that they run where the player isn't built."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "pairs.js").write_text("// nothing")
    monkeypatch.setattr(local_page, "built_file", lambda name: folder / name)


@pytest.fixture
def task(tmp_path: Path) -> PairsTask:
    return task_in(tmp_path)


@pytest.fixture
def served(task: PairsTask) -> Iterator[Served]:
    said: list[str] = []
    with WebServer(pairs_site(task, said.append), Guard(TOKEN)) as server:
        yield Served(server, said)


def test_set_saved_and_loaded(served: Served, task: PairsTask) -> None:
    assert served.do("load", {})["points"] == {"pairs": [], "moves": []}
    message = served.do("save", four_pairs())["message"]
    assert "alive transfer" in message
    assert served.said[-1].endswith(f"--points {task.file.path}")
    pairs = read_pairs(task.painting.with_suffix(".json"), SCENE, PAINTING)
    assert pairs.second == 2.5
    np.testing.assert_allclose(pairs.painting[1], [96, 30])
    assert [polygon.tolist() for polygon in pairs.moves] == four_pairs()["moves"]
    assert served.do("load", {})["points"] == four_pairs()


def test_both_pictures_and_the_points_of_a_face_come_with_the_page(served: Served) -> None:
    sizes = [
        Image.open(io.BytesIO(served.ask("GET", f"/{TOKEN}/{name}.jpg")[1])).size for name in ("scene", "painting")
    ]
    assert sizes == [SCENE, PAINTING]
    assert b"left eye outer" in served.ask("GET", f"/{TOKEN}/")[1]


def test_the_preview_is_an_animation(served: Served) -> None:
    answer = served.do("preview", four_pairs())
    film = Image.open(io.BytesIO(base64.b64decode(answer["picture"])))
    assert (film.n_frames, film.size, answer["seconds"]) == (4, PAINTING, 0.8)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda points: points["pairs"].pop(), "lady.json has 3 pairs of points"),
        (lambda points: points["pairs"][3].update(painting=None), "'pair 4' of lady.json has no two points"),
        (lambda points: points["pairs"][3].update(painting=[10, 10]), "cross each other"),
        (lambda points: points["pairs"][3].update(scene=[999, 10]), "lies outside the frame"),
        (lambda points: points["pairs"][3].update(name="pair 1"), "has the pair 'pair 1' twice"),
        (lambda points: points["pairs"][3].update(name=""), "has no name"),
        (lambda points: points["pairs"][3].update(name="x" * 65), "can't be read"),
        (lambda points: points["pairs"][3].update(painting=[1, 2, 3]), "can't be read"),
        (lambda points: points["pairs"][3].update(painting=[1e300, 2]), "has no two points"),
        (lambda points: points["pairs"].extend(points["pairs"] * 70), "can't be read"),
        (lambda points: points["moves"].append([[0, 0], [1, 1]]), "can't be read"),
        (lambda points: points.update(more=1), "can't be read"),
    ],
)
@pytest.mark.parametrize("action", ["save", "preview"])
def test_what_no_painting_can_move_by(served: Served, task: PairsTask, change: Change, words: str, action: str) -> None:
    points = four_pairs()
    change(points)
    sentence = served.refusal(action, points)
    assert words in sentence
    assert sentence.endswith((".", ")."))
    assert not task.file.path.exists()


def test_what_the_program_doesnt_know_survives(tmp_path: Path) -> None:
    path = tmp_path / "lady.json"
    task = task_in(tmp_path, second=7.0)
    with WebServer(pairs_site(task), Guard(TOKEN)) as server:
        Served(server, []).do("save", four_pairs())
    path.write_text(json.dumps({**json.loads(path.read_text()), "by": "Jan"}))
    task = task_in(tmp_path)
    assert task.file.second == 7.0
    with WebServer(pairs_site(task), Guard(TOKEN)) as server:
        served = Served(server, [])
        older, newer = (served.do("load", {})["page"] for _ in range(2))
        assert "opened once more" in served.refusal("save", four_pairs() | {"page": older})
        served.do("save", four_pairs() | {"page": newer})
        assert json.loads(path.read_text())["by"] == "Jan"
        path.write_text("{}")
        assert "changed by another program" in served.refusal("save", four_pairs())
        assert path.read_text() == "{}"
    path.unlink()


def test_crossed_pairs_of_a_file_can_be_edited(tmp_path: Path) -> None:
    points = four_pairs()
    points["pairs"][3]["painting"] = [-5.0, 10]
    file = {
        "version": 1,
        "scene": {"width": SCENE[0], "height": SCENE[1]},
        "painting": {"width": PAINTING[0], "height": PAINTING[1]},
        **points,
    }
    (tmp_path / "lady.json").write_text(json.dumps(file))
    loaded = task_in(tmp_path).file.load()
    assert loaded.pairs[3].painting == (0, 10)


HOSTILE = [
    ({"shapes": []}, "holds hints of LabelMe"),
    ("{", "can't be read as JSON"),
    ("[" * 100_000, "can't be read as JSON"),
    ({}, "no file of points of version 1"),
    ({"version": 1}, "belongs to a frame of"),
    ({"version": 1, "scene": [], "painting": 3}, "belongs to a frame of"),
    (" " * (1 << 20) + "{}", "more than 1 MiB"),
]


@pytest.mark.parametrize(("content", "words"), HOSTILE, ids=range(len(HOSTILE)))
def test_files_that_are_never_replaced(tmp_path: Path, content: object, words: str) -> None:
    path = tmp_path / "lady.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        task_in(tmp_path)
    assert path.read_text() == text


def test_points_of_another_frame_are_refused(tmp_path: Path) -> None:
    task = task_in(tmp_path, second=7.0)
    with WebServer(pairs_site(task), Guard(TOKEN)) as server:
        Served(server, []).do("save", four_pairs())
    with pytest.raises(InputError, match="at 7 s, not at 3 s; leave out --frame"):
        task_in(tmp_path, second=3.0)


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    lady, small, film = (tmp_path / name for name in ("lady.png", "small.png", "film.gif"))
    lady.write_bytes(pack_picture(plain(PAINTING, 200)))
    small.write_bytes(pack_picture(plain((63, 100), 200)))
    frames = [Image.fromarray(each) for each in moving_frames(3, 80, 80)]
    frames[0].save(film, save_all=True, append_images=frames[1:])
    plain_scene = str(CONFORMANCE / "valid" / "plain.alive")
    for arguments, words in (
        ([lady, "--pairs", plain_scene], "no motion modes of recipe living"),
        ([lady, "--pairs", tmp_path / "none.alive"], "none.alive"),
        ([lady, "--pairs", lady], "lady.png"),
        ([small, "--pairs", plain_scene], "at least 64 a side"),
        ([film, "--pairs", plain_scene], "is an animation"),
        ([tmp_path / "none.png", "--pairs", plain_scene], "There is no file"),
        ([lady, "--pairs", plain_scene, "-o", tmp_path / "points.txt"], "ends in .json"),
        ([lady, "--pairs", plain_scene, "--mask", "m.png"], "two different pages"),
        ([lady, "--frame", "1"], "--frame is for --pairs"),
    ):
        assert cli.run(["hints", *map(str, arguments), "--no-open"]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert words in said
    assert not (tmp_path / "lady.json").exists()
