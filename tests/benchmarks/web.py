"""What the web player costs, and how well it agrees with Python: `python tests/benchmarks/web.py BUNDLE`.

Prints a table, and with --json a file for programs. Needs the built player (make web) and a browser.
"""

import argparse
import contextlib
import gzip
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from alive_cli import Scene
from alive_cli.web.folder import write_folder
from bundle_spec.container import WEIGHTS_NAME, pack_bundle, read_bundle
from bundle_spec.features.warp import pack_keyframes, steers, unpack_keyframes
from tests.benchmarks.web_steering import steering
from tests.conftest import REPOSITORY
from tests.web.browsers import CHROMIUM, FIREFOX, Site, ask, chromium, firefox
from tests.web.test_conformance import HELPERS, pixels, psnr, unpack

DIST = REPOSITORY / "alive_cli" / "web" / "dist"
FRAMES = 300
"""Embeddings are compared over this many frames, before rounding adds up to more."""
STEPS = 10_000
"""Nodes are compared over this many frames, which visit every part of a motion graph."""
HOUR = 3600
"""The long run plays this many seconds of a rollout."""
WORKERS = 2
"""The player has this many workers, as many as the machine of the published figures has cores."""
SIDE = 256
"""Pictures are this many pixels wide and high, so that figures of different scenes compare."""

OPENED = """
const { Player } = await import("/alive-scene.js");
const player = await Player.open(await fetched("scene.alive"), { workers: QUESTION.workers });
await player.begin(BigInt(QUESTION.seed ?? 0));
"""
SPEED = (
    HELPERS
    + OPENED
    + """
const results = {};
for (const net of player.info.nets) {
  await player.resize(QUESTION.side, QUESTION.side, net);
  const context = document.body.appendChild(document.createElement("canvas")).getContext("2d", { alpha: false });
  const image = new ImageData(QUESTION.side, QUESTION.side);
  const words = new Uint32Array(image.data.buffer);
  words.set(player.still);
  let ahead = player.live();
  const play = async (seconds) => {
    const begun = performance.now();
    let frames = 0;
    while (performance.now() - begun < 1000 * seconds) {
      const { embedding } = await ahead;
      ahead = player.live();
      player.compose(await player.draw(embedding), words);
      context.putImageData(image, 0, 0);
      frames++;
    }
    return (1000 * frames) / (performance.now() - begun);
  };
  await play(4);
  results[net] = await play(QUESTION.seconds);
  await ahead;
  const count = 300;
  let begun = performance.now();
  for (let step = 0; step < count; step++) await player.live();
  results[`${net} step ms`] = (performance.now() - begun) / count;
  const { embedding } = await player.live();
  begun = performance.now();
  for (let step = 0; step < count; step++) await player.draw(embedding);
  results[`${net} draw ms`] = (performance.now() - begun) / count;
}
results.moving = (await player.draw((await player.live()).embedding)).pieces.map((piece) => piece.length);
await report(results);
"""
)
AGREEMENT = (
    HELPERS
    + OPENED
    + """
const embeddings = [], nodes = [];
for (let step = 0; step < QUESTION.steps; step++) {
  const { embedding, node } = await player.live();
  if (step < QUESTION.frames) embeddings.push(embedding);
  nodes.push(node);
}
const pictures = [];
for (const picture of QUESTION.pictures) {
  await player.resize(picture.width, picture.height, picture.net);
  const words = player.still.slice();
  player.compose(await player.draw(embeddings[picture.frame]), words);
  pictures.push(pack(words));
}
await report({ embeddings: pack(join(embeddings, Float32Array)), nodes, pictures });
"""
)
LASTING = (
    HELPERS
    + OPENED
    + """
await player.resize(...QUESTION.size, "fine");
const context = document.body.appendChild(document.createElement("canvas")).getContext("2d", { alpha: false });
const image = new ImageData(...QUESTION.size);
const words = new Uint32Array(image.data.buffer);
words.set(player.still);
const begun = performance.now();
let ahead = player.live();
for (let frame = 1; frame <= QUESTION.frames; frame++) {
  const { embedding } = await ahead;
  ahead = player.live();
  player.compose(await player.draw(embedding), words);
  context.putImageData(image, 0, 0);
  if (frame % Math.ceil(QUESTION.frames / 12) === 0 || frame === QUESTION.frames) {
    await report({ frame, seconds: (performance.now() - begun) / 1000, heap: performance.memory?.usedJSHeapSize });
  }
}
"""
)
FIRST = b"""
const element = document.querySelector("alive-scene");
element.addEventListener("ready", () =>
  fetch("/report", { method: "POST", body: JSON.stringify({ first: performance.now() / 1000 }) }), { once: true });
"""
PACED = """
await import("/alive-scene.js");
const element = document.createElement("alive-scene");
for (const [name, value] of Object.entries({ src: "scene.alive", engine: "cpu", ...QUESTION.attributes })) {
  element.setAttribute(name, value);
}
element.style.width = "256px";
document.body.append(element);
await new Promise((resolve) => element.addEventListener("ready", resolve));
await new Promise((resolve) => setTimeout(resolve, 4000));
let frames = 0;
element.addEventListener("frame", () => frames++);
const begun = performance.now();
await new Promise((resolve) => setTimeout(resolve, 1000 * QUESTION.seconds));
await report({ fps: (1000 * frames) / (performance.now() - begun) });
"""

