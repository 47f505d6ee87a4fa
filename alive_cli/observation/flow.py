"""Dense optical flow between the frames of a clip (Kroeger et al. 2016, "Fast optical flow using dense inverse
search"). Flow is a displacement in longest sides of the picture: where each pixel of one frame lies in another."""

from dataclasses import dataclass, field
from threading import local

import cv2
import numpy as np

from alive_cli.media.warping import cell_sizes, grid_positions, sample

LEAST_SIDE = 12
"""Pictures with a shorter side, in pixels, have no room for the patches of the search, so their flow is zero."""
SMOOTHING = 4.0
"""The errors of two flows are compared after a blur of so many pixels, so that single pixels don't decide."""
SOFTNESS = 3.0
"""The choice between two flows changes over so many pixels."""
LARGE = 256
"""Pictures with a longer side, in pixels, have so many patches that a shorter search finds their motion as well."""
DESCENTS, REFINEMENTS = 8, 2
"""The shorter search takes so many steps at each patch, and so many of variational refinement, in half the time."""
MARGIN = 0.5
"""A refined flow is taken where its error is at most so many levels above that of the flow that it began from."""


@dataclass(frozen=True)
class FlowField:
    """N frames as grey pictures of one reduced size, and the flow between any two of them."""

    greys: np.ndarray
    """uint8 [N, h, w]."""
    frame_size: tuple[int, int]
    """Width and height of the frames."""
    _own: local = field(default_factory=local)
    """Each thread searches with an object of its own."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the grey pictures."""
        return self.greys.shape[2], self.greys.shape[1]

    @property
    def cells(self) -> np.ndarray:
        """Pixels of the grey pictures that one longest side spans: float32 [2], across and down."""
        return cell_sizes(*self.size, self.frame_size)

    def moved(self, picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """A picture, [h, w], as a flow [h, w, 2] finds it: float32."""
        return sample(picture, grid_positions(*self.size) + flow * self.cells).astype(np.float32)

    def between(self, here: np.ndarray, there: np.ndarray, initial: np.ndarray | None = None) -> np.ndarray:
        """The flow from one grey picture to another, uint8 [h, w] each: float32 [h, w, 2].

        Args:
            initial: a flow to begin from.
        """
        if min(self.size) < LEAST_SIDE:
            return np.zeros((*here.shape, 2), np.float32)
        start = np.zeros((*here.shape, 2), np.float32) if initial is None else initial * self.cells
        if not hasattr(self._own, "search"):
            search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
            if max(self.size) > LARGE:
                search.setGradientDescentIterations(DESCENTS)
                search.setVariationalRefinementIterations(REFINEMENTS)
            self._own.search = search
        flow: np.ndarray = self._own.search.calc(here, there, np.ascontiguousarray(start, np.float32)) / self.cells
        return flow

    def refined(self, here: np.ndarray, there: np.ndarray, initial: np.ndarray) -> np.ndarray:
        """The better one, at each pixel, of an initial flow and of what a search from it finds."""
        if min(self.size) < LEAST_SIDE:
            return initial
        after_search = self.between(here, there, initial)
        before, after = (
            cv2.GaussianBlur(np.abs(self.moved(there, flow) - here), (0, 0), SMOOTHING)
            for flow in (initial, after_search)
        )
        choice = cv2.GaussianBlur((after < before + MARGIN).astype(np.float32), (0, 0), SOFTNESS)[..., None]
        mixed: np.ndarray = choice * after_search + (1 - choice) * initial
        return mixed
