"""Controls that a scene declares become attributes, properties and options of the player, and replace nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from bundle_spec import conformance as conformance_package
from tests.web.declared import control, declared_scene
from tests.web.scripts import answer

LAYERS = (Path(conformance_package.__file__).parent / "valid" / "layers.alive").read_bytes()
HOSTILE = (
    "onclick",
    "src",
    "constructor",
    "style",
    "title",
    "hidden",
    "id",
    "class",
    "aria_label",
    "data_x",
    "play",
    "on",
)
"""A control that had one of these names could take over a page, or the element itself."""


@pytest.fixture(scope="session")
def scenes() -> dict[str, bytes]:
    """Scenes with controls of their own, made once."""
    rude = "Lifts it.\x1b[2J\u202e<script>alert(1)</script>"
    return {
        "lift.alive": declared_scene(
            control("lift", default=0.25, minimum=-1, description=rude),
            control("head_tilt", minimum=None, maximum=None),
            control("gaze", shape=[2], maximum=None),
        ),
        "hostile.alive": declared_scene(*(control(name, default=0.5) for name in HOSTILE)),
        "proto.alive": declared_scene(control("__proto__")),
        "split.alive": declared_scene(steps=3, largest_step=0.25),
        "layers.alive": LAYERS,
    }


def test_the_player_takes_declared_controls(player: Path, scenes: dict[str, bytes]) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const player = await open(Player, "lift.alive");
    const own = await rollout(player, 1n, {}, 5);
    const frames = Object.entries(own).map(([step, embedding]) => ({ step, embedding }));
    const changes = {};
    const same = { lift: 0.25, pull: 0.1, gaze: [0, 0] };
    for (const controls of [same, { lift: 1 }, { gaze: [0, 0.5] }, { head_tilt: -9 }]) {
      changes[JSON.stringify(controls)] = difference(frames, await rollout(player, 1n, controls, 5));
    }
    const refusals = [];
    for (const controls of CONTROLS) {
      refusals.push(await player.live(controls).then(() => "", ({ name, message }) => `${name}: ${message}`));
    }
    report({ controls: player.info.controls, changes, refusals });
    """
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"lift": 2}, "The control lift must be a number from -1 to 1."),
        ({"lift": "0.5"}, "The control lift must be a number from -1 to 1."),
        ({"gaze": 1}, "The control gaze must be 2 numbers, each of 0 or more."),
        ({"gaze": [1, -1]}, "The control gaze must be 2 numbers, each of 0 or more."),
        ({"head_tilt": 1e39}, "The control head_tilt must be a finite number."),
        ({"temperature": -1}, "The control temperature must be a number from 0 to 100."),
        ({"next_node": 1}, "The scene has no control next_node that is set for each frame."),
        ({"constructor": 1}, "The scene has no control constructor that is set for each frame."),
    ]
    script = script.replace("CONTROLS", json.dumps([controls for controls, _ in refusals]))
    result = answer(script, player, scenes)
    assert [control["name"] for control in result["controls"]][-3:] == ["lift", "head_tilt", "gaze"]
    lift = result["controls"][-3]
    assert (lift["default"], lift["minimum"], lift["maximum"], lift["role"]) == (0.25, -1, 1, "plain")
    assert lift["description"] == "Lifts it. [2J <script>alert(1)</script>"
    same, *others = result["changes"].values()
    assert same == 0
    assert min(others) > 0.05
    assert result["refusals"] == [f"PlayerError: {message}" for _, message in refusals]


def test_attributes_and_properties_steer(player: Path, scenes: dict[str, bytes]) -> None:
    """What a page says before the scene is open counts, before the script has run as well."""
    script = """
    const attributes = { src: "lift.alive", seed: "1", engine: "cpu", "head-tilt": "0.5" };
    const early = scene(attributes, { lift: -0.75, pull: 0.9 });
    const { Player } = await import("/alive-scene.js");
    await happened(early, "ready");
    const frames = await framesOf(early, 6);
    const own = await open(Player, "lift.alive");
    const embeddings = await rollout(own, 1n, { lift: -0.75, head_tilt: 0.5, pull: 0.9 }, 40);
    const texts = ["lift", "head-tilt", "pull"].map((name) => early.getAttribute(name));
    const values = [early.lift, early.head_tilt, early.pull];
    early.head_tilt = 0.125;
    early.setAttribute("lift", "1");
    const after = [early.getAttribute("head-tilt"), early.lift];
    early.seed = 2;
    let next = await happened(early, "frame");
    while (next.step > 5) next = await happened(early, "frame");
    const later = await rollout(own, 2n, { lift: 1, head_tilt: 0.125, pull: 0.9 }, 40);
    const change = difference([next], later);
    const gaze = "gaze" in early;
    early.src = "layers.alive";
    await happened(early, "ready");
    const plain = ["lift" in early, "head_tilt" in early, early.pull];
    report({ difference: difference(frames, embeddings), texts, values, after, change, gaze, plain, messages });
    """
    result = answer(script, player, scenes)
    assert result["difference"] < 1e-5
    assert result["texts"] == ["-0.75", "0.5", "0.9"]
    assert result["values"] == [-0.75, 0.5, 0.9]
    assert result["after"] == ["0.125", 1]
    assert result["change"] < 1e-5
    assert not result["gaze"]
    assert result["plain"] == [False, False, 0.9]
    assert not result["messages"]