PLAYING = """
await import("/alive-scene.js");
const element = document.createElement("alive-scene");
element.setAttribute("src", "scene.alive");
element.style.width = `${QUESTION.width}px`;
let frames = 0, resolution = "";
element.addEventListener("frame", () => frames++);
element.addEventListener("resolution", ({ detail }) => (resolution = `${detail.width}x${detail.height}`));
const ready = new Promise((resolve) => element.addEventListener("ready", resolve));
document.body.append(element);
await ready;
const first = performance.now() / 1000;
for (let turn = 0; turn < QUESTION.turns; turn++) {
  frames = 0;
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1000 * QUESTION.seconds));
  const fps = (1000 * frames) / (performance.now() - begun);
  const heap = (performance.memory?.usedJSHeapSize ?? NaN) / 2 ** 20;
  await report({ first, minutes: performance.now() / 60000, fps, resolution, "page MiB": heap });
}
"""


def slim(path: Path, fps: float | None = None, everything: bool = False) -> bytes:
    """A bundle without training weights; at another frame rate, or with every pixel moving."""
    bundle = read_bundle(path)
    manifest = bundle.manifest
    parts = {name: data for name, data in bundle.parts.items() if name != WEIGHTS_NAME}
    if fps:
        manifest = msgspec.structs.replace(manifest, source=msgspec.structs.replace(manifest.source, fps=fps))
    if everything and manifest.drawing and manifest.drawing.mask:
        del parts[manifest.drawing.mask]
        if manifest.drawing.warp:
            pictures = unpack_keyframes(bundle, manifest.drawing.warp)
            parts[manifest.drawing.warp.keyframes] = pack_keyframes(pictures[:-1])  # the last is the background
        manifest = msgspec.structs.replace(manifest, drawing=msgspec.structs.replace(manifest.drawing, mask=None))
    return pack_bundle(manifest, parts)


def answer(script: str, bundle: bytes, browser: Any, **question: Any) -> Any:
    """The answer of a page."""
    question = {"workers": WORKERS, **question}
    text = f"const QUESTION = {json.dumps(question)};\n{script}"
    result = ask(text, [DIST], {"scene.alive": bundle}, seconds=900, browser=browser)["result"]
    if "crash" in result:
        sys.exit(f"The page failed: {result['crash']}")
    return result


def sizes() -> dict[str, int]:
    """Bytes of the player's own scripts and of the runtime's files, raw and by gzip."""
    own = [DIST / "alive-scene.js", DIST / "worker.js"]
    cpu = [DIST / "ort.wasm.bundle.min.mjs", DIST / "ort-wasm-simd-threaded.wasm"]
    gpu = [DIST / "ort.webgpu.bundle.min.mjs", DIST / "ort-wasm-simd-threaded.asyncify.wasm"]
    lengths = {}
    for name, group in (("scripts", own), ("runtime, CPU", cpu), ("runtime, GPU", gpu)):
        lengths[name] = sum(file.stat().st_size for file in group)
        lengths[f"{name}, gzip"] = sum(len(gzip.compress(file.read_bytes(), 6)) for file in group)
    return lengths


