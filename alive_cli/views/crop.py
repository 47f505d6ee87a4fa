"""What of a picture is seen where it covers something of other proportions."""

TALL = 1.25
"""A picture is tall from this height ÷ width on."""
ABOVE_TALL, ABOVE = 0.3, 0.5
"""These shares of the rows that are cut off lie above what is seen: of a tall picture, whose subject stands above its
middle, as heads do; and of any other. player/src/style.ts says the same."""


def share_above(size: tuple[int, int]) -> float:
    """The share of the rows that don't fit, 0…1, which is cut off above. `size` is width and height of the picture."""
    return ABOVE_TALL if size[1] >= TALL * size[0] else ABOVE
