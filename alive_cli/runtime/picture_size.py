"""Which sizes of pictures can be drawn."""

from alive_cli.errors import InputError
from bundle_spec.limits import MAX_PICTURE_SIDE


def check_size(size: tuple[int, int]) -> None:
    """Refuse pictures that can't be drawn.

    Raises:
        InputError: a side is below 1 or above 8,192.
    """
    if not all(1 <= side <= MAX_PICTURE_SIDE for side in size):
        raise InputError(
            f"A picture of {size[0]}×{size[1]} pixels can't be drawn; choose sides of 1 to {MAX_PICTURE_SIDE} pixels."
        )
