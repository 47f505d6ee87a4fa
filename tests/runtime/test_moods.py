"""Lives in moods: what they seek, how moods mix, and what goes on working."""

from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.mood_making import graded, runs
from alive_cli.runtime.moods import mood_weights, read_moods
from alive_cli.runtime.motion_graph import MotionGraph
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def scene() -> Scene:
    """Six frames at ten a second, with the moods `calm` and `constructor`."""
    return Scene.open(VALID / "moods.alive", device="cpu")


def share(scene: Scene, moods: dict[str, float], name: str) -> float:
    """The share of a life in moods with the frames of one of them."""
    life = scene.life(moods=moods, seed=4)
    nodes = []
    for _ in range(600):
        life.advance()
        nodes.append(life.node)
    return float((scene.moods[name][np.array(nodes)] >= 0.5).mean())


def test_a_mood_is_sought_and_avoided(scene: Scene) -> None:
    shares = [share(scene, {"calm": strength}, "calm") for strength in (-1, -0.5, 0, 0.5, 1)]
    assert shares == sorted(shares)
    assert shares[4] > 1.4 * shares[2] > 2 * shares[0]


def test_moods_mix(scene: Scene) -> None:
    together = share(scene, {"calm": 1.0, "constructor": 1.0}, "calm")
    apart = share(scene, {"calm": 1.0, "constructor": -1.0}, "calm")
    assert apart < share(scene, {"calm": 1.0}, "calm") < together


def test_without_a_mood_a_life_is_the_same_bit_for_bit(scene: Scene) -> None:
    plain, moody = Scene.open(VALID / "plain.alive", device="cpu").life(seed=3), scene.life(seed=3)
    moody.mood("calm", 0.5)
    moody.mood("calm", 0)
    assert moody.moods == {}
    for _ in range(100):
        np.testing.assert_array_equal(plain.advance(), moody.advance())


def test_a_life_changes_its_moods(scene: Scene) -> None:
    life = scene.life(moods={"constructor": 0.25})
    life.mood("calm")
    assert life.moods == {"constructor": 0.25, "calm": 1.0}
    life.put_in({"calm": -0.5})
    assert life.moods == {"calm": -0.5}
    life.advance()
    weights = life.values["bank_weight"]
    assert isinstance(weights, np.ndarray)
    assert weights.dtype == np.float32
    assert weights[scene.moods["calm"] >= 0.5].mean() < 1 < weights[scene.moods["calm"] < 0.5].max()
    life.driver("mood").enabled = False
    life.advance()
    np.testing.assert_array_equal(life.values["bank_weight"], np.ones(6))


def test_weights_that_a_program_sets_count_as_well(scene: Scene) -> None:
    life = scene.life(moods={"calm": 1.0})
    life.frame_weights[1] = 0
    life.advance()
    weights = life.values["bank_weight"]
    assert isinstance(weights, np.ndarray)
    assert weights[1] == 0 < np.delete(weights, 1).min()


def test_goals_and_loops_go_on_working(scene: Scene) -> None:
    life = scene.life(moods={"calm": 1.0}, seed=1)
    arrived: list[object] = []
    life.on("arrived", arrived.append)
    life.go_to(0.5)
    for _ in range(60):
        life.advance()
    assert arrived
    loop = next(scene.loops(frames=20, moods={"calm": 1.0}))
    assert loop.embeddings.shape == (20, scene.embeddings.shape[1])


def test_a_loop_keeps_to_a_mood() -> None:
    """A ring of four frames and a ring of two, equally cheap."""
    targets = np.array([[1, 4], [2, 1], [3, 2], [0, 3], [5, 4], [4, 0]])
    costs = np.array([[0, 1], [0, 1e6], [0, 1e6], [0, 1e6], [0, 1e6], [0, 1]], np.float32)
    graph = MotionGraph(targets, costs, np.array([1, 2, 3, 0, 5, 4]))
    (path,) = graph.closed_paths(4, np.arange(6), np.ones(6), 1, np.array([0.0, 0, 0, 0, 3, 3]))
    assert set(path) == {4, 5}


def test_weights_lead_to_what_is_liked() -> None:
    """On a line of frames, a frame weighs more the nearer it is to the one that is liked, up to a bound."""
    count = 400
    targets = np.stack([(np.arange(count) + 1) % count, np.arange(count)], 1)
    costs = np.stack([np.zeros(count), np.full(count, 1e6)], 1).astype(np.float32)
    liked = np.zeros(count)
    liked[-1] = 16 * 3.5
    weights = mood_weights(liked, targets, costs)
    assert (np.diff(weights[250:-1].astype(np.float64)) >= 0).all()
    assert np.isfinite(weights).all()
    assert (weights > 0).all()
    np.testing.assert_array_equal(mood_weights(np.zeros(count), targets, costs), np.ones(count))
    logarithms = np.log(weights.astype(np.float64)) * 4096
    np.testing.assert_allclose(logarithms, logarithms.round(), atol=0.01)


def test_a_motion_graph_may_be_too_large() -> None:
    with pytest.raises(InputError, match="too many transitions"):
        mood_weights(np.zeros(2), np.broadcast_to(np.int64(0), (1 << 14, 256)), np.zeros(1))


def test_a_fifth_of_the_frames_has_a_mood() -> None:
    random = np.random.default_rng(0)
    much = graded(random.normal(size=100))
    assert (much >= 0.5).sum() == 20
    assert 0 <= much.min() < 0.01 < 0.9 < much.max() <= 1
    many = graded(np.concatenate([np.zeros(30), random.normal(-5, 1, 70)]))
    assert (many >= 0.5).sum() == 30
    assert graded(np.array([-1.0, 0])).tolist() == pytest.approx([0.02, 0.98], abs=1e-3)
    for same in (np.zeros(10), np.zeros(1)):
        with pytest.raises(InputError, match="equally like"):
            graded(same)
    assert runs(np.array([1, 1, 0, 1], bool)) == [(0, 1), (3, 3)]


def test_moods_are_read() -> None:
    assert read_moods(["calm", "merry:-0.5"], ["calm", "merry"]) == {"calm": 1.0, "merry": -0.5}
    with pytest.raises(InputError, match="it has no moods yet"):
        read_moods(["calm"], [])


def test_what_a_life_refuses(scene: Scene) -> None:
    life = scene.life()
    with pytest.raises(InputError, match="its moods are calm, constructor"):
        life.mood("merry")
    for strength in (1.5, float("nan"), "much", None):
        with pytest.raises(InputError, match="choose a number from -1 to 1"):
            life.mood("calm", strength)  # type: ignore[arg-type]
    assert life.moods == {}
