"""What programs can do with a living scene, over the WebSocket and over HTTP."""

import asyncio
import base64
import http.client
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image

from alive_cli.runtime.drivers.goal import MOST_GOALS
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.steering import Steering
from alive_cli.serve import schema
from alive_cli.serve.painter import MOST_FILES, Painter
from tests.serve.conftest import TOKEN, VALID, Program, Served, at_once, served

Connect = Callable[..., Program]


def ask(served: Served, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, Any]:
    """Status, body and headers of an HTTP request."""
    connection = http.client.HTTPConnection(served.host, timeout=10)
    try:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, served.path + path, data, headers)
        reply = connection.getresponse()
        return reply.status, reply.read(), reply.headers
    finally:
        connection.close()


def post(served: Served, action: str, **values: Any) -> Any:
    status, body, _ = ask(served, "POST", action, values)
    assert status == 200, body
    return json.loads(body)["ok"]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    assert condition()


def test_it_lives_whether_or_not_somebody_listens(plain: Served) -> None:
    first = plain.living.present.number
    began = time.monotonic()
    wait_until(lambda: plain.living.present.number >= first + 10)
    assert 0.8 < time.monotonic() - began < 3


def test_state_and_scene(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    scene, state = program.do("scene"), program.do("state")
    assert (scene["fps"], scene["width"], scene["height"], scene["first"], scene["last"]) == (10, 12, 8, 0, 0.5)
    assert [scene[name] for name in ("can_touch", "can_look", "can_view", "can_go")] == [False, False, False, True]
    assert [each["name"] for each in scene["controls"]] == list(state["controls"])
    assert (state["seed"], state["paused"], state["goals"]) == (1, False, [])
    assert json.loads(ask(plain, "GET", "scene")[1])["ok"] == scene
    assert set(json.loads(ask(plain, "GET", "state")[1])["ok"]) == set(state)


def test_controls_are_set_all_or_none(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    assert program.do("set", controls={"temperature": 0.25, "pull": 1})["controls"]["temperature"] == 0.25
    assert program.refusal("set", controls={"pull": 0, "temperature": -1}).startswith("The temperature is -1;")
    assert "no control 'mood'" in program.refusal("set", controls={"mood": 1})
    assert plain.living.controls["pull"] == 1
    assert post(plain, "set", controls={"pull": 0.5})["controls"]["pull"] == 0.5


def test_time_stands_still_and_goes_on(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    assert program.do("pause")["paused"] is True
    time.sleep(0.15)
    still = plain.living.present.number
    time.sleep(0.5)
    assert plain.living.present.number == still
    assert program.do("resume")["paused"] is False
    wait_until(lambda: plain.living.present.number > still)


def test_another_life(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    rollout = plain.living.rollout
    rollout.driver("goal").enabled = False
    assert program.do("another", seed=5)["seed"] == 5
    assert plain.living.rollout is not rollout
    assert plain.living.rollout.driver("goal").enabled is False
    assert program.do("another")["seed"] < 1_000_000
    assert post(plain, "another", seed=2**63 - 1)["seed"] == 2**63 - 1


def test_another_life_is_shown_while_time_stands_still(connect: Connect) -> None:
    with served(VALID / "plain.alive", start_at=0.2) as plain:
        program, living = connect(plain), plain.living
        program.do("pause")
        time.sleep(0.15)
        still, before = living.present, ask(plain, "GET", "picture.png")[1]
        expected = living.scene.life(living.controls, seed=5, start_at=living.second).advance()
        assert program.do("another", seed=5)["frame"] == still.number + 1
        assert np.array_equal(living.present.frame.embedding, expected)
        after = ask(plain, "GET", "picture.png")[1]
        with Image.open(io.BytesIO(after)) as picture:
            assert np.array_equal(np.asarray(picture), living.scene.draw(expected, picture.size))
        assert after != before
        time.sleep(0.3)
        assert living.present.number == still.number + 1


def test_others_are_answered_during_a_search(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    go_to = Rollout.go_to

    def search(rollout: Rollout, goal: float, *, queue: bool = False) -> Goal:
        assert ends.wait(10)
        return go_to(rollout, goal, queue=queue)

    monkeypatch.setattr(Rollout, "go_to", search)
    searching, other = connect(plain), connect(plain)
    for number, message in enumerate(['"go_to", "goal": 0.3', '"go_to", "goal": 9', '"give_up"', '"state"']):
        searching.send_frame(f'{{"id": {number}, "do": {message}}}'.encode())
    assert all(other.do("state")["goals"] == [] for _ in range(3))
    assert ask(plain, "GET", "picture.jpg")[0] == 200
    ends.set()
    answers = [searching.receive() for _ in range(4)]
    assert [(each["id"], "ok" in each) for each in answers] == [(0, True), (1, False), (2, True), (3, True)]
    assert "no second 9" in answers[1]["error"]
    assert answers[3]["ok"]["goals"] == []


def test_a_server_that_stops_leaves_the_searches_that_wait(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    searches: list[float] = []

    def search(rollout: Rollout, goal: float, *, queue: bool = False) -> Goal:
        searches.append(goal)
        time.sleep(0.3)
        return Goal(None, goal, 0, 0, 0.0)

    monkeypatch.setattr(Rollout, "go_to", search)
    with served(VALID / "plain.alive") as plain:
        for _ in range(20):
            connect(plain).send_frame(b'{"do": "go_to", "goal": 0.3}')
        wait_until(lambda: bool(searches))
        began = time.monotonic()
    assert time.monotonic() - began < 3
    wait_until(lambda: not any(thread.is_alive() for thread in plain.api._searches._threads), 2)
    assert len(searches) < 10


def test_a_state_lists_few_goals(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    goals = [Goal(None, float(number), number, number, 0.0) for number in range(MOST_GOALS + 10)]
    monkeypatch.setattr(Rollout, "goals", property(lambda _: goals))
    program = connect(plain)
    assert [goal["second"] for goal in program.do("state")["goals"]] == list(range(MOST_GOALS))
    program.do("subscribe", events=["state"])
    assert len(program.receive()["state"]["goals"]) == MOST_GOALS


def test_it_goes_to_a_name_and_says_when(connect: Connect) -> None:
    with served(VALID / "named.alive") as named:
        program = connect(named)
        assert "smile" in program.do("scene")["names"]
        assert program.do("subscribe", events=["arriving", "arrived"]) == {
            "events": ["arriving", "arrived"],
            "rate": 10,
        }
        program.send_frame(json.dumps({"id": 1, "do": "go_to", "goal": "smile"}).encode())
        received = [program.receive() for _ in range(3)]
        reply = next(each for each in received if "id" in each)
        events = [each for each in received if "event" in each]
        assert [each["event"] for each in events] == ["arriving", "arrived"]
        assert {each["goal"]["name"] for each in events} == {reply["ok"]["name"]} == {"smile"}
        assert reply["ok"]["second"] == pytest.approx(0.2)
        assert "no name 'frown'" in program.refusal("go_to", goal="frown")
        assert "no second 99" in program.refusal("go_to", goal=99)
        assert post(named, "go_to", goal=0.4, queue=True)["second"] == pytest.approx(0.4)
        program.do("give_up")
        assert program.do("state")["goals"] == []


def test_states_come_as_often_as_they_change(plain: Served, connect: Connect) -> None:
    program = connect(plain)
    program.do("subscribe", events=["state"], rate=30)
    states = [program.receive() for _ in range(6)]
    assert {each["event"] for each in states} == {"state"}
    frames = [each["state"]["frame"] for each in states]
    assert frames == sorted(frames)
    program.do("subscribe", events=[])
    program.do("pause")
    assert "ok" in program.ask({"do": "state"})


def test_a_subscription_needs_a_websocket(plain: Served) -> None:
    assert ask(plain, "POST", "subscribe", {"events": []})[0] == 404


def test_pictures(plain: Served, connect: Connect) -> None:
    status, data, headers = ask(plain, "GET", "picture.png?width=12")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (12, 8)
    result = connect(plain).do("picture")
    with Image.open(io.BytesIO(base64.b64decode(result["data"]))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (result["width"], result["height"])) == ("JPEG", (12, 8))


@pytest.mark.parametrize("width", ["13", "1", "0", "-4", "nan", "1e3", "99999999999", "", "٣"])
def test_pictures_are_bounded(plain: Served, width: str) -> None:
    from urllib.parse import quote

    status, data, _ = ask(plain, "GET", f"picture.jpg?width={quote(width)}")
    assert status == 400
    assert json.loads(data)["error"].endswith(".")


def test_one_drawing_serves_all_who_ask(plain: Served) -> None:
    plain.living.pause()
    time.sleep(0.2)
    answers = at_once(lambda _: ask(plain, "GET", "picture.jpg"), 8)
    assert len({body for status, body, _ in answers if status == 200}) == 1


def test_few_pictures_of_a_frame_are_kept(plain: Served) -> None:
    plain.living.pause()
    time.sleep(0.2)
    painter = Painter(plain.living, (60, 40))

    async def ask_often() -> None:
        first, _ = await painter.picture(20, "png")
        for width in range(21, 51):
            await painter.picture(width, "png")
            assert (await painter.picture(20, "png"))[0] is first, "what is asked for often is kept"

    asyncio.run(ask_often())
    assert len(painter._files) == MOST_FILES


@pytest.mark.parametrize(
    ("action", "values"),
    [("touch", {"x": 0, "y": 0, "dx": 0.1}), ("look_at", {"across": 1, "down": 0})],
)
def test_a_scene_that_nothing_moves_says_so_and_lives_on(
    plain: Served, connect: Connect, action: str, values: dict[str, float]
) -> None:
    program = connect(plain)
    sentence = program.refusal(action, **values)
    assert sentence.endswith(".")
    assert sentence.count(".") == 1
    for harmless in ("let_go", "look_away", "view_away", "give_up"):
        assert program.do(harmless) == {}
    number = plain.living.present.number
    wait_until(lambda: plain.living.present.number > number + 1)


def test_a_scene_that_can_go_nowhere(connect: Connect) -> None:
    with served(VALID / "uncontrolled.alive") as still:
        program = connect(still)
        assert program.do("scene")["can_go"] is False
        assert program.do("state")["second"] is None
        assert program.refusal("go_to", goal=0.2).count(".") == 1
        assert program.do("another", seed=3)["seed"] == 3


def test_moods(connect: Connect) -> None:
    with served(VALID / "moods.alive") as living:
        program = connect(living)
        names = program.do("scene")["moods"]
        assert names == list(living.living.scene.moods)
        assert program.do("mood", name=names[0])["moods"] == {names[0]: 1.0}
        assert post(living, "mood", name=names[0], strength=-0.5)["moods"] == {names[0]: -0.5}
        assert program.do("another", seed=3)["moods"] == {names[0]: -0.5}
        assert program.do("mood", name=names[0], strength=0)["moods"] == {}
        assert names[0] in program.refusal("mood", name="grumpy")
        assert "strength" in program.refusal("mood", name=names[0], strength=2)


def test_actions(connect: Connect) -> None:
    with served(VALID / "actions.alive") as living:
        program = connect(living)
        assert program.do("scene")["actions"] == ["left", "constructor"]
        program.do("subscribe", events=["arriving", "arrived"])
        assert program.do("act", name="left")["name"] == "left"
        assert post(living, "act", name="constructor", queue=True)["name"] == "constructor"
        assert "its actions are left, constructor" in program.refusal("act", name="right")
        assert "name" in program.refusal("act")
        number = living.living.present.number
        wait_until(lambda: living.living.present.number > number + 1)


def test_touch_and_look(connect: Connect) -> None:
    with served(VALID / "warp-steered.alive") as moving:
        steering = moving.living.scene.steering
        assert isinstance(steering, Steering)
        program, touch, look = (
            connect(moving),
            moving.living.rollout.driver("touch"),
            moving.living.rollout.driver("look"),
        )
        assert program.do("scene")["can_touch"] is True
        assert set(program.do("touch", x=0.1, y=0, dx=0.1)) == {"follows"}
        assert touch._held is not None
        wait_until(lambda: moving.living.present.frame.offset is not None)
        assert program.do("let_go") == {}
        assert touch._held is None
        assert "touch a point of it" in program.refusal("touch", x=0, y=1)
        assert set(post(moving, "touch", x=0, y=0)) == {"follows"}
        assert program.do("scene")["can_look"] is True
        program.do("look_at", across=-1, down=0.5)
        assert look.enabled
        assert program.do("look_away") == {}


def test_who_leaves_lets_go(connect: Connect) -> None:
    with served(VALID / "warp-steered.alive") as moving:
        program, touch = connect(moving), moving.living.rollout.driver("touch")
        program.do("touch", x=0, y=0, dx=0.2)
        program.close()
        wait_until(lambda: touch._held is None)
        post(moving, "touch", x=0, y=0, dx=0.2)
        other = connect(moving)
        other.do("touch", x=0, y=0, dx=0.1)
        post(moving, "touch", x=0, y=0, dx=0.2)
        other.close()
        time.sleep(0.2)
        assert touch._held is not None


def test_a_nudge_holds_nothing(connect: Connect) -> None:
    with served(VALID / "warp-steered.alive") as moving:
        touch = moving.living.rollout.driver("touch")
        holder, other = connect(moving), connect(moving)
        holder.do("touch", x=0, y=0, dx=0.2)
        other.do("touch", x=0.1, y=0)
        other.close()
        wait_until(lambda: len(moving.api._clients) == 1)
        assert touch._held is not None
        connect(moving).do("touch", x=0.1, y=0)
        holder.close()
        wait_until(lambda: touch._held is None)


def test_the_schema_is_up_to_date_and_served(plain: Served) -> None:
    assert schema.PATH.read_text("utf-8") == schema.text()
    status, body, headers = ask(plain, "GET", "schema")
    assert (status, body) == (200, schema.PATH.read_bytes())
    assert headers["Content-Type"] == "application/json"


def test_messages_are_as_the_schema_says(connect: Connect) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    whole = json.loads(schema.text())

    def check(kind: str, message: Any) -> None:
        jsonschema.validate(message, {"$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]})

    with served(VALID / "warp-steered.alive") as moving:
        program = connect(moving)
        requests: list[dict[str, Any]] = [
            {"do": "scene", "id": "a"},
            {"do": "state"},
            {"do": "touch", "x": 0, "y": 0, "dx": 0.1},
            {"do": "look_at", "across": 0, "down": 0},
            {"do": "go_to", "goal": 0.3},
            {"do": "set", "controls": {"pull": 0.5}},
            {"do": "picture", "width": None},
            {"do": "another", "seed": 4},
            {"do": "subscribe", "events": ["state"]},
        ]
        for request in requests:
            check("Request", request)
            check("Answer", program.ask(request))
        check("Event", program.receive())
        check("Answer", program.ask("nonsense"))
    with pytest.raises(jsonschema.ValidationError):
        check("Request", {"do": "fly"})


def test_a_defect_is_answered_too(plain: Served, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain.living.rollout, "let_go", lambda: 1 / 0)
    program = connect(plain)
    assert program.refusal("let_go").startswith("Internal error (ZeroDivisionError")
    assert program.do("state")


def test_people_see_a_page(plain: Served) -> None:
    status, body, headers = ask(plain, "GET", "")
    assert status == 200
    assert b'<img src="picture.jpg"' in body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; img-src 'self'")


@pytest.mark.parametrize("query", ["", "?width=12"])
def test_an_address_without_its_last_slash(plain: Served, query: str) -> None:
    for method in ("GET", "HEAD"):
        connection = http.client.HTTPConnection(plain.host, timeout=10)
        connection.request(method, f"/{TOKEN}{query}")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        target = urljoin(f"http://{plain.host}/{TOKEN}{query}", answer.headers["Location"])
        assert (answer.status, target) == (308, f"{plain.server.address}{query}")


def test_texts_of_strangers_stay_texts() -> None:
    with served(VALID / "rude.alive") as rude:
        assert b"<script>" not in ask(rude, "GET", "")[1]
        assert b"<script>" in ask(rude, "GET", "scene")[1]
        assert ask(rude, "GET", "scene")[2]["X-Content-Type-Options"] == "nosniff"


def test_a_life_that_fails_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(VALID / "plain.alive") as plain:
        ended: list[bool] = []
        plain.living.on_end = lambda: ended.append(True)
        monkeypatch.setattr(plain.living.rollout, "advance", lambda: 1 / 0)
        wait_until(lambda: bool(ended))
        assert isinstance(plain.living.error, ZeroDivisionError)


def test_the_token_is_part_of_the_address(plain: Served) -> None:
    assert plain.server.address == f"http://{plain.host}/{TOKEN}/"
