"""Actions from motion alone: a square whose movements are known, and clips that have none."""

import time

import numpy as np
import pytest

from alive_cli.report import action_finding
from alive_cli.report.action_finding import ALIKE, FEWEST, Clusters, cluster, find_actions, with_own_actions
from alive_cli.runtime.goal_paths import GoalPaths
from alive_cli.runtime.scene import Scene
from alive_cli.runtime.steering import Steering
from bundle_spec.conformance.scenes import scene as ring
from bundle_spec.conformance.warp import steerable

FPS = 20.0
MOVE, PAUSE = 14, 10
"""A movement of the square lasts so many frames, and so does the pause after it."""
EASED = (1 - np.cos(np.linspace(0, np.pi, MOVE))) / 2
HOP = np.abs(np.sin(np.linspace(0, 2 * np.pi, MOVE)))
MOVES = {
    "left": np.stack([-EASED, 0 * EASED], 1),
    "right": np.stack([EASED, 0 * EASED], 1),
    "up": np.stack([0 * EASED, -EASED], 1),
    "down": np.stack([0 * EASED, EASED], 1),
    "hop": np.stack([0.1 * HOP, -0.7 * HOP], 1),
}
"""Where the square goes, [MOVE, 2] each."""


def drawn(names: list[str], random: np.random.Generator, modes: int = 20) -> tuple[np.ndarray, list[int]]:
    """The path of a square that moves as the names say, [N, modes], and the first frame of each movement.

    The path is turned at random in a space of many modes, with a little noise, as flow has.
    """
    place, path, firsts = np.zeros(2), [np.zeros(2)], []
    for name in names:
        path += [place] * PAUSE
        firsts.append(len(path))
        path += list(place + MOVES[name])
        place = path[-1]
    turn = np.linalg.qr(random.normal(size=(modes, modes)))[0][:2]
    return np.array(path) @ turn + random.normal(scale=0.002, size=(len(path), modes)), firsts


def wandering(count: int, random: np.random.Generator) -> list[str]:
    """So many movements that keep the square within two steps of the middle."""
    place, names = np.zeros(2), []
    while len(names) < count:
        name = str(random.choice([*MOVES]))
        if np.abs(place + MOVES[name][-1]).max() < 1.5:
            place = place + MOVES[name][-1]
            names.append(name)
    return names


def graph(frames: int) -> GoalPaths:
    following = np.append(np.arange(1, frames), -1)
    jumps = np.random.default_rng(1).integers(frames, size=(frames, 2))
    targets = np.concatenate([np.maximum(following, 0)[:, None], jumps], 1)
    return GoalPaths(targets, np.tile(np.array([0, 3, 4], np.float32), (frames, 1)), following)


def clustered(path: np.ndarray, cut: int | None = None) -> Clusters:
    following = np.append(np.arange(1, len(path)), -1)
    if cut is not None:
        following[cut - 1] = -1
    return cluster(path, following, FPS, graph(len(path)))


