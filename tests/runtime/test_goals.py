"""Going to goals: what is told, what is shown, and what is refused."""

import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from alive_cli import Scene
from alive_cli.errors import InputError
from alive_cli.runtime.drivers.goal import MOST_GOALS, GoalDriver
from alive_cli.runtime.goals import Goal
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.seconds import read_goal, read_range
from bundle_spec import conformance
from bundle_spec.conformance.scenes import scene as ring
from bundle_spec.container import Bundle, read_bundle

PLAIN = Path(conformance.__file__).parent / "valid" / "plain.alive"


@pytest.fixture
def scene(bundle: Path) -> Scene:
    """Sixteen frames at ten a second, with the names `smile` and `asleep`."""
    opened = read_bundle(bundle)
    names = {"smile": [11, 11], "asleep": [6, 9]}
    manifest = msgspec.structs.replace(opened.manifest, names=names)
    return Scene(Bundle(manifest, opened.parts), device="cpu")


def arrive(life: Rollout, most: int = 200) -> int:
    """The number of embeddings until the rollout arrives."""
    arrived: list[Goal] = []
    life.on("arrived", arrived.append)
    for number in range(most):
        if arrived:
            return number
        life.advance()
    raise AssertionError("it doesn't arrive")


@pytest.mark.parametrize("speed", [1.0, 0.5, 0.37, 2.0, 2.6])
def test_it_arrives_in_the_time_that_it_says(scene: Scene, speed: float) -> None:
    random = np.random.default_rng(0)
    for seed in range(12):
        life = scene.life(scene.controls(speed=speed, novelty=0), seed=seed)
        for _ in range(int(random.integers(20))):
            life.advance()
        frame = int(random.integers(16))
        goal = life.go_to(life.second_of(frame))
        assert (goal.name, goal.frame, goal.last) == (None, frame, frame)
        assert str(goal) == f"second {frame / 10:.1f}"
        assert life.goals == [goal]
        count = arrive(life)
        assert abs(count - max(1, round(goal.seconds * scene.fps))) <= (0 if speed == 1 else 1)
        assert life.goals == []


def test_the_picture_shows_the_goal_when_it_has_arrived(scene: Scene) -> None:
    unit = float(np.median(np.linalg.norm(np.diff(scene.embeddings, axis=0), axis=1)))
    for speed in (1.0, 0.4):
        life = scene.life(scene.controls(speed=speed, novelty=0), start_at=0.2)
        shown: list[np.ndarray] = []
        arrived: list[int] = []
        life.on("arrived", lambda goal, shown=shown, arrived=arrived: arrived.append(len(shown)))
        life.go_to("smile")
        while not arrived:
            shown.append(life.advance())
        assert np.linalg.norm(shown[arrived[0]] - scene.embeddings[11]) < unit


def test_a_range_is_played_through(scene: Scene) -> None:
    life = scene.life(scene.controls(novelty=0), start_at=0.3, goal="asleep")
    (goal,) = life.goals
    assert (goal.name, goal.last, str(goal)) == ("asleep", 9, "asleep")
    assert 6 <= goal.frame <= 9
    nodes: list[int | None] = []
    while life.goals:
        life.advance()
        nodes.append(life.node)
    assert nodes[-(10 - goal.frame) :] == list(range(goal.frame, 10))


def test_events_tell_what_happens(scene: Scene) -> None:
    life = scene.life(start_at=0.2)
    events: list[tuple[str, str | None, int]] = []
    for event in ("arriving", "arrived"):
        life.on(event, lambda goal, event=event: events.append((event, goal.name, life.node)))
    first = life.go_to("asleep")
    second = life.go_to("smile", queue=True)
    assert life.goals == [first, second]
    assert second.seconds > first.seconds
    assert not events
    while life.goals:
        life.advance()
    assert events == [
        ("arriving", "asleep", 2),
        ("arrived", "asleep", first.frame),
        ("arriving", "smile", 9),
        ("arrived", "smile", 11),
    ]
    assert first.seconds == pytest.approx(0.1 * (first.frame - 2), abs=1.0)


def test_a_queue_takes_the_time_that_it_says(scene: Scene) -> None:
    life = scene.life(start_at=0.2)
    life.go_to(1.3)
    life.go_to("asleep", queue=True)
    goal = life.go_to(0.4, queue=True)
    count = 0
    while life.goals:
        life.advance()
        count += 1
    assert count == round(goal.seconds * scene.fps)


def test_another_goal_replaces_the_first_and_giving_up_ends_all(scene: Scene) -> None:
    life = scene.life(start_at=0.2, goal="smile")
    life.advance()
    goal = life.go_to(0.5)
    assert life.goals == [goal]
    life.give_up()
    assert life.goals == []
    arrived: list[Goal] = []
    life.on("arrived", arrived.append)
    nodes = set()
    for _ in range(60):
        life.advance()
        nodes.add(life.node)
    assert not arrived
    assert len(nodes) > 3


def test_the_present_frame_is_a_goal(scene: Scene) -> None:
    life = scene.life(start_at=0.7)
    life.advance()
    goal = life.go_to(life.second_of(life.node or 0))
    assert goal.seconds == 0
    assert arrive(life) == 1


def test_an_error_of_a_listener_ends_nothing_else(scene: Scene) -> None:
    life = scene.life(start_at=0.2)

    def fail(goal: Goal) -> None:
        raise ZeroDivisionError

    life.on("arriving", fail)
    life.go_to("smile")
    with pytest.raises(ZeroDivisionError):
        life.advance()
    assert arrive(life) > 0
    with pytest.raises(InputError, match="arriving and arrived"):
        life.on("departed", fail)


