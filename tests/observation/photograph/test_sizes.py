"""The size at which a photograph is shown keeps its proportions, or is refused before any work."""

import pytest

from alive_cli.errors import InputError
from alive_cli.observation.photograph.photograph import shown_size


@pytest.mark.parametrize(
    ("own", "longest", "height", "expected"),
    [
        ((1280, 720), 640, None, (640, 360)),
        ((1280, 720), 4096, None, (1280, 720)),
        ((1280, 720), 4096, 360, (640, 360)),
        ((100, 6000), 4096, None, (68, 4096)),
        ((100, 6000), 1280, None, (64, 3840)),
        ((3000, 80), 640, None, (2400, 64)),
        ((64, 64), 16, None, (64, 64)),
    ],
)
def test_proportions_are_kept(
    own: tuple[int, int], longest: int, height: int | None, expected: tuple[int, int]
) -> None:
    assert shown_size("a.jpg", own, longest, height) == expected


def test_what_a_scene_can_not_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"a.jpg is 70×6000 pixels, which is too narrow for a scene; crop it first\."):
        shown_size("a.jpg", (70, 6000), 1280, None)
    with pytest.raises(
        InputError, match=r"at 4096×2731 has more pixels than a scene can; choose --size 2508 or less\."
    ):
        shown_size("a.jpg", (6000, 4000), 4096, None)
    assert shown_size("a.jpg", (6000, 4000), 2508, None) == (2508, 1672)
