"""What leads a live view: a video or a camera, which begins, rests and ends with it."""

from typing import TYPE_CHECKING

from alive_cli.errors import InputError
from alive_cli.files.bundles import is_photograph
from alive_cli.runtime.lead.leader import RELATIVE
from alive_cli.views.performance import Performance
from bundle_spec.container import Bundle

if TYPE_CHECKING:
    from alive_cli.runtime.lead.video import LeadVideo


def check_lead(bundle: Bundle, lead: str | None, *, like: str, region: str | None) -> None:
    """Check what `--lead`, `--lead-like` and `--lead-region` say, before the scene is opened.

    Raises:
        InputError: nothing leads, but it is said how; or the scene can't be led.
    """
    if lead is None and (region or like != RELATIVE):
        raise InputError(
            "Nothing leads the scene; name a video with --lead, or leave out --lead-region and --lead-like."
        )
    if lead is not None and is_photograph(bundle):
        raise InputError("A photograph that flows can't be led, because it has no poses; leave out --lead.")


def attach(performance: Performance, lead: "LeadVideo") -> None:
    """Let a video or camera lead a performance as soon as a view shows it."""
    performance.lead = _LiveLead(performance, lead)
    performance.senses.add(performance.lead)


class _LiveLead:
    """A lead as a sense of a performance."""

    def __init__(self, performance: Performance, lead: "LeadVideo") -> None:
        self._performance, self._lead = performance, lead

    @property
    def is_on(self) -> bool:
        return self._lead.is_on

    def start(self) -> None:
        self._lead.start(lambda: self._performance.rollout, self._performance.say)

    def stop(self) -> None:
        self._lead.close()
