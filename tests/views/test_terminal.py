"""Live play into a captured terminal: pace, keys, pauses, and restoration."""

import io
import os
import re
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.runtime.frame import Frame
from alive_cli.views import blocks, loop, mouse, terminal
from alive_cli.views.blocks import Blocks
from alive_cli.views.economy import read_economy
from alive_cli.views.performance import Performance
from alive_cli.views.terminal import play_in_terminal
from bundle_spec import conformance
from bundle_spec.conformance.warp import steerable

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


@pytest.fixture
def scene(bundle: Path) -> Scene:
    return Scene.open(bundle, device="cpu")


def perform(scene: Scene, **options: object) -> Performance:
    return Performance(scene, scene.controls(), name="swing", **{"fps": 50.0, "seed": 3, **options})  # type: ignore[arg-type]


def play(show: Performance, **options: object) -> tuple[loop.Playback, str]:
    output = io.StringIO()
    played = play_in_terminal(show, Blocks(), output=output, **options)  # type: ignore[arg-type]
    return played, output.getvalue()


def typing(monkeypatch: pytest.MonkeyPatch, keys: Callable[[int], list[str]]) -> None:
    """Have `keys(n)` pressed when keys are looked for the nth time."""

    @contextmanager
    def typed():  # type: ignore[no-untyped-def]
        call = iter(range(1_000_000))
        yield lambda: keys(next(call))

    monkeypatch.setattr(terminal, "keyboard", typed)


def test_shows_and_restores(scene: Scene) -> None:
    played, text = play(perform(scene), frames=5)
    assert played.frames_shown + played.frames_dropped == 5
    assert text.startswith(blocks.ENTER)
    assert text.endswith(blocks.LEAVE)
    assert "seed 3" in text


