"""The page of `alive hints`, with real events of mouse, finger and keys: what is drawn is what is saved."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("aiohttp")

from alive_cli.marking.hints_page import hints_of_photograph, mask_of_clip
from alive_cli.observation.photograph import flow_field
from alive_cli.observation.photograph.hints import read_hints
from bundle_spec.container import pack_picture
from tests.flowing import river
from tests.web.drawing import CONTROL, SHIFT, DrawnPage, drawn

SIZE = (320, 240)
SAVED = "Saved. Next"


@pytest.fixture(scope="module")
def photo(player: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (player / "hints.js").is_file():
        pytest.skip("the web player is older than the page: make web")
    path = tmp_path_factory.mktemp("photo") / "river.png"
    path.write_bytes(pack_picture(river(*SIZE).picture(0)))
    return path


@pytest.fixture(scope="module")
def opened(photo: Path) -> Iterator[DrawnPage]:
    with drawn(hints_of_photograph(photo, None)) as page:
        yield page


@pytest.fixture
def page(opened: DrawnPage, photo: Path) -> DrawnPage:
    """The page of one photograph, with nothing drawn on it."""
    photo.with_suffix(".json").unlink(missing_ok=True)
    opened.wait_for("!document.querySelector('[data-key=save]').disabled")
    opened.click("clear")  # a button that is disabled takes no click
    opened.wait_for("document.querySelector('[data-key=clear]').disabled")
    return opened


def save(page: DrawnPage, photo: Path) -> tuple[np.ndarray, np.ndarray]:
    """What flows, bool [H, W], and the arrows [A, 2, 2], of the file that the page saves."""
    page.press("s", modifiers=CONTROL)
    page.wait_to_say(SAVED)
    hints = read_hints(photo.with_suffix(".json"), SIZE)
    return hints.mask(SIZE) > 0, hints.arrows


def test_painted_and_pointed_with_a_mouse(page: DrawnPage, photo: Path) -> None:
    page.click("b")
    page.drag([(0.2, 0.5), (0.8, 0.5)])
    page.wait_to_say("Painted")
    page.click("e")
    page.drag([(0.5, 0.3), (0.5, 0.7)])
    page.wait_to_say("Erased")
    page.click("a")
    page.drag([(0.25, 0.5), (0.4, 0.52)])
    page.wait_to_say("pixels a second")
    mask, arrows = save(page, photo)
    assert mask[120, 80]
    assert mask[120, 240]
    assert not mask[120, 160]
    assert not mask[60, 80]
    assert np.allclose(arrows, [[[80, 120], [128, 124.8]]], atol=1)


def test_a_polygon_by_clicks_undone_selected_and_deleted(page: DrawnPage, photo: Path) -> None:
    page.click("p")
    for place in ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.2)):
        page.drag([place])
    page.wait_to_say("closed")
    page.click("a")
    page.drag([(0.3, 0.3), (0.5, 0.3)])
    page.drag([(0.3, 0.6), (0.5, 0.6)])
    page.press("z", modifiers=CONTROL)
    page.wait_to_say("Undone")
    page.press("z", modifiers=CONTROL | SHIFT)
    page.wait_to_say("Redone")
    page.click("s")
    page.drag([(0.4, 0.3)])
    page.wait_to_say("An arrow is selected")
    page.press("Delete")
    page.wait_to_say("Deleted")
    mask, arrows = save(page, photo)
    assert np.allclose(np.flatnonzero(mask[120])[[0, -1]], [64, 256], atol=1)
    assert np.allclose(arrows, [[[96, 144], [160, 144]]], atol=1)
    page.click("clear")
    page.wait_to_say("cleared")
    page.press("z", modifiers=CONTROL)
    page.wait_to_say("Undone")
    assert np.array_equal(save(page, photo)[0], mask)


def test_all_by_keys(page: DrawnPage, photo: Path) -> None:
    page.evaluate("document.querySelector('#marks').focus()")
    page.evaluate("document.querySelector('#marks').dispatchEvent(new PointerEvent('pointerleave'))")
    page.press("b", "Enter", *["ArrowRight"] * 10, "Enter")
    page.wait_to_say("Painted")
    page.press("a", "Enter", *["ArrowLeft"] * 5, "Enter")
    page.wait_to_say("pixels a second")
    page.press("p", "Enter", *["ArrowDown"] * 8, "Enter", *["ArrowLeft"] * 8, "Enter")
    page.wait_to_say("Corner 3")
    page.press("Enter")
    page.wait_to_say("closed")
    page.press("a", "Enter", "ArrowUp", "Escape")  # given up
    mask, arrows = save(page, photo)
    assert mask[120, 200]
    assert mask[165, 180]
    assert np.allclose(arrows, [[[224, 120], [192, 120]]], atol=1)


def test_the_preview_flows_or_says_what_is_missing(page: DrawnPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_field, "SIDE", 24)  # which takes a tenth of the time
    page.press("v")
    page.wait_to_say("Nothing is painted yet")
    page.click("b")
    page.drag([(0.1, 0.5), (0.9, 0.5)])
    page.wait_to_say("no arrow yet")
    page.click("a")
    page.drag([(0.4, 0.5), (0.5, 0.5)])
    page.wait_to_say("It flows so", 60)
    assert page.evaluate("document.querySelector('#preview').naturalWidth") == 320
    page.press("v")
    page.wait_for("document.querySelector('#preview').hidden")


def test_a_finger_paints_a_mask_on_a_narrow_page(photo: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    with drawn(mask_of_clip(photo, mask)) as page:
        page.ask("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
        page.ask("Emulation.setTouchEmulationEnabled", enabled=True)
        page.wait_for("innerWidth === 390")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.querySelector('[data-key=a]').checkVisibility()") is False
        page.touch([(x / 10, 0.5) for x in range(11)])
        page.wait_to_say("Painted")
        assert page.evaluate("document.title").startswith("•")
        page.click("save")
        page.wait_to_say(SAVED)
        assert not page.evaluate("document.title").startswith("•")
    picture = np.asarray(Image.open(mask))
    assert picture[120].min() == 255
    assert picture[:60].max() == 0


def test_a_strangers_texts_stay_texts(photo: Path, tmp_path: Path) -> None:
    label = "hint<img src=x onerror=alert(1)>"
    rude = tmp_path / "rude<b>.json"
    shapes = [
        {"label": "motion", "shape_type": "polygon", "points": [[50, 50], [200, 50], [200, 200]]},
        {"label": label, "shape_type": "line", "points": [[100, 60], [150, 70]], "flags": {"<i>": True}},
    ]
    rude.write_text(json.dumps({"shapes": shapes}))
    with drawn(hints_of_photograph(photo, rude)) as page:
        page.wait_to_say("rude<b>.json is loaded")
        assert page.evaluate("document.querySelectorAll('b, i, img[onerror]').length") == 0
        page.press("s", modifiers=CONTROL)
        page.wait_to_say(SAVED)
    assert json.loads(rude.read_text())["shapes"] == shapes
