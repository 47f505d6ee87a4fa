"""`<alive-scene>` in a page: what it shows and tells, when it holds still, and what bad input gets."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alive_cli.web.folder import write_folder
from bundle_spec import conformance as conformance_package
from bundle_spec.container import read_bundle
from tests.web.browsers import Site, ask, chromium, photograph

VALID = Path(conformance_package.__file__).parent / "valid"
LAYERS = (VALID / "layers.alive").read_bytes()

ELEMENT = """
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const happened = (element, type) =>
  new Promise((resolve) => element.addEventListener(type, (event) => resolve(event.detail), { once: true }));
const scene = (attributes) => {
  const element = document.createElement("alive-scene");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
};
const inside = (element) => ({
  canvas: element.shadowRoot.querySelector("canvas"),
  poster: element.shadowRoot.querySelector("img"),
  button: element.shadowRoot.querySelector("button"),
  note: element.shadowRoot.querySelector("p"),
});
const messages = [];
for (const level of ["warn", "error"]) {
  const own = console[level].bind(console);
  console[level] = (...words) => { messages.push(words.join(" ")); own(...words); };
}
"""


def answer(script: str, player: Path, bundles: dict[str, bytes], *options: str, seconds: float = 120) -> Any:
    """What a script with an element says; nothing may have gone against the page's policy."""
    found = ask(ELEMENT + script, [player], bundles, *options, seconds=seconds)
    assert not found["violations"]
    assert not isinstance(found["result"], dict) or "crash" not in found["result"], found["result"]
    return found["result"]


