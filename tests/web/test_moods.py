"""Moods in a page: the same weights and lives as in Python, the attribute, the sliders, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.runtime.moods import MOST_EDGES, liking, mood_weights
from bundle_spec import conformance as conformance_package
from bundle_spec.container import read_bundle
from tests.web.modules import run_module
from tests.web.scripts import answer
from tests.web.test_panel import on_page

VALID = Path(conformance_package.__file__).parent / "valid"
MOODY = VALID / "moods.alive"

WEIGHING = """
import { moodWeights } from "./src/mood_weights.js";
return question.map(({ liking, targets, costs }) => {
  const edges = BigInt64Array.from(targets, BigInt);
  return [...moodWeights(Float64Array.from(liking), edges, Float32Array.from(costs))];
});
"""


def random_graph(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much frames are liked, and the edges and costs of a motion graph, as clips have them."""
    count, edges = int(random.integers(2, 300)), int(random.integers(1, 17))
    targets = random.integers(0, count, (count, edges))
    targets[:-1, 0] = np.arange(1, count)
    costs = (random.gamma(1.5, 1.2, (count, edges)) * (random.random((count, edges)) > 0.1)).astype(np.float32)
    costs[random.random((count, edges)) > 0.95] = 1e9
    return 7 * random.random(count) - 3.5, targets, costs


def test_weights_equal_those_of_python(tmp_path: Path) -> None:
    """Bit for bit, in motion graphs of all kinds and in the scene of the conformance cases."""
    random = np.random.default_rng(5)
    graphs = [random_graph(random) for _ in range(30)]
    scene = Scene.open(MOODY, device="cpu")
    assert scene.graph is not None
    for strengths in ({"calm": 1.0}, {"calm": -0.5, "constructor": 0.75}, {"constructor": -1.0, "calm": 1.0}):
        graphs.append((np.asarray(liking(scene.moods, strengths)), scene.graph.targets, scene.graph.costs))
    question = [
        {"liking": liked.tolist(), "targets": targets.ravel().tolist(), "costs": costs.ravel().astype(float).tolist()}
        for liked, targets, costs in graphs
    ]
    results = run_module(WEIGHING, question, tmp_path)
    for weights, (liked, targets, costs) in zip(results, graphs, strict=True):
        np.testing.assert_array_equal(np.array(weights, np.float32), mood_weights(liked, targets, costs))


def test_too_large_a_graph_has_no_moods(tmp_path: Path) -> None:
    script = """
    import { moodWeights } from "./src/mood_weights.js";
    const edges = question + 1;
    try { moodWeights(new Float64Array(edges), new BigInt64Array(edges), new Float32Array(edges)); }
    catch ({ message }) { return message; }
    """
    assert run_module(script, MOST_EDGES, tmp_path) == "This scene has too many transitions for moods."


def test_what_people_write(tmp_path: Path) -> None:
    script = """
    import { readMoods } from "./src/mood_words.js";
    return question.map(([text, known]) => {
      try { return [...readMoods(text, known)]; }
      catch ({ message }) { return message; }
    });
    """
    known = ["calm", "constructor"]
    cases: dict[str, Any] = {
        "": [],
        " calm:0.7   constructor:-.3 ": [["calm", 0.7], ["constructor", -0.3]],
        "calm": [["calm", 1]],
        "calm:1e-3": [["calm", 0.001]],
        "calm:much": "'much' is no strength of a mood; write it as in calm:0.7.",
        "calm:0x1": "'0x1' is no strength of a mood; write it as in calm:0.7.",
        "calm:": "'' is no strength of a mood; write it as in calm:0.7.",
        "calm:0.1:0.2": "'0.1:0.2' is no strength of a mood; write it as in calm:0.7.",
        "calm:1.01": "The mood calm has the strength 1.01; choose a number from -1 to 1.",
        "calm:-1e99": "The mood calm has the strength -1e+99; choose a number from -1 to 1.",
        "calm calm:0.2": "The mood calm is there twice; give it one strength.",
        "toString": "This scene has no mood 'toString'; its moods are calm, constructor.",
    }
    assert run_module(script, [[text, known] for text in cases], tmp_path) == list(cases.values())
    many = [f"m{number}" for number in range(16)]
    first, none = run_module(script, [["x", many], ["x", []]], tmp_path)
    assert first == f"This scene has no mood 'x'; its moods are {', '.join(many[:12])}, …."
    assert none == "This scene has no mood 'x'; it has no moods yet, and alive mood gives it some."