def first_picture(path: Path, browser: Any, times: int) -> list[float]:
    """Seconds from opening an exported page to its first picture, in fresh profiles."""
    seconds = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "page"
        write_folder(read_bundle(path), folder)
        page = (folder / "index.html").read_text()
        page = page.replace("</body>", '<script type="module" src="first.js"></script></body>')
        for _ in range(times):
            site = Site([folder], {"index.html": page.encode(), "first.js": FIRST})
            with browser(site.address):
                seconds.append(site.wait(120)["first"])
            site.close()
    return seconds


def agreement(path: Path, browser: Any) -> dict[str, Any]:
    """How far embeddings, nodes and pictures are from Python's."""
    scene = Scene.open(path, device="cpu", net="fine")
    life = scene.life(seed=0)
    embeddings, nodes = zip(*((life.advance(), life.node) for _ in range(STEPS)), strict=True)
    nets = ["fine", "fast"] if scene.manifest.drawing and scene.manifest.drawing.fast else ["fine"]
    pictures = [
        {"width": width, "height": height, "net": net, "frame": frame}
        for net in nets
        for width, height in (scene.size, (SIDE, SIDE))
        for frame in (0, 99, 299)
    ]
    result = answer(AGREEMENT, slim(path), browser, steps=STEPS, frames=FRAMES, pictures=pictures)
    mine = unpack(result["embeddings"]).reshape(FRAMES, -1)
    agreements = []
    for picture, text in zip(pictures, result["pictures"], strict=True):
        own = Scene.open(path, device="cpu", net=picture["net"])
        drawn = own.draw(embeddings[picture["frame"]], (picture["width"], picture["height"]))
        agreements.append(psnr(pixels(text, picture), drawn))
    return {
        "largest difference of 300 embeddings": float(np.abs(mine - np.stack(embeddings[:FRAMES])).max()),
        "same nodes of 10,000": sum(one == other for one, other in zip(result["nodes"], nodes, strict=True)),
        "lowest PSNR, dB": min(agreements),
    }


def preferred(browser: Any) -> Any:
    """A browser that goes before other programs: for figures on a machine that others use as well."""

    @contextlib.contextmanager
    def started(*arguments: str, **options: Any) -> Iterator[Any]:
        with browser(*arguments, **options) as process:
            Path(f"/proc/{process.pid}/autogroup").write_text("-15")
            yield process

    return started


