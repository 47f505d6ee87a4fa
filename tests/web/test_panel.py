"""What surrounds the scene of a page, exported or served by `alive play`: sliders, keys, buttons and the status."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.views.browser import play_in_browser
from alive_cli.views.saving import Saver
from alive_cli.web.page import INDEX_NAME, ScenePage
from bundle_spec import conformance as conformance_package
from bundle_spec.container import Bundle, read_bundle
from tests.web.browsers import REPORT, Site, chromium
from tests.web.declared import control, declared_scene
from tests.web.scripts import ELEMENT
from tests.web.steerable import steerable

VALID = Path(conformance_package.__file__).parent / "valid"

BEFORE = """
// What the page asks `alive play` for: its answers are the test's.
const ask = fetch, asked = [];
let alive = true;
globalThis.fetch = async (address, options) => {
  const name = String(address).split("?")[0];
  if (!["status", "still", "gif", "leave"].includes(name)) return ask(address, options);
  if (!alive) throw new TypeError("Failed to fetch");
  if (name === "status" || name === "leave") return new Response(null, { status: 204 });
  asked.push([String(address), [...new Float32Array(await options.body.arrayBuffer())]]);
  return new Response(`saved ring-1.${name}`, { headers: { "Content-Location": `saved/ring-1.${name}` } });
};
const element = document.querySelector("alive-scene");
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const values = () => all("input").map(({ valueAsNumber }) => valueAsNumber);
const press = (key, target = document.body) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }));
const type = (field, value) => {
  field.value = value;
  field.dispatchEvent(new Event(field.type === "range" ? "input" : "change", { bubbles: true }));
};
const said = () => find("#message").textContent;
"""
"""These functions precede every script; the page's own scripts run after them."""


def on_page(
    script: str, bundle: Bundle, *options: str, session: dict[str, Any] | None = None, **attributes: Any
) -> Any:
    """The result that a script in the page of a bundle reports; nothing may violate the page's policy."""
    page = ScenePage(bundle, attributes, session)
    files = {name: page.read(name) for name in page.names}
    watched = '<script type="module" src="watching.js"></script><script type="module"'
    index = files[INDEX_NAME].decode().replace('<script type="module"', watched, 1)
    files["index.html"], files["watching.js"] = index.encode(), (REPORT + ELEMENT + BEFORE + script).encode()
    site = Site([], files)
    try:
        with chromium(site.address, *options):
            report = site.wait(120)
    finally:
        site.close()
    assert not report["violations"]
    assert not isinstance(report["result"], dict) or "crash" not in report["result"], report["result"]
    return report["result"]


@pytest.fixture
def lift(player: Path, tmp_path: Path) -> Bundle:
    """A scene with controls of its own, one of which the element can't take."""
    rude = "Lifts it.\x1b[2J\u202e<script>alert(1)</script>"
    path = tmp_path / "lift.alive"
    path.write_bytes(
        declared_scene(
            control("lift", default=0.25, minimum=-1, maximum=1, description=rude),
            control("head_tilt", default=3, minimum=None, maximum=None),
            control("title"),
            control("gaze", shape=[2], maximum=None),
        )
    )
    return read_bundle(path)


@pytest.fixture
def layers(player: Path) -> Bundle:
    return read_bundle(VALID / "layers.alive")


def test_each_declared_control_has_a_slider(lift: Bundle) -> None:
    script = """
    await happened(element, "frame");
    const ends = all("input[type=range]").map(({ min, max }) => [Number(min), Number(max)]);
    const [range, number] = all("#sliders div:last-child input");
    type(range, "-2.4");
    const slid = [element.head_tilt, number.valueAsNumber];
    type(number, "40");
    const typed = [element.head_tilt, range.valueAsNumber];
    const [labels, help] = ["label", "#sliders small"].map((each) => all(each).map(({ textContent }) => textContent));
    const described = find(`#${range.getAttribute("aria-describedby")}`).textContent;
    report({ labels, help, ends, slid, typed, described, scripts: document.scripts.length });
    """
    result = on_page(script, lift)
    assert [label.split()[0] for label in result["labels"]] == ["Temperature", "Pull", "Novelty", "Lift", "Head"]
    assert result["labels"][:2] == ["Temperature ↓ ↑", "Pull ← →"]
    assert result["help"][3].endswith("<script>alert(1)</script> From -1 to 1, 0.25 by default.")
    assert not any(ord(character) < 32 or character == "\u202e" for character in "".join(result["help"]))
    assert result["described"].endswith("From −∞ to ∞, 3 by default.")
    assert result["ends"][3:] == [[-1, 1], [-6, 6]]
    assert result["slid"] == [-2.4, -2.4]
    assert result["typed"] == [40, 6]
    assert result["scripts"] == 3


