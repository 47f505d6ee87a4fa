"""Doing actions: from wherever a life is, through one occurrence from its beginning to its end."""

from pathlib import Path

import msgspec
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.events import KeyEvent
from alive_cli.runtime.goals import Goal, Place
from alive_cli.runtime.rollout import Rollout
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance
from bundle_spec.conformance.scenes import scene as ring
from bundle_spec.container import Bundle, read_bundle
from bundle_spec.features.actions import with_actions

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def scene() -> Scene:
    """Six frames at ten a second, with the actions `left`, at frames 0-2 and 3-5, and `constructor`, at frame 1."""
    return Scene.open(VALID / "actions.alive", device="cpu")


def nodes_of(life: Rollout, most: int = 60) -> list[int | None]:
    """The nodes that a life comes to until it has no more goals."""
    nodes: list[int | None] = []
    while life.goals and len(nodes) < most:
        life.advance()
        nodes.append(life.node)
    return nodes


@pytest.mark.parametrize("frame", range(6))
@pytest.mark.parametrize("speed", [1.0, 0.6, 2.3])
def test_an_action_is_done_from_anywhere(scene: Scene, frame: int, speed: float) -> None:
    life = scene.life(scene.controls(temperature=speed), start_at=frame / 10)
    goal = life.act("left")
    assert (goal.name, goal.is_action, goal.frame, goal.last) == ("left", True, goal.frame, goal.frame + 2)
    assert goal.frame in (0, 3)
    assert str(goal) == "left"
    news: list[tuple[str, Goal]] = []
    for event in ("arriving", "arrived"):
        life.on(event, lambda goal, event=event: news.append((event, goal)))
    nodes = nodes_of(life)
    assert news == [("arriving", goal), ("arrived", goal)]
    assert nodes[-1] == goal.last
    if speed == 1:
        assert nodes[-2:] == [goal.frame + 1, goal.frame + 2], "no frame of the action is left out"
    life.advance()
    assert life.goals == []


def test_it_begins_at_the_first_frame_alone(scene: Scene) -> None:
    life = scene.life(start_at=0.1)
    goal = life.act("left")
    assert goal.frame != 1
    assert nodes_of(life)[-3:] == [goal.frame, goal.frame + 1, goal.frame + 2]


def test_actions_wait_behind_goals(scene: Scene) -> None:
    life = scene.life(start_at=0.4)
    first = life.go_to(0.2)
    second = life.act("constructor", queue=True)
    third = life.act("left", queue=True)
    assert life.goals == [first, second, third]
    assert first.seconds < second.seconds < third.seconds
    assert len(nodes_of(life)) == round(third.seconds * scene.fps) + 2
    life.act("left")
    life.act("constructor")
    assert [goal.name for goal in life.goals] == ["constructor"], "the last one replaces those before"
    life.give_up()
    assert life.goals == []


def test_of_occurrences_with_one_beginning_the_longest_is_done() -> None:
    place = Place("left", ((2, 4), (2, 9), (0, 5)), is_action=True)
    assert place.frames == [0, 2]
    assert place.range_at(2) == (2, 9)
    assert place.range_at(0) == (0, 5)


def test_an_action_ends_at_a_cut() -> None:
    bundle = ring()
    scene = Scene(Bundle(with_actions(bundle.manifest, {"left": [[3, 5]]}), bundle.parts), device="cpu")
    life = scene.life(start_at=0.3)
    assert life.graph is not None
    life.graph.following[4] = -1
    assert life.act("left").last == 4


@pytest.mark.parametrize("name", ["right", "", "toString", "0.2", "\x1b[2J"])
def test_what_is_no_action_is_refused_and_the_life_goes_on(scene: Scene, name: str) -> None:
    life = scene.life()
    goal = life.act("left")
    with pytest.raises(InputError, match=r"has no action .*; its actions are left, constructor\.") as error:
        life.act(name)
    assert "\x1b" not in str(error.value)
    assert life.goals == [goal]
    assert nodes_of(life)[-1] == goal.last


def test_what_does_no_actions_says_so(scene: Scene) -> None:
    with pytest.raises(InputError, match="no actions, and alive actions with --find looks for some"):
        Scene(ring(), device="cpu").life().act("left")
    bundle = ring()
    assert bundle.manifest.behavior is not None
    behavior = msgspec.structs.replace(bundle.manifest.behavior, transitions=None)
    graphless = Scene(Bundle(msgspec.structs.replace(bundle.manifest, behavior=behavior), bundle.parts), device="cpu")
    life = graphless.life()
    with pytest.raises(InputError, match="does no actions; fit it with --recipe living"):
        life.act("left")
    assert life.advance().shape == life.advance().shape
    still = scene.life(scene.controls(temperature=0))
    with pytest.raises(InputError, match="can't go anywhere"):
        still.act("left")
    assert still.goals == []


def test_a_key_does_the_next_action(scene: Scene) -> None:
    life = scene.life()
    for name in ("left", "constructor", "left"):
        reply = life.handle(KeyEvent("a"))
        assert reply is not None
        assert reply.wakes
        assert f"action: {name}" in reply.message
        assert [goal.name for goal in life.goals] == [name]
    none = Scene(ring(), device="cpu").life()
    reply = none.handle(KeyEvent("a"))
    assert reply is not None
    assert reply.message == "It has no actions, and alive actions with --find looks for some."
    assert not reply.wakes
    still = scene.life(scene.controls(temperature=0))
    reply = still.handle(KeyEvent("a"))
    assert reply is not None
    assert "can't go anywhere" in reply.message


def test_the_manifest_says_that_it_is_used() -> None:
    manifest = read_bundle(VALID / "actions.alive").manifest
    assert with_actions(manifest, {}).features_used == []
    assert with_actions(manifest, {}).actions == {}
    assert with_actions(manifest, {"up": [(0, 1)]}).features_used == ["actions"]
