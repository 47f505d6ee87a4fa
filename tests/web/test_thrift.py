"""How little a scene may cost: what it leaves out, and how soon it follows what a page says."""

from pathlib import Path

from bundle_spec import conformance
from tests.web.modules import run_module
from tests.web.scripts import answer

WARP = (Path(conformance.__file__).parent / "valid" / "warp.alive").read_bytes()


def test_a_thrifty_scene(tmp_path: Path) -> None:
    """Of what may be spent, first pixels are saved and then frames; where pictures cost less, they come back."""
    script = """
    import { Thrift } from "./src/thrift.js";
    const battery = Object.assign(new EventTarget(), { charging: true });
    globalThis.navigator ??= {};
    navigator.getBattery = async () => battery;
    const element = { fps: null, cpu: null, battery: "calm", getAttribute: (name) => element[name] };
    let changes = 0;
    const warnings = [];
    const thrift = new Thrift(element, 25, () => changes++, (message) => warnings.push(message));
    const state = () => [thrift.scale, thrift.stride];
    let now = 1;
    const play = (whole, seconds) => {
      for (const end = now + seconds; now < end; now += thrift.stride / 25) {
        thrift.note(whole * (0.15 + 0.85 * thrift.scale ** 2), now);
      }
      return state();
    };
    const said = { begin: play(0.02, 10), limited: thrift.limited };
    element.cpu = 25;
    said.quarter = play(0.02, 20);
    element.cpu = 2;
    said.least = play(0.02, 20);
    element.cpu = 90;
    thrift.update();
    said.soon = play(0.02, 3);
    said.back = play(0.02, 20);
    element.cpu = 100;
    said.busy = play(0.05, 20);
    element.cpu = 90;
    said.back = play(0.02, 20);
    element.cpu = null;
    element.fps = 10;
    said.rate = play(0.02, 5);
    said.passed = [1, 1, 1, 1, 2].map((pictures) => thrift.pass(pictures));
    element.fps = 24;
    said.single = Array.from({ length: 48 }, () => thrift.pass(1)).reduce((sum, frames) => sum + frames);
    element.fps = 0.001;
    said.slowest = thrift.stride;
    element.fps = 0;
    thrift.update();
    thrift.update();
    said.warnings = warnings.splice(0);
    element.fps = null;
    await new Promise((resolve) => setTimeout(resolve));
    battery.charging = false;
    battery.dispatchEvent(new Event("chargingchange"));
    said.battery = state();
    element.battery = null;
    said.careless = state();
    element.battery = "Calm";
    element.cpu = -5;
    thrift.update();
    said.words = warnings.map((message) => message.split(" ")[2]);
    return said;
    """
    said = run_module(script, None, tmp_path)
    assert said == {
        "begin": [1, 1],
        "limited": False,
        "quarter": [0.71, 2],
        "least": [0.35, 8],
        "back": [1, 1],
        "soon": [1, 1],
        "busy": [0.84, 1],
        "rate": [1, 2.5],
        "passed": [2, 3, 2, 3, 5],
        "single": 50,
        "slowest": 250,
        "warnings": ['The attribute fps takes a number above 0, as in fps="12"; as it is, it limits nothing.'],
        "battery": [0.5, 3],
        "careless": [1, 1],
        "words": ["cpu", "battery"],
    }


def test_a_thrift_that_ended_watches_no_battery(tmp_path: Path) -> None:
    script = """
    import { Thrift } from "./src/thrift.js";
    let listeners = 0;
    const battery = { charging: true, addEventListener: () => listeners++, removeEventListener: () => listeners-- };
    globalThis.navigator ??= {};
    navigator.getBattery = async () => battery;
    const element = { fps: null, cpu: null, battery: null, getAttribute: () => null };
    const thrifts = [1, 2].map(() => new Thrift(element, 25, () => {}, () => {}));
    thrifts[0].end();
    await new Promise((resolve) => setTimeout(resolve));
    const watching = listeners;
    thrifts[1].end();
    return [watching, listeners];
    """
    assert run_module(script, None, tmp_path) == [1, 0]


def test_a_long_wait_looks_at_few_refreshes(tmp_path: Path) -> None:
    script = """
    import { Waiting } from "./src/waiting.js";
    let looks = 0;
    globalThis.requestAnimationFrame = (look) => setTimeout(() => (looks++, look()), 1000 / 60);
    const waiting = new Waiting();
    const begun = performance.now();
    await waiting.refresh(begun / 1000 + 0.5);
    const [seconds, long] = [(performance.now() - begun) / 1000, looks];
    await waiting.refresh(0);
    const past = looks - long;
    const early = waiting.refresh(performance.now() / 1000 + 0.2);
    waiting.end();
    await early;
    // The timer of the wait that ended early doesn't end this one.
    const again = performance.now();
    await waiting.refresh(again / 1000 + 0.4);
    return { seconds, long, past, again: (performance.now() - again) / 1000 };
    """
    said = run_module(script, None, tmp_path)
    assert 0.5 <= said["seconds"] < 1
    assert said["long"] <= 3
    assert said["past"] == 1
    assert said["again"] >= 0.4


def test_what_was_usual_at_another_rate_is_forgotten(tmp_path: Path) -> None:
    """Pictures that are late at a lower rate would otherwise seem late because of something else than their pixels."""
    script = """
    import { Judge } from "./src/judge.js";
    const judge = new Judge(40);
    judge.reduce(60);
    const scales = [judge.scale];
    judge.expect(80);
    judge.reduce(120);
    scales.push(judge.scale);
    judge.reduce(119);
    scales.push(judge.scale);
    return scales;
    """
    assert run_module(script, None, tmp_path) == [0.8, 0.64, 0.8]


def test_a_lifted_limit_counts_at_once(player: Path) -> None:
    """The next picture does not wait for when it was due before; a rate near 0 does not end the scene."""
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "/warp.alive", workers: "1", engine: "cpu", fps: "0.001", cpu: "abc" });
    await happened(element, "ready");
    await sleep(1);
    const begun = performance.now();
    element.fps = null;
    await framesOf(element, 4);
    await report({ seconds: (performance.now() - begun) / 1000, messages });
    """
    said = answer(script, player, {"warp.alive": WARP})
    assert said["seconds"] < 3
    assert said["messages"] == [
        'alive-scene: The attribute cpu takes a number above 0, as in cpu="25"; as it is, it limits nothing.'
    ]


def test_a_picture_that_stays_is_drawn_whole(player: Path) -> None:
    """However little a scene may cost, a held picture is one picture, and is looked at closely."""
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "/warp.alive", workers: "1", engine: "cpu", cpu: "0.001" });
    const widths = [];
    element.addEventListener("resolution", ({ detail }) => widths.push(detail.width));
    await happened(element, "ready");
    const whole = widths[0];
    const until = async (thrifty) => {
      while (widths.at(-1) < whole !== thrifty) await happened(element, "resolution");
    };
    await until(true);
    element.pause();
    await until(false);
    while (inside(element).canvas.width !== whole) await sleep(0.05);
    const held = element.paused;
    element.play();
    await until(true);
    await report({ held });
    """
    said = answer(script, player, {"warp.alive": WARP})
    assert said["held"]
