"""How soon the page shows a drag, how many frames a second it plays meanwhile, and whether it arrives when it says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.web.pointers import pointed

DIST = Path(__file__).parents[2] / "alive_cli" / "web" / "dist"

SCRIPT = """
await import("/alive-scene.js");
const element = scene({ src: "/scene.alive", interactive: "touch", net: "fine", seed: "1", ...QUESTION.attributes });
Object.assign(element.style, { position: "absolute", left: "0", top: "0", width: "400px" });
element.addEventListener("error", ({ detail }) => report({ crash: detail.message }));
await happened(element, "ready");
await sleep(QUESTION.seconds);
const { canvas } = inside(element);
// Every picture that comes to the canvas, and whether it differs from the one before.
let [pictures, changed, before] = [0, () => {}, null];
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (image, ...rest) {
  put.call(this, image, ...rest);
  pictures++;
  const words = new Uint32Array(image.data.buffer);
  const some = Array.from({ length: 4096 }, (_, place) => words[Math.floor((place * words.length) / 4096)]);
  if (before?.some((word, place) => word !== some[place])) changed(performance.now());
  before = some;
};
let frames = 0;
element.addEventListener("frame", () => frames++);
const rates = async () => {
  const [first, drawn, begun] = [frames, pictures, performance.now()];
  await sleep(QUESTION.seconds);
  const seconds = (performance.now() - begun) / 1000;
  return [(frames - first) / seconds, (pictures - drawn) / seconds];
};
const [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
const result = { size: [canvas.width, canvas.height], free: [], dragged: [], goals: [] };
for (let turn = 0; turn < QUESTION.turns; turn++) {
  result.free.push(await rates());
  pointer(moved(x, y), pressed(x, y));
  let dragging = true;
  const drag = async () => {
    for (let step = 0; dragging; step++) {
      pointer(moved(x + 60 * Math.sin(step / 5), y + 30 * Math.cos(step / 7), 1));
      await sleep(1 / 60);
    }
  };
  void drag();
  result.dragged.push(await rates());
  dragging = false;
  await sleep(0.3);
  pointer(released(x, y));
  await sleep(3);
}
for (const share of QUESTION.goals) {
  const { first, fps, frames } = element.player.info;
  const begun = performance.now();
  const arrived = happened(element, "arrived");
  const { seconds } = await element.goTo(first + Math.floor(share * (frames - 1)) / fps);
  await arrived;
  result.goals.push([seconds, (performance.now() - begun) / 1000]);
}
// A scene that stands still: what changes then does so because of the drag.
element.temperature = 0;
await sleep(1);
pointer(moved(x, y), pressed(x, y));
await sleep(1.5);
result.latencies = [];
for (let trial = 0; trial < QUESTION.trials; trial++) {
  await sleep(0.5 + 0.1 * Math.random());
  const seen = new Promise((resolve) => (changed = resolve));
  const event = new Promise((resolve) => {
    canvas.addEventListener("pointermove", ({ timeStamp }) => resolve(timeStamp), { once: true });
  });
  pointer(moved(x + (trial % 2 ? 0 : 40), y, 1));
  const begun = await event;
  result.latencies.push((await seen) - begun);
  changed = () => {};
}
pointer(released(x, y));
element.pause();
await sleep(0.5);
const { embedding } = await element.player.live();
const offset = new Float32Array(element.player.steerer.steering.spread.length);
result.drawing = [];
for (let time = 0; time < QUESTION.trials; time++) {
  const begun = performance.now();
  await element.player.draw(embedding, offset);
  result.drawing.push(performance.now() - begun);
}
await report(result);
"""
"""At the end the page draws some pictures alone: a latency says little without the time of one."""


def steering(
    bundle: bytes, *, seconds: float, size: str | None, workers: int, start: Callable[..., Any] | None = None
) -> dict[str, Any]:
    """Figures of one scene: latencies in milliseconds, and frames and pictures a second.

    Args:
        size: as in the element's attribute.
        start: what starts Chromium, as `chromium`.
    """
    attributes = {"engine": "cpu", "workers": str(workers)} | ({"size": size} if size else {})
    question = {"attributes": attributes, "seconds": seconds, "turns": 2, "trials": 40, "goals": [0.8, 0.1, 0.55]}
    script = f"const QUESTION = {json.dumps(question)};\n{SCRIPT}"
    result = pointed(script, [DIST], {"scene.alive": bundle}, seconds=600, start=start)
    latencies, drawing = result["latencies"], np.median(result["drawing"])
    goals = [abs(waited / announced - 1) for announced, waited in result["goals"] if announced > 1]
    return {
        "size": "x".join(map(str, result["size"])),
        "event to picture, ms": float(np.median(latencies)),
        "p90": float(np.percentile(latencies, 90)),
        "drawing alone, ms": float(drawing),
        "fps": float(np.median([each[0] for each in result["free"]])),
        "fps while dragging": float(np.median([each[0] for each in result["dragged"]])),
        "pictures a second then": float(np.median([each[1] for each in result["dragged"]])),
        "goals off by": max(goals, default=0.0),
    }
