"""Actions in a page: done as in Python, from wherever the scene is, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alive_cli import Scene
from bundle_spec import conformance as conformance_package
from bundle_spec.container import read_bundle
from tests.web.lives import logged
from tests.web.scripts import answer
from tests.web.test_panel import on_page

VALID = Path(conformance_package.__file__).parent / "valid"
ACTIVE = VALID / "actions.alive"
DONE: list[tuple[str, bool]] = [("left", False), ("constructor", True), ("left", False), ("left", True)]
"""Actions, and whether each is queued; some frames go by before each."""


def test_actions_are_done_as_in_python(player: Path) -> None:
    """At several clocks, the rollout goes the same way, says the same seconds, and begins with the same picture."""
    lives = [{"seed": seed, "temperature": clock} for seed in (1, 2, 3) for clock in (1.0, 0.6, 2.3)]
    expected = []
    for each in lives:
        scene = Scene.open(ACTIVE, device="cpu")
        life = scene.life(scene.controls(temperature=each["temperature"]), seed=each["seed"])
        expected.append(logged(life, DONE, life.act, lambda goal: [goal.name, goal.is_action]))
    script = f"""
    const {{ Player }} = await import("/alive-scene.js");
    const player = await open(Player, "actions.alive");
    const logs = [];
    for (const {{ seed, temperature }} of {json.dumps(lives)}) {{
      await player.begin(BigInt(seed));
      const log = [], controls = {{ temperature }};
      const live = async () => {{
        const {{ news, node }} = await player.live(controls);
        log.push(...news.map(({{ event, goal }}) => [event, goal.name, goal.action]), node);
      }};
      for (const [name, queue] of {json.dumps(DONE)}) {{
        for (let frame = 0; frame < 7; frame++) await live();
        log.push(Number((await player.act(name, queue, controls)).goal.seconds.toFixed(6)));
      }}
      for (let frame = 0; frame < 30; frame++) await live();
      logs.push(log);
    }}
    await report(logs);
    """
    logs = answer(script, player, {"actions.alive": ACTIVE.read_bytes()})
    assert logs == expected
    assert ["arrived", "constructor", True] in logs[0]


def shows(nodes: list[tuple[int, int]], occurrence: list[int]) -> bool:
    """Whether frames, each a step and its node, are those of an occurrence somewhere. Late ones were not shown."""
    shown = dict(nodes)
    for first in range(min(shown) - 1, max(shown) - len(occurrence) + 2):
        steps = [(first + number, node) for number, node in enumerate(occurrence)]
        if all(shown.get(step, node) == node for step, node in steps) and sum(step in shown for step, _ in steps) > 1:
            return True
    return False


def test_the_element_does_actions(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "/actions.alive", workers: "1", seed: "3" });
    const early = [element.actions, await element.act("left").catch(({ message }) => message)];
    await happened(element, "ready");
    const nodes = [], told = [];
    let begun = 0;
    element.addEventListener("frame", ({ detail }) => nodes.push([detail.step, detail.node]));
    element.addEventListener("arrived", () => (begun = nodes.length));
    for (let turn = 0; turn < 3; turn++) {
      const arrived = happened(element, "arrived");
      const { name, action } = await element.act("left");
      const detail = await arrived;
      while (nodes.length < begun + 4) await happened(element, "frame");
      told.push([name, action, detail.name, detail.action, nodes.slice(Math.max(0, begun - 1), begun + 4)]);
    }
    const said = [];
    for (const name of ["right\\u001b[2J", "toString", 2, null]) {
      await element.act(name).then(() => said.push(""), ({ name, message }) => said.push(`${name}: ${message}`));
    }
    element.temperature = 0;
    await element.act("left").catch(({ message }) => said.push(message));
    await report({ early, actions: element.actions, told, said, messages });
    """
    result = answer(script, player, {"actions.alive": ACTIVE.read_bytes()})
    assert result["early"] == [[], "The scene is not ready yet; wait for the event ready."]
    assert result["actions"] == ["left", "constructor"]
    for name, action, shown, is_action, nodes in result["told"]:
        assert (name, action, shown, is_action) == ("left", True, "left", True)
        assert shows(nodes, [0, 1, 2]) or shows(nodes, [3, 4, 5])
    for sentence, name in zip(result["said"][:4], ("right [2J", "toString", "2", "null"), strict=True):
        assert sentence == f"PlayerError: This scene has no action '{name}'; its actions are left, constructor."
    assert result["said"][4] == "At temperature 0 the scene can't go anywhere."
    assert result["messages"] == []


@pytest.fixture
def active() -> Callable[..., Any]:
    return lambda script, path=ACTIVE: on_page(script, read_bundle(path))


def test_each_action_has_a_button_and_a_key_does_the_next_one(player: Path, active: Callable[..., Any]) -> None:
    script = """
    await happened(element, "frame");
    const labels = all("#actions button").map(({ textContent }) => textContent);
    const hidden = [find("#actions").hidden, find("[data-key=a]").hidden];
    const done = [];
    element.addEventListener("arrived", ({ detail }) => done.push(detail.name));
    const pressed = [], doing = [];
    for (const begin of [() => all("#actions button")[0].click(), ...Array(3).fill(() => press("a"))]) {
      const [before, arrived] = [said(), happened(element, "arrived")];
      begin();
      for (let turn = 0; turn < 50 && said() === before; turn++) await sleep(0.01);
      pressed.push(said());
      await arrived;
      doing.push(said());
    }
    report({ labels, hidden, done, doing, pressed });
    """
    result = active(script)
    assert result["labels"] == ["constructor", "left"], "a writer sorts names"
    assert result["hidden"] == [False, False]
    assert result["done"] == ["constructor", "constructor", "left", "constructor"]
    for name, message, doing in zip(result["done"], result["pressed"], result["doing"], strict=True):
        assert message.startswith((f"action: {name}", f"doing {name}"))
        assert name in doing


def test_a_scene_without_actions_has_no_buttons(player: Path, active: Callable[..., Any]) -> None:
    script = """
    await happened(element, "frame");
    press("a");
    report([find("#actions").hidden, find("[data-key=a]").hidden, said()]);
    """
    hidden, button, message = active(script, VALID / "plain.alive")
    assert hidden
    assert button
    assert message == "This scene has no actions; alive actions with --find looks for some."