def test_it_lives_and_listens(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive", seed: "9223372036854775807", size: "24", engine: "cpu" });
    await happened(element, "ready");
    const { canvas, button, note } = inside(element);
    const frames = [];
    element.addEventListener("frame", ({ detail }) => frames.push(detail));
    while (frames.length < 12) await happened(element, "frame");
    element.temperature = 0;
    await happened(element, "frame");
    await happened(element, "frame"); // what was lived ahead
    const still = [await happened(element, "frame"), await happened(element, "frame")];
    element.temperature = 1;
    element.size = "30x20";
    while (canvas.width !== 30) await happened(element, "frame");
    element.seed = 4;
    let again = await happened(element, "frame");
    while (again.step > 5) again = await happened(element, "frame");
    element.goal = 0.3;
    let there = 0;
    while (there !== 3) there = (await happened(element, "moment")).moment;
    button.click();
    await sleep(0.3);
    const paused = frames.length;
    await sleep(0.5);
    report({
      seed: String(element.seed), lengths: frames.map(({ embedding }) => Math.hypot(...embedding)), again: again.step,
      same: still[0].embedding.every((value, place) => value === still[1].embedding[place]),
      first: frames[0].step, size: [canvas.width, canvas.height], label: canvas.getAttribute("aria-label"),
      role: canvas.getAttribute("role"), button: button.getAttribute("aria-label"), messages, note: note.hidden,
      went: frames.length - paused, paused: element.paused, moving: new Set(frames.map(({ moment }) => moment)).size,
    });
    """
    found = answer(script, player, {"layers.alive": LAYERS})
    assert found["seed"] == "9223372036854775807" or found["seed"] == "4"
    assert np.allclose(found["lengths"], 1, atol=1e-3)
    assert found["same"]
    assert found["again"] <= 5
    assert found["size"] == [30, 20]
    assert (found["role"], found["label"]) == ("img", "A living scene: ring")
    assert (found["button"], found["paused"], found["went"]) == ("Play", True, 0)
    assert found["moving"] > 2
    assert found["note"]
    assert not found["messages"]


SCENES = {
    "missing.alive": "isn't there",
    "garbage.alive": "not an .alive bundle",
    "newer.alive": "newer player",
    "limits.alive": "more pixels",
    "rude.alive": "",
    "unexported.alive": "alive export",
    "swapped.alive": "expects",
}


def test_bad_input_gets_a_poster_and_one_sentence(player: Path, conformance: Path) -> None:
    bundles = {
        "garbage.alive": b"no bundle" * 100,
        "newer.alive": (conformance / "invalid" / "another-format.alive").read_bytes(),
        "limits.alive": (conformance / "invalid" / "picture-of-ten-billion-pixels.alive").read_bytes(),
        "unexported.alive": (VALID / "unexported.alive").read_bytes(),
        "swapped.alive": LAYERS,
        "poster.png": (read_bundle(VALID / "layers.alive")).parts["background.png"],
    }
    script = """
    await import("/alive-scene.js");
    const told = {};
    for (const src of NAMES) {
      const integrity = src === "swapped.alive" ? "sha384-AAAA" : "";
      const element = scene({ src, poster: "poster.png", integrity });
      const { message } = await happened(element, "error");
      const { canvas, poster, note } = inside(element);
      const hidden = [note, poster, canvas].map((each) => each.hidden);
      told[src] = { message, note: note.textContent, hidden };
      element.remove();
    }
    report({ told, messages });
    """
    names = [name for name in SCENES if name != "rude.alive"]
    found = answer(script.replace("NAMES", json.dumps(names)), player, bundles)
    for name in names:
        told = found["told"][name]
        assert SCENES[name] in told["message"]
        assert told["message"].count(".") <= 3
        assert told["note"] == told["message"]
        assert told["hidden"] == [False, False, True]
        assert f"alive-scene: {told['message']}" in found["messages"]


@pytest.mark.parametrize(
    ("before", "files", "expected"),
    [
        ('Object.defineProperty(globalThis, "WebAssembly", { value: undefined });', {}, "no WebAssembly"),
        ("", {"worker.js": b"postMessage(1)"}, "missing or was changed"),
        ("", {"ort-wasm-simd-threaded.wasm": b"\0asm"}, "missing or was changed"),
        (
            "const every = setInterval; globalThis.setInterval = (work, time) => every(work, time / 200);"
            "globalThis.Worker = class { postMessage() {} terminate() {} };",
            {},
            "took too long",
        ),
    ],
    ids=["no WebAssembly", "another worker", "another runtime", "hanging"],
)
def test_what_is_missing_is_told(before: str, files: dict[str, bytes], expected: str, player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive" });
    const { message } = await happened(element, "error");
    report({ message, note: inside(element).note.textContent });
    """
    found = answer(before + script, player, {"layers.alive": LAYERS, **files})
    assert expected in found["message"]
    assert found["note"] == found["message"]


def test_a_lost_gpu_leaves_the_drawing_to_the_cpu(player: Path) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const file = new Uint8Array(await (await fetch("/layers.alive")).arrayBuffer());
    const player = await Player.open(file, { workers: 1 });
    await player.begin(0n);
    await player.resize(12, 8, "fine");
    const { embedding } = await player.live(player.info.controls);
    const lost = { ask: () => Promise.reject(new Error("The GPU was lost.")), close() {} };
    const own = await player.draw(embedding);
    player.gpu = lost;
    player.painters = [lost];
    const before = player.engine;
    const other = await player.draw(embedding);
    report({ same: own.pieces.join() === other.pieces.join(), before, after: player.engine, messages });
    """
    found = answer(script, player, {"layers.alive": LAYERS})
    assert (found["before"], found["after"], found["same"]) == ("gpu", "cpu", True)
    assert found["messages"] == ["alive-scene: The GPU was lost. The CPU draws from now on."]


def test_hidden_for_an_hour(player: Path) -> None:
    """Nothing is lived while nobody can see it, and nothing is made up for afterwards."""
    script = """
    let later = 0, hidden = false;
    const now = performance.now.bind(performance);
    performance.now = () => now() + later;
    Object.defineProperty(document, "hidden", { get: () => hidden });
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive", engine: "cpu" });
    await happened(element, "ready");
    let frames = 0;
    element.addEventListener("frame", () => frames++);
    const before = await happened(element, "frame");
    hidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
    await sleep(0.3);
    const then = frames;
    await sleep(1);
    const while_hidden = frames - then;
    later = 3_600_000;
    hidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
    const after = await happened(element, "frame");
    report({ while_hidden, steps: after.step - before.step, messages });
    """
    found = answer(script, player, {"layers.alive": LAYERS})
    assert found["while_hidden"] == 0
    assert found["steps"] <= 8
    assert not found["messages"]


def test_off_screen_it_holds_still(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive", engine: "cpu" });
    await happened(element, "ready");
    let frames = 0;
    element.addEventListener("frame", () => frames++);
    const space = document.createElement("div");
    space.style.height = "5000px";
    element.before(space);
    await sleep(0.5);
    const then = frames;
    await sleep(0.7);
    const away = frames - then;
    element.scrollIntoView();
    await happened(element, "frame");
    report({ away });
    """
    assert answer(script, player, {"layers.alive": LAYERS}) == {"away": 0}


def test_reduced_motion_shows_the_poster_until_asked(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive", poster: "poster.png", engine: "cpu" });
    let frames = 0;
    element.addEventListener("frame", () => frames++);
    await sleep(1);
    const { button, poster } = inside(element);
    const fetched = () => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("layers.alive"));
    const before = { frames, poster: poster.hidden, button: button.getAttribute("aria-label"), fetched: fetched() };
    button.focus();
    button.click();
    await happened(element, "frame");
    report({ before, after: { frames, poster: poster.hidden, button: button.getAttribute("aria-label") } });
    """
    poster = read_bundle(VALID / "layers.alive").parts["background.png"]
    files = {"layers.alive": LAYERS, "poster.png": poster}
    found = answer(script, player, files, "--force-prefers-reduced-motion")
    assert found["before"] == {"frames": 0, "poster": False, "button": "Play", "fetched": False}
    assert found["after"] == {"frames": 1, "poster": True, "button": "Pause"}


def test_the_exported_page(player: Path, tmp_path: Path) -> None:
    """The page plays under its own policy, and a stranger's texts stay texts."""
    folder = tmp_path / "page"
    write_folder(read_bundle(VALID / "rude.alive"), folder)
    watching = b"""
    let frames = 0;
    const violations = [];
    addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
    const element = document.querySelector("alive-scene");
    element.addEventListener("frame", () => {
      if (++frames < 5) return;
      const label = element.shadowRoot.querySelector("canvas").getAttribute("aria-label");
      const scripts = document.scripts.length;
      fetch("/report", { method: "POST", body: JSON.stringify({ label, violations, title: document.title, scripts }) });
    });
    """
    page = (folder / "index.html").read_text()
    assert "<script>alert" not in page
    watched = page.replace("</body>", '<script type="module" src="watching.js"></script></body>')
    site = Site([folder], {"index.html": watched.encode(), "watching.js": watching})
    try:
        with chromium(site.address):
            found = site.wait(120)
    finally:
        site.close()
    assert not found["violations"]
    assert found["scripts"] == 2
    assert "<script>alert(1)</script>" in found["title"]
    assert found["label"].startswith("A living scene: ")
    assert not any(ord(character) < 32 or character == "\u202e" for character in found["label"] + found["title"])


def test_a_photograph(player: Path, tmp_path: Path) -> None:
    """What is seen is the scene: neither nothing, nor one colour."""
    folder = tmp_path / "page"
    write_folder(read_bundle(VALID / "layers.alive"), folder)
    photograph(folder, tmp_path / "page.png", seconds=20)
    picture = np.asarray(Image.open(tmp_path / "page.png").convert("RGB"))
    assert picture[200:400, 250:550].std() > 10
