"""`<alive-scene>` in a page: what it shows and emits, when it holds still, and how it treats bad input."""

import base64
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli.web.folder import write_folder
from bundle_spec import conformance as conformance_package
from bundle_spec.container import pack_picture, read_bundle
from tests.web.browsers import Site, chromium, photograph
from tests.web.scripts import answer

VALID = Path(conformance_package.__file__).parent / "valid"
LAYERS = (VALID / "layers.alive").read_bytes()


def test_it_lives_and_listens(player: Path) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const element = scene({ src: "layers.alive", seed: "9223372036854775807", size: "24", engine: "cpu" });
    await happened(element, "ready");
    const { canvas, button, note } = inside(element);
    const frames = [];
    element.addEventListener("frame", ({ detail }) => frames.push(detail));
    while (frames.length < 12) await happened(element, "frame");
    const before = { seed: String(element.seed), frames: [...frames] };
    element.temperature = 0;
    await happened(element, "frame");
    await happened(element, "frame"); // the step that was taken ahead
    const still = [await happened(element, "frame"), await happened(element, "frame")];
    element.temperature = 1;
    element.size = "30x20";
    while (canvas.width !== 30) await happened(element, "frame");
    element.seed = 4;
    let again = await happened(element, "frame");
    while (again.step > 5) again = await happened(element, "frame");
    const after = { seed: String(element.seed), frames: [again] };
    while (after.frames.length < 8) after.frames.push(await happened(element, "frame"));
    element.goal = 0.3;
    let node = 0;
    while (node !== 3) ({ node } = await happened(element, "node"));
    button.click();
    await sleep(0.3);
    const paused = frames.length;
    await sleep(0.5);
    const own = await open(Player, "layers.alive");
    const embeddings = await rollout(own, 4n, {}, 40);
    const others = await rollout(own, 9223372036854775807n, {}, 40);
    report({
      seeds: [before.seed, after.seed], again: again.step,
      lengths: before.frames.map(({ embedding }) => Math.hypot(...embedding)),
      own: [difference(before.frames, others), difference(after.frames, embeddings)],
      other: [difference(before.frames, embeddings), difference(after.frames, others)],
      same: still[0].embedding.every((value, place) => value === still[1].embedding[place]),
      size: [canvas.width, canvas.height], label: canvas.getAttribute("aria-label"),
      role: canvas.getAttribute("role"), button: button.getAttribute("aria-label"), messages, note: note.hidden,
      more: frames.length - paused, paused: element.paused, nodes: new Set(frames.map(({ node }) => node)).size,
    });
    """
    result = answer(script, player, {"layers.alive": LAYERS})
    assert result["seeds"] == ["9223372036854775807", "4"]
    assert max(result["own"]) < 1e-5
    assert min(result["other"]) > 0.1
    assert np.allclose(result["lengths"], 1, atol=1e-3)
    assert result["same"]
    assert result["again"] <= 5
    assert result["size"] == [30, 20]
    assert (result["role"], result["label"]) == ("img", "A living scene: ring")
    assert (result["button"], result["paused"], result["more"]) == ("Play", True, 0)
    assert result["nodes"] > 2
    assert result["note"]
    assert not result["messages"]


MESSAGES = {
    "missing.alive": "isn't there",
    "garbage.alive": "not an .alive bundle",
    "newer.alive": "newer player",
    "limits.alive": "more pixels",
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
    const results = {};
    for (const src of NAMES) {
      const integrity = src === "swapped.alive" ? "sha384-AAAA" : "";
      const element = scene({ src, poster: "poster.png", integrity });
      const { message } = await happened(element, "error");
      const { canvas, poster, note } = inside(element);
      const hidden = [note, poster, canvas].map((each) => each.hidden);
      results[src] = { message, note: note.textContent, hidden };
      element.remove();
    }
    report({ results, messages });
    """
    names = list(MESSAGES)
    answers = answer(script.replace("NAMES", json.dumps(names)), player, bundles)
    for name in names:
        result = answers["results"][name]
        assert MESSAGES[name] in result["message"]
        assert result["message"].count(".") <= 3
        assert result["note"] == result["message"]
        assert result["hidden"] == [False, False, True]
        assert f"alive-scene: {result['message']}" in answers["messages"]


