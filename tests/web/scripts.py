"""Scripts that tests run in a page with an element."""

from pathlib import Path
from typing import Any

from tests.web.browsers import ask

ELEMENT = """
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const happened = (element, type) =>
  new Promise((resolve) => element.addEventListener(type, (event) => resolve(event.detail), { once: true }));
const scene = (attributes, properties = {}) => {
  const element = document.createElement("alive-scene");
  Object.assign(element, properties);
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
const bytes = async (file) => new Uint8Array(await (await fetch("/" + file)).arrayBuffer());
const open = async (Player, file) => Player.open(await bytes(file), { workers: 1 });
// The embeddings of a rollout by their steps.
const rollout = async (player, seed, controls, frames) => {
  await player.begin(seed);
  const embeddings = {};
  for (let frame = 0; frame < frames; frame++) {
    const { step, embedding } = await player.live(controls);
    embeddings[step] = [...embedding];
  }
  return embeddings;
};
// The largest difference between the frames that an element emitted and the embeddings of a rollout.
const difference = (frames, embeddings) => {
  const differences = frames
    .filter(({ step }) => step in embeddings)
    .flatMap(({ step, embedding }) => embeddings[step].map((value, place) => Math.abs(value - embedding[place])));
  if (!differences.length) throw new Error("No frame has a step of the rollout.");
  return Math.max(...differences);
};
const framesOf = async (element, count) => {
  const frames = [];
  while (frames.length < count) frames.push(await happened(element, "frame"));
  return frames;
};
const messages = [];
for (const level of ["warn", "error"]) {
  const own = console[level].bind(console);
  console[level] = (...words) => { messages.push(words.join(" ")); own(...words); };
}
"""
"""These functions precede every script."""


def answer(script: str, player: Path, bundles: dict[str, bytes], *options: str, seconds: float = 120) -> Any:
    """The result that a script with an element reports; nothing may violate the page's policy."""
    report = ask(ELEMENT + script, [player], bundles, *options, seconds=seconds)
    assert not report["violations"]
    assert not isinstance(report["result"], dict) or "crash" not in report["result"], report["result"]
    return report["result"]
