"""People drag what they see, and it looks at their pointer: with real events of a mouse and a finger."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.runtime.drivers import LookDriver, TouchDriver
from alive_cli.runtime.steering import NO_MODES
from bundle_spec import conformance as conformance_package
from bundle_spec.container import read_bundle
from bundle_spec.errors import CorruptBundle
from tests.web.pointers import pointed
from tests.web.scripts import answer
from tests.web.steerable import HEIGHT, LOOK, WIDTH, steerable, waving

LAYERS = (Path(conformance_package.__file__).parent / "valid" / "layers.alive").read_bytes()
SCALE = 4
"""The picture has so many CSS pixels across a pixel of the scene."""

STEERED = f"""
await import("/alive-scene.js");
const WIDTH = {WIDTH * SCALE}, HEIGHT = {HEIGHT * SCALE}, SCALE = {SCALE};
const place = async (attributes) => {{
  const element = scene({{ src: "/square.alive", workers: "1", engine: "cpu", net: "fine", ...attributes }});
  Object.assign(element.style, {{ position: "absolute", left: "0", top: "0", width: WIDTH + "px" }});
  await happened(element, "ready");
  return element;
}};
// The middle of the white square in the picture that can be seen, in CSS pixels from the picture's corner.
const middle = (element) => {{
  const {{ canvas }} = inside(element);
  const {{ data, width, height }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [sum, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {{
    const weight = Math.max(0, data[4 * pixel] - 60);
    sum += weight;
    x += weight * ((pixel % width) + 0.5);
    y += weight * (Math.floor(pixel / width) + 0.5);
  }}
  return [(SCALE * x) / sum, (SCALE * y) / sum];
}};
const settled = async (element) => {{
  while ((await happened(element, "frame")).offset) ;
}};
"""


def steered(script: str, player: Path, **files: bytes) -> Any:
    return pointed(STEERED + script, [player], {f"{name}.alive": data for name, data in files.items()})


def test_offsets_agree_with_python(player: Path, tmp_path: Path) -> None:
    """The same events at the same times give the same offsets."""
    path = tmp_path / "waving.alive"
    path.write_bytes(waving())
    events: list[list[Any]] = [
        ["hold", 0.1, 0.05, 0, 0],
        ["hold", 0.1, 0.05, 0.03, 0.01],
        ["hold", 0.1, 0.05, 0.4, -0.02],
        ["look", 0.5, -0.4],
        ["letGo"],
        ["nudge", -0.2, 0.1],
        ["look", 0.02, 0.05],
        ["away"],
        ["hold", -1, 0.6, 0.5, -3],
        ["letGo"],
    ]
    steps = [0.033, 0.01, 0.2, 0.005, 0.04, 0.6]
    scene = Scene.open(path, device="cpu")
    life, steering = scene.life(seed=1), scene.steering
    assert steering
    embeddings = [life.advance() for _ in steps]
    touch, look = life._of(TouchDriver), life._of(LookDriver)
    look.enabled = True
    offsets = []
    for kind, *numbers in events:
        match kind:
            case "hold":
                touch.hold(steering, *numbers)
            case "nudge":
                touch.nudge(steering, *numbers)
            case "letGo":
                touch.let_go()
            case "look":
                look.look_at(*numbers)
            case _:
                look.look_away()
        for embedding, seconds in zip(embeddings, steps, strict=True):
            offset = life.steer(embedding, seconds).offset
            offsets.append(np.zeros(len(steering.spread)) if offset is None else offset)
    script = f"""
    const {{ Player }} = await import("/alive-scene.js");
    const player = await open(Player, "waving.alive");
    await player.resize(24, 16, "fine");
    await player.begin(1n);
    const steps = {json.dumps(steps)}, embeddings = [];
    for (const _ of steps) embeddings.push((await player.live()).embedding);
    const {{ touch, look, steering }} = player.steerer;
    const act = {{ hold: (...n) => touch.hold(...n), nudge: (...n) => touch.nudge(...n), letGo: () => touch.letGo(),
      look: (...n) => look.at(...n), away: () => look.away() }};
    const offsets = [];
    for (const [kind, ...numbers] of {json.dumps(events)}) {{
      act[kind](...numbers);
      steps.forEach((seconds, place) => {{
        const {{ offset }} = player.steerer.after(embeddings[place], seconds);
        offsets.push(offset ? [...offset] : steering.spread.map(() => 0));
      }});
    }}
    const follows = [[0, 0], [0.9, 0.6], [-0.5, 0.1]].map(([x, y]) => steering.follows(x, y));
    await report({{ offsets: offsets.map((each) => [...each]), follows }});
    """
    result = answer(script, player, {"waving.alive": path.read_bytes()})
    assert np.abs(np.array(offsets)).max() > 0.1
    assert np.abs(np.array(result["offsets"]) - offsets).max() < 1e-5
    assert result["follows"] == [steering.follows(x, y) for x, y in ((0, 0), (0.9, 0.6), (-0.5, 0.1))]


@pytest.mark.parametrize("kind", ["mouse", "finger"])
def test_a_drag_moves_what_it_holds_and_lets_it_swing_back(player: Path, kind: str) -> None:
    script = """
    const element = await place({ interactive: "touch" });
    const { canvas } = inside(element);
    const touched = happened(element, "touched");
    const start = middle(element);
    const [x, y] = start;
    const points = [[0, 0], [10, 5], [40, 20], [60, -30]].map(([dx, dy]) => [x + dx, y + dy]);
    if (KIND === "mouse") pointer(moved(x, y), pressed(x, y), ...points.map(([x, y]) => moved(x, y, 1)));
    else pointer(...points.map(([x, y], n) => finger(n ? "touchMove" : "touchStart", { x, y })));
    const { follows } = await touched;
    await sleep(1.5);
    const held = middle(element);
    if (KIND === "mouse") pointer(released(x + 60, y - 30));
    else pointer(finger("touchEnd"));
    const swing = [];
    while (swing.length < 6) { await happened(element, "frame"); swing.push(middle(element)[0] - x); }
    await settled(element);
    const { touchAction } = getComputedStyle(canvas);
    element.interactive = "look";
    await report({ follows, start, held, swing, end: middle(element), touchAction,
      after: getComputedStyle(canvas).touchAction, messages, scroll: scrollY });
    """
    result = steered(f"const KIND = {kind!r};{script}", player, square=steerable())
    start, held, end = (np.array(result[name]) for name in ("start", "held", "end"))
    assert result["follows"]
    assert np.abs(held - start - [60, -30]).max() < 5
    assert np.abs(end - start).max() < 1
    # It swings beyond where it was, and comes back.
    assert min(result["swing"]) < -5
    assert (result["touchAction"], result["after"], result["messages"]) == ("none", "auto", [])


def test_a_press_without_a_drag_is_a_nudge(player: Path) -> None:
    script = """
    const element = await place({ interactive: "touch" });
    const [x, y] = middle(element);
    const lengths = [];
    element.addEventListener("frame", ({ detail }) => lengths.push(detail.offset ? Math.hypot(...detail.offset) : 0));
    pointer(moved(x, y), pressed(x, y), released(x, y));
    await happened(element, "touched");
    while (!lengths.at(-1)) await happened(element, "frame");
    await settled(element);
    await report({ most: Math.max(...lengths), end: middle(element), start: [x, y] });
    """
    result = steered(script, player, square=steerable())
    assert 0.01 < result["most"] < 0.06  # NUDGE spreads, less what is damped
    assert np.allclose(result["end"], result["start"], atol=1)


def test_the_picture_may_be_letterboxed(player: Path) -> None:
    """Presses count in the picture alone, wherever `object-fit` puts it."""
    script = """
    const element = await place({ interactive: "touch" });
    const { canvas } = inside(element);
    Object.assign(canvas.style, { height: "420px", objectFit: "contain", objectPosition: "50% 100%" });
    const [x, y] = middle(element);
    const top = 420 - HEIGHT;
    let touched = null;
    element.addEventListener("touched", ({ detail }) => (touched = detail));
    pointer(moved(x, 40), pressed(x, 40), released(x, 40));
    await sleep(0.5);
    const beside = touched;
    pointer(moved(x, y + top), pressed(x, y + top), moved(x + 20, y + top, 1), moved(x + 40, y + top + 20, 1));
    await sleep(1.5);
    const [heldX, heldY] = middle(element);
    pointer(released(x + 40, y + top + 20));
    await report({ beside, touched, moved: [heldX - x, heldY - y] });
    """
    result = steered(script, player, square=steerable())
    assert result["beside"] is None
    assert np.hypot(result["touched"]["x"], result["touched"]["y"]) < 0.02
    assert np.allclose(result["moved"], [40, 20], atol=4)


def test_it_looks_at_the_pointer(player: Path) -> None:
    script = """
    const element = await place({ interactive: "look" });
    const [x, y] = middle(element);
    pointer(moved(WIDTH - 1, HEIGHT / 2));
    await sleep(2.5);
    const right = middle(element);
    pointer(moved(WIDTH / 2, HEIGHT / 2));
    await sleep(1.5);
    const ahead = middle(element);
    pointer(moved(WIDTH + 100, HEIGHT + 100));
    await settled(element);
    const away = middle(element);
    element.interactive = "";
    pointer(moved(WIDTH - 1, HEIGHT / 2));
    await sleep(1);
    const off = middle(element);
    element.lookAt(0, 1);
    await sleep(2.5);
    const down = middle(element);
    element.lookAway();
    await settled(element);
    await report([right, ahead, away, off, down].map(([a, b]) => [a - x, b - y]));
    """
    right, ahead, away, off, down = steered(script, player, square=steerable())
    longest = WIDTH * SCALE
    assert np.allclose(right, [LOOK * longest, 0], atol=4)
    assert np.allclose([ahead, away, off], 0, atol=2)
    assert np.allclose(down, [0, LOOK * longest], atol=4)


def test_methods_and_what_they_refuse(player: Path) -> None:
    script = """
    const early = scene({ src: "/square.alive" });
    const said = [];
    const attempt = async (action) => {
      try { said.push(await action()); } catch (error) { said.push(`${error.name}: ${error.message}`); }
    };
    await attempt(() => early.touch(0, 0));
    await attempt(() => early.goTo(0));
    early.remove();
    const element = await place({});
    const [x, y] = middle(element);
    await attempt(() => element.touch(0, 0, 0.2, 0.1));
    await sleep(1);
    const [dx, dy] = middle(element).map((value, axis) => value - [x, y][axis]);
    element.letGo();
    await settled(element);
    await attempt(() => element.touch(0.1, 0));
    await settled(element);
    const wrong = [[1.1, 0], [0, 0.7], [NaN, 0], [0, 0, Infinity]];
    for (const numbers of wrong) await attempt(() => element.touch(...numbers));
    await attempt(() => element.lookAt(NaN, 0));
    element.remove();
    const plain = scene({ src: "/layers.alive", interactive: "touch look", workers: "1" });
    await happened(plain, "ready");
    await attempt(() => plain.touch(0, 0));
    await attempt(() => plain.lookAt(0, 0));
    plain.letGo();
    plain.lookAway();
    const { touchAction } = getComputedStyle(inside(plain).canvas);
    await report({ said, moved: [dx, dy], messages, touchAction });
    """
    result = steered(script, player, square=steerable(), layers=LAYERS)
    spans = f"PlayerError: The picture spans ±1 across and ±{HEIGHT / WIDTH:.3g} down; touch a point of it."
    assert result["said"] == [
        *2 * ["PlayerError: The scene is not ready yet; wait for the event ready."],
        *2 * [True],
        *4 * [spans],
        "PlayerError: Look at a point of two finite numbers.",
        f"PlayerError: {NO_MODES}",
        f"PlayerError: {NO_MODES}",
    ]
    # A coordinate is half a longest side.
    assert np.allclose(result["moved"], np.array([0.1, 0.05]) * WIDTH * SCALE, atol=3)
    assert result["messages"] == [f"alive-scene: {NO_MODES}"]
    assert result["touchAction"] == "auto"


def test_a_press_wakes_a_scene_that_is_paused(player: Path) -> None:
    script = """
    const element = await place({ interactive: "touch" });
    element.pause();
    await sleep(0.3);
    const [x, y] = middle(element);
    pointer(moved(x, y), pressed(x, y), moved(x + 40, y, 1));
    await sleep(1.5);
    const held = middle(element)[0] - x;
    await report({ held, paused: element.paused });
    """
    result = steered(script, player, square=steerable())
    assert abs(result["held"] - 40) < 4
    assert not result["paused"]


WRONG: dict[str, dict[str, Any]] = {
    "a pose of two numbers": {"pose": [0, 2]},
    "a pose beyond the embedding": {"pose": [1, 4]},
    "a pose that ends before it begins": {"pose": [3, 0]},
    "spreads of other modes": {"spread": np.ones(2, np.float32)},
    "a spread below zero": {"spread": np.float32([1, -1, 1])},
    "a spread that is no number": {"spread": np.float32([1, np.nan, 1])},
    "frequencies of whole numbers": {"frequency": np.ones(3, np.int64)},
    "a frequency above one": {"frequency": np.float32([0, 1.1, 0])},
    "looks of one axis": {"look": np.ones((1, 3), np.float32)},
    "a look without end": {"look": np.full((2, 3), np.inf, np.float32)},
    "no reach": {"reach": 0.0},
    "too much reach": {"reach": 101.0},
    "no scale": {"pose_scale": 0.0},
}
"""What `steering` must not say."""


def test_wrong_steering_is_damage(player: Path, tmp_path: Path) -> None:
    files = {f"{number}.alive": steerable(**changes) for number, changes in enumerate(WRONG.values())}
    script = f"""
    const {{ Player }} = await import("/alive-scene.js");
    const kinds = [];
    for (let number = 0; number < {len(WRONG)}; number++) {{
      const file = await bytes(`${{number}}.alive`);
      await Player.check(file).then(() => kinds.push("sound"), ({{ kind }}) => kinds.push(kind));
    }}
    await report(kinds);
    """
    assert answer(script, player, files) == ["corrupt"] * len(WRONG)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(CorruptBundle):
            Scene(read_bundle(tmp_path / name))