DOWN = """
let asked = 0;
const real = globalThis.fetch;
globalThis.fetch = (address, init) => {
  if (!String(address).includes("layers.alive") || !down(init)) return real(address, init);
  asked++;
  return Promise.reject(new TypeError("Failed to fetch"));
};
const later = globalThis.setTimeout;
const waits = [];
globalThis.setTimeout = (work, time = 0) => {
  if (time >= 1000) waits.push(time / 1000);
  return later(work, time / 200);
};
await import("/alive-scene.js");
"""
"""A page whose scene can't be fetched while `down`, and whose waits pass quickly."""


@pytest.mark.parametrize("integrity", [False, True])
def test_a_host_that_comes_back_sends_the_scene(player: Path, integrity: bool) -> None:
    digest = base64.b64encode(hashlib.sha384(LAYERS).digest()).decode() if integrity else ""
    script = f"""
    const down = (init) => asked < 3 + 3 * {int(integrity)};
    {DOWN}
    const element = scene({{ src: "layers.alive", poster: "poster.png", engine: "cpu",
      integrity: "{f"sha384-{digest}" if integrity else ""}" }});
    let failed = false;
    element.addEventListener("error", () => (failed = true));
    await happened(element, "frame");
    report({{ failed, waits: waits.slice(0, 3), note: inside(element).note.hidden }});
    """
    poster = read_bundle(VALID / "layers.alive").parts["background.png"]
    result = answer(script, player, {"layers.alive": LAYERS, "poster.png": poster})
    assert result == {"failed": False, "waits": [1, 2, 4], "note": True}


def test_it_gives_up_and_begins_again_with_the_connection(player: Path) -> None:
    script = f"""
    let isDown = true;
    const down = () => isDown;
    {DOWN}
    const element = scene({{ src: "layers.alive", engine: "cpu" }});
    const {{ message }} = await happened(element, "error");
    const given = {{ message, asked, note: inside(element).note.hidden }};
    element.remove();
    document.body.append(element);
    await happened(element, "error");
    isDown = false;
    dispatchEvent(new Event("online"));
    await happened(element, "frame");
    report({{ ...given, after: inside(element).note.hidden }});
    """
    result = answer(script, player, {"layers.alive": LAYERS})
    message = "The scene can't be fetched: the host doesn't answer."
    assert result == {"message": message, "asked": 6, "note": False, "after": True}


def test_what_is_not_there_is_fetched_once(player: Path) -> None:
    script = f"""
    const down = () => false;
    {DOWN}
    const results = [];
    for (const integrity of ["", "sha384-AAAA"]) {{
      results.push((await happened(scene({{ src: "none.alive", integrity }}), "error")).message);
    }}
    report({{ results, waits }});
    """
    result = answer(script, player, {})
    assert result == {"results": ["The scene isn't there (the host says 404)."] * 2, "waits": []}


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
def test_it_says_what_is_missing(before: str, files: dict[str, bytes], expected: str, player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "layers.alive" });
    const { message } = await happened(element, "error");
    report({ message, note: inside(element).note.textContent });
    """
    result = answer(before + script, player, {"layers.alive": LAYERS, **files})
    assert expected in result["message"]
    assert result["note"] == result["message"]


def test_a_lost_gpu_leaves_the_drawing_to_the_cpu(player: Path) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const file = new Uint8Array(await (await fetch("/layers.alive")).arrayBuffer());
    const player = await Player.open(file, { workers: 1 });
    await player.begin(0n);
    await player.resize(12, 8, "fine");
    const { embedding } = await player.live();
    const lost = { ask: () => Promise.reject(new Error("The GPU was lost.")), close() {} };
    const own = await player.draw(embedding);
    player.gpu = lost;
    player.renderers = [lost];
    const before = player.engine;
    const other = await player.draw(embedding);
    report({ same: own.pieces.join() === other.pieces.join(), before, after: player.engine, messages });
    """
    result = answer(script, player, {"layers.alive": LAYERS})
    assert (result["before"], result["after"], result["same"]) == ("gpu", "cpu", True)
    assert result["messages"] == ["alive-scene: The GPU was lost. The CPU draws from now on."]


