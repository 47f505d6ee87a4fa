"""A page shows transparent scenes on a transparent canvas."""

import base64
from pathlib import Path

import numpy as np

from alive_cli.runtime.scene import Scene
from bundle_spec.conformance.alpha import transparent
from bundle_spec.container import pack_bundle
from tests.web.browsers import ask

SIZE = (60, 40)
SHOWN = """
await import("/alive-scene.js");
const scene = document.createElement("alive-scene");
Object.assign(scene, { src: "/a.alive", size: "60x40", engine: "cpu" });
const shown = new Promise((resolve) => {
  scene.addEventListener("frame", ({ detail }) => {
    const canvas = scene.shadowRoot.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    resolve({ pixels: btoa(String.fromCharCode(...data)), embedding: [...detail.embedding], width: canvas.width });
  });
});
document.body.append(scene);
await report(await shown);
"""


def test_a_canvas_is_transparent(player: Path) -> None:
    bundle = transparent(masked=True)
    files = {"a.alive": pack_bundle(bundle.manifest, bundle.parts)}
    report = ask(SHOWN, [player], files, seconds=120)
    assert not report["violations"]
    assert "crash" not in report["result"], report["result"]
    result = report["result"]
    assert result["width"] == SIZE[0]
    pixels = np.frombuffer(base64.b64decode(result["pixels"]), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    drawn = Scene(bundle, device="cpu").draw(np.array(result["embedding"], np.float32), SIZE)
    assert pixels[..., 3].min() < 50 < 200 < pixels[..., 3].max()
    assert np.abs(pixels[..., 3].astype(int) - drawn[..., 3]).max() <= 3
    seen = drawn[..., 3] > 100
    # The first pictures of a page have coarser colours.
    assert np.abs(pixels[seen].astype(int) - drawn[seen]).mean() <= 4
