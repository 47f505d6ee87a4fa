"""The look-up: which keyframes draw an embedding, with which motion."""

from dataclasses import dataclass

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.warp.look_up import LEAST_CONSTANT, MIXED, LookUp  # noqa: E402

APPEARANCE, MODES, COLOURS = 2, 3, 2
SCALE = 0.4


@dataclass
class Bank:
    """N observed frames with M keyframes each, and a look-up of them."""

    poses: np.ndarray
    """[N, MODES]."""
    keyframe: np.ndarray
    """[N, M]."""
    weight: np.ndarray
    motion: np.ndarray
    """[N, M, MODES]."""
    neighbours: int = 12
    step: float = 0.06

    def __post_init__(self) -> None:
        count = len(self.poses)
        self.centre = self.poses.mean(0)
        self.colour = np.random.default_rng(3).normal(0, 1, (count, COLOURS, 3))
        self.look_up = LookUp(
            APPEARANCE, MODES, self.keyframe.shape[1], min(self.neighbours, count - 1), min(16, count)
        ).eval()
        self.look_up.centre.copy_(torch.from_numpy(self.centre))
        self.look_up.scale.fill_(SCALE)
        self.look_up.step.fill_(self.step)
        self.known = self.embed(self.poses)

    def embed(self, poses: np.ndarray) -> np.ndarray:
        """Unit embeddings [M, D] of poses [M, MODES], all of one appearance."""
        parts = [np.zeros((len(poses), APPEARANCE)), (poses - self.centre) * SCALE, np.ones((len(poses), 1))]
        rows = np.concatenate(parts, 1)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def __call__(self, embeddings: np.ndarray, offset: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        tables = (self.known, self.keyframe, self.weight, self.motion, self.colour)
        feeds = [each.astype(np.int64 if each is self.keyframe else np.float32) for each in tables]
        nothing = np.zeros((len(embeddings), MODES), np.float32)
        inputs = [embeddings, nothing if offset is None else offset, *feeds]
        with torch.no_grad():
            return tuple(each.numpy() for each in self.look_up(*(torch.from_numpy(each) for each in inputs)))

    def by_keyframe(self, poses: np.ndarray) -> np.ndarray:
        """The weight of every keyframe at poses [M, MODES]: [M, K]."""
        places, weights, *_ = self(self.embed(poses))
        total = np.zeros((len(poses), self.keyframe.max() + 1))
        for row, own, weight in zip(total, places, weights, strict=True):
            np.add.at(row, own, weight)
        return total


def line(count: int = 7) -> Bank:
    """Frames at equal steps along a line; frame n lies between the keyframes n and n + 1."""
    numbers = np.arange(count)
    weight = np.tile([0.6, 0.4], (count, 1))
    motion = np.random.default_rng(0).normal(0, 0.3, (count, 2, MODES))
    return Bank(numbers[:, None] * np.array([0.1, 0.05, -0.1]), np.stack([numbers, numbers + 1], 1), weight, motion)


def cloud(count: int = 60, entries: int = 4, seed: int = 0) -> Bank:
    """Frames anywhere, with keyframes that many of them share."""
    random = np.random.default_rng(seed)
    keyframe = np.stack([random.permutation(12)[:entries] for _ in range(count)])
    weight = random.uniform(0, 1, (count, entries))
    weight[:, 2:] = 0
    motion = random.normal(0, 0.3, (count, entries, MODES))
    return Bank(random.normal(0, 0.5, (count, MODES)), keyframe, weight / weight.sum(1, keepdims=True), motion)


@pytest.mark.parametrize("bank", [line(), cloud()], ids=["line", "cloud"])
def test_an_observed_embedding_is_drawn_as_its_frame(bank: Bank) -> None:
    places, weights, motions, shifts, colours = bank(bank.known)
    assert places.dtype == np.int64
    np.testing.assert_allclose(shifts, 0, atol=1e-4)
    np.testing.assert_allclose(colours, bank.colour, atol=1e-4)
    for number in range(len(bank.poses)):
        own = dict(zip(bank.keyframe[number].tolist(), range(bank.keyframe.shape[1]), strict=True))
        for place, weight, motion in zip(places[number].tolist(), weights[number], motions[number], strict=True):
            if weight < 1e-3:
                continue
            slot = own[place]
            # What is left out of small weights makes the larger ones a little larger.
            assert weight == pytest.approx(bank.weight[number, slot], abs=0.03)
            np.testing.assert_allclose(motion, bank.motion[number, slot], atol=1e-3)


@pytest.mark.parametrize("bank", [line(), cloud()], ids=["line", "cloud"])
def test_weights_are_shares(bank: Bank) -> None:
    random = np.random.default_rng(1)
    places, weights, motions, shifts, colours = bank(bank.embed(random.normal(0, 1, (200, MODES))))
    assert weights.shape == places.shape == (200, MIXED)
    assert motions.shape == (200, MIXED, MODES)
    assert shifts.shape == (200, MODES)
    assert colours.shape == (200, COLOURS, 3)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    assert ((places >= 0) & (places <= bank.keyframe.max())).all()
    for own, weight in zip(places, weights, strict=True):
        used = own[weight > 0]
        assert len(set(used.tolist())) == len(used)


def test_halfway_both_frames_count_alike() -> None:
    bank = line(8)
    middle = (bank.poses[3:4] + bank.poses[4:5]) / 2
    _, _, _, shift, colour = bank(bank.embed(middle))
    np.testing.assert_allclose(shift, 0, atol=1e-4)
    weights = bank.by_keyframe(middle)[0]
    # Frame 3 has keyframes 3 and 4, frame 4 has 4 and 5.
    assert weights[4] == pytest.approx(0.5, abs=0.03)
    assert weights[3] / weights[5] == pytest.approx(0.6 / 0.4, rel=0.1)
    assert weights[[3, 4, 5]].sum() > 0.97
    expected = bank.colour[3:5].mean(0)
    assert np.abs(colour[0] - expected).max() < 0.15 * np.abs(bank.colour).max()


def test_what_one_end_knows_is_moved_by_the_difference_of_poses() -> None:
    """Motion to a keyframe is that from the frame that knows it, and the way to that frame."""
    bank = line(8)
    middle = (bank.poses[3:4] + bank.poses[4:5]) / 2
    places, weights, motions, shift, _ = bank(bank.embed(middle))
    for place, weight, motion in zip(places[0], weights[0], motions[0] + shift[0], strict=True):
        if place == 3 and weight > 0:
            # The next frame that knows keyframe 3 is frame 2, which counts for 1/82 as much as frame 3.
            np.testing.assert_allclose(motion, bank.motion[3, 0] + middle[0] - bank.poses[3], atol=0.02)
        if place == 4:
            both = [bank.motion[3, 1] + middle[0] - bank.poses[3], bank.motion[4, 0] + middle[0] - bank.poses[4]]
            np.testing.assert_allclose(motion, np.mean(both, 0), atol=0.02)


def test_the_offset_is_added_to_the_shift() -> None:
    bank = cloud()
    embeddings = bank.embed(np.random.default_rng(2).normal(0, 0.5, (5, MODES)))
    offset = np.random.default_rng(3).normal(0, 1, (5, MODES)).astype(np.float32)
    plain, moved = bank(embeddings), bank(embeddings, offset)
    np.testing.assert_allclose(moved[3], plain[3] + offset, atol=1e-5)
    for number in (0, 1, 2, 4):
        assert (moved[number] == plain[number]).all()


def test_pose_is_kept_beyond_the_bank() -> None:
    """Shift and mixture together lead from the embedding's own pose, however far from the bank it is."""
    bank = line(8)
    end, beyond = bank.poses[-1:], bank.poses[-1:] + 0.5 * (bank.poses[1] - bank.poses[0])
    _, _, _, at_end, _ = bank(bank.embed(end))
    _, _, _, shift, _ = bank(bank.embed(beyond))
    np.testing.assert_allclose(at_end, 0, atol=1e-4)
    step = bank.poses[1] - bank.poses[0]
    assert 0.4 < shift[0] @ step / (step @ step) < 0.8


def test_each_embedding_of_a_batch_is_alone() -> None:
    bank = cloud()
    embeddings = bank.embed(np.random.default_rng(2).normal(0, 0.5, (6, MODES)))
    together = bank(embeddings)
    for number in range(6):
        for whole, single in zip(together, bank(embeddings[number : number + 1]), strict=True):
            np.testing.assert_allclose(whole[number], single[0], atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_small_steps_change_little(seed: int) -> None:
    """Along a straight line through a cloud the neighbours change all the time, and nothing pops."""
    bank = cloud(seed=seed)
    random = np.random.default_rng(seed)
    start, end = random.normal(0, 0.5, (2, MODES))
    distances = np.linalg.norm(bank.poses[:, None] - bank.poses, axis=-1) + np.eye(len(bank.poses)) * 99
    steps = int(50 * np.linalg.norm(end - start) / np.median(distances.min(1)))
    path = start + np.linspace(0, 1, steps)[:, None] * (end - start)
    weights = bank.by_keyframe(path)
    assert np.abs(np.diff(weights, axis=0)).max() < 0.12
    _, shares, motions, shifts, colours = bank(bank.embed(path))
    mean = (shares[..., None] * (motions + shifts[:, None])).sum(1)
    assert np.linalg.norm(np.diff(mean, axis=0), axis=1).max() < 0.12
    assert np.abs(np.diff(colours, axis=0)).max() < 0.35


@pytest.mark.parametrize("neighbours", [3, 12])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_pops(seed: int, neighbours: int) -> None:
    """The smaller the steps, the smaller the changes, with whatever neighbours come and go."""
    bank = cloud(seed=seed)
    bank = Bank(bank.poses, bank.keyframe, bank.weight, bank.motion, neighbours)
    start, end = np.random.default_rng(seed).normal(0, 0.5, (2, MODES))
    path = start + np.linspace(0, 1, 8000)[:, None] * (end - start)
    assert np.abs(np.diff(bank.by_keyframe(path), axis=0)).max() < 0.01
    *_, shifts, colours = bank(bank.embed(path))
    assert np.abs(np.diff(shifts, axis=0)).max() < 0.01
    assert np.abs(np.diff(colours, axis=0)).max() < 0.02


def test_equal_frames_and_ties() -> None:
    """Frames that don't differ at all still have weights."""
    same = cloud()
    bank = Bank(np.repeat(same.poses[:1], 60, 0), same.keyframe, same.weight, same.motion)
    for poses in (bank.poses[:1], bank.poses[:1] + 1):
        results = bank(bank.embed(poses))
        assert all(np.isfinite(each).all() for each in results)
        np.testing.assert_allclose(results[1].sum(1), 1, atol=1e-5)
    two = Bank(np.concatenate([bank.poses[:30], bank.poses[:30] + 0.3]), same.keyframe, same.weight, same.motion)
    for share in (0, 0.5, 1):
        results = two(two.embed(two.poses[:1] + 0.3 * share))
        assert all(np.isfinite(each).all() for each in results)
        np.testing.assert_allclose(results[1].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("step", [1e-6, 1, 1e4])
def test_frames_far_away_from_equal_ones(step: float) -> None:
    """Weights far below what single precision holds are none."""
    same = cloud(14)
    poses = np.repeat(same.poses[:1], 14, 0)
    poses[7:] += np.arange(7)[:, None] * 5
    bank = Bank(poses, same.keyframe, same.weight, same.motion, step=step)
    results = bank(bank.known)
    assert all(np.isfinite(each).all() for each in results)
    np.testing.assert_allclose(results[1].sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_short_clips(count: int) -> None:
    bank = line(count)
    results = bank(bank.embed(np.random.default_rng(0).normal(0, 1, (9, MODES))))
    assert all(np.isfinite(each).all() for each in results)
    np.testing.assert_allclose(results[1].sum(1), 1, atol=1e-5)


def test_embeddings_behind_the_cone() -> None:
    """A constant of 0 or less counts as the least one, so that whatever arrives is drawn somehow."""
    bank = cloud()
    embeddings = np.random.default_rng(0).standard_normal((20, APPEARANCE + MODES + 1)).astype(np.float32)
    embeddings[:, -1] = np.linspace(-1, LEAST_CONSTANT, 20)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    results = bank(embeddings)
    assert all(np.isfinite(each).all() for each in results)
    np.testing.assert_allclose(results[1].sum(1), 1, atol=1e-5)


def test_a_far_transition_goes_over_gradually() -> None:
    """Dozens of frames around a slow end don't hide the other end until the picture flips."""
    slow = np.arange(40)[:, None] * np.array([0.001, 0, 0])
    quick = np.array([1, 0, 0]) + np.arange(6)[:, None] * np.array([0, 0.1, 0])
    between = np.full((8, MODES), 2.0)  # in time
    keyframe = np.repeat([[0, 1], [4, 5], [2, 3]], [40, 8, 6], axis=0)
    weight = np.tile([0.6, 0.4], (54, 1))
    bank = Bank(np.concatenate([slow, between, quick]), keyframe, weight, np.zeros((54, 2, MODES)))
    path = slow[20] + np.linspace(0, 1, 41)[:, None] * (quick[0] - slow[20])
    other_end = bank.by_keyframe(path)[:, 2:4].sum(1)
    assert other_end[0] == 0
    assert other_end[-1] == pytest.approx(1, abs=1e-6)
    assert np.abs(np.diff(other_end)).max() < 0.25
    assert ((other_end > 0.05) & (other_end < 0.95)).sum() >= 7