def test_a_listener_gives_the_next_goal(scene: Scene) -> None:
    life = scene.life(start_at=0.2, goal="smile")
    arrived: list[str | None] = []

    def go_back(goal: Goal) -> None:
        arrived.append(goal.name)
        life.go_to("asleep" if goal.name == "smile" else "smile")

    life.on("arrived", go_back)
    for _ in range(200):
        life.advance()
    assert arrived[:4] == ["smile", "asleep", "smile", "asleep"]


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (1.6, "no second 1.6; choose from 0 to 1.5"),
        (-1, "no second -1"),
        (float("nan"), "no second nan"),
        (float("inf"), "no second inf"),
        ("grin", "no name 'grin'; its names are smile, asleep"),
        (None, "no second"),
        ([3], "no second"),
    ],
)
def test_what_is_no_goal(scene: Scene, goal: object, words: str) -> None:
    life = scene.life()
    with pytest.raises(InputError, match=words):
        life.go_to(goal)  # type: ignore[arg-type]
    assert life.goals == []
    if goal is not None:
        with pytest.raises(InputError, match=words):
            scene.life(goal=goal)  # type: ignore[arg-type]


def test_nobody_goes_anywhere_without_time_or_a_graph(scene: Scene) -> None:
    with pytest.raises(InputError, match="At speed 0"):
        scene.life(scene.controls(speed=0)).go_to(0.5)
    life = scene.life()
    life.graph = None
    with pytest.raises(InputError, match="can't go to a chosen second"):
        life.go_to(0.5)
    behavior = msgspec.structs.replace(ring().manifest.behavior, transitions=None)
    without = Bundle(msgspec.structs.replace(ring().manifest, behavior=behavior), ring().parts)
    with pytest.raises(InputError, match="can't go to a chosen second"):
        Scene(without, device="cpu").life(goal=0.2)


def test_where_no_transition_leads(scene: Scene) -> None:
    life = scene.life(start_at=1.0)
    assert life.graph is not None
    costs = np.where(life.graph.targets == life.graph.following[:, None], 0, 1e6).astype(np.float32)
    life.graph = type(life.graph)(life.graph.targets, costs, life.graph.following)
    with pytest.raises(InputError, match=r"No transitions of this scene lead to second 0\.2"):
        life.go_to(0.2)
    with pytest.raises(InputError, match="lead to asleep"):
        life.go_to("asleep")


def test_go_to_while_another_thread_advances(scene: Scene) -> None:
    life = scene.life()
    arrived: list[Goal] = []
    life.on("arrived", arrived.append)
    stop = threading.Event()

    def advance() -> None:
        while not stop.is_set():
            life.advance()

    thread = threading.Thread(target=advance)
    thread.start()
    random = np.random.default_rng(0)
    for frame in random.integers(0, 16, 50):
        life.go_to(int(frame) / 10, queue=bool(frame % 2))
    last = life.goals
    stop.set()
    thread.join()
    for _ in range(2000):
        if not life.goals:
            break
        life.advance()
    assert not life.goals
    assert not last or arrived[-1] == last[-1]


def test_a_version_of_1_0_goes_to_goals() -> None:
    life = Scene.open(PLAIN).life(start_at=0.1)
    goal = life.go_to(0.4)
    assert arrive(life) == round(goal.seconds * 10)
    assert life.node == 4


def test_goals_as_users_write_them(scene: Scene) -> None:
    source, names = scene.manifest.source, scene.names
    assert read_goal(source, names, None) is None
    assert read_goal(source, names, "1.2") == 1.2
    assert read_goal(source, names, "12f") == pytest.approx(1.2)
    assert read_goal(source, names, "smile") == "smile"
    for text, words in {"nan": "no name 'nan'", "grin": "its names are", "3x": "no second and no frame"}.items():
        with pytest.raises(InputError, match=words):
            read_goal(source, names, text)
    assert read_range(source, 16, "0.7-0.95") == (7, 10)
    assert read_range(source, 16, "7f-9f") == (7, 9)
    assert read_range(source, 16, "1") == (10, 10)
    for text in ("0.9-0.7", "1-99", "99", "-1", "", "1-", "a-b", "1-2-3"):
        with pytest.raises(InputError):
            read_range(source, 16, text)


def test_a_goal_that_nothing_leads_to_any_more_is_dropped(scene: Scene) -> None:
    life = scene.life()
    arrived: list[Goal] = []
    life.on("arrived", arrived.append)
    life.go_to("smile")
    assert life.graph is not None
    life.graph.goal_paths.path = lambda *_: None  # type: ignore[method-assign]
    driver = next(each for each in life.drivers if isinstance(each, GoalDriver))
    driver._legs[0].at = 15  # as if something else had steered the rollout
    driver._legs[0].way.appendleft(14)
    try:
        for _ in range(60):
            life.advance()
    finally:
        del life.graph.goal_paths.path
    assert (arrived, life.goals) == ([], [])


def test_a_queue_has_an_end(scene: Scene) -> None:
    life = scene.life()
    for _ in range(MOST_GOALS):
        life.go_to("smile", queue=True)
    with pytest.raises(InputError, match="64 goals"):
        life.go_to("smile", queue=True)
    life.go_to("asleep")
    assert [goal.name for goal in life.goals] == ["asleep"]


def test_a_clock_that_hardly_moves_leads_nowhere(scene: Scene) -> None:
    life = scene.life(scene.controls(speed=1e-30))
    with pytest.raises(InputError, match="can't go anywhere"):
        life.go_to("smile")