def memory_of(process: int) -> int:
    """Bytes that a process and those it started hold, shared ones counted once."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    total, left = 0, [process]
    while left:
        number = left.pop()
        left += children.get(number, [])
        try:
            text = Path(f"/proc/{number}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total


def lasting(path: Path, browser: Any, seconds: float, size: tuple[int, int]) -> list[dict[str, float]]:
    """Memory of the whole browser while it plays so many seconds of a rollout as fast as it can."""
    fps = read_bundle(path).manifest.source.fps
    question = {"workers": WORKERS, "frames": round(seconds * fps), "size": size}
    from tests.web.browsers import PAGE, REPORT

    text = REPORT + f"const QUESTION = {json.dumps(question)};\n{LASTING}"
    site = Site([DIST], {"index.html": PAGE.encode(), "script.js": text.encode(), "scene.alive": slim(path)})
    samples: list[dict[str, float]] = []
    with browser(site.address) as process:
        while not samples or samples[-1]["frame"] < question["frames"]:
            result = site.wait(1800)["result"]
            if "crash" in result:
                sys.exit(f"The page failed: {result['crash']}")
            samples.append({**result, "bytes": memory_of(process.pid)})
            print(
                f"  {result['frame']} frames, {result['seconds']:.0f} s, {samples[-1]['bytes'] / 2**20:.0f} MiB",
                flush=True,
            )
    site.close()
    return samples


def playing(path: Path, browser: Any, minutes: float, turns: int = 12) -> list[dict[str, Any]]:
    """What a page with the element sees while it plays, and the memory of the whole browser, in equal intervals.

    The page's heap is that of scripts of the page; the workers' is part of the whole browser's.
    """
    width = read_bundle(path).manifest.defaults.width
    question = {"width": width, "turns": turns, "seconds": 60 * minutes / turns}
    from tests.web.browsers import PAGE, REPORT

    text = REPORT + f"const QUESTION = {json.dumps(question)};\n{PLAYING}"
    site = Site([DIST], {"index.html": PAGE.encode(), "script.js": text.encode(), "scene.alive": slim(path)})
    rows = []
    try:
        with browser(site.address) as process:
            for _ in range(turns):
                row = site.wait(60 + 120 * minutes)["result"]
                if "crash" in row:
                    sys.exit(f"The page failed: {row['crash']}")
                rows.append(row | {"browser MiB": memory_of(process.pid) / 2**20})
    finally:
        site.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--browser", choices=("chromium", "firefox"), default="chromium")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement of speed")
    parser.add_argument("--size", help="of the picture that is dragged, as 1280x720; the scene's own by default")
    parser.add_argument("--times", type=int, default=5, help="the page is opened")
    parser.add_argument("--hour", action="store_true", help="play an hour of a rollout, and watch the memory")
    parser.add_argument("--minutes", type=float, help="play in the element for so long, and watch speed and memory")
    parser.add_argument("--only", choices=("sizes", "first", "speed", "agreement", "steering", "hour", "minutes"))
    parser.add_argument("--first", action="store_true", help="go before other programs (Linux, root)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    browser = chromium if options.browser == "chromium" else firefox
    if options.first:
        browser = preferred(browser)
    if not (CHROMIUM if options.browser == "chromium" else FIREFOX):
        sys.exit(f"There is no {options.browser} here.")

    def selected(name: str) -> bool:
        return options.only in (None, name)

    results: dict[str, Any] = {"browser": options.browser, "load before": os.getloadavg()[0], "cores": os.cpu_count()}
    watch = threading.Event()
    loads: list[float] = []

    def watching() -> None:
        while not watch.wait(5):
            loads.append(os.getloadavg()[0])

    threading.Thread(target=watching, daemon=True).start()
    if selected("sizes"):
        results["bytes"] = sizes()
    if selected("first"):
        results["seconds to the first picture"] = first_picture(options.bundle, browser, options.times)
    if selected("speed"):
        question = {"side": SIDE, "seconds": options.seconds}
        results["fps at 256²"] = answer(SPEED, slim(options.bundle), browser, **question)
        results["fps at 256², all pixels moving"] = answer(
            SPEED, slim(options.bundle, everything=True), browser, **question
        )
        paced = {"seconds": options.seconds, "attributes": {"size": f"{SIDE}x{SIDE}", "workers": str(WORKERS)}}
        for name, everything in (
            ("fps of the element, for a scene of 60", False),
            ("the same, all pixels moving", True),
        ):
            results[name] = answer(PACED, slim(options.bundle, 60.0, everything), browser, **paced)["fps"]
    if selected("agreement"):
        results["agreement"] = agreement(options.bundle, browser)
    if selected("steering") and options.browser == "chromium" and steers(read_bundle(options.bundle).manifest):
        results["steering"] = steering(
            slim(options.bundle), seconds=options.seconds / 2, size=options.size, workers=WORKERS, start=browser
        )
    if options.hour or options.only == "hour":
        manifest = read_bundle(options.bundle).manifest
        # Small, so that an hour takes minutes: what could pile up does so frame by frame.
        size = (max(1, manifest.defaults.width // 4), max(1, manifest.defaults.height // 4))
        results["an hour"] = lasting(options.bundle, browser, HOUR, size)
    if options.minutes or options.only == "minutes":
        for row in playing(options.bundle, browser, options.minutes or 1):
            results[f"after {row.pop('minutes'):.2f} minutes"] = row
    watch.set()
    results["load, mean"] = float(np.mean(loads)) if loads else results["load before"]
    results["measured"] = time.strftime("%Y-%m-%d %H:%M")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    for name, value in results.items():
        cell = ", ".join(f"{key}: {_short(each)}" for key, each in value.items()) if isinstance(value, dict) else value
        print(f"| {name} | {_short(cell)} |")


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return " ".join(_short(each) for each in value) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