def test_a_wrong_value_is_answered_with_the_range(layers: Bundle) -> None:
    script = """
    await happened(element, "frame");
    const [, , range, number] = all("input");
    const sentences = [];
    for (const value of ["7", "-1", ""]) { type(number, value); sentences.push(said()); }
    const kept = [element.pull, range.valueAsNumber, number.valueAsNumber];
    type(number, "0.5");
    const after = [said(), element.pull, range.valueAsNumber];
    report({ sentences, kept, after, role: find("#message").getAttribute("role") });
    """
    result = on_page(script, layers)
    assert result["sentences"] == 3 * ["The control pull must be a number from 0 to 1."]
    assert result["kept"] == [None, 0.1, 0.1]
    assert result["after"] == ["", 0.5, 0.5]
    assert result["role"] == "status"


def test_keys(layers: Bundle) -> None:
    script = """
    const results = { early: press("r") };
    await happened(element, "frame");
    ["ArrowUp", "ArrowUp", "ArrowRight", "[", "x", "é", "s", "q"].forEach((key) => press(key));
    for (let time = 0; time < 30; time++) press("ArrowDown", find("#tenths"));
    results.values = values();
    const number = find("input[type=number]");
    press("5", number);
    press("ArrowUp", find("input[type=range]"));
    press(" ", find("button"));
    results.untouched = [element.goal, element.paused, values()[0]];
    press("9");
    await sleep(0.3);
    results.still = said();
    press("ArrowUp");
    results.after = said();
    press(" ");
    results.paused = [element.paused, find("button").textContent, find("#figures").textContent];
    const arrived = happened(element, "arrived");
    press("9");
    while (!said()) await sleep(0.01);
    results.going = [said(), element.paused, element.goal];
    await arrived;
    results.arrived = said();
    press("r");
    // By now it may be at second 0 again.
    results.another = [element.goal, Number.isFinite(element.start), element.seed < 1e6];
    while ((await happened(element, "frame")).step > 3);
    find("#tenths button").click();
    await happened(element, "arriving");
    results.clicked = said();
    report({ ...results, asked });
    """
    result = on_page(script, layers)
    assert result["values"] == [0, 0, 0.15, 0.15, 0.45, 0.45]
    assert result["untouched"] == [None, False, 0]
    assert "At temperature 0" in result["still"]
    assert result["after"] == ""
    assert result["paused"] == [True, "Play space", result["paused"][2]]
    assert result["paused"][2].startswith("paused · seed 0 · near ")
    assert result["going"] == [result["going"][0], False, None]
    assert result["going"][0].startswith("going to second 0.5, in ")
    assert result["arrived"] == "arrived at second 0.5"
    assert result["another"] == [None, True, True]
    assert "second 0.0" in result["clicked"]
    assert result["asked"] == []


def test_names_are_buttons(player: Path) -> None:
    script = """
    await happened(element, "frame");
    const shown = all("#names button").map(({ textContent }) => textContent);
    const arrived = happened(element, "arrived");
    all("#names button").find(({ textContent }) => textContent === "asleep").click();
    const { name } = await arrived;
    report({ shown, name, hidden: find("#names").hidden, said: said() });
    """
    result = on_page(script, read_bundle(VALID / "named.alive"))
    assert sorted(result["shown"]) == sorted(["smile", "asleep", "constructor", "NaN", 32 * "s", "a-b_3"])
    assert (result["name"], result["said"], result["hidden"]) == ("asleep", "arrived at asleep", False)


def test_touch_and_look_are_switched_by_keys(player: Path, tmp_path: Path) -> None:
    """What was dragged is saved as it was shown: each embedding has its offset behind it."""
    path = tmp_path / "square.alive"
    path.write_bytes(steerable())
    script = """
    const frames = [];
    element.addEventListener("frame", ({ detail }) => frames.push(detail));
    await happened(element, "frame");
    const buttons = ["t", "f"].map((key) => find(`[data-key=${key}]`));
    const state = () => [element.interactive, ...buttons.map(({ ariaPressed, hidden }) => [ariaPressed, hidden])];
    const states = [state()];
    for (const key of ["f", "t", "f", "t"]) { press(key); states.push(state()); }
    buttons[1].click();
    states.push(state());
    element.touch(0, 0, 0.3, 0);
    while (!(frames.at(-1).offset?.[0] < -0.1)) await happened(element, "frame");
    element.pause();
    press("s");
    await sleep(0.5);
    const { embedding, offset } = frames.at(-1);
    report({ states, asked, row: [...embedding, ...offset] });
    """
    session = {"controls": {}, "frames": None}
    result = on_page(script, read_bundle(path), session=session, interactive="touch")
    on, off = ["true", False], ["false", False]
    assert result["states"] == [
        ["touch", on, off],
        ["touch look", on, on],
        ["look", off, on],
        ["", off, off],
        ["touch", on, off],
        ["touch look", on, on],
    ]
    ((_, row),) = result["asked"]
    assert np.allclose(row, result["row"])