def test_lives_agree_with_python(player: Path) -> None:
    """Moods come and go while a rollout lives, stay in the next one, and multiply the weights that a page sets."""
    changes: list[dict[str, float]] = [{}, {"calm": 1}, {"calm": 1}, {"calm": -0.4, "constructor": 0.9}, {"calm": 0}]
    weights = [1, 0.5, 2, 0.25, 1, 3]
    expected = []
    scene = Scene.open(MOODY, device="cpu")
    for own in (None, weights):
        life = scene.life(seed=4, start_at=scene.manifest.source.start)
        if own:
            life.frame_weights = np.array(own, np.float32)
        nodes = []
        for moods in changes:
            life.put_in(moods)
            for _ in range(40):
                life.advance()
                nodes.append(life.node)
        expected.append(nodes)
    script = f"""
    const {{ Player }} = await import("/alive-scene.js");
    const player = await open(Player, "moods.alive");
    const lives = [];
    for (const weights of [null, Float32Array.from({json.dumps(weights)})]) {{
      const nodes = [];
      let begun = false;
      for (const moods of {json.dumps(changes)}) {{
        await player.putIn(new Map(Object.entries(moods)));
        if (!begun) await player.begin(4n, 0, weights);
        begun = true;
        for (let frame = 0; frame < 40; frame++) nodes.push((await player.live()).node);
      }}
      lives.push(nodes);
    }}
    // Moods belong to the scene: another life has them from its first step.
    await player.putIn(new Map([["calm", 1]]));
    await player.begin(9n, 0);
    const other = [];
    for (let frame = 0; frame < 60; frame++) other.push((await player.live()).node);
    const refused = [];
    for (const moods of [[["merry", 1]], [["calm", 2]], [["calm", NaN]]]) {{
      await player.putIn(new Map(moods)).catch(({{ name, message }}) => refused.push(`${{name}}: ${{message}}`));
    }}
    await report({{ lives, other, refused }});
    """
    result = answer(script, player, {"moods.alive": MOODY.read_bytes()})
    assert result["lives"] == expected
    other = scene.life(seed=9, start_at=scene.manifest.source.start, moods={"calm": 1})
    nodes = []
    for _ in range(60):
        other.advance()
        nodes.append(other.node)
    assert result["other"] == nodes
    assert result["refused"] == [
        "PlayerError: This scene has no mood 'merry'; its moods are calm, constructor.",
        "PlayerError: The mood calm has the strength 2; choose a number from -1 to 1.",
        "PlayerError: The mood calm has the strength NaN; choose a number from -1 to 1.",
    ]