def test_late_frames_are_lived_but_not_drawn(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    show = perform(scene)
    draw = show.draw

    def slow(embedding: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        time.sleep(0.07)  # three and a half frames at 50 per second
        return draw(embedding, size)

    monkeypatch.setattr(show, "draw", slow)
    played, _ = play(show, frames=20)
    assert played.frames_shown + played.frames_dropped == 20
    assert played.frames_dropped >= 8


def test_q_leaves(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch, lambda call: ["q"] if call > 3 else ["x"])
    played, text = play(perform(scene))
    assert 1 <= played.frames_shown <= 4
    assert text.endswith(blocks.LEAVE)


def test_ctrl_c_restores(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    show = perform(scene)
    monkeypatch.setattr(show, "draw", interrupted)
    _, text = play(show)
    assert text.endswith(blocks.LEAVE)


def test_a_paused_scene_neither_lives_nor_draws(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSED_SECONDS", 0.01)
    drawn = []
    show = perform(scene)
    draw = show.draw
    monkeypatch.setattr(show, "draw", lambda *arguments: (drawn.append(1), draw(*arguments))[1])
    # Paused at the first look, left at the fiftieth: all the looks between find it paused.
    typing(monkeypatch, lambda call: [" "] if call == 0 else ["q"] if call > 50 else [])
    played, text = play(show)
    assert len(drawn) <= 3
    assert played.frames_shown <= 2
    assert text.count("paused") == 1  # what stands there isn't written again


def test_help_comes_and_goes_while_paused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSED_SECONDS", 0.01)
    keys = {0: [" "], 10: ["?"], 20: ["?"], 30: ["q"]}
    typing(monkeypatch, lambda call: keys.get(call, []))
    _, text = play(perform(scene))
    shown = text.split(blocks.BEGIN_UPDATE)
    assert ["another life" in each for each in shown[-2:]] == [True, False]


def test_help_lies_on_the_picture(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {0: ["?"], 20: ["q"]}
    typing(monkeypatch, lambda call: keys.get(call, []))
    _, text = play(perform(scene))
    assert "another life" in text


@pytest.mark.parametrize("cells", [(10, 3), (1, 1), (300, 2)])
def test_tiny_terminals(scene: Scene, monkeypatch: pytest.MonkeyPatch, cells: tuple[int, int]) -> None:
    monkeypatch.setattr(terminal, "terminal_cells", lambda: os.terminal_size(cells))
    played, text = play(perform(scene), frames=3)
    assert played.frames_shown + played.frames_dropped == 3
    assert text.endswith(blocks.LEAVE)


def test_resizing_clears_the_screen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([os.terminal_size((60, 20))] * 3 + [os.terminal_size((40, 10))] * 100)
    monkeypatch.setattr(terminal, "terminal_cells", lambda: next(sizes))
    _, text = play(perform(scene, fps=5.0), frames=6)
    assert text.count(blocks.CLEAR) == 4  # entering, first picture, first of the new size, leaving


def test_drags_of_the_mouse_move_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "terminal_cells", lambda: os.terminal_size((40, 21)))
    scene = Scene(steerable(), device="cpu")
    show = Performance(scene, scene.controls(), name="warp", fps=50.0, seed=3)
    # The picture has 40 × 26 pixels, so 13 rows of cells, and the first cell's middle is pixel (0.5, 1).
    monkeypatch.setattr(terminal, "has_keyboard", lambda: True)
    script = {1: ["\x1b[<0;21;7M"], 3: ["\x1b[<32;25;7M"], 40: ["q"]}
    typing(monkeypatch, lambda call: script.get(call, []))
    held: list[bool] = []
    draw = show.draw

    def noted(frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
        held.append(frame.offset is not None and bool(np.abs(frame.offset).max() > 0.01))
        return draw(frame, size)

    monkeypatch.setattr(show, "draw", noted)
    _, text = play(show)
    assert any(held)
    assert text.count(mouse.START) == text.count(mouse.STOP) == 1
    assert text.index(mouse.START) < text.index(mouse.STOP)
    driver = show.rollout.driver("touch")
    assert driver.is_active
    x, y, dx, dy = driver._held  # type: ignore[attr-defined]
    assert (x, dx, dy) == pytest.approx((0.025, 0.2, 0))
    assert abs(y) < 0.1


def test_the_mouse_is_left_alone_where_nobody_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(steerable(), device="cpu")
    texts = []
    for touch, keys in ((True, False), (False, True)):
        monkeypatch.setattr(terminal, "has_keyboard", lambda keys=keys: keys)
        show = Performance(scene, scene.controls(), name="warp", fps=50.0, seed=3, touch=touch)
        texts.append(play(show, frames=3)[1])
    assert not any(mouse.START in text or mouse.STOP in text for text in texts)


def test_scenes_without_motion_modes_leave_the_mouse_to_the_terminal() -> None:
    plain = Scene.open(PLAIN)
    _, text = play(Performance(plain, plain.controls(), name="ring", fps=50.0, seed=3), frames=2)
    assert mouse.START not in text


def test_a_terminal_without_the_focus_rests_if_people_chose_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "PAUSED_SECONDS", 0.01)
    monkeypatch.setattr(terminal, "has_keyboard", lambda: True)
    plain = Scene.open(PLAIN)
    keys = {0: ["\x1b[O"], 10: ["\x1b[I"], 11: ["q"]}
    typing(monkeypatch, lambda call: keys.get(call, []))
    _, text = play(perform(plain, economy=read_economy(pause_unfocused=True)))
    assert text.count(mouse.WATCH_FOCUS) == text.count(mouse.IGNORE_FOCUS) == 1
    assert text.index(mouse.IGNORE_FOCUS) < text.index(blocks.LEAVE)
    assert "without the focus" in text
    _, text = play(perform(plain), frames=2)
    assert mouse.WATCH_FOCUS not in text


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="Windows has no such terminals")
def test_a_terminal_that_goes_ends_the_view(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    theirs, own = os.openpty()
    show = perform(scene)
    draw = show.draw

    def close(frame: Frame, size: tuple[int, int] | None = None) -> np.ndarray:
        nonlocal theirs
        if theirs >= 0:
            os.close(theirs)
            theirs = -1
        return draw(frame, size)

    show.draw = close  # type: ignore[method-assign]
    with os.fdopen(own, "w") as output:
        play_in_terminal(show, Blocks(), output=output)
        output.write("nobody reads this")
        output.flush()
    assert show.left


@pytest.mark.parametrize(
    ("status", "width", "shown"),
    [
        ("20.2 fps   seed 0   speed 1", 27, "20.2 fps   seed 0   speed 1"),
        ("20.2 fps   seed 0   speed 1", 26, "20.2 fps   seed 0"),
        ("20.2 fps   seed 0   speed 1", 17, "20.2 fps   seed 0"),
        ("20.2 fps   seed 0   speed 1", 16, "20.2 fps"),
        ("20.2 fps   seed 0", 5, "20.2 "),
        ("a long message", 6, "a long"),
        ("a long message", -3, ""),
    ],
)
def test_a_status_is_cut_between_its_items(status: str, width: int, shown: str) -> None:
    assert terminal.shortened(status, width) == shown


@pytest.mark.parametrize("columns", [4, 40, 80, 200])
def test_the_help_is_named_in_every_terminal(columns: int) -> None:
    surface = terminal.TerminalSurface(perform(Scene.open(PLAIN)), Blocks(), io.StringIO())
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", surface._status(os.terminal_size((columns, 24)), 20.0))
    assert len(text) <= columns - 1
    assert terminal.HELP_HINT[: columns - 1] in text
