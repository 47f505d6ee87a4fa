"""What a life of the Python player does, for comparing it with a life in a page."""

from collections.abc import Callable, Sequence
from typing import Any

from alive_cli.runtime.goals import Goal
from alive_cli.runtime.rollout import Rollout

BEFORE, AFTER = 7, 30
"""So many frames go by before each errand, and so many after the last one."""


def logged(
    life: Rollout, errands: Sequence[tuple[Any, bool]], send: Callable[..., Goal], words: Callable[[Goal], list[Any]]
) -> list[Any]:
    """The nodes of a life that runs errands, each with whether it is queued; between them its events, and the seconds
    that it says.

    Args:
        send: sends the life to one of the errands, as `Rollout.go_to` does.
        words: what of a goal stands beside its event.
    """
    log: list[Any] = []
    for event in ("arriving", "arrived"):
        life.on(event, lambda goal, event=event: log.append([event, *words(goal)]))
    for errand, queue in errands:
        for _ in range(BEFORE):
            life.advance()
            log.append(life.node)
        log.append(round(send(errand, queue=queue).seconds, 6))
    for _ in range(AFTER):
        life.advance()
        log.append(life.node)
    return log
