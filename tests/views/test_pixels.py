"""Pictures for terminals, read back by decoders written here."""

import base64
import os
import re
import zlib

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.views.blocks import Blocks, nearest_of_256, to_blocks
from alive_cli.views.detect import Terminal, choose, has_true_colour, parse_answers
from alive_cli.views.keyboard import KeyReader, read_keys
from alive_cli.views.mouse import MouseReport, read_mouse
from alive_cli.views.pixels import Kitty, Sixel, to_sixel
from tests.conftest import moving_frames

CELLS = os.terminal_size((80, 24))


def undo_sixel(text: str) -> np.ndarray:
    """The pixels of a sixel string, as a terminal would show them."""
    body = re.fullmatch(r"\x1bP0;1q(.*)\x1b\\", text, re.DOTALL)
    assert body
    width, height = map(int, re.search(r'"1;1;(\d+);(\d+)', body[1]).groups())  # type: ignore[union-attr]
    palette = {int(n): rgb for n, *rgb in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", body[1])}
    drawing = re.sub(r'"[0-9;]*|#\d+;2;\d+;\d+;\d+', "", body[1])
    picture = np.zeros((height + 6, width, 3), np.uint8)
    x = y = colour = 0
    for what, number, run, times, one in re.findall(r"(#(\d+)|!(\d+)([?-~])|([?-~]|[$-]))", drawing):
        if number:
            colour = int(number)
        elif what == "$":
            x = 0
        elif what == "-":
            x, y = 0, y + 6
        else:
            bits = ord(times or one) - 63
            length = int(run or 1)
            for row in range(6):
                if bits >> row & 1:
                    picture[y + row, x : x + length] = [round(int(value) * 2.55) for value in palette[colour]]
            x += length
    return picture[:height]


def test_sixels_show_the_picture() -> None:
    picture = moving_frames(1, 50, 34)[0]
    shown = undo_sixel(to_sixel(picture)).astype(float)
    assert shown.shape == picture.shape
    # Dithering is right on average: over 8×8 pixels colours are true.
    blocks = [each[:32, :48].reshape(4, 8, 6, 8, 3).mean((1, 3)) for each in (shown, picture.astype(float))]
    assert np.abs(blocks[0] - blocks[1]).mean() < 6


def test_kitty_shows_the_picture() -> None:
    picture = moving_frames(1, 300, 200)[0]
    text = Kitty((8, 16)).encode(picture, (300, 200), CELLS)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert len(pieces) > 1
    assert all(len(data) <= 4096 for _, data in pieces)
    assert pieces[0][0].endswith("m=1")
    assert pieces[-1][0] == "m=0"
    keys = dict(pair.split("=") for pair in pieces[0][0].split(","))
    data = zlib.decompress(base64.b64decode("".join(data for _, data in pieces)))
    assert np.array_equal(np.frombuffer(data, np.uint8).reshape(int(keys["v"]), int(keys["s"]), 3), picture)
    assert int(keys["c"]) <= 80
    assert int(keys["r"]) <= 23


@pytest.mark.parametrize("cells", [(80, 24), (10, 3), (1, 1), (400, 100)])
@pytest.mark.parametrize("aspect", [0.2, 1.0, 5.0])
def test_pictures_fit_into_the_terminal(cells: tuple[int, int], aspect: float) -> None:
    size = os.terminal_size(cells)
    for surface in (Kitty((9, 18)), Sixel((9, 18))):
        width, height = surface.size(size, aspect)
        assert 1 <= width <= cells[0] * 9
        assert 1 <= height <= max(1, cells[1] - 1) * 18
        assert width / height == pytest.approx(aspect, rel=0.35) or min(width, height) < 8
        whole = surface.encode(np.zeros((height, width, 3), np.uint8), (width, height), size)
        coarse = surface.encode(np.zeros((1, 1, 3), np.uint8), (width, height), size)
        cells_of = [re.findall(r"c=\d+,r=\d+|\"1;1;\d+;\d+", text) for text in (whole, coarse)]
        assert cells_of[0] == cells_of[1]
        assert cells_of[0]


def test_256_colours() -> None:
    colours = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [95, 135, 175], [128, 128, 128]]], np.uint8)
    assert nearest_of_256(colours).tolist() == [[16, 231, 196, 67, 244]]
    text = to_blocks(np.repeat(colours, 2, 0), true_colour=False)
    assert "38;5;196" in text
    assert "38;2" not in text


