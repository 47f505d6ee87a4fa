"""The embedding of recipe `living`: what the encoder says of a frame, its pose and its appearance, side by side.

normalize([w · encoder, s · pose, t · appearance, 1]): the pose is the coefficients of the motion to a reference frame,
the appearance a few principal components of the frame's look. A straight line between two embeddings is motion, and the
constant makes it possible to read the pose from any unit embedding: pose = embedding[pose] ÷ embedding[last] ÷ s.
"""

from dataclasses import dataclass

import numpy as np

from alive_cli.observation.modes import principal_directions
from bundle_spec.manifest import POSE

APPEARANCE = 16
"""The appearance has at most so many components, as many as tell the looks of a face apart."""
APPEARANCE_SHARE = 0.7
"""The appearance spreads by this share of what the pose does: two frames in one pose may differ, but motion leads."""
ENCODER_SHARE = 0.3
"""What the encoder says spreads by this share of what the pose does, because it knows nothing of where things are."""
CONE = 0.5
"""The root mean square length of all parts together, beside the constant 1: the cone is moderate, so that a straight
line keeps an even pace on the sphere."""


@dataclass(frozen=True)
class PoseEmbedding:
    """The scales with which the parts are put together."""

    encoder_dimension: int
    """E, 0 without an encoder."""
    encoder_centre: np.ndarray
    """float32 [E]."""
    encoder_scale: float
    pose_centre: np.ndarray
    """float32 [S]."""
    pose_scale: float
    look_centre: np.ndarray
    """float32 [C]."""
    look_directions: np.ndarray
    """float32 [A, C], A may be 0."""
    look_scale: float

    @classmethod
    def of(cls, poses: np.ndarray, looks: np.ndarray, encoded: np.ndarray | None = None) -> "PoseEmbedding":
        """Choose the scales for poses [N, S], looks [N, C] and, from an encoder, unit vectors [N, E]."""
        look_centre = _centre(looks)
        directions = principal_directions(looks - look_centre, min(APPEARANCE, len(looks) - 1))
        appearance = (looks - look_centre) @ directions.T
        encoded = np.zeros((len(poses), 0), np.float32) if encoded is None else encoded
        pose_centre, encoder_centre = _centre(poses), _centre(encoded)
        spreads = [_spread(poses - pose_centre), _spread(appearance), _spread(encoded - encoder_centre)]
        # A clip without motion is known by its looks alone.
        shares = [1.0 if spreads[0] > 0 else 0.0, APPEARANCE_SHARE, ENCODER_SHARE]
        shares = [share if spread > 0 else 0.0 for share, spread in zip(shares, spreads, strict=True)]
        unit = CONE / max(float(np.sqrt(np.square(shares).sum())), 1e-6)
        scales = [unit * share / max(spread, 1e-12) for share, spread in zip(shares, spreads, strict=True)]
        return cls(
            encoder_dimension=encoded.shape[1],
            encoder_centre=encoder_centre,
            encoder_scale=scales[2],
            pose_centre=pose_centre,
            pose_scale=scales[0],
            look_centre=look_centre,
            look_directions=directions,
            look_scale=scales[1],
        )

    def embed(self, poses: np.ndarray, looks: np.ndarray, encoded: np.ndarray | None = None) -> np.ndarray:
        """Unit embeddings, float32 [M, D], of poses [M, S], looks [M, C] and what the encoder says, [M, E]."""
        parts = [
            (poses - self.pose_centre) * self.pose_scale,
            (looks - self.look_centre) @ self.look_directions.T * self.look_scale,
            np.ones((len(poses), 1)),
        ]
        if encoded is not None:
            parts.insert(0, (encoded - self.encoder_centre) * self.encoder_scale)
        rows = np.concatenate(parts, 1).astype(np.float64)
        unit: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit

    @property
    def slices(self) -> dict[str, tuple[int, int]]:
        """First and last, exclusive, dimension of each part by its name."""
        sizes = {
            "encoder": self.encoder_dimension,
            POSE: len(self.pose_centre),
            "appearance": len(self.look_directions),
            "constant": 1,
        }
        ends = np.cumsum(list(sizes.values())).tolist()
        return {name: (end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True) if size}

    @property
    def dimension(self) -> int:
        """D."""
        return self.encoder_dimension + len(self.pose_centre) + len(self.look_directions) + 1


def flat(embeddings: np.ndarray) -> np.ndarray:
    """Embeddings [M, D] in the plane where the constant is 1, where straight lines have an even pace: [M, D − 1]."""
    plane: np.ndarray = embeddings[:, :-1] / np.maximum(embeddings[:, -1:], 1e-6)
    return plane


def _centre(vectors: np.ndarray) -> np.ndarray:
    """The mean of vectors [N, C], float32 [C]; exactly the one vector that they all are, so that no rounding counts
    as spread."""
    centre: np.ndarray = vectors.mean(0, dtype=np.float64).astype(np.float32)
    return centre


def _spread(vectors: np.ndarray) -> float:
    """Root mean square length of vectors [N, C]."""
    return float(np.sqrt(np.square(vectors, dtype=np.float64).sum(1).mean())) if vectors.shape[1] else 0.0
