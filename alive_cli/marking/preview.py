"""What flows in a photograph, small, as `alive fit` would let it flow: one period, as an animated WebP."""

import base64
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from alive_cli.errors import InputError
from alive_cli.marking.marks import Marks
from alive_cli.marking.turns import Turns
from alive_cli.media.pictures import shrunk_size
from alive_cli.media.warping import reduce
from alive_cli.observation.photograph.contrast import COPIES, displaced, mixed_weights
from alive_cli.observation.photograph.flow_field import hinted_flow
from alive_cli.observation.photograph.hints import SHORTEST, Hints, passes
from alive_cli.observation.photograph.photograph import LEAST_SIDE, FlowingPhotograph, let_flow
from alive_cli.threads import single_threaded_opencv

LONGEST = 320
"""A preview has at most so many pixels on the longest side, so that it is there within two seconds."""
RATE = 20.0
"""A preview has about so many pictures a second."""
FEWEST, MOST = 10, 30
"""A preview has from so many to so many pictures."""
REACH = 1.0
"""The flow is followed for so many halves of a life, because a preview shows neither stronger nor shifted copies."""
QUALITY = 80
"""The pictures are compressed with this quality of WebP, at which small ones look well when enlarged."""


class Previewer(Turns):
    """Lets one photograph flow, one request at a time; a newer one ends those before it."""

    def __init__(self, picture: np.ndarray, size: tuple[int, int]) -> None:
        """Keep the photograph, uint8 [H, W, 3], whose hints are in pixels of a picture of width × height `size`."""
        super().__init__()
        small = shrunk_size(size, LONGEST)
        self._picture = reduce(picture, (max(LEAST_SIDE, small[0]), max(LEAST_SIDE, small[1])))
        self._size = size

    def preview(self, marks: Marks) -> dict[str, object]:
        """An animated WebP as base64 text `picture`, the `seconds` of its period, and a `note` for people.

        Raises:
            InputError: the marks are not enough for a flow; the message says what to draw.
            Replaced: a newer request came, or the server ends.
        """
        hints = hints_of(marks, self._size)
        with self.turn() as go_on, single_threaded_opencv():

            def progress(
                stage: str, done: int, total: int, figure: str = "", values: Mapping[str, float] | None = None
            ) -> None:
                go_on()

            photograph = let_flow(self._picture, hinted_flow(hints, self._picture.shape[1::-1]), REACH, progress)
            seconds = photograph.trajectories.life / COPIES
            count = min(MOST, max(FEWEST, round(RATE * seconds)))
            pictures = []
            for place in range(count):
                go_on()
                pictures.append(flowing_picture(photograph, place / count))
            data = animated(pictures, seconds)
        return {"picture": base64.b64encode(data).decode(), "seconds": seconds, "note": _note(photograph)}


def hints_of(marks: Marks, size: tuple[int, int]) -> Hints:
    """Hints that let a photograph of width × height `size` flow.

    Raises:
        InputError: something is missing, or can't be used.
    """
    polygons = [polygon.array for polygon in marks.polygons]
    if not polygons:
        raise InputError("Nothing is painted yet; paint what flows.")
    if not marks.arrows:
        raise InputError("There is no arrow yet; draw one from where something is to where it goes.")
    hints = Hints(size, polygons, np.stack([arrow.array for arrow in marks.arrows]))
    if (hints.arrows < 0).any() or (hints.arrows > size).any():
        raise InputError("An arrow lies outside the picture; delete it.")
    if (np.linalg.norm(hints.arrows[:, 1] - hints.arrows[:, 0], axis=1) < SHORTEST).any():
        raise InputError("An arrow has no length; delete it.")
    mask = hints.mask(size)
    if not mask.any():
        raise InputError("What is painted covers no pixel of the picture; paint more.")
    beside = sum(not passes(arrow, mask) for arrow in hints.arrows)
    if beside:
        which = "An arrow lies" if beside == 1 else f"{beside} arrows lie"
        raise InputError(f"{which} beside what is painted; paint there, or delete {'it' if beside == 1 else 'them'}.")
    return hints


def flowing_picture(photograph: FlowingPhotograph, phase: float) -> np.ndarray:
    """What flows at a phase of 0…1 of the period, as the scene draws it at temperature 1, over the photograph: uint8
    [H, W, 4]; the last channel says how much of the photograph it covers."""
    size, life = photograph.size, photograph.trajectories.life
    ages, weights = mixed_weights(phase)
    mixture = np.zeros(photograph.strong.shape, np.float32)
    for age, weight in zip(ages, weights, strict=True):
        mixture += weight * displaced(photograph.strong, photograph.trajectories, (age - 0.5) * life, size)
    colours = mixture.clip(0, 255).round().astype(np.uint8)
    return np.concatenate([colours, photograph.mask[..., None]], -1)


def animated(pictures: list[np.ndarray], seconds: float) -> bytes:
    """An animated WebP that shows pictures, uint8 [H, W, 4], in so many seconds, again and again."""
    first, *others = [Image.fromarray(picture) for picture in pictures]
    # Whole milliseconds, of which all together are those of the period.
    ends = np.round(1000 * seconds * np.arange(len(pictures) + 1) / len(pictures)).astype(int)
    file = io.BytesIO()
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=np.diff(ends).tolist(),
        loop=0,
        quality=QUALITY,
        method=0,
    )
    return file.getvalue()


def _note(photograph: FlowingPhotograph) -> str:
    if not photograph.unhinted:
        return ""
    parts = "One part has" if photograph.unhinted == 1 else f"{photograph.unhinted} parts have"
    return f"{parts} no arrow; there it flows as the nearest part does."
