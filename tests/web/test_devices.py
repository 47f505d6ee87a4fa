"""Microphones, cameras and leads are let go as soon as nobody needs them, and asked for only where they are of use."""

from pathlib import Path

import pytest

from bundle_spec import conformance as conformance_package
from bundle_spec.container import Bundle, read_bundle
from tests.web.modules import run_module
from tests.web.scripts import answer
from tests.web.steerable import steerable
from tests.web.test_panel import on_page
from tests.web.test_sound import AT_ONCE, FAKE_MICROPHONE

VALID = Path(conformance_package.__file__).parent / "valid"
PLACE = """
await import("/alive-scene.js");
const place = async () => {
  const element = scene({ src: "/scene.alive", workers: "1", engine: "cpu" });
  await happened(element, "ready");
  return element;
};
"""
WATCHED = """
const tracks = [], wishes = [];
const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  wishes.push(wish);
  const stream = await own(wish);
  tracks.push(...stream.getTracks());
  return stream;
};
"""
"""What the page opens is remembered."""


def test_beats_do_nothing_while_a_scene_stands_still(tmp_path: Path) -> None:
    """Otherwise the nudges of a pause would all come at its end."""
    script = """
    import { SoundDriver } from "./src/sound/driver.js";
    const pushed = [];
    const nudge = { push: (strength) => pushed.push(strength) };
    const info = { controls: [], moods: [], actions: new Map(), names: new Map([["top", [0, 0]]]) };
    let moving = false;
    let sent = 0;
    const goTo = async () => ({ seconds: ++sent });
    const host = { moving: () => moving, hurry() {}, moods: () => new Map(), goTo, act: goTo };
    const driver = new SoundDriver({ steerer: { nudge }, info }, host);
    driver.map(["nudge", "top"].map((target) => ({ signal: "beat", target, strength: null })));
    const beat = (beats) => driver.update({ loud: 0, beats, strength: 0.5, since: 0 });
    for (let beats = 1; beats <= 50; beats++) beat(beats);
    const still = [pushed.length, sent];
    moving = true;
    beat(50);
    beat(51);
    return { still, moved: [pushed.length, sent] };
    """
    assert run_module(script, None, tmp_path) == {"still": [0, 0], "moved": [1, 1]}


def test_a_microphone_is_released(player: Path) -> None:
    """Where the browser has no sound, where another scene comes, and where an element was heard."""
    result = answer(
        PLACE
        + WATCHED
        + """
        const element = await place();
        const states = [];
        element.addEventListener("sound", ({ detail }) => states.push(detail.state));
        const Context = AudioContext;
        globalThis.AudioContext = class { constructor() { throw new DOMException("none"); } };
        const refused = await element.listen("mic").then(() => false, () => true);
        const first = tracks.map(({ readyState }) => readyState);
        globalThis.AudioContext = Context;
        await element.listen("mic");
        element.src = "/scene.alive?other";
        const second = tracks.map(({ readyState }) => readyState);
        report({ refused, first, second, states, listening: element.listening });
        """,
        player,
        {"scene.alive": steerable(), "scene.alive?other": steerable()},
        AT_ONCE,
        *FAKE_MICROPHONE,
    )
    assert result == {
        "refused": True,
        "first": ["ended"],
        "second": ["ended", "ended"],
        "states": ["on", "ended"],
        "listening": False,
    }


def test_a_lead_that_shows_nothing_yet_ends_soon(player: Path) -> None:
    script = """
    const element = await place();
    const states = [];
    element.addEventListener("lead", ({ detail }) => states.push(detail.state));
    // A stream whose first picture never comes.
    const dark = document.createElement("canvas").captureStream(0);
    const lead = element.lead(dark).then(() => "", ({ name, message }) => `${name}: ${message}`);
    await sleep(0.5);
    element.leadAway();
    report({ said: await Promise.race([lead, sleep(10)]), states });
    """
    result = answer(PLACE + script, player, {"scene.alive": steerable()})
    assert result == {
        "said": "PlayerError: Another lead was chosen, or none, before this one began.",
        "states": [],
    }


@pytest.fixture
def plain(player: Path) -> Bundle:
    return read_bundle(VALID / "plain.alive")


def test_no_camera_opens_where_nothing_can_be_led(plain: Bundle) -> None:
    script = f"""
    {WATCHED}
    await happened(element, "ready");
    await sleep(0.2);
    press("c");
    await sleep(0.2);
    report({{ asked: wishes.length, said: said() }});
    """
    result = on_page(script, plain, *FAKE_MICROPHONE)
    assert result["asked"] == 0
    assert "doesn't say how its picture moves" in result["said"]


def test_a_page_hears_nothing_once_alive_has_stopped(plain: Bundle) -> None:
    script = f"""
    {WATCHED}
    await happened(element, "ready");
    await sleep(0.2);
    press("l");
    await happened(element, "sound");
    const before = tracks.map(({{ readyState }}) => readyState);
    alive = false;
    while (!said().startsWith("alive has stopped")) await sleep(0.1);
    report({{ before, after: tracks.map(({{ readyState }}) => readyState), listening: element.listening }});
    """
    result = on_page(script, plain, AT_ONCE, *FAKE_MICROPHONE, session={"controls": {}, "frames": None})
    assert result == {"before": ["live"], "after": ["ended"], "listening": False}