def test_detection() -> None:
    kitty = "\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"
    assert parse_answers(kitty, True) == Terminal(kitty=True, sixel=False, true_colour=True, cell=(10, 20))
    assert parse_answers("\x1b[?62;4;22c", False).sixel
    assert not parse_answers("\x1b[?64;1;2;14c", False).sixel
    assert parse_answers("", False) == Terminal()
    assert choose(None, Terminal(kitty=True, sixel=True)).name == "kitty"
    assert choose(None, Terminal(sixel=True)).name == "sixel"
    assert choose(None, Terminal()).name == "blocks"
    assert choose("blocks", Terminal(kitty=True)).name == "blocks"
    with pytest.raises(InputError, match="no view"):
        choose("hologram", Terminal())


def test_the_environment_declares_true_colour() -> None:
    assert has_true_colour({"COLORTERM": "truecolor"})
    assert has_true_colour({"TMUX": "/tmp/tmux"})
    assert not has_true_colour({"TERM": "xterm-256color"})


def test_keys() -> None:
    assert read_keys("q\x1b[A\x1b[B\x1bOC\x1b[D ?") == ["q", "up", "down", "right", "left", " ", "?"]
    assert read_keys("\x1b[15~\x1b[1;5A\x1b") == ["up"]
    assert read_keys("") == []
    assert read_keys("a\x1b[I\x1b[Ob\x1bOC") == ["a", "\x1b[I", "\x1b[O", "b", "right"]


def test_reports_of_the_mouse_are_read() -> None:
    keys = read_keys("a\x1b[<0;3;2M\x1b[<32;4;2M\x1b[<0;4;2m\x1b[<35;9;9M5")
    assert [keys[0], keys[-1]] == ["a", "5"]
    assert [read_mouse(key) for key in keys[1:-1]] == [
        MouseReport("press", 2, 1),
        MouseReport("drag", 3, 1),
        MouseReport("release", 3, 1),
        MouseReport("move", 8, 8),
    ]
    others = [
        "\x1b[<2;1;1M",
        "\x1b[<64;1;1M",
        "\x1b[<128;1;1M",
        "\x1b[<160;1;1M",
        "\x1b[<34;1;1M",
        "\x1b[<1;1M",
        "q",
        "",
    ]
    assert [read_mouse(other) for other in others] == [None] * len(others)


def test_input_may_come_in_pieces() -> None:
    report = "\x1b[<35;10;12M"
    for place in range(len(report) + 1):
        reader = KeyReader()
        assert reader.read(report[:place]) + reader.read(report[place:]) == [report], place
    reader = KeyReader()
    assert reader.read("\x1b") == []  # the key Esc, which does nothing
    assert reader.read(report) == [report]
    assert reader.read("\x1b") + reader.read("q") == ["q"]
    assert reader.read("\x1b") + reader.read("\x1b[A") == ["up"]
    assert reader.read("\x1b[") + reader.read("B") == ["down"]


@pytest.mark.parametrize("picture_format", [Blocks(), Kitty((10, 20)), Sixel((10, 20))])
def test_pictures_are_where_they_say(picture_format: Blocks | Kitty | Sixel) -> None:
    cells = os.terminal_size((80, 25))
    size = picture_format.size(cells, 1.0)
    left, top, columns, rows = picture_format.place(size, cells)
    assert (top, left >= 0, left + columns <= 80, rows <= 24) == (0, True, True, True)
    assert abs(left - (80 - columns) / 2) <= 1
