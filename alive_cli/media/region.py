"""A part of a picture, as people write it: x,y,width,height in shares of the picture."""

from dataclasses import dataclass

from alive_cli.errors import InputError

ROUNDING = 1e-9
"""Sums of shares may be off by so much."""


@dataclass(frozen=True)
class Region:
    """A part of a picture, in shares of its width and height; the whole by default."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: the region is empty, or not within the picture.
        """
        inside = 0 <= self.x < 1 and 0 <= self.y < 1 and 0 < self.width <= 1 and 0 < self.height <= 1
        if not (inside and self.x + self.width <= 1 + ROUNDING and self.y + self.height <= 1 + ROUNDING):
            raise InputError("A region lies within its picture: x,y,width,height in shares of that, as 0.25,0,0.5,1.")

    @classmethod
    def read(cls, text: str) -> "Region":
        """The region that a text names.

        Raises:
            InputError: these are not four numbers, or the region is empty, or not within the picture.
        """
        try:
            x, y, width, height = (float(part) for part in text.split(","))
            return cls(x, y, width, height)
        except (ValueError, InputError):
            raise InputError(
                f"{text!r} is no region; write x,y,width,height in shares of the picture, as 0.25,0,0.5,1."
            ) from None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole picture."""
        return self.width >= 1 - ROUNDING and self.height >= 1 - ROUNDING

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.x:g},{self.y:g},{self.width:g},{self.height:g}"
