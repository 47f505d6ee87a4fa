"""The embedding of recipe `living`: parts side by side, from which the pose can be read."""

import numpy as np
import pytest

from alive_cli.observation.pose_embedding import APPEARANCE, CONE, PoseEmbedding, flat

COUNT, MODES, LOOKS, ENCODED = 40, 5, 30, 8


def clip_parts(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poses [N, S], looks [N, C] and unit vectors of an encoder [N, E]."""
    random = np.random.default_rng(seed)
    poses = (random.normal(0, 0.3, (COUNT, MODES)) + 2).astype(np.float32)
    looks = random.uniform(0, 255, (COUNT, LOOKS)).astype(np.float32)
    encoded = random.standard_normal((COUNT, ENCODED))
    return poses, looks, (encoded / np.linalg.norm(encoded, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("with_encoder", [False, True])
def test_unit_length_and_the_pose_can_be_read(with_encoder: bool) -> None:
    poses, looks, encoded = clip_parts()
    rest = (encoded,) if with_encoder else ()
    embedding = PoseEmbedding.of(poses, looks, *rest)
    rows = embedding.embed(poses, looks, *rest)
    assert (rows.shape, rows.dtype) == ((COUNT, embedding.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    first, last = embedding.slices["pose"]
    own = rows[:, first:last] / rows[:, -1:] / embedding.pose_scale + embedding.pose_centre
    np.testing.assert_allclose(own, poses, atol=1e-4)


@pytest.mark.parametrize("with_encoder", [False, True])
def test_slices_cover_every_dimension(with_encoder: bool) -> None:
    poses, looks, encoded = clip_parts()
    embedding = PoseEmbedding.of(poses, looks, encoded if with_encoder else None)
    names = ["encoder"] * with_encoder + ["pose", "appearance", "constant"]
    assert list(embedding.slices) == names
    ends = [end for each in embedding.slices.values() for end in each]
    assert (ends[0], ends[-1]) == (0, embedding.dimension)
    assert ends[1:-1:2] == ends[2::2]
    assert embedding.slices["appearance"][1] - embedding.slices["appearance"][0] == APPEARANCE


def test_a_straight_line_is_a_straight_motion() -> None:
    """Between two embeddings, re-normalised, the pose goes straight from one to the other."""
    poses, looks, _ = clip_parts()
    embedding = PoseEmbedding.of(poses, looks)
    ends = embedding.embed(poses[:2], looks[:2])
    first, last = embedding.slices["pose"]
    for share in np.linspace(0, 1, 7):
        row = (1 - share) * ends[0] + share * ends[1]
        row = (row / np.linalg.norm(row))[None]
        pose = flat(row)[0, first:last] / embedding.pose_scale + embedding.pose_centre
        way = (pose - poses[0]) @ (poses[1] - poses[0]) / np.square(poses[1] - poses[0]).sum()
        np.testing.assert_allclose(pose, poses[0] + way * (poses[1] - poses[0]), atol=1e-4)
        assert -1e-6 <= way <= 1 + 1e-6


@pytest.mark.parametrize("with_encoder", [False, True])
def test_the_spread_is_that_of_the_cone(with_encoder: bool) -> None:
    poses, looks, encoded = clip_parts()
    rest = (encoded,) if with_encoder else ()
    embedding = PoseEmbedding.of(poses, looks, *rest)
    plane = flat(embedding.embed(poses, looks, *rest))
    # The appearance has fewer components than the looks vary in.
    assert np.sqrt(np.square(plane).sum(1).mean()) == pytest.approx(CONE, rel=0.02)
    np.testing.assert_allclose(plane.mean(0), 0, atol=1e-5)
    sizes = {
        name: np.sqrt(np.square(plane[:, first:last]).sum(1).mean())
        for name, (first, last) in embedding.slices.items()
        if name != "constant"
    }
    assert sizes["pose"] == max(sizes.values())
    assert min(sizes.values()) > 0.05


def test_no_motion_is_known_by_looks_alone() -> None:
    poses, looks, _ = clip_parts()
    embedding = PoseEmbedding.of(0 * poses, looks)
    rows = embedding.embed(0 * poses, looks)
    first, last = embedding.slices["pose"]
    assert not rows[:, first:last].any()
    assert np.sqrt(np.square(flat(rows)).sum(1).mean()) == pytest.approx(CONE, rel=0.02)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_equal_frames_have_one_embedding(count: int) -> None:
    poses, looks, encoded = (np.repeat(each[:1], count, 0) for each in clip_parts())
    embedding = PoseEmbedding.of(poses, looks, encoded)
    rows = embedding.embed(poses, looks, encoded)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows[:, -1], 1)
    assert "appearance" not in embedding.slices


def test_new_pictures_are_embedded_alike() -> None:
    poses, looks, encoded = clip_parts()
    embedding = PoseEmbedding.of(poses, looks, encoded)
    rows = embedding.embed(poses, looks, encoded)
    np.testing.assert_allclose(embedding.embed(poses[7:9], looks[7:9], encoded[7:9]), rows[7:9], atol=1e-6)
