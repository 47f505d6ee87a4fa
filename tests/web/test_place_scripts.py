"""What scripts of pages in one file do with the words of hosts, slow machines and screens that sleep."""

from pathlib import Path

import pytest

from tests.web.modules import run_module


def test_a_host_sets_only_what_the_scene_takes(tmp_path: Path) -> None:
    """A control of a stranger's scene may have the name of an attribute of the element."""
    script = """
    import { obeyHost } from "./src/places/wallpaper.js";
    const set = [];
    let open = false;
    const scene = Object.assign(new EventTarget(), {
      refusal: (name, value) => (open && name === "big_wind" && value <= 1 ? null : "no"),
      setAttribute: (name, value) => set.push([name, value]),
    });
    globalThis.window = globalThis;
    obeyHost(scene, ["src", "big_wind"]);
    for (const [name, value] of [["src", 0.5], ["big_wind", 0.25]]) livelyPropertyListener(name, value);
    const early = set.length;
    open = true;
    scene.dispatchEvent(new Event("ready"));
    for (const value of [0.5, 7]) livelyPropertyListener("big_wind", value);
    return { early, set };
    """
    assert run_module(script, None, tmp_path) == {"early": 0, "set": [["big-wind", "0.25"], ["big-wind", "0.5"]]}


def test_a_host_never_exceeds_the_rate_of_the_page(tmp_path: Path) -> None:
    """Until somebody moves the page's own slider, the rate that it was exported with is the most."""
    script = """
    import { obeyHost } from "./src/places/wallpaper.js";
    const scene = Object.assign(new EventTarget(), { fps: 12 });
    globalThis.window = globalThis;
    obeyHost(scene, []);
    const rates = [];
    for (const fps of [60, 10]) rates.push((wallpaperPropertyListener.applyGeneralProperties({ fps }), scene.fps));
    livelyPropertyListener("page_rate", 30);
    wallpaperPropertyListener.applyGeneralProperties({ fps: 60 });
    return [...rates, scene.fps];
    """
    assert run_module(script, None, tmp_path) == [12, 10, 30]


@pytest.mark.parametrize(("restarts", "seconds"), [(0, 91), (2, 361), (50, 1441)])
def test_a_slow_machine_gets_longer_to_load(restarts: int, seconds: int, tmp_path: Path) -> None:
    script = """
    import { Restart } from "./src/places/restart.js";
    globalThis.document = { hidden: false };
    globalThis.sessionStorage = { getItem: () => String(question) };
    let second;
    globalThis.setInterval = (each) => (second = each);
    const waits = [];
    globalThis.setTimeout = (work, time) => waits.push(time);
    new Restart(Object.assign(new EventTarget(), { held: false }));
    let passed = 0;
    while (!waits.length && passed < 5000) second(passed++);
    return passed;
    """
    assert run_module(script, restarts, tmp_path) == seconds


def test_a_screen_that_fell_asleep_is_kept_awake_again(tmp_path: Path) -> None:
    script = """
    import { watchOver } from "./src/places/kiosk.js";
    const page = Object.assign(new EventTarget(), { hidden: false, documentElement: {}, fullscreenElement: null });
    page.body = { classList: { add() {}, remove() {} } };
    const presses = new EventTarget();
    globalThis.document = page;
    globalThis.addEventListener = (type, act) => presses.addEventListener(type, act);
    globalThis.setInterval = () => {};
    globalThis.sessionStorage = { getItem: () => null };
    const every = setTimeout;
    globalThis.setTimeout = (work, time) => (time === 5000 ? every(work) : 0);
    const locks = [];
    let refuses = false;
    const request = async () => {
      if (refuses) throw new Error("low battery");
      const lock = Object.assign(new EventTarget(), { released: false });
      locks.push(lock);
      return lock;
    };
    Object.defineProperty(globalThis, "navigator", { value: { wakeLock: { request } }, configurable: true });
    const release = async () => {
      locks.at(-1).released = true;
      locks.at(-1).dispatchEvent(new Event("release"));
      await new Promise((resolve) => every(resolve, 20));
    };
    const press = async () => {
      presses.dispatchEvent(new Event("pointerdown"));
      await new Promise((resolve) => every(resolve, 20));
    };
    watchOver(new EventTarget());
    await press();
    const counts = [locks.length];
    await release();
    counts.push(locks.length);
    refuses = true;
    await release();
    counts.push(locks.length);
    refuses = false;
    await press();
    counts.push(locks.length);
    return counts;
    """
    assert run_module(script, None, tmp_path) == [1, 2, 2, 3]