def test_what_only_alive_can_do_is_missing_in_an_exported_page(layers: Bundle) -> None:
    script = """
    await happened(element, "frame");
    report({ buttons: all("button").filter(({ hidden }) => !hidden).map(({ textContent }) => textContent) });
    """
    assert on_page(script, layers)["buttons"] == [
        "Pause space",
        "Another life r",
        "Hear the microphone l",
        *"0123456789",
    ]


def test_served_by_alive(lift: Bundle) -> None:
    """The values that the user chose hold from the first frame; pictures are saved as they were shown."""
    script = """
    const frames = [], downloaded = [];
    HTMLAnchorElement.prototype.click = function () {
      downloaded.push(this.getAttribute("href"), this.hasAttribute("download"));
    };
    element.addEventListener("frame", ({ detail }) => frames.push([...detail.embedding]));
    await happened(element, "frame");
    const sentence = said();
    while (frames.length < 4) await happened(element, "frame");
    element.pause();
    press("s");
    find("[data-key=g]").click();
    await sleep(0.5);
    const saved = said();
    alive = false;
    await sleep(2);
    const { lift, start, seed } = element;
    const off = all("button, input").every(({ disabled }) => disabled);
    report({ sentence, saved, downloaded, asked, frames, lift, start, seed: String(seed), ended: said(), off });
    """
    session = {"controls": {"lift": 0.5, "title": 1, "pull": 0.2}, "frames": None}
    result = on_page(script, lift, session=session, seed=2**63 - 1, start=0.2, size=None)
    assert "title" in result["sentence"]
    assert result["lift"] == 0.5
    assert (result["seed"], result["start"]) == (str(2**63 - 1), 0.2)
    (still, picture), (gif, pictures) = result["asked"]
    assert (still.split("?")[0], gif.split("?")[0]) == ("still", "gif")
    assert np.allclose(picture, result["frames"][-1])
    assert np.allclose(pictures, np.ravel(result["frames"]))
    assert result["downloaded"] == ["saved/ring-1.still", True, "saved/ring-1.gif", True]
    assert result["saved"] in ("saved ring-1.still", "saved ring-1.gif")
    assert result["off"]
    assert result["ended"] == "alive has stopped; start it again, and open the address that it prints."


def test_fewer_pixels_are_reported(layers: Bundle) -> None:
    script = """
    await happened(element, "frame");
    const before = find("#figures").textContent;
    element.dispatchEvent(new CustomEvent("resolution", { detail: { width: 6, height: 4 } }));
    await sleep(1.2);
    report({ before, after: find("#figures").textContent });
    """
    result = on_page(script, layers)
    assert "pixels" not in result["before"]
    assert "6×4 pixels instead of 12×8" in result["after"]


def test_what_the_element_refuses_has_no_sliders(player: Path, layers: Bundle) -> None:
    script = """
    const { message } = await happened(element, "error");
    report({ message, note: inside(element).note.textContent, panel: find("form").hidden });
    """
    result = on_page(script, layers, size=8000)
    assert result["message"] == result["note"] == "A picture of 8000×5333 pixels can't be drawn."
    assert result["panel"]


def test_less_motion_waits_for_play(layers: Bundle) -> None:
    script = """
    await sleep(2);
    const before = find("button").textContent;
    find("button").click();
    await happened(element, "frame");
    report([before, find("button").textContent]);
    """
    assert on_page(script, layers, "--force-prefers-reduced-motion") == ["Play space", "Pause space"]


def test_alive_play_ends_when_the_page_has_shown_its_frames(layers: Bundle, tmp_path: Path) -> None:
    """The real page of the real server: it plays so many frames, and then lets the command end."""
    page = ScenePage(layers, {"size": 24}, {"controls": {"pull": 0.3}, "frames": 12})
    saver = Saver(Scene(layers), "ring", tmp_path)
    said: list[str] = []
    begun = threading.Event()
    say = lambda text: (said.append(text), begun.set())  # noqa: E731
    server = threading.Thread(target=play_in_browser, args=(page, saver), kwargs={"open_page": False, "say": say})
    server.start()
    assert begun.wait(10)
    with chromium(said[0].removeprefix("Living at ")):
        server.join(60)
        assert not server.is_alive()
