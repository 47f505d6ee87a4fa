"""Pages in one file live in a browser, from a disk as well as from a host, and cost no more than they may."""

import base64
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alive_cli.web.folder import write_place
from alive_cli.web.places import Place
from bundle_spec import conformance
from bundle_spec.conformance.alpha import transparent
from bundle_spec.container import Bundle, read_bundle
from tests.web.browsers import Site
from tests.web.pointers import Pipe, piped

WARP = Path(conformance.__file__).parent / "valid" / "warp.alive"
COUNT = """
globalThis.frames = 0;
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
const every = setTimeout;
// Five minutes are half a second.
globalThis.setTimeout = (work, time) => every(work, time >= 300_000 ? 500 : time);
addEventListener("DOMContentLoaded", () => {
  globalThis.scene = document.querySelector("alive-scene");
  scene.engine = "cpu";
  scene.addEventListener("frame", () => frames++);
});
"""
"""It runs before the page's own script."""
SECONDS = 60.0
"""A page does what a test waits for in this time, even where other programs are busy."""


class Shown:
    """A page in a browser."""

    def __init__(self, pipe: Pipe, address: str) -> None:
        self.pipe, self.session = pipe, pipe.page()
        self.ask("Page.enable")
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=COUNT)
        self.ask("Page.navigate", url=address)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.pipe.ask(method, self.session, **parameters)

    def run(self, expression: str) -> Any:
        """The value of an expression; None where it throws."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while self.run(expression) is not True:
            assert time.monotonic() < end, (expression, self.run("scene.shadowRoot.querySelector('p').textContent"))
            time.sleep(0.05)


def written(bundle: Bundle, folder: Path, place: Place) -> Path:
    write_place(bundle, folder, place)
    return folder / "index.html"


@pytest.mark.usefixtures("player")
def test_a_wallpaper_from_a_disk_obeys_its_host(tmp_path: Path) -> None:
    page = written(read_bundle(WARP), tmp_path / "wall", Place.wallpaper)
    # Without --allow-file-access-from-files: a page from a disk may fetch nothing.
    with piped("about:blank", "--window-size=400,300") as pipe:
        shown = Shown(pipe, page.as_uri())
        shown.until("frames > 3")
        assert shown.run("violations.length") == 0
        fit = "getComputedStyle(scene.shadowRoot.querySelector('canvas')).objectFit"
        assert shown.run(fit) == "cover"
        shown.run("livelyPropertyListener('page_fit', 1)")
        assert shown.run(fit) == "contain"
        shown.run(
            "const properties = { page_fit: { value: 'cover' }, temperature: { value: 0.5 } };"
            "wallpaperPropertyListener.applyUserProperties(properties)"
        )
        assert (shown.run(fit), shown.run("scene.temperature")) == ("cover", 0.5)
        # Neither unknown names nor values of another type reach the element.
        shown.run(
            "for (const [name, value] of [['src', 1], ['temperature', '9'], ['onclick', 1]])"
            "  livelyPropertyListener(name, value)"
        )
        assert (shown.run("scene.src"), shown.run("scene.temperature")) == ("#scene.alive", 0.5)
        shown.run("wallpaperPropertyListener.applyGeneralProperties({ fps: 5 })")
        shown.run("livelyPropertyListener('page_rate', 60)")
        assert shown.run("scene.fps") == 5
        shown.run("livelyWallpaperPlaybackChanged('{\"IsPaused\": true}')")
        assert shown.run("scene.held") is True
        time.sleep(0.3)
        before = shown.run("frames")
        time.sleep(0.7)
        assert shown.run("frames") == before
        shown.run("wallpaperPropertyListener.setPaused(false)")
        shown.until(f"frames > {before}")


@pytest.mark.usefixtures("player")
def test_what_is_behind_a_transparent_page_shows(tmp_path: Path) -> None:
    page = written(transparent(masked=True), tmp_path / "page", Place.transparent)
    with piped("about:blank", "--window-size=600,400", "--force-prefers-reduced-motion") as pipe:
        shown = Shown(pipe, page.as_uri())
        shown.ask("Emulation.setDefaultBackgroundColorOverride", color={"r": 255, "g": 0, "b": 0, "a": 255})
        shown.until("frames > 2")
        photograph = base64.b64decode(shown.ask("Page.captureScreenshot", format="png")["data"])
    picture = np.asarray(Image.open(io.BytesIO(photograph)).convert("RGB")).astype(int)
    red = (picture == [255, 0, 0]).all(axis=2)
    assert 0.02 < red.mean() < 0.98


@pytest.mark.usefixtures("player")
def test_a_kiosk_dozes_and_restarts_itself(tmp_path: Path) -> None:
    page = written(read_bundle(WARP), tmp_path / "kiosk", Place.kiosk)
    site = Site([page.parent])
    try:
        with piped("about:blank", "--window-size=400,300") as pipe:
            shown = Shown(pipe, site.address)
            shown.until("frames > 2")
            shown.ask("Input.dispatchMouseEvent", type="mouseMoved", x=90, y=90)
            shown.until("scene.fps === 12 && scene.temperature < 1 && document.body.className === 'still'")
            shown.ask("Input.dispatchMouseEvent", type="mouseMoved", x=100, y=100)
            shown.until("scene.fps === null && scene.temperature === null && document.body.className === ''")
            # An error leads to another page, but only where the host answers.
            page.rename(page.with_suffix(".gone"))
            shown.run("globalThis.old = true; scene.dispatchEvent(new CustomEvent('error', { detail: {} }))")
            time.sleep(1.5)
            assert shown.run("old") is True
            page.with_suffix(".gone").rename(page)
            shown.until("globalThis.old === undefined && frames > 0")
            assert shown.run("sessionStorage.getItem('alive-restarts')") == "1"
            assert shown.run("violations.length") == 0
    finally:
        site.close()
