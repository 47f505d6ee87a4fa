"""The web player plays what a player must play, and refuses what it must refuse (SPEC.md, Conformance)."""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors.numpy

from alive_cli import Scene
from bundle_spec.conformance import scenes
from bundle_spec.container import (
    FAST_NAME,
    GENERATOR_NAME,
    KEYFRAMES_NAME,
    MASK_NAME,
    TRUNK_NAME,
    read_bundle,
    write_bundle,
)
from bundle_spec.graphs import signature
from bundle_spec.manifest import Drawing
from tests.web.browsers import FIREFOX, ask, chromium, firefox

HELPERS = """
const pack = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let place = 0; place < bytes.length; place += 8192) {
    text += String.fromCharCode(...bytes.subarray(place, place + 8192));
  }
  return btoa(text);
};
const join = (arrays, kind) => {
  const whole = new kind(arrays.reduce((sum, array) => sum + array.length, 0));
  let place = 0;
  for (const array of arrays) { whole.set(array, place); place += array.length; }
  return whole;
};
const fetched = async (file) => new Uint8Array(await (await fetch("/" + encodeURIComponent(file))).arrayBuffer());
const live = async (player, life) => {
  const declared = player.info.controls;
  const weights = life[declared.find(({ role }) => role === "frame_weight")?.name];
  await player.begin(BigInt(life.seed), life.start ?? null, weights ? Float32Array.from(weights) : null);
  await player.putIn(new Map(Object.entries(life.moods ?? {})));
  if (life.path) await player.follow(life.path);
  const controls = {};
  const options = ["seed", "start", "frames", "path", "moods"]; // a control of such a name keeps its default
  for (const { name, role } of declared) {
    const own = Object.hasOwn(life, name) && !options.includes(name);
    if (own && ["plain", "clock"].includes(role)) controls[name] = life[name];
  }
  const embeddings = [], nodes = [];
  for (let frame = 0; frame < life.frames; frame++) {
    const { embedding, node } = await player.live(controls);
    embeddings.push(embedding);
    nodes.push(node);
  }
  return { embeddings, nodes };
};
const draw = async (player, embedding, { width, height, net, offset, view }) => {
  await player.resize(width, height, net);
  const words = player.still.slice();
  player.compose(await player.draw(embedding, offset ? Float32Array.from(offset) : null, view ?? null), words);
  return pack(words);
};
"""
PLAYING = (
    HELPERS
    + """
const { Player } = await import("/alive-scene.js");
const results = [];
for (const { file, lives, pictures } of await (await fetch("/question.json")).json()) {
  const player = await Player.open(await fetched(file), { workers: 2 });
  const result = { lives: [], pictures: [] };
  let last = null;
  for (const life of lives) {
    const { embeddings, nodes } = await live(player, life);
    last ??= embeddings.at(-1);
    result.lives.push({ embeddings: pack(join(embeddings, Float32Array)), nodes });
  }
  for (const picture of pictures) result.pictures.push(await draw(player, last, picture));
  player.close();
  results.push(result);
}
await report(results);
"""
)
REFUSING = (
    HELPERS
    + """
const { Player, BundleError } = await import("/alive-scene.js");
const verdicts = {};
for (const file of await (await fetch("/question.json")).json()) {
  verdicts[file] = await Player.check(await fetched(file)).then(
    () => "plays",
    (error) => (error instanceof BundleError ? error.kind : `CRASH ${error}`),
  );
}
await report(verdicts);
"""
)


def answer(script: str, player: Path, bundles: dict[str, bytes], question: Any, browser: Any = chromium) -> Any:
    """The answer of a page, which must not violate its policy on the way."""
    files = {**bundles, "question.json": json.dumps(question).encode()}
    report = ask(script, [player], files, seconds=240, browser=browser)
    assert not report["violations"]
    assert "crash" not in report["result"], report["result"]
    return report["result"]


