"""A file of points to begin with: the names of what a face has, at rough places."""

import json
from typing import Any

from alive_cli.observation.painting.points import VERSION

FACE: dict[str, tuple[float, float]] = {
    "left eye outer": (0.335, 0.42),
    "left eye inner": (0.435, 0.425),
    "left pupil": (0.385, 0.42),
    "left eye top": (0.385, 0.405),
    "left eye bottom": (0.385, 0.435),
    "right eye inner": (0.565, 0.425),
    "right eye outer": (0.665, 0.42),
    "right pupil": (0.615, 0.42),
    "right eye top": (0.615, 0.405),
    "right eye bottom": (0.615, 0.435),
    "left brow outer": (0.32, 0.365),
    "left brow middle": (0.375, 0.35),
    "left brow inner": (0.44, 0.37),
    "right brow inner": (0.56, 0.37),
    "right brow middle": (0.625, 0.35),
    "right brow outer": (0.68, 0.365),
    "nose bridge": (0.5, 0.42),
    "nose tip": (0.5, 0.53),
    "nose left": (0.44, 0.545),
    "nose right": (0.56, 0.545),
    "nose base": (0.5, 0.565),
    "mouth left": (0.41, 0.64),
    "mouth right": (0.59, 0.64),
    "upper lip": (0.5, 0.62),
    "between lips": (0.5, 0.64),
    "lower lip": (0.5, 0.67),
    "chin": (0.5, 0.77),
    "jaw left": (0.3, 0.6),
    "jaw low left": (0.37, 0.71),
    "jaw right": (0.7, 0.6),
    "jaw low right": (0.63, 0.71),
    "temple left": (0.28, 0.42),
    "temple right": (0.72, 0.42),
    "forehead": (0.5, 0.22),
    "hair top": (0.5, 0.1),
    "hair left": (0.22, 0.3),
    "hair right": (0.78, 0.3),
}
"""The points of a face, left and right as in the picture, in shares of the square in its middle."""
OUTLINE = ((0.15, 0.3), (0.5, 0.03), (0.85, 0.3), (0.75, 0.7), (0.5, 0.85), (0.25, 0.7))
"""The outline of a head, in the same shares."""


def face_template(scene: tuple[int, int], second: float, painting: tuple[int, int]) -> str:
    """The text of a file of points for a frame and a painting of width × height in pixels, at rough places."""

    def place(share: tuple[float, float], size: tuple[int, int]) -> list[float]:
        side = min(size)
        return [round((own - side) / 2 + part * side, 1) for part, own in zip(share, size, strict=True)]

    return points_text(
        {"second": round(second, 3), "width": scene[0], "height": scene[1]},
        {"width": painting[0], "height": painting[1]},
        [
            {"name": name, "scene": place(share, scene), "painting": place(share, painting)}
            for name, share in FACE.items()
        ],
        [[place(share, painting) for share in OUTLINE]],
    )


def points_text(
    scene: dict[str, Any],
    painting: dict[str, Any],
    pairs: list[dict[str, Any]],
    moves: list[list[list[float]]],
    others: dict[str, Any] | None = None,
) -> str:
    """The text of a file of points, with a line for each pair and each polygon.

    Args:
        others: whatever else the file holds.
    """
    fields = {
        "version": VERSION,
        "scene": scene,
        "painting": painting,
        **(others or {}),
    }
    lines = [f" {_line(key)}: {_line(value)}," for key, value in fields.items()]
    for key, entries in (("pairs", pairs), ("moves", moves)):
        listed = ",\n".join(f"  {_line(entry)}" for entry in entries)
        lines.append(f' "{key}": [\n{listed}\n ]' + ("," if key == "pairs" else ""))
    return "\n".join(["{", *lines, "}"]) + "\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
