"""The pose that an embedding holds, in the units of the embedding."""

from dataclasses import dataclass

import numpy as np

from alive_cli.runtime.scene import Scene
from bundle_spec.manifest import POSE

CONSTANT = "constant"
"""This slice of an embedding holds the number that the pose is divided by."""
COMPONENTS = 48
"""Without a pose, so many principal components of the embeddings take its place, as many as there are motion modes."""
LEAST_CONSTANT = 1e-6
"""A constant of an embedding counts as at least so much, so that nothing is divided by zero."""


@dataclass(frozen=True)
class PoseSpace:
    """Where the pose is in the embeddings of a scene, or what takes its place."""

    has_pose: bool
    """Whether the scene declares a pose; otherwise principal components of its embeddings take its place."""
    first: int
    """The part from this dimension of an embedding …"""
    end: int
    """… to the one before this one counts."""
    constant: int | None
    """Dimension of the constant, by which a pose is divided: on the sphere it shrinks where the pose is large."""
    centre: np.ndarray
    """[end − first]: it is subtracted."""
    axes: np.ndarray
    """[end − first, S]: what is left is expressed in these axes."""

    @classmethod
    def of(cls, scene: Scene) -> "PoseSpace":
        """The pose space of a scene, by the slices that its manifest declares."""
        slices = scene.manifest.encoder.slices or {}
        embeddings = scene.embeddings.astype(np.float64)
        width = embeddings.shape[1]
        first, end = slices.get(POSE, (0, 0))
        if 0 <= first < end <= width:
            place, after = slices.get(CONSTANT, (0, 0))
            constant = place if place < after <= width else None
            return cls(True, first, end, constant, np.zeros(end - first), np.eye(end - first))
        centre = embeddings.mean(0)
        axes = np.linalg.svd(embeddings - centre, full_matrices=False)[2][:COMPONENTS]
        return cls(False, 0, width, None, centre, axes.T)

    @property
    def names(self) -> list[str]:
        """The names of the coefficients: `pose_1` …, or `component_1` …."""
        return [f"{POSE if self.has_pose else 'component'}_{number + 1}" for number in range(self.axes.shape[1])]

    def poses(self, embeddings: np.ndarray) -> np.ndarray:
        """Poses of embeddings [M, D], float64 [M, S]. The same motion has the same length everywhere."""
        own = embeddings[:, self.first : self.end].astype(np.float64)
        if self.constant is not None:
            own = own / np.maximum(embeddings[:, [self.constant]].astype(np.float64), LEAST_CONSTANT)
        poses: np.ndarray = (own - self.centre) @ self.axes
        return poses