def unpack(text: str, kind: type = np.float32) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def pixels(text: str, picture: dict[str, Any], channels: int = 3) -> np.ndarray:
    """uint8 [H, W, 3], or, as the reference has them, [H, W, 4]."""
    words = unpack(text, np.uint8).reshape(picture["height"], picture["width"], 4)
    if channels == 4:
        return words
    assert (words[..., 3] == 255).all()
    return words[..., :3]


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.square(one.astype(float) - other).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_plays_what_it_must(browser: str, player: Path, conformance: Path) -> None:
    if browser == "firefox" and FIREFOX is None:
        pytest.skip("there is no Firefox here")
    start = {"chromium": chromium, "firefox": firefox}[browser]
    cases = [case for case in json.loads((conformance / "cases.json").read_text()) if case["verdict"] == "plays"]
    assert len(cases) >= 13
    question = [
        # A seed may be beyond what JSON numbers mean to a page.
        {**case, "lives": [{**life, "seed": str(life["seed"])} for life in case["lives"]]}
        for case in cases
    ]
    bundles = {case["file"].replace("/", "%2F"): (conformance / case["file"]).read_bytes() for case in cases}
    for case, result in zip(cases, answer(PLAYING, player, bundles, question, start), strict=True):
        expected = safetensors.numpy.load_file(conformance / case["expected"])
        for number, life in enumerate(result["lives"]):
            assert life["nodes"] == expected[f"nodes.{number}"].tolist(), case["file"]
            embeddings = unpack(life["embeddings"]).reshape(expected[f"embeddings.{number}"].shape)
            assert np.abs(embeddings - expected[f"embeddings.{number}"]).max() <= case["tolerance"]["embeddings"]
        for number, (picture, text) in enumerate(zip(case["pictures"], result["pictures"], strict=True)):
            drawn = expected[f"rgb.{number}"]
            difference = np.abs(pixels(text, picture, drawn.shape[2]).astype(int) - drawn)
            assert difference.max() <= case["tolerance"]["rgb"], (case["file"], picture)


def test_refuses_what_it_must(player: Path, conformance: Path) -> None:
    cases = {
        case["file"]: case["verdict"]
        for case in json.loads((conformance / "cases.json").read_text())
        if case["verdict"] != "plays"
    }
    bundles = {file.replace("/", "%2F"): (conformance / file).read_bytes() for file in cases}
    verdicts = answer(REFUSING, player, bundles, list(cases))
    wrong = {
        file: (verdict, verdicts[file])
        for file, verdict in cases.items()
        if verdicts[file] != verdict
        # What is damaged and asks for too much may be refused for either reason, but not as too new.
        if not {verdict, verdicts[file]} <= {"corrupt", "unsafe"}
    }
    assert not wrong


