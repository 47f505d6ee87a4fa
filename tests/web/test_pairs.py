"""The page of `alive hints --pairs` with real events of mouse, finger and keys: what is set is what is saved."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("aiohttp")

from alive_cli.marking.pairs_page import pairs_site
from alive_cli.observation.painting.points import Pairs, read_pairs
from tests.pairing import CORNERS, PAINTING, SCENE, task_in
from tests.web.drawing import CONTROL, SHIFT, DrawnPage, Place, opened

SAVED = "Saved. Next"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


@pytest.fixture(scope="module")
def loaded(player: Path, folder: Path) -> Iterator[DrawnPage]:
    if not (player / "pairs.js").is_file():
        pytest.skip("the web player is older than the page: make web")
    with opened(pairs_site(task_in(folder, "lady<b>.png"))) as page:
        yield page


@pytest.fixture
def page(loaded: DrawnPage, folder: Path) -> DrawnPage:
    """The page, without any points."""
    (folder / "lady<b>.json").unlink(missing_ok=True)
    loaded.wait_for("!document.querySelector('[data-key=save]').disabled")
    loaded.click("p")
    loaded.click("clear")  # a button that is disabled takes no click
    loaded.wait_for("document.querySelector('[data-key=clear]').disabled")
    return loaded


def click(page: DrawnPage, side: str, *places: Place) -> None:
    """Click in one picture, or drag."""
    page.board = f"#{side} canvas"
    page.drag(places)


def saved(page: DrawnPage, folder: Path) -> Pairs:
    page.press("s", modifiers=CONTROL)
    page.wait_to_say(SAVED)
    return read_pairs(folder / "lady<b>.json", SCENE, PAINTING)


def set_corners(page: DrawnPage) -> None:
    for number, place in enumerate(CORNERS, 1):
        for side in ("scene", "painting") if number % 2 else ("painting", "scene"):
            click(page, side, place)
        page.wait_to_say(f"Pair {number} is set")


def test_points_are_set_dragged_deleted_previewed_and_saved(page: DrawnPage, folder: Path) -> None:
    click(page, "scene", (0.5, 0.5))
    page.wait_to_say("the same place in the painting")
    page.press("Delete")
    page.wait_to_say("Deleted")
    set_corners(page)
    click(page, "painting", CORNERS[3], (0.1, 0.1))
    page.wait_to_say("Pair 4 is moved")
    page.press("s", modifiers=CONTROL)
    page.wait_to_say("cross each other")
    page.press("v")
    page.wait_to_say("cross each other")
    page.press("z", modifiers=CONTROL)
    page.wait_to_say("It moves so for 0.8 s")
    assert page.evaluate("document.querySelector('#preview').naturalWidth") == PAINTING[0]
    page.press("v")
    page.wait_for("document.querySelector('#preview').hidden")
    page.press("o")
    for place in ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9), (0.1, 0.1)):
        click(page, "painting", place)
    page.wait_to_say("surrounds moves")
    click(page, "painting", (0.5, 0.9), (0.5, 0.95))
    page.wait_to_say("outline is changed")
    pairs = saved(page, folder)
    assert pairs.names == [f"pair {number}" for number in (1, 2, 3, 4)]
    np.testing.assert_allclose(pairs.scene, np.array(CORNERS) * SCENE, atol=1)
    np.testing.assert_allclose(pairs.painting, np.array(CORNERS) * PAINTING, atol=1)
    np.testing.assert_allclose(pairs.moves, [np.array([[0.1, 0.1], [0.9, 0.1], [0.5, 0.95]]) * PAINTING], atol=1)


def test_all_by_keys(page: DrawnPage, folder: Path) -> None:
    page.evaluate(
        "for (const each of document.querySelectorAll('canvas'))each.dispatchEvent(new Event('pointerleave'))"
    )
    page.evaluate("document.querySelector('#scene canvas').focus()")
    for number, keys in enumerate((["ArrowLeft"] * 10, ["ArrowRight"] * 20, ["ArrowDown"] * 10, ["ArrowLeft"] * 20), 1):
        for shift in (0, SHIFT):
            page.press(*keys, "Enter")
            page.press("Tab", modifiers=shift)
        page.wait_to_say(f"Pair {number} is set")
    page.press("Enter", "ArrowUp", "ArrowLeft", "Enter")
    page.wait_to_say("Pair 4 is moved")
    page.press("Enter", "ArrowUp", "Escape")  # given up
    pairs = saved(page, folder)
    np.testing.assert_allclose(pairs.scene, [[48, 60], [112, 60], [112, 92], [44.8, 88.8]], atol=0.1)
    np.testing.assert_allclose(pairs.painting, [[30, 75], [90, 75], [90, 105], [30, 105]], atol=0.1)


def test_a_face_on_a_narrow_page(page: DrawnPage, folder: Path) -> None:
    page.ask("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    page.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    page.wait_for("innerWidth === 390")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelectorAll('b').length") == 0
    page.click("f")
    page.evaluate("document.querySelector('#painting-name').click()")
    page.click("[")
    page.wait_to_say("All points of the painting")
    page.click("+")
    page.board = "#painting canvas"
    page.touch([(0.5, 0.45), (0.515, 0.46)])
    page.wait_to_say("is moved")
    pairs = saved(page, folder)
    assert len(pairs.names) == 37
    assert len(pairs.moves) == 1