def test_hostile_names_replace_nothing(player: Path, scenes: dict[str, bytes]) -> None:
    script = """
    const { AliveScene, Player } = await import("/alive-scene.js");
    const names = () => JSON.stringify([AliveScene, HTMLElement, Element, Object].map(
      ({ prototype }) => Object.getOwnPropertyNames(prototype)));
    const before = names();
    let clicks = 0;
    const element = scene({
      src: "hostile.alive", seed: "1", engine: "cpu",
      title: "0.9", id: "0.1", class: "0.2", "aria-label": "0.3", "data-x": "1",
    });
    element.onclick = () => clicks++;
    await happened(element, "ready");
    const frames = await framesOf(element, 6);
    element.click();
    const own = await open(Player, "hostile.alive");
    const refusal = await Player.check(await bytes("proto.alive")).then(() => "", ({ kind }) => kind);
    report({
      difference: difference(frames, await rollout(own, 1n, {}, 40)), clicks, refusal,
      properties: Object.getOwnPropertyNames(element), same: names() === before,
      intact: element.constructor === AliveScene && element.style instanceof CSSStyleDeclaration && !element.hidden
        && element.src === "hostile.alive" && element.title === "0.9" && typeof element.play === "function",
      global: ({}).constructor === Object && typeof ({}).toString === "function", messages,
      attributes: element.getAttributeNames(),
    });
    """
    result = answer(script, player, scenes)
    assert result["difference"] < 1e-5
    assert result["clicks"] == 1
    assert result["refusal"] == "corrupt"
    assert not result["properties"]
    assert result["same"]
    assert result["intact"]
    assert result["global"]
    assert result["attributes"] == ["src", "seed", "engine", "title", "id", "class", "aria-label", "data-x"]
    assert len(result["messages"]) == len(HOSTILE)
    for name, message in zip(HOSTILE, result["messages"], strict=True):
        assert message.startswith(f"alive-scene: The control {name} can't be set here")


def test_a_page_keeps_its_own_properties(player: Path, scenes: dict[str, bytes]) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const lift = () => "mine";
    const element = scene({ src: "lift.alive", seed: "1", engine: "cpu" }, { lift });
    await happened(element, "ready");
    report({ same: element.lift === lift, messages });
    """
    result = answer(script, player, scenes)
    assert result["same"]
    assert "lift can't be set here" in result["messages"][0]


@pytest.mark.parametrize(
    ("file", "attribute", "value", "message"),
    [
        ("layers.alive", "pull", "1.5", "The control pull must be a number from 0 to 1. Its default, 0.1,"),
        (
            "layers.alive",
            "temperature",
            "-1",
            "The control temperature must be a number from 0 to 100. Its default, 1,",
        ),
        ("lift.alive", "lift", "high", "The control lift must be a number from -1 to 1. Its default, 0.25,"),
        ("split.alive", "temperature", "100", "from 0 to 100, and small enough for 1024 steps a frame."),
    ],
)
def test_out_of_range_the_default_stays(
    file: str, attribute: str, value: str, message: str, player: Path, scenes: dict[str, bytes]
) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const element = scene({ src: FILE, seed: "1", engine: "cpu", [NAME]: VALUE });
    await happened(element, "ready");
    const frames = await framesOf(element, 8);
    const own = await open(Player, FILE);
    report({ difference: difference(frames, await rollout(own, 1n, {}, 60)), messages });
    """
    for word, text in (("FILE", file), ("NAME", attribute), ("VALUE", value)):
        script = script.replace(word, json.dumps(text))
    result = answer(script, player, scenes)
    assert result["difference"] < 1e-5
    assert len(result["messages"]) == 1
    assert message in result["messages"][0]
