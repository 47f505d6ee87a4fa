"""The messages of the API: what a program may ask of a living scene, the answers, and the events."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from alive_cli.runtime.drivers.goal import MOST_GOALS

MOST_BYTES = 1 << 16
"""A message from a program has at most this many bytes; the longest sensible one has a hundredth of them."""
MOST_STATE_RATE = 30.0
"""A program receives at most this many state events per second, because scenes have about as many frames."""
LEAST_WIDTH = 16
"""No picture is narrower than this many pixels."""
MOST_WIDTH = 8192
"""No picture is wider than this many pixels; a server usually draws smaller ones, as `scene` says."""

Id = Annotated[str, Meta(max_length=64)] | Annotated[int, Meta(ge=-(2**53), le=2**53)] | None
Side = Annotated[float, Meta(ge=-1, le=1)]
Coordinate = Annotated[float, Meta(ge=-10, le=10)]
EventName = Literal["arriving", "arrived", "state"]
PictureFormat = Literal["jpeg", "png"]


class Request(Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What every request has: `do` names the action, and the answer repeats `id`."""

    id: Id = None


class GetScene(Request, tag="scene", frozen=True):
    """Answer with what never changes: size, rate, controls, names, and what the scene can do."""


class GetState(Request, tag="state", frozen=True):
    """Answer with the present state."""


class Set(Request, tag="set", kw_only=True, frozen=True):
    """Set some controls, all of them or none. The answer is the state."""

    controls: Annotated[dict[str, float], Meta(description='Values by the names of controls, as {"temperature": 0.3}.')]


class Touch(Request, tag="touch", kw_only=True, frozen=True):
    """Hold what is at a point, dragged by (dx, dy), until `let_go`; without a drag, nudge it.

    The longest side of the picture spans −1…1, and y points down.
    """

    x: Side
    y: Side
    dx: Coordinate = 0.0
    dy: Coordinate = 0.0


class LetGo(Request, tag="let_go", frozen=True):
    """Let go of what `touch` holds, so that it swings back."""


class LookAt(Request, tag="look_at", kw_only=True, frozen=True):
    """Turn what moves most toward a point of the picture, −1…1 across and down, until `look_away`."""

    across: Side
    down: Side


class LookAway(Request, tag="look_away", frozen=True):
    """Return to the scene's own life after `look_at`."""


class ViewFrom(Request, tag="view_from", kw_only=True, frozen=True):
    """See a scene with depth from elsewhere, −1…1 across and down, until `view_away`."""

    across: Side
    down: Side


class ViewAway(Request, tag="view_away", frozen=True):
    """Let the view sway again after `view_from`."""


class GoTo(Request, tag="go_to", kw_only=True, frozen=True):
    """Go to a second of the source, or to a name. The answer says in how many seconds the scene arrives."""

    goal: Annotated[
        float | Annotated[str, Meta(max_length=1000)], Meta(description="A second of the source, or a name.")
    ]
    queue: Annotated[bool, Meta(description="Go there after the goals that are left, instead of replacing them.")] = (
        False
    )


class Act(Request, tag="act", kw_only=True, frozen=True):
    """Do an action of the scene, from wherever it is. The answer says in how many seconds the action begins."""

    name: Annotated[str, Meta(max_length=1000)]
    queue: Annotated[bool, Meta(description="Do it after the goals that are left, instead of replacing them.")] = False


class GiveUp(Request, tag="give_up", frozen=True):
    """Forget all goals. The scene chooses freely again."""


class Mood(Request, tag="mood", kw_only=True, frozen=True):
    """Seek frames that have much of a mood, or avoid them if the strength is below 0. The answer is the state."""

    name: Annotated[str, Meta(max_length=1000)]
    strength: Annotated[float, Meta(ge=-1, le=1, description="0 ends the mood.")] = 1.0


class Another(Request, tag="another", kw_only=True, frozen=True):
    """Begin another life, at the present second. The answer is the state."""

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1, description="By default a random one.")] | None = None


class Pause(Request, tag="pause", frozen=True):
    """Stop time. The answer is the state."""


class Resume(Request, tag="resume", frozen=True):
    """Let time go on. The answer is the state."""


class GetPicture(Request, tag="picture", kw_only=True, frozen=True):
    """Answer with the present picture."""

    width: Annotated[int, Meta(ge=LEAST_WIDTH, le=MOST_WIDTH)] | None = None
    format: PictureFormat = "jpeg"


class Subscribe(Request, tag="subscribe", kw_only=True, frozen=True):
    """Receive these events from now on, and no others; none with an empty list. Over a WebSocket only."""

    events: Annotated[list[EventName], Meta(max_length=8)]
    rate: Annotated[
        float, Meta(ge=0.1, le=MOST_STATE_RATE, description="At most this many state events per second.")
    ] = 10.0


