"""A page with the web element that says every few seconds how it is, in headless Chromium."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.soaking.processes import held_by_family
from tests.benchmarks.web import slim
from tests.conftest import REPOSITORY
from tests.web.browsers import PAGE, REPORT, Site, chromium
from tests.web.pointers import Pipe

DIST = REPOSITORY / "alive_cli" / "web" / "dist"
"""The built player."""
SOFTWARE_GPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""Chromium draws WebGL by a program where there is no GPU."""
LIVING = """
const workers = { now: 0, ever: 0 };
const Own = globalThis.Worker;
globalThis.Worker = class extends Own {
  constructor(...rest) { super(...rest); workers.now++; workers.ever++; }
  terminate() { workers.now--; super.terminate(); }
};
let frames = 0, node = -1, engine = "", resolution = "", jumps = 0, last = null;
const said = [];
for (const level of ["warn", "error"]) {
  const own = console[level].bind(console);
  console[level] = (...words) => { said.push(`${level}: ${words.join(" ")}`); own(...words); };
}
await import("/alive-scene.js");
const element = document.createElement("alive-scene");
const attributes = { src: "scene.alive", ...QUESTION.attributes };
for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
element.style.width = `${QUESTION.width}px`;
element.addEventListener("frame", ({ detail }) => { frames++; node = detail.node; });
element.addEventListener("engine", ({ detail }) => (engine = `${detail.engine} ${detail.why}`.trim()));
element.addEventListener("resolution", ({ detail }) => (resolution = `${detail.width}x${detail.height}`));
element.addEventListener("error", ({ detail }) => said.push(`failed: ${detail.message}`));
element.addEventListener("ready", () => said.push(`ready after ${(performance.now() / 1000).toFixed(1)} s`));
document.body.append(element);
const look = () => {
  const canvas = element.shadowRoot.querySelector("canvas");
  if (!canvas.width || canvas.hidden) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [sum, squares, count] = [0, 0, 0];
  for (let place = 0; place < data.length; place += 64) {
    [sum, squares, count] = [sum + data[place], squares + data[place] ** 2, count + 1];
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
};
globalThis.soaked = { element, said };
for (;;) {
  const [begun, before] = [performance.now(), frames];
  await new Promise((resolve) => setTimeout(resolve, 1000 * QUESTION.seconds));
  const seconds = (performance.now() - begun) / 1000;
  await report({ fps: (frames - before) / seconds, frames, engine, resolution, workers: workers.now, node,
    heap: (performance.memory?.usedJSHeapSize ?? NaN) / 1e6, contrast: look(), said: said.splice(0) }).catch(() => {});
}
"""


class Living:
    """A page that lives in a browser."""

    def __init__(self, site: Site, pipe: Pipe, pid: int) -> None:
        self.site, self.pid = site, pid
        self._pipe, self._session = pipe, pipe.page()
        self.said: list[str] = []
        """Warnings and errors of the page."""

    def sample(self, seconds: float = 120.0) -> dict[str, Any]:
        """What the page says next, with what the whole browser holds.

        Raises:
            TimeoutError: it says nothing.
        """
        report = self.site.wait(seconds)
        result = report["result"]
        self.said += [f"policy: {each}" for each in report["violations"]]
        if "crash" in result:
            self.said.append(f"crash: {result['crash']}")
            return self.sample(seconds)
        self.said += result.pop("said")
        return {**result, **held_by_family(self.pid)}

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of Chromium's debugger to the page."""
        return self._pipe.ask(method, self._session, **parameters)

    def crash_gpu(self) -> None:
        """End the process of the browser that draws by GPU."""
        self._pipe.ask("Browser.crashGpuProcess")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")


@contextlib.contextmanager
def living(bundle: Path, *options: str, seconds: float = 5.0, width: int = 192, **attributes: str) -> Iterator[Living]:
    """A page with a scene, which reports every few seconds.

    Args:
        options: of Chromium.
        attributes: of the element.
    """
    import os

    question = {"seconds": seconds, "width": width, "attributes": attributes}
    script = f"{REPORT}\nconst QUESTION = {json.dumps(question)};\n{LIVING}"
    site = Site([DIST], {"index.html": PAGE.encode(), "script.js": script.encode(), "scene.alive": slim(bundle)})
    commands, sent = os.pipe()
    received, answers = os.pipe()
    try:
        with chromium(site.address, *options, pipe=(commands, answers)) as process:
            yield Living(site, Pipe(sent, received), process.pid)
    finally:
        site.close()
        for end in (commands, sent, received, answers):
            os.close(end)
