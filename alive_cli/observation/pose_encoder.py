"""The encoder of recipe `living` for pictures that were not observed: withheld frames, and what a scene draws.

A picture's pose is found through the keyframes that look most like it: the motion to each of them, then theirs to the
reference.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from alive_cli.encoders import Encoder
from alive_cli.errors import WeightsError
from alive_cli.media.warping import cell_sizes, compose, reduce
from alive_cli.observation.observed import ObservedMotion
from alive_cli.observation.parallel import in_threads
from alive_cli.observation.pose_embedding import PoseEmbedding
from alive_cli.observation.reduced import COARSE_SIDE, LOOK_SIDE, ReducedClip, within
from alive_cli.observation.registration import Registration
from bundle_spec.manifest import POSE, EncoderInfo

ALIKE = 2
"""A picture's pose is found through so many keyframes, the most alike ones."""
BATCH = 64
"""So many pictures are encoded at once."""
DAMAGED = "The bundle's encoder is damaged; export it again from a whole copy, or fit it anew."
"""A bundle whose arrays don't belong together is refused with this sentence."""


@dataclass(frozen=True)
class PoseEncoder:
    """Pictures to embeddings, by K keyframes whose poses are known."""

    keyframes: np.ndarray
    """uint8 [K, H, W, 3]."""
    poses: np.ndarray
    """float32 [K, gh, gw, 2]: motion from each keyframe to the reference."""
    modes: np.ndarray
    """float32 [S, gh, gw, 2]."""
    embedding: PoseEmbedding
    encoder: Encoder | None = None
    """The encoder that is part of the embedding."""

    @classmethod
    def of(cls, observed: ObservedMotion, encoder: Encoder | None) -> "PoseEncoder":
        """The encoder with which a clip was observed."""
        motion = observed.motion
        return cls(observed.frames[motion.keyframes], motion.keyframe_poses, motion.modes, observed.embedding, encoder)

    @classmethod
    def from_tensors(
        cls, tensors: dict[str, np.ndarray], keyframes: np.ndarray, encoder: Encoder | None
    ) -> "PoseEncoder":
        """Rebuild the encoder from the arrays of `tensors` and the keyframes, uint8 [K, H, W, 3], of a bundle.

        Raises:
            WeightsError: the bundle was slimmed, or the arrays don't belong together.
        """
        try:
            scales = tensors["encoder.scales"].tolist()
            embedding = PoseEmbedding(
                encoder_dimension=len(tensors["encoder.encoder_centre"]),
                encoder_centre=tensors["encoder.encoder_centre"],
                encoder_scale=scales[0],
                pose_centre=tensors["encoder.pose_centre"],
                pose_scale=scales[1],
                look_centre=tensors["encoder.look_centre"],
                look_directions=tensors["encoder.look_directions"],
                look_scale=scales[2],
            )
            poses, modes = (tensors[f"encoder.{name}"].astype(np.float32) for name in ("poses", "modes"))
        except KeyError:
            raise WeightsError("The bundle was slimmed, so it has no encoder any more.") from None
        except (IndexError, TypeError, ValueError):
            raise WeightsError(DAMAGED) from None
        rebuilt = cls(keyframes, poses, modes, embedding, encoder)
        if not rebuilt._is_sound():
            raise WeightsError(DAMAGED)
        return rebuilt

    def _is_sound(self) -> bool:
        """Whether the arrays have shapes that belong together, and finite values."""
        own, (count, height, width) = self.embedding, self.keyframes.shape[:3]
        columns, rows = within(width, height, LOOK_SIDE)
        cells, modes = columns * rows * 3, len(self.modes)
        arrays = [self.poses, self.modes, own.encoder_centre, own.pose_centre, own.look_centre, own.look_directions]
        shapes = [(count, *self.modes.shape[1:]), (modes, *self.modes.shape[1:3], 2), (own.encoder_dimension,)]
        shapes += [(modes,), (cells,), (len(own.look_directions), cells)]
        scales = [own.encoder_scale, own.pose_scale, own.look_scale]
        dimension = self.encoder.info.dimension if self.encoder else 0
        return (
            own.encoder_dimension == dimension
            and [array.shape for array in arrays] == shapes
            and all(np.isfinite(array).all() for array in [*arrays, np.array(scales)])
        )

    def tensors(self) -> dict[str, np.ndarray]:
        """The encoder's own arrays, by their names in weights.safetensors."""
        own = self.embedding
        return {
            "encoder.scales": np.array([own.encoder_scale, own.pose_scale, own.look_scale], np.float64),
            "encoder.encoder_centre": own.encoder_centre,
            "encoder.pose_centre": own.pose_centre,
            "encoder.look_centre": own.look_centre,
            "encoder.look_directions": own.look_directions,
            "encoder.poses": self.poses.astype(np.float16),
            "encoder.modes": self.modes.astype(np.float16),
        }

    @property
    def info(self) -> EncoderInfo:
        """What the manifest says about these embeddings."""
        parts = {name: list(ends) for name, ends in self.embedding.slices.items()}
        base = EncoderInfo(id=POSE, dimension=1) if self.encoder is None else self.encoder.info
        return msgspec.structs.replace(base, dimension=self.embedding.dimension, slices=parts)

    def encode(self, frames: np.ndarray, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        """Frames, uint8 [N, H, W, 3], to unit embeddings, float32 [N, D]."""
        rows = []
        for first in range(0, len(frames), BATCH):
            some = frames[first : first + BATCH]
            encoded = self.encoder.encode(some) if self.encoder is not None else None
            poses, looks = self._poses(some)
            rows.append(self.embedding.embed(poses, looks, encoded))
            if on_batch:
                on_batch(first + len(some))
        return np.concatenate(rows)

    @cached_property
    def _reduced(self) -> np.ndarray:
        """The keyframes at the size at which motion is looked for, uint8 [K, h, w, 3]."""
        height, width = self.keyframes.shape[1:3]
        size = within(width, height, 2 * COARSE_SIDE)
        return np.stack([reduce(np.ascontiguousarray(each), size) for each in self.keyframes])

    def _poses(self, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Poses [N, S] and looks [N, C] of pictures."""
        count = len(self.keyframes)
        size = (self._reduced.shape[2], self._reduced.shape[1])
        pictures = [*self._reduced, *(reduce(np.ascontiguousarray(each), size) for each in frames)]
        height, width = self.keyframes.shape[1:3]
        clip = ReducedClip.of(np.stack(pictures), look_size=within(width, height, LOOK_SIDE))
        field, grid = clip.fine, (self.modes.shape[2], self.modes.shape[1])
        cells = cell_sizes(*grid, field.frame_size)
        directions = self.modes.reshape(len(self.modes), -1)
        registration = Registration(field, self.modes, np.ones(len(self.modes), np.float32))

        def work(number: int) -> np.ndarray:
            apart = np.square(clip.looks[:count] - clip.looks[number]).sum(1)
            poses, weights = [], []
            for place in apart.argsort()[:ALIKE]:
                flow = field.between(field.greys[number], field.greys[place])
                own = directions @ reduce(flow, grid).reshape(-1)
                own, shown = registration.register(number, int(place), own)
                motion = (own @ directions).reshape(self.modes.shape[1:])
                poses.append(directions @ compose(motion, self.poses[place], cells).reshape(-1))
                weights.append(1 / (1 + float(np.square(shown - registration.brightness(number)).mean())))
            return np.average(poses, axis=0, weights=weights)

        poses = list(in_threads(work, range(count, count + len(frames))))
        return np.stack(poses), clip.looks[count:]