def test_colours_begin_coarse_and_are_completed(player: Path) -> None:
    script = """
    const { Player } = await import("/alive-scene.js");
    const [coarse, whole] = [await open(Player, "warp.alive"), await open(Player, "warp.alive")];
    const { width, height } = coarse.info;
    await coarse.resize(width, height, "fine", true);
    await whole.resize(width, height, "fine");
    const embedding = await whole.observed(1);
    const picture = async (own) => {
      const words = own.still.slice();
      own.compose(await own.draw(embedding), words);
      return words;
    };
    const began = coarse.coarse;
    const [first, expected] = [await picture(coarse), await picture(whole)];
    await coarse.refine();
    const last = await picture(coarse);
    const element = scene({ src: "warp.alive", engine: "cpu" });
    const told = [];
    element.addEventListener("resolution", ({ detail }) => told.push(detail.coarse));
    await happened(element, "ready");
    while (told.length < 2) await happened(element, "resolution");
    report({
      coarse: [began, coarse.coarse, whole.coarse], told, first: first.every((word, place) => word === expected[place]),
      last: last.every((word, place) => word === expected[place]),
    });
    """
    result = answer(script, player, {"warp.alive": (VALID / "warp.alive").read_bytes()})
    assert result["coarse"] == [True, False, False]
    assert result["told"] == [True, False]
    assert (result["first"], result["last"]) == (False, True)


def test_another_size_shows_no_empty_canvas(player: Path) -> None:
    """A canvas is empty once its size was set; nobody may see that, however long a picture takes."""
    script = """
    await import("/alive-scene.js");
    const element = scene({ src: "warp.alive", engine: "cpu" });
    await happened(element, "ready");
    const { canvas } = inside(element);
    const context = canvas.getContext("2d");
    const empty = [];
    let looking = true;
    const looks = (async () => {
      while (looking) {
        const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
        if (data.every((value, place) => place % 4 === 3 || value === 0)) empty.push(width);
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    for (const size of ["40", "24x18", "33", "50x20"]) {
      element.size = size;
      const width = Number(size.split("x")[0]);
      while (canvas.width !== width) await happened(element, "frame");
    }
    looking = false;
    await looks;
    report({ empty });
    """
    assert answer(script, player, {"warp.alive": (VALID / "warp.alive").read_bytes()}) == {"empty": []}


def test_of_a_tall_picture_that_covers_something_the_upper_part_is_seen(player: Path) -> None:
    script = """
    await import("/alive-scene.js");
    const places = [];
    const look = (part) => places.push(getComputedStyle(part).objectPosition);
    for (const [size, poster] of [["20x25", "tall.png"], ["24x24", "poster.png"]]) {
      const element = scene({ src: "layers.alive", engine: "cpu", size, poster });
      const image = inside(element).poster;
      if (!image.complete) await new Promise((resolve) => image.addEventListener("load", resolve));
      await happened(element, "frame");
      look(image);
      look(inside(element).canvas);
      element.remove();
    }
    report(places);
    """
    files = {
        "layers.alive": LAYERS,
        "tall.png": pack_picture(np.zeros((5, 4, 3), np.uint8)),
        "poster.png": pack_picture(np.zeros((4, 4, 3), np.uint8)),
    }
    assert answer(script, player, files) == ["50% 30%"] * 2 + ["50% 50%"] * 2


def test_hidden_for_an_hour(player: Path) -> None:
    """The rollout stands still while nobody can see it, and doesn't catch up afterwards."""
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
    result = answer(script, player, {"layers.alive": LAYERS})
    assert result["while_hidden"] == 0
    assert result["steps"] <= 8
    assert not result["messages"]


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


def test_reduced_motion_shows_the_poster_until_play_is_pressed(player: Path) -> None:
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
    result = answer(script, player, files, "--force-prefers-reduced-motion")
    assert result["before"] == {"frames": 0, "poster": False, "button": "Play", "fetched": False}
    assert result["after"] == {"frames": 1, "poster": True, "button": "Pause"}


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
            result = site.wait(120)
    finally:
        site.close()
    assert not result["violations"]
    assert result["scripts"] == 3
    assert "<script>alert(1)</script>" in result["title"]
    assert result["label"].startswith("A living scene: ")
    assert not any(ord(character) < 32 or character == "\u202e" for character in result["label"] + result["title"])


def test_a_photograph(player: Path, tmp_path: Path) -> None:
    """The photograph shows the scene: neither nothing, nor one colour."""
    folder = tmp_path / "page"
    write_folder(read_bundle(VALID / "layers.alive"), folder)
    photograph(folder, tmp_path / "page.png", seconds=20)
    picture = np.asarray(Image.open(tmp_path / "page.png").convert("RGB"))
    assert picture[200:400, 250:550].std() > 10
