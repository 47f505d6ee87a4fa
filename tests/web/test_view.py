"""Views in a page: the same as in Python, moved by the attribute, scripts, pointers and the tilt of a device."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from alive_cli import Scene
from alive_cli.runtime.drivers import ViewDriver
from bundle_spec import conformance as conformance_package
from bundle_spec.conformance.warp import deep
from bundle_spec.container import pack_bundle
from tests.web.modules import run_module
from tests.web.scripts import answer

VALID = Path(conformance_package.__file__).parent / "valid"
DEEP = VALID / "warp-depth.alive"
STEPS = [0.033, 0.01, 0.2, 0.005, 0.04, 0.6]
EVENTS: list[list[Any]] = [["sway", 0.6], ["hold", 1, -0.5], ["away"], ["sway", 0], ["hold", -0.2, 0.9], ["away"]] * 2

FOLLOWING = """
import { ViewDriver } from "./src/view.js";
const { warp, depth, steps, events } = question;
const driver = new ViewDriver(warp, Float32Array.from(depth));
const views = [];
for (const [kind, ...numbers] of events) {
  if (kind === "sway") driver.swayAs(numbers[0]);
  else if (kind === "hold") driver.hold(...numbers);
  else driver.letGo();
  for (const seconds of steps) views.push(driver.after(seconds) ?? [0, 0]);
}
return { views, stretch: driver.stretch };
"""


def test_views_agree_with_python(tmp_path: Path) -> None:
    scene = Scene.open(DEEP, device="cpu")
    warp = scene.manifest.drawing.warp  # type: ignore[union-attr]
    assert warp is not None
    assert warp.depth is not None
    question = {
        "warp": {"width": warp.width, "height": warp.height, "motion_grid": list(warp.motion_grid)},
        "depth": scene._bank[warp.depth].ravel().tolist(),
        "steps": STEPS,
        "events": EVENTS,
    }
    driver, views = ViewDriver(), []
    for kind, *numbers in EVENTS:
        if kind == "sway":
            driver.sway = numbers[0]
            driver.let_go()
        elif kind == "hold":
            driver.hold((numbers[0], numbers[1]))
        else:
            driver.let_go()
        views += [driver.after(seconds) or (0, 0) for seconds in STEPS]
    result = run_module(FOLLOWING, question, tmp_path)
    assert np.abs(np.array(result["views"]) - views).max() < 1e-9
    assert np.abs(np.array(views)).max() > 0.5
    assert abs(result["stretch"] - (scene.view_stretch or 0)) < 1e-6


PAGE = """
await import("/alive-scene.js");
const place = async (src, attributes) => {
  const element = scene({ src, workers: "1", engine: "cpu", size: "24", ...attributes });
  await happened(element, "ready");
  return element;
};
// The view of the first frame that a condition is true of.
const until = async (element, condition) => {
  for (let frame = 0; frame < 300; frame++) {
    const { view } = await happened(element, "frame");
    if (condition(view)) return view;
  }
  return "never";
};
const near = (x, y) => (view) => Math.hypot((view?.[0] ?? 0) - x, (view?.[1] ?? 0) - y) < 0.05;
const error = (act) => { try { act(); return ""; } catch ({ message }) { return message; } };
const results = {};
const element = await place("/deep.alive", { view: "0.5,-0.25" });
results.attribute = await until(element, near(0.5, -0.25));
element.setAttribute("view", "0");
element.viewFrom(-1, 1);
results.script = await until(element, near(-1, 1));
element.viewAway();
element.setAttribute("interactive", "view");
const { canvas } = inside(element);
const { left, top, width, height } = canvas.getBoundingClientRect();
canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: left + width - 0.01, clientY: top + height / 2 }));
results.pointer = await until(element, near(1, 0));
canvas.dispatchEvent(new PointerEvent("pointerleave"));
const tilt = (beta, gamma) => dispatchEvent(new DeviceOrientationEvent("deviceorientation", { beta, gamma }));
tilt(40, 0);
tilt(40, 12);
results.tilt = await until(element, (view) => view && view[0] < -0.5);
tilt(null, null);
element.setAttribute("interactive", "");
element.viewAway();
tilt(90, 60);
results.ended = await until(element, (view) => !view || Math.abs(view[0]) < 0.2);
results.refused = error(() => element.viewFrom(2, 0));
element.setAttribute("view", "sideways");
results.wrong = messages.at(-1);
element.setAttribute("view", "1");
results.sway = await until(element, (view) => view && Math.abs(view[0]) > 0.3);
element.remove();
const plain = await place("/plain.alive", { interactive: "view" });
results.nothing = [messages.at(-1), error(() => plain.viewFrom(0, 0)), (await happened(plain, "frame")).view];
await report(results);
"""


def test_attribute_scripts_pointer_and_tilt_move_the_view(player: Path) -> None:
    bundle = deep()
    source = msgspec.structs.replace(bundle.manifest.source, fps=50)
    fast = pack_bundle(msgspec.structs.replace(bundle.manifest, source=source), bundle.parts)
    files = {"deep.alive": fast, "plain.alive": (VALID / "warp.alive").read_bytes()}
    result = answer(PAGE, player, files)
    assert "never" not in result.values()
    assert result["refused"] == "A view needs two numbers from −1 to 1: across and down."
    assert "0 to 1, or two numbers" in result["wrong"]
    warning, error, view = result["nothing"]
    assert "knows no near and far" in warning
    assert "knows no near and far" in error
    assert view is None
