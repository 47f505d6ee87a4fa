"""Going to seconds and names in a page: what is told, what is shown, and what is refused."""

import json
from pathlib import Path

import pytest

from alive_cli import Scene
from bundle_spec import conformance as conformance_package
from tests.web.lives import logged
from tests.web.scripts import answer

VALID = Path(conformance_package.__file__).parent / "valid"
GOALS: list[tuple[float | str, bool]] = [(0.4, False), ("smile", True), (0.0, True), ("asleep", False), (0.5, False)]
"""Goals, and whether each is queued; some frames go by before each."""


def test_paths_times_and_news_agree_with_python(player: Path) -> None:
    """At several clocks, the rollout goes the same way, tells the same seconds, and arrives with the same picture."""
    lives = [{"seed": seed, "temperature": clock} for seed in (1, 2) for clock in (1.0, 0.6, 2.3)]
    expected = []
    for each in lives:
        scene = Scene.open(VALID / "named.alive", device="cpu")
        life = scene.life(scene.controls(temperature=each["temperature"]), seed=each["seed"])
        expected.append(logged(life, GOALS, life.go_to, lambda goal: [goal.name, round(goal.second, 6)]))
    script = f"""
    const {{ Player }} = await import("/alive-scene.js");
    const player = await open(Player, "named.alive");
    const six = (number) => Number(number.toFixed(6));
    const logs = [];
    for (const {{ seed, temperature }} of {json.dumps(lives)}) {{
      await player.begin(BigInt(seed));
      const log = [], controls = {{ temperature }};
      const live = async () => {{
        const {{ news, node }} = await player.live(controls);
        log.push(...news.map(({{ event, goal }}) => [event, goal.name, six(goal.second)]), node);
      }};
      for (const [goal, queue] of {json.dumps(GOALS)}) {{
        for (let frame = 0; frame < 7; frame++) await live();
        log.push(six((await player.goTo(goal, queue, controls)).goal.seconds));
      }}
      for (let frame = 0; frame < 30; frame++) await live();
      logs.push(log);
    }}
    await report(logs);
    """
    logs = answer(script, player, {"named.alive": (VALID / "named.alive").read_bytes()})
    for log, own in zip(logs, expected, strict=True):
        assert log == own
        assert ["arrived", None, 0.5] in log


def test_the_element_arrives_when_it_says(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "/named.alive", workers: "1", seed: "3" });
    await happened(element, "ready");
    const nodes = [], told = [], arrivals = [];
    element.addEventListener("frame", ({ detail }) => nodes.push(detail.node));
    for (const type of ["arriving", "arrived"]) {
      element.addEventListener(type, ({ detail }) => arrivals.push([type, detail.name, performance.now() / 1000]));
    }
    for (const goal of ["smile", 0, "asleep", 0.5]) {
      const begun = performance.now() / 1000;
      const arrived = happened(element, "arrived");
      const { seconds } = await element.goTo(goal);
      await arrived;
      told.push([seconds, performance.now() / 1000 - begun, nodes.at(-1)]);
      await sleep(0.3);
    }
    element.goTo("smile");
    element.goTo(0, { queue: true });
    const before = arrivals.length;
    while (arrivals.length < before + 4) await happened(element, "arrived");
    const types = arrivals.slice(before).map(([type, name]) => [type, name]);
    element.goTo(0.5);
    element.giveUp();
    const calm = arrivals.length;
    await sleep(1);
    const said = [];
    for (const goal of ["grin\\u001b[2J", "toString", 0.61, NaN, Infinity, {}]) {
      await element.goTo(goal).then(() => said.push(""), ({ name, message }) => said.push(`${name}: ${message}`));
    }
    element.temperature = 0;
    await element.goTo(0.2).catch(({ message }) => said.push(message));
    const more = arrivals.slice(calm).map(([type]) => type);
    await report({ told, types, more, said, messages });
    """
    result = answer(script, player, {"named.alive": (VALID / "named.alive").read_bytes()})
    period = 0.1
    for announced, waited, _ in result["told"]:
        assert waited == pytest.approx(announced, rel=0.1, abs=1.5 * period)
    assert [node for *_, node in result["told"]][0:2] == [2, 0]
    assert result["types"] == [["arriving", "smile"], ["arrived", "smile"], ["arriving", None], ["arrived", None]]
    assert result["more"] == []
    for sentence, name in zip(result["said"], ("grin [2J", "toString"), strict=False):
        assert sentence.startswith(f"PlayerError: This scene has no name {name}; its names are ")
    for sentence, second in zip(result["said"][2:6], ("0.61", "NaN", "Infinity", "[object Object]"), strict=True):
        assert sentence == f"PlayerError: The scene has no second {second}; it has 0 to 0.5."
    assert result["said"][6] == "At temperature 0 the scene can't go anywhere."
    assert result["messages"] == []
