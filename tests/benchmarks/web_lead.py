"""How well a page keeps up with a video that leads: `python tests/benchmarks/web_lead.py BUNDLE VIDEO`.

`pictures` are those of the video that were registered a second, `worker` is the median time from a picture of the
video to its pose in milliseconds, `drawn` the pictures of the scene a second meanwhile, `free` those without a lead,
`leading` the share of the pictures that gave a pose. `start` is the time from the call until the first pose, in
seconds: a relative lead chooses its calm picture among 30, an absolute one draws 48 frames of the scene first. With
--sheet, pictures of the video are drawn above those that the scene shows then. Needs the built player (make web) and
Chromium.
"""

import argparse
import base64
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.web import WORKERS, preferred, slim
from tests.conftest import REPOSITORY
from tests.web.browsers import PAGE, REPORT, Site, chromium
from tests.web.scripts import ELEMENT

DIST = REPOSITORY / "alive_cli" / "web" / "dist"
PICTURES = 16
"""A sheet has so many pictures …"""
EVERY = 0.2
"""… so many seconds apart."""
HEIGHT = 160
"""Pictures of a sheet are so many pixels high."""

SCRIPT = """
await import("/alive-scene.js");
const element = scene({ src: "/scene.alive", seed: "1", ...QUESTION.attributes });
element.style.width = "400px";
element.addEventListener("error", ({ detail }) => report({ crash: detail.message }));
await happened(element, "ready");
const video = Object.assign(document.createElement("video"), { muted: true, loop: true, src: "/" + QUESTION.video });
Object.assign(video, { width: 400 });
document.body.append(video);
await video.play();
// Pictures that come to the scene's canvas, and those that go to the worker and come back as poses.
let [drawn, read, begun, poses] = [0, 0, 0, 0];
const times = [];
const put = CanvasRenderingContext2D.prototype.putImageData;
CanvasRenderingContext2D.prototype.putImageData = function (...rest) {
  put.apply(this, rest);
  drawn++;
};
const get = CanvasRenderingContext2D.prototype.getImageData;
CanvasRenderingContext2D.prototype.getImageData = function (...rest) {
  read++;
  begun = performance.now();
  return get.apply(this, rest);
};
const rate = async (count, seconds) => {
  const [before, from] = [count(), performance.now()];
  await sleep(seconds);
  return (1000 * (count() - before)) / (performance.now() - from);
};
await sleep(4);
const result = { free: await rate(() => drawn, QUESTION.seconds) };
const { lead } = element.player.steerer;
const follow = lead.follow.bind(lead);
lead.follow = (pose) => {
  poses++;
  times.push(performance.now() - begun);
  follow(pose);
};
const called = performance.now();
await element.lead(video, { like: QUESTION.like });
while (!poses && performance.now() < called + 60000) await sleep(0.02);
result.start = (performance.now() - called) / 1000;
await sleep(1);
const [seen, led] = [read, poses];
[times.length, result.size] = [0, `${element.shadowRoot.querySelector("canvas").width}`];
const shown = rate(() => drawn, QUESTION.seconds);
result.pictures = await rate(() => read, QUESTION.seconds);
result.drawn = await shown;
result.leading = (poses - led) / Math.max(1, read - seen);
result.times = times;
CanvasRenderingContext2D.prototype.getImageData = get;
const small = (source, width, height) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round((QUESTION.height * width) / height), QUESTION.height];
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
};
result.sheet = [];
for (let turn = 0; turn < QUESTION.sheet; turn++) {
  const { canvas } = inside(element);
  const pair = [small(video, video.videoWidth, video.videoHeight), small(canvas, canvas.width, canvas.height)];
  result.sheet.push(pair);
  await sleep(QUESTION.every);
}
await report(result);
"""


def measure(bundle: Path, video: Path, browser: Any = chromium, **question: Any) -> dict[str, Any]:
    """The figures of a scene that a video leads."""
    name = f"video{video.suffix}"
    text = f"const QUESTION = {json.dumps({**question, 'video': name})};\n{REPORT}{ELEMENT}{SCRIPT}"
    page = PAGE.replace("img-src 'self'", "img-src 'self'; media-src 'self'")
    files = {"index.html": page, "script.js": text}
    data = {key: value.encode() for key, value in files.items()}
    site = Site([DIST], data | {name: video.read_bytes(), "scene.alive": slim(bundle)})
    try:
        with browser(site.address, "--autoplay-policy=no-user-gesture-required"):
            result = site.wait(240)["result"]
    finally:
        site.close()
    if "crash" in result:
        sys.exit(f"The page failed: {result['crash']}")
    return dict(result)


def sheet(pairs: list[list[str]]) -> Image.Image:
    """Pictures of a video above those of the scene."""
    columns = [[Image.open(io.BytesIO(base64.b64decode(each))) for each in pair] for pair in pairs]
    width = max(picture.width for pair in columns for picture in pair)
    result = Image.new("RGB", (width * len(columns), 2 * HEIGHT))
    for column, pair in enumerate(columns):
        for row, picture in enumerate(pair):
            result.paste(picture, (column * width, row * HEIGHT))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("video", type=Path)
    parser.add_argument("--like", choices=("relative", "absolute"), nargs="+", default=["relative", "absolute"])
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement of speed")
    parser.add_argument("--size", help="of the scene's picture; its own by default")
    parser.add_argument("--first", action="store_true", help="go before other programs (Linux, root)")
    parser.add_argument("--sheet", type=Path, help="folder for sheets of pictures")
    options = parser.parse_args()
    attributes = {"workers": str(WORKERS)} | ({"size": options.size} if options.size else {})
    columns = ("free", "pictures", "worker", "drawn", "leading", "start")
    print("| lead | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for like in options.like:
        pictures = PICTURES if options.sheet else 0
        browser = preferred(chromium) if options.first else chromium
        question = {"browser": browser, "like": like, "seconds": options.seconds, "attributes": attributes}
        result = measure(options.bundle, options.video, **question, sheet=pictures, every=EVERY, height=HEIGHT)
        result["worker"] = float(np.median(result["times"])) if result["times"] else float("nan")
        print(f"| {like} | " + " | ".join(f"{result[each]:.3g}" for each in columns) + " |", flush=True)
        if options.sheet:
            name = f"{options.bundle.stem}-{options.video.stem}-{like}.png"
            sheet(result["sheet"]).save(options.sheet / name)


if __name__ == "__main__":
    main()
