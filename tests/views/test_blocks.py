"""Half blocks: geometry, and the text they become."""

import re

import numpy as np
import pytest

from alive_cli.views.blocks import block_size, to_blocks


@pytest.mark.parametrize("cells", [(80, 23), (10, 50), (1, 1), (200, 5)])
@pytest.mark.parametrize("aspect", [16 / 9, 1.0, 9 / 16])
def test_fits_the_terminal(cells: tuple[int, int], aspect: float) -> None:
    width, height = block_size(*cells, aspect)
    assert 1 <= width <= cells[0]
    assert 2 <= height <= 2 * cells[1]
    assert height % 2 == 0
    if min(width, height) > 12:
        assert width / height == pytest.approx(aspect, rel=0.1)


def test_two_pixels_a_cell() -> None:
    picture = np.zeros((4, 3, 3), np.uint8)
    picture[0] = (255, 0, 0)
    lines = to_blocks(picture, indent=2).split("\r\n")
    assert len(lines) == 2
    assert re.sub(r"\x1b\[[^m]*m|\x1b\[K", "", lines[0]) == "  ▀▀▀"
    assert "38;2;255;0;0" in lines[0]
    assert lines[0].count("38;2") == 1  # named once, not for every cell
