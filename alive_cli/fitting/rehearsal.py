"""A painting that moves as `alive transfer` would let it, small and for a few seconds, while its points are set."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from alive_cli.fitting.transfer import Source, open_source
from alive_cli.generators.warp.painting import SceneMotion, bounded, scene_motion, smooth_enough, stretches
from alive_cli.media.pictures import shrunk_size
from alive_cli.media.warping import cell_sizes, grid_positions, reduce, resize, sample
from alive_cli.observation.painting.carried import carried_modes, places_of
from alive_cli.observation.painting.points import Pairs

LONGEST = 320
"""A painting is shown with at most so many pixels on the longest side, so that it moves within three seconds."""
SECONDS, RATE = 2.4, 10.0
"""About so many seconds of the clip are shown, with at most so many pictures a second."""
APART = 0.5
"""The seconds are those that move most, where the distance of their ends counts so much against: they are repeated."""


class Rehearsal:
    """A scene by whose motion to one of its frames paintings are shown."""

    def __init__(self, path: Path) -> None:
        """Open a scene.

        Raises:
            InputError: as `open_source`.
        """
        self.path = path
        self._source: Source = open_source(path)
        self.size = self._source.size
        """Width and height of its frames in pixels."""
        self._frame = 0
        self._motion: SceneMotion | None = None

    def choose(self, second: float | None) -> float:
        """Choose the frame at a second of the source; by default the calm one. Returns its second.

        Raises:
            InputError: the second is outside the clip.
            ExportError: the scene's weights are not those of its recipe.
        """
        self._frame = self._source.frame(second)
        # Here, and not for the first preview: a scene that can't be carried over is refused before anybody sets points.
        self._motion = scene_motion(self._source.network, self._source.scene.embeddings, self._frame)
        return round(self._source.second(self._frame), 3)

    def picture(self) -> np.ndarray:
        """The frame, uint8 [H, W, 3]."""
        return self._source.scene.draw(self._source.scene.embeddings[self._frame], self.size)

    def moving(
        self, painting: np.ndarray, pairs: Pairs, go_on: Callable[[], None] = lambda: None
    ) -> tuple[list[np.ndarray], float]:
        """A painting as it would move, without its shading, and the seconds that the pictures take.

        Args:
            painting: uint8 [H, W, 3] of any size.
            go_on: called now and then; it may raise.

        Returns:
            Pictures, uint8 [h, w, 3], of consecutive observed frames.
        """
        own = pairs.painting_size
        size = shrunk_size(own, LONGEST)
        place = places_of(pairs)
        motion = self._motion
        assert motion is not None, "a frame is chosen first"

        def carry(blur: float) -> np.ndarray:
            go_on()
            return carried_modes(place, motion.modes, blur)

        modes = smooth_enough(carry, motion.coefficients, own)
        fps = self._source.bundle.manifest.source.fps
        step = max(1, round(fps / RATE))
        some = motion.coefficients[lively(motion.coefficients, motion.modes, max(2, round(SECONDS * fps)))][::step]
        some = bounded(some, stretches(modes, some, own))
        small = reduce(painting, size)
        pictures = []
        for each in some:
            go_on()
            displacement = resize(np.tensordot(each, modes, 1).astype(np.float32), size)
            pictures.append(sample(small, grid_positions(*size) + displacement * cell_sizes(*size, own)))
        return pictures, len(some) * step / fps


def lively(coefficients: np.ndarray, modes: np.ndarray, length: int) -> slice:
    """So many consecutive frames, or all if there are fewer, that move most and end about where they begin.

    Args:
        coefficients: of the frames, [N, S].
        modes: [S, gh, gw, 2].
    """
    count = len(coefficients)
    length = min(length, count)
    places = coefficients * np.sqrt(np.square(modes, dtype=np.float64).mean((1, 2, 3)))
    firsts = range(count - length + 1)
    spreads = [np.sqrt(places[first : first + length].var(0).sum()) for first in firsts]
    apart = [np.linalg.norm(places[first] - places[first + length - 1]) for first in firsts]
    best = int(np.argmax(np.array(spreads) - APART * np.array(apart)))
    return slice(best, best + length)