@pytest.fixture
def pixelwise(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny scene's behavior, with two nets of format 1.0 that draw each pixel."""
    opened = read_bundle(bundle)
    monkeypatch.setattr(scenes, "DIMENSION", opened.manifest.encoder.dimension)
    fine, fast = scenes.generator(), scenes.generator(scenes.FAST_FEATURES)
    graphs = {TRUNK_NAME: scenes.trunk(), GENERATOR_NAME: fine, FAST_NAME: fast}
    drawing = Drawing(
        **dict(zip(("trunk", "generator", "fast"), (signature(g, n) for n, g in graphs.items()), strict=True))
    )
    changed = {"drawing": drawing, "features_required": [], "min_reader_version": "1.0"}
    parts = {name: part for name, part in opened.parts.items() if name not in (KEYFRAMES_NAME, MASK_NAME)}
    parts |= {name: graph.SerializeToString() for name, graph in graphs.items()}
    write_bundle(tmp_path / "a.alive", msgspec.structs.replace(opened.manifest, **changed), parts)
    return tmp_path / "a.alive"


def test_same_life_as_in_python(player: Path, pixelwise: Path) -> None:
    def scene(net: str = "fine") -> Scene:
        return Scene.open(pixelwise, device="cpu", threads=1, net=net)

    fps, first = scene().fps, scene().manifest.source.start
    lives: list[dict[str, Any]] = [
        {"seed": 11, "start": 0, "frames": 300, "temperature": 1},
        {"seed": 3, "start": 5, "frames": 1000, "temperature": 2},
    ]
    sizes = [(48, 32), (80, 80)]
    pictures = [{"width": width, "height": height, "net": net} for net in ("fine", "fast") for width, height in sizes]
    question = [{"file": "a.alive", "lives": lives, "pictures": pictures}]
    (result,) = answer(PLAYING, player, {"a.alive": pixelwise.read_bytes()}, question)
    last = None
    for life, theirs in zip(lives, result["lives"], strict=True):
        own = scene().life(
            scene().controls(temperature=life["temperature"]), seed=life["seed"], start_at=first + life["start"] / fps
        )
        embeddings, nodes = zip(*((own.advance(), own.node) for _ in range(life["frames"])), strict=True)
        assert theirs["nodes"] == list(nodes)
        difference = np.abs(unpack(theirs["embeddings"]).reshape(len(nodes), -1) - np.stack(embeddings))
        assert difference[:300].max() <= 1e-3
        last = embeddings[-1] if last is None else last
    assert last is not None
    for picture, text in zip(pictures, result["pictures"], strict=True):
        expected = scene(picture["net"]).draw(last, (picture["width"], picture["height"]))
        assert psnr(pixels(text, picture), expected) >= 40


SHADED = (
    HELPERS
    + """
const { Player } = await import("/alive-scene.js");
const [{ lives: [life], pictures: [{ width, height }] }] = await (await fetch("/question.json")).json();
const player = await Player.open(await fetched("a.alive"), { workers: 2 });
const last = (await live(player, life)).embeddings.at(-1);
await player.resize(width, height, "fine");
const why = await player.tryGpu(width, height, last, true);
const words = player.still.slice();
player.compose(await player.draw(last), words);
await report({ why, engine: player.engine, picture: pack(words) });
"""
)


SHADING = (
    HELPERS
    + """
const { Player } = await import("/alive-scene.js");
const results = [];
for (const { file, lives: [life], pictures } of await (await fetch("/question.json")).json()) {
  const player = await Player.open(await fetched(file), { workers: 1 });
  const last = (await live(player, life)).embeddings.at(-1);
  const result = [];
  for (const { width, height, offset, view } of pictures) {
    await player.resize(width, height, "fine");
    const why = await player.tryGpu(width, height, last, true);
    const words = player.still.slice();
    player.compose(await player.draw(last, offset ? Float32Array.from(offset) : null, view ?? null), words);
    result.push({ why, engine: player.engine, picture: pack(words) });
  }
  player.close();
  results.push(result);
}
await report(results);
"""
)


def test_a_shader_draws_what_it_must(player: Path, conformance: Path) -> None:
    """The conformance pictures of displaced keyframes, within 40 dB; where a shader can't draw one, it says so."""
    cases = [
        case for case in json.loads((conformance / "cases.json").read_text()) if case["file"].startswith("valid/warp")
    ]
    question = [{**case, "lives": [{**case["lives"][0], "seed": str(case["lives"][0]["seed"])}]} for case in cases]
    bundles = {case["file"].replace("/", "%2F"): (conformance / case["file"]).read_bytes() for case in cases}
    shaded = 0
    for case, results in zip(cases, answer(SHADING, player, bundles, question), strict=True):
        expected = safetensors.numpy.load_file(conformance / case["expected"])
        for number, (picture, result) in enumerate(zip(case["pictures"], results, strict=True)):
            if "no GPU" in result["why"]:
                pytest.skip("this browser has no WebGL")
            drawn = expected[f"rgb.{number}"]
            shown = pixels(result["picture"], picture, drawn.shape[2])
            assert psnr(shown, drawn) >= 40, (case["file"], picture)
            assert result["engine"] == "gpu" or "keyframes" in result["why"], (case["file"], result["why"])
            shaded += result["engine"] == "gpu"
    assert shaded >= 30


def test_moving_keyframes_as_in_python(player: Path, bundle: Path) -> None:
    """The CPU draws what Python draws, at the scene's size and at others; and so does a shader."""
    scene = Scene.open(bundle, device="cpu", threads=1)
    life = {"seed": "11", "start": 0, "frames": 40, "temperature": 1}
    own = scene.life(scene.controls(temperature=1), seed=11, start_at=scene.manifest.source.start)
    last = [own.advance() for _ in range(40)][-1]
    pictures = [
        {"width": width, "height": height, "net": "fine"} for width, height in (scene.size, (33, 47), (160, 90))
    ]
    question = [{"file": "a.alive", "lives": [life], "pictures": pictures}]
    bundles = {"a.alive": bundle.read_bytes()}
    (result,) = answer(PLAYING, player, bundles, question)
    for picture, text in zip(pictures, result["pictures"], strict=True):
        assert psnr(pixels(text, picture), scene.draw(last, (picture["width"], picture["height"]))) >= 40
    shaded = answer(SHADED, player, bundles, question)
    if shaded["engine"] == "cpu":
        assert "There is no GPU that this browser lets pages use." in shaded["why"]
        pytest.skip("this browser has no WebGL")
    assert psnr(pixels(shaded["picture"], pictures[0]), scene.draw(last)) >= 40
