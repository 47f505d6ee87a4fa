"""How long work tells what it is doing, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called often; a listener shows as much of it as it likes."""

    def __call__(self, stage: str, done: int, total: int, figure: str = "") -> None:
        """`done` of `total` units of `stage` are finished; `figure` is what matters, "PSNR 31.2 dB" say."""
        ...


def silent(stage: str, done: int, total: int, figure: str = "") -> None:
    """A listener that shows nothing."""
