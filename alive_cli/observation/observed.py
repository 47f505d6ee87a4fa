"""Everything that recipe `living` observes of a clip before it trains."""

from dataclasses import dataclass

import numpy as np

from alive_cli.observation.motion import Motion, find_motion
from alive_cli.observation.pose_embedding import PoseEmbedding
from alive_cli.observation.reduced import ReducedClip
from alive_cli.observation.tables import KeyframeTables, keyframe_tables
from alive_cli.progress import Progress, silent


@dataclass(frozen=True)
class ObservedMotion:
    """The motion of N frames."""

    frames: np.ndarray
    """uint8 [N, H, W, 3]."""
    clip: ReducedClip
    motion: Motion
    tables: KeyframeTables
    embedding: PoseEmbedding
    embeddings: np.ndarray
    """float32 [N, D], unit length."""

    @classmethod
    def of(
        cls,
        frames: np.ndarray,
        encoded: np.ndarray | None = None,
        stretches: list[tuple[int, int]] | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> "ObservedMotion":
        """Observe frames, uint8 [N, H, W, 3], N ≥ 2.

        Args:
            encoded: what an encoder says of them, float32 [N, E], unit length.
            stretches: first and last frame of each stretch without a cut; found in the frames by default.
        """
        clip = ReducedClip.of(frames, progress)
        motion = find_motion(clip, stretches or find_stretches(clip.looks), seed, progress)
        embedding = PoseEmbedding.of(motion.poses, clip.looks, encoded)
        embeddings = embedding.embed(motion.poses, clip.looks, encoded)
        tables = keyframe_tables(clip, motion, embeddings, seed, progress)
        return cls(frames, clip, motion, tables, embedding, embeddings)


CUT_STEP = 4.0
"""A cut is a change of looks more than so many times as large as those around it."""
CUT_SHARE = 0.5
"""A cut changes looks by at least this share of the root mean square difference of two frames of the clip."""
AROUND, RANK = 4, 3
"""A change is compared with so many before and after it, and with the third largest of these nine."""


def find_stretches(looks: np.ndarray) -> list[tuple[int, int]]:
    """First and last frame of each stretch without a cut, from looks [N, C]."""
    count = len(looks)
    steps = np.linalg.norm(np.diff(looks, axis=0), axis=1)
    if count <= 2 * AROUND:
        return [(0, count - 1)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(steps, AROUND), 2 * AROUND + 1)
    usual = np.sort(windows, axis=1)[:, -RANK]
    apart = np.sqrt(2 * np.square(looks - looks.mean(0)).sum(1).mean())
    cuts = np.flatnonzero((steps > CUT_STEP * usual) & (steps > CUT_SHARE * apart))
    starts = [0, *(cuts + 1).tolist()]
    return list(zip(starts, [*cuts.tolist(), count - 1], strict=True))