@pytest.mark.parametrize("seed", range(4))
def test_the_movements_of_a_square_are_the_clusters(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = wandering(40, random)
    path, firsts = drawn(names, random)
    clusters = clustered(path)
    assert clusters.reason == ""
    shown = []
    for starts in clusters.starts:
        middles = np.array(starts) + clusters.length / 2
        nearest = [int(np.abs(np.array(firsts) + MOVE / 2 - middle).argmin()) for middle in middles]
        kinds = [names[place] for place in nearest]
        assert len(set(kinds)) == 1, "a cluster holds movements of one kind: left is not right"
        assert len(set(nearest)) == len(nearest), "it holds each once"
        shown.append(kinds[0])
        if len(shown) <= len(MOVES):
            assert np.abs(np.array(firsts)[nearest] + MOVE / 2 - middles).max() < MOVE / 2, "and pauses aside"
            assert len(kinds) > 0.5 * names.count(kinds[0]), "and most of that kind"
    assert sorted(shown[: len(MOVES)]) == sorted(MOVES), "what is split off is smaller"


def test_the_same_path_gives_the_same_clusters() -> None:
    path, _ = drawn(["left", "right", "up", "hop"] * 3, np.random.default_rng(5))
    assert clustered(path) == clustered(path)


def test_occurrences_keep_within_their_shot() -> None:
    path, firsts = drawn(["left", "right"] * 8, np.random.default_rng(6))
    cut = firsts[4] + MOVE // 2
    clusters = clustered(path, cut)
    for starts in clusters.starts:
        for first in starts:
            assert not first < cut < first + clusters.length
            assert first + clusters.length <= len(path)


def test_a_long_clip_takes_seconds() -> None:
    path = np.random.default_rng(9).normal(size=(20_000, 30)).cumsum(0)
    began = time.thread_time()
    clusters = clustered(path)
    assert time.thread_time() - began < 15
    assert 1 <= len(clusters.starts) <= 8
    assert max(map(len, clusters.starts)) <= 64


def test_what_occurs_once_fills_up_the_fewest() -> None:
    random = np.random.default_rng(7)
    path = random.normal(size=(160, 30)).cumsum(0)  # nothing recurs
    clusters = clustered(path)
    assert 1 <= len(clusters.starts) <= FEWEST
    assert clustered(path * 1e-3).starts == clusters.starts, "the size of the motion doesn't matter"


def test_clips_without_actions_say_why() -> None:
    still = clustered(np.zeros((100, 4)))
    assert (still.starts, still.reason) == ([], "Nothing moves in the clip.")
    for frames in (1, 2, 12):
        short = clustered(np.random.default_rng(0).normal(size=(frames, 4)).cumsum(0))
        assert (short.starts, short.reason) == ([], "The clip is too short for actions.")
    actions, reason = find_actions(Scene(ring(), device="cpu"))
    assert (actions, reason) == ({}, "The clip is too short for actions.")


def test_a_still_scene_and_a_scene_without_transitions(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(steerable(), device="cpu")
    monkeypatch.setattr(action_finding, "STILL", 1e9)
    assert find_actions(scene) == ({}, "The clip hardly moves, so it has no actions.")
    scene.graph = None
    assert find_actions(scene)[1] == "This scene's behavior does no actions; fit the clip with --recipe living."
    assert with_own_actions(ring()).manifest.actions == {}


def turning() -> Steering:
    """The first mode goes right, the second goes down, and a third one is no look."""
    modes = np.zeros((3, 4, 8, 2))
    modes[0, ..., 0] = modes[1, ..., 1] = 0.05
    modes[2, :, :4, 1] = 0.05
    return Steering(
        modes=modes,
        size=(200, 100),
        spread=np.ones(3),
        frequency=np.ones(3),
        look=np.array([[1.0, 0, 0], [0, 1.0, 0]]),
        reach=3.0,
        pose=(0, 3),
        pose_scale=1.0,
    )


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("right", [[0, 0, 0], [1, 0.1, 0]]),
        ("left", [[0, 0, 0], [-1, 0.1, 0]]),
        ("down", [[0, 0, 0], [0.2, 1, 0]]),
        ("up-right", [[0, 0, 0], [1, -1, 0.5]]),
        ("down-left", [[0, 0, 0], [-1, 0.8, 0]]),
        ("right-left", [[0, 0, 0], [1, 0, 0], [0, 0.1, 0]]),
        ("up-down", [[0, 0, 0], [0.1, -1, 0], [0, 0, 0]]),
        ("move", [[0, 0, 0], [0.1, 0.1, 2]]),
    ],
)
def test_words_for_directions(word: str, way: list[list[float]]) -> None:
    corners = np.array(way)
    times = np.linspace(0, len(corners) - 1, 13)
    pose = np.stack([np.interp(times, np.arange(len(corners)), column) for column in corners.T], 1)
    embeddings = np.concatenate([pose, np.ones((13, 1))], 1)
    assert action_finding._direction(embeddings, [[0, 12]], turning()) == word
    assert action_finding._direction(embeddings, [[0, 12]], None) == "move"


def test_names_are_unique() -> None:
    assert action_finding._unique(["left", "up", "left", "left"]) == ["left", "up", "left2", "left3"]


def test_occurrences_are_like_their_mean() -> None:
    path, _ = drawn([*MOVES] * 5, np.random.default_rng(8))
    clusters = clustered(path)
    for starts in clusters.starts:
        motions = np.stack([np.diff(path[first : first + clusters.length], axis=0).ravel() for first in starts])
        assert min(np.corrcoef(motion, motions.mean(0))[0, 1] for motion in motions) > ALIKE