def test_the_element_is_in_the_moods_that_its_attribute_says(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "/moods.alive", workers: "1", seed: "3", mood: "calm:0.7" });
    const warnings = [];
    element.addEventListener("warning", ({ detail }) => warnings.push(detail.message));
    const early = await element.mood("calm").catch(({ name, message }) => `${name}: ${message}`);
    const before = [...element.moods];
    await happened(element, "ready");
    const states = [[...element.moods]];
    const nodes = async (count) => (await framesOf(element, count)).map(({ node }) => node);
    await element.mood("constructor", -0.5);
    states.push(element.getAttribute("mood"));
    await element.mood("calm", 0);
    states.push(element.getAttribute("mood"));
    element.seed = 8;
    element.size = "24x16";
    await nodes(12);
    states.push([...element.moods], element.getAttribute("mood"));
    await element.mood("constructor", 0);
    states.push(element.getAttribute("mood"));
    const said = [];
    for (const [name, strength] of [["merry"], ["toString"], ["calm", 1.5], ["calm", "1"], ["calm", NaN], [null]]) {
      await element.mood(name, strength).catch(({ name, message }) => said.push(`${name}: ${message}`));
    }
    element.setAttribute("mood", "calm:2");
    states.push([...element.moods]);
    element.setAttribute("mood", "calm calm:0.1");
    // Many changes at once: the last one counts, and no picture waits for the others.
    for (let turn = 0; turn <= 200; turn++) void element.mood("calm", turn / 200);
    await element.mood("calm", 1);
    const calm = await nodes(120);
    element.setAttribute("mood", "calm:-1");
    await sleep(0.5);
    const averse = await nodes(120);
    await report({ early, before, states, said, warnings, calm, averse, methods: typeof element.mood });
    """
    result = answer(script, player, {"moods.alive": MOODY.read_bytes()})
    assert result["early"] == "PlayerError: The scene is not ready yet; wait for the event ready."
    assert result["before"] == []
    assert result["states"] == [
        [["calm", 0.7], ["constructor", 0]],
        "calm:0.7 constructor:-0.5",
        "constructor:-0.5",
        [["calm", 0], ["constructor", -0.5]],
        "constructor:-0.5",
        None,
        [["calm", 0], ["constructor", 0]],
    ]
    unknown = "PlayerError: This scene has no mood '{}'; its moods are calm, constructor."
    strength = "PlayerError: The mood calm has the strength {}; choose a number from -1 to 1."
    assert result["said"] == [
        unknown.format("merry"),
        unknown.format("toString"),
        *(strength.format(each) for each in ("1.5", "1", "NaN")),
        unknown.format("null"),
    ]
    assert result["warnings"] == [
        "The mood calm has the strength 2; choose a number from -1 to 1.",
        "The mood calm is there twice; give it one strength.",
    ]
    assert result["methods"] == "function"
    much = Scene.open(MOODY, device="cpu").moods["calm"] >= 0.5
    calm, averse = (float(much[result[each]].mean()) for each in ("calm", "averse"))
    assert calm > averse + 0.3, (calm, averse)


@pytest.fixture
def moody() -> Callable[..., Any]:
    return lambda script, **attributes: on_page(script, read_bundle(MOODY), **attributes)


def test_each_mood_has_a_slider(player: Path, moody: Callable[..., Any]) -> None:
    script = """
    await happened(element, "frame");
    const [, number, range] = all("#moods input");
    const labels = all("#moods label").map(({ textContent }) => textContent.trim());
    const begun = all("#moods input").map(({ valueAsNumber }) => valueAsNumber);
    type(range, "-0.35");
    const slid = [element.getAttribute("mood"), all("#moods input").at(-1).valueAsNumber];
    type(number, "7");
    await sleep(0.1);
    const refused = [said(), number.valueAsNumber, element.moods.get("calm")];
    type(number, "");
    await sleep(0.1);
    const empty = [said(), number.valueAsNumber];
    press("r");
    await happened(element, "frame");
    const survived = [...element.moods];
    const pressed = [];
    for (let turn = 0; turn < 4; turn++) {
      press("m");
      const strengths = all("#moods input[type=range]").map(({ valueAsNumber }) => valueAsNumber);
      pressed.push([said(), element.getAttribute("mood"), ...strengths]);
    }
    const button = find("[data-key=m]");
    report({ labels, begun, slid, refused, empty, survived, pressed, hidden: [button.hidden, find("#moods").hidden] });
    """
    result = moody(script, mood="calm:0.7")
    assert result["labels"] == ["calm", "constructor"]
    assert result["begun"] == [0.7, 0.7, 0, 0]
    assert result["slid"] == ["calm:0.7 constructor:-0.35", -0.35]
    assert result["refused"] == ["The mood calm has the strength 7; choose a number from -1 to 1.", 0.7, 0.7]
    assert result["empty"] == ["The mood calm has the strength NaN; choose a number from -1 to 1.", 0.7]
    assert result["survived"] == [["calm", 0.7], ["constructor", -0.35]]
    assert result["pressed"] == [
        ["mood: constructor", "constructor:1", 0, 1],
        ["no mood", None, 0, 0],
        ["mood: calm", "calm:1", 1, 0],
        ["mood: constructor", "constructor:1", 0, 1],
    ]
    assert result["hidden"] == [False, False]


def test_a_page_without_moods_shows_nothing_of_them(player: Path) -> None:
    script = """
    await happened(element, "frame");
    const hidden = [find("#moods").hidden, find("[data-key=m]").hidden];
    press("m");
    report({ hidden, said: said(), mood: element.getAttribute("mood"), moods: element.moods.size });
    """
    result = on_page(script, read_bundle(VALID / "layers.alive"))
    assert result["hidden"] == [True, True]
    assert result["said"] == "This scene has no moods yet; alive mood gives it some."
    assert (result["mood"], result["moods"]) == (None, 0)
