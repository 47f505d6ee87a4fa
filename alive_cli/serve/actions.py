"""The actions of the API, on a living scene."""

from alive_cli.errors import InputError
from alive_cli.runtime.drivers.goal import MOST_GOALS
from alive_cli.runtime.goals import Goal
from alive_cli.serve import messages
from alive_cli.serve.living import Living
from alive_cli.serve.messages import ControlInfo, Done, GoalInfo, SceneInfo, State, Touched


class Actions:
    """Does at once what a request says. Pictures and subscriptions are not among it."""

    def __init__(self, living: Living, size: tuple[int, int]) -> None:
        """Steer a living scene.

        Args:
            size: width and height of the largest picture.
        """
        self._living, self._size = living, size

    def do(self, request: messages.AnyRequest) -> messages.Result:
        """Do what a request says.

        Raises:
            InputError: the scene can't do that.
        """
        living, rollout = self._living, self._living.rollout
        match request:
            case messages.GetScene():
                return self.scene()
            case messages.GetState():
                return self.state()
            case messages.Set(controls=values):
                checked = living.controls.copy(values)
                for name in values:
                    living.controls[name] = checked[name]
                return self.state()
            case messages.Touch(x=x, y=y, dx=dx, dy=dy):
                return Touched(rollout.touch(x, y, dx, dy))
            case messages.LetGo():
                rollout.let_go()
            case messages.LookAt(across=across, down=down):
                rollout.look_at(across, down)
            case messages.LookAway():
                rollout.look_away()
            case messages.ViewFrom(across=across, down=down):
                rollout.view_from(across, down)
            case messages.ViewAway():
                rollout.view_away()
            case messages.GoTo(goal=goal, queue=queue):
                return goal_info(rollout.go_to(goal, queue=queue))
            case messages.Act(name=name, queue=queue):
                return goal_info(rollout.act(name, queue=queue))
            case messages.GiveUp():
                rollout.give_up()
            case messages.Mood(name=name, strength=strength):
                rollout.mood(name, strength)
                return self.state()
            case messages.Another(seed=seed):
                living.begin_another(seed)
                return self.state()
            case messages.Pause():
                living.pause()
                return self.state()
            case messages.Resume():
                living.resume()
                return self.state()
            case messages.Subscribe():
                raise InputError("Events come over a WebSocket alone; connect one to the path api.")
        return Done()

    def scene(self) -> SceneInfo:
        """What never changes."""
        scene = self._living.scene
        first, last = (self._living.rollout.second_of(frame) for frame in (0, len(scene.embeddings) - 1))
        declared = self._living.controls.declared
        return SceneInfo(
            title=scene.manifest.title,
            fps=self._living.fps,
            width=self._size[0],
            height=self._size[1],
            first=first,
            last=last,
            controls=[ControlInfo(c.name, c.default, c.minimum, c.maximum, c.description) for c in declared],
            names=list(scene.names),
            moods=list(scene.moods),
            actions=list(scene.actions),
            can_touch=scene.steering is not None,
            can_look=scene.steering is not None and bool(scene.steering.look.any()),
            can_view=scene.view_stretch is not None,
            can_go=scene.graph is not None,
        )

    def state(self) -> State:
        """The present state."""
        living = self._living
        return State(
            frame=living.present.number,
            second=living.second,
            seed=living.seed,
            paused=living.is_paused,
            controls={name: living.controls[name] for name in living.controls},
            moods=living.rollout.moods,
            goals=[goal_info(goal) for goal in living.rollout.goals[:MOST_GOALS]],
        )


def goal_info(goal: Goal) -> GoalInfo:
    """A goal for a message."""
    return GoalInfo(goal.name, goal.second, goal.seconds)