AnyRequest = (
    GetScene | GetState | Set | Touch | LetGo | LookAt | LookAway | ViewFrom | ViewAway | GoTo | Act | GiveUp | Mood
    | Another | Pause | Resume | GetPicture | Subscribe
)  # fmt: skip


class ControlInfo(Struct, frozen=True):
    """A control that the scene declares."""

    name: str
    default: float
    minimum: float | None
    maximum: float | None
    description: str


class SceneInfo(Struct, frozen=True):
    """What never changes while a scene lives."""

    title: str
    fps: Annotated[float, Meta(description="Frames that it lives per second.")]
    width: Annotated[int, Meta(description="Pictures are at most so wide.")]
    height: int
    first: Annotated[float, Meta(description="The first second of the source.")]
    last: float
    controls: list[ControlInfo]
    names: Annotated[list[str], Meta(description="Names that `go_to` takes.")]
    moods: Annotated[list[str], Meta(description="Names that `mood` takes.")]
    actions: Annotated[list[str], Meta(description="Names that `act` takes.")]
    can_touch: bool
    can_look: bool
    can_view: Annotated[bool, Meta(description="Whether the scene has depth.")]
    can_go: bool


class GoalInfo(Struct, frozen=True):
    """A goal of the scene, or an action."""

    name: str | None
    second: Annotated[float, Meta(description="The second of the source where it arrives.")]
    seconds: Annotated[float, Meta(description="The time to arrival when the goal was set, at the speed of then.")]


class State(Struct, frozen=True):
    """The present state of the scene."""

    frame: Annotated[int, Meta(description="Frames that it has lived since the server began.")]
    second: Annotated[
        float | None, Meta(description="The second of the source that it is near, where that is defined.")
    ]
    seed: int
    paused: bool
    controls: dict[str, float]
    moods: Annotated[dict[str, float], Meta(description="The strengths of the present moods.")]
    goals: Annotated[list[GoalInfo], Meta(max_length=MOST_GOALS, description="The present one first.")]


class Touched(Struct, frozen=True):
    """The answer to `touch`."""

    follows: Annotated[bool, Meta(description="Whether what is there moves so much in the clip that it follows.")]


class PictureInfo(Struct, frozen=True):
    """The answer to `picture`."""

    width: int
    height: int
    format: PictureFormat
    data: Annotated[str, Meta(description="The file, base64.")]


class Subscribed(Struct, frozen=True):
    """The answer to `subscribe`."""

    events: list[EventName]
    rate: float


class Done(Struct, frozen=True):
    """The answer to an action that has nothing to say."""


Result = SceneInfo | State | GoalInfo | Touched | PictureInfo | Subscribed | Done


class Answer(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The answer to a request: `ok`, with the result, or `error`, one sentence."""

    id: Id = None
    ok: Any = None
    error: str | None = None


class Arriving(Struct, tag_field="event", tag="arriving", frozen=True):
    """The scene sets out for a goal."""

    goal: GoalInfo


class Arrived(Struct, tag_field="event", tag="arrived", frozen=True):
    """The scene shows a goal."""

    goal: GoalInfo


class StateEvent(Struct, tag_field="event", tag="state", frozen=True):
    """The state has changed."""

    state: State


Event = Arriving | Arrived | StateEvent


class Refused(Exception):
    """A message that isn't a valid request; the text is one sentence."""

    def __init__(self, sentence: str, message_id: Id = None) -> None:
        """Keep the id for the answer."""
        super().__init__(sentence)
        self.id = message_id


class _WithId(Struct):
    id: Id = None


_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_ids = msgspec.json.Decoder(_WithId)
_objects = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


def read_request(message: bytes | str) -> AnyRequest:
    """Read a message of a WebSocket.

    Raises:
        Refused: it is no valid request.
    """
    try:
        return _requests.decode(message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Refused(_sentence(error), _id_of(message)) from None


def read_action(action: str, body: bytes) -> AnyRequest:
    """Read the body of an HTTP request for an action; an empty one has no values.

    Raises:
        Refused: it is no valid request.
    """
    try:
        values = _objects.decode(body) if body.strip() else {}
        request: AnyRequest = msgspec.convert({**values, "do": action}, AnyRequest)
        return request
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Refused(_sentence(error), _id_of(body)) from None


def encode(message: Answer | Event) -> bytes:
    """An answer or an event as JSON."""
    return _encoder.encode(message)


def _sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "The message is nested too deeply."
    return f"The message is not valid: {str(error).rstrip('.')}."


def _id_of(message: bytes | str) -> Id:
    try:
        return _ids.decode(message).id
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
