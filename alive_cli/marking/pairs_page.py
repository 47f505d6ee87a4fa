"""The page of `alive hints --pairs`: what of a painting is what of a scene's frame."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from alive_cli.files.outputs import check_output
from alive_cli.marking.marks import read_body
from alive_cli.marking.pages import Pages
from alive_cli.marking.points_file import Points, PointsFile, SavedPoints
from alive_cli.marking.preview import animated
from alive_cli.marking.site import MarkingSite, as_jpeg
from alive_cli.marking.turns import Turns
from alive_cli.media.pictures import read_pictures, shrunk_size
from alive_cli.media.sources import clip_name
from alive_cli.observation.painting.picture import read_painting
from alive_cli.observation.painting.points import LEAST_PAIRS, MAX_PAIRS, Pairs, check_frame
from alive_cli.observation.painting.template import face_template
from alive_cli.shells import command_line
from alive_cli.threads import single_threaded_opencv
from alive_cli.web.local_page import LocalPage

SHOWN_SIDE = 1920
"""The page shows the painting with at most so many pixels on the longest side; people may enlarge it."""
SCENE_NAME, PAINTING_NAME = "scene.jpg", "painting.jpg"
"""The page finds its pictures under these names."""


class Motion(Protocol):
    """A scene by whose motion a painting is shown."""

    path: Path
    size: tuple[int, int]
    """Width and height of its frames in pixels."""

    def choose(self, second: float | None) -> float:
        """Choose the frame at a second of the source, or the calm one; returns its second."""
        ...

    def picture(self) -> np.ndarray:
        """The chosen frame, uint8 [H, W, 3]."""
        ...

    def moving(self, painting: np.ndarray, pairs: Pairs, go_on: Callable[[], None]) -> tuple[list[np.ndarray], float]:
        """Small pictures of a painting, uint8 [H, W, 3], as it would move, and the seconds that they take."""
        ...


@dataclass(frozen=True)
class PairsTask:
    """In which pictures a person sets points, and in which file."""

    motion: Motion
    painting: Path
    size: tuple[int, int]
    """Width and height of the painting in pixels."""
    picture: np.ndarray
    """The painting, uint8 [H, W, 3], perhaps smaller."""
    file: PointsFile

    @property
    def next_command(self) -> str:
        """What to run once the file is saved."""
        return command_line(
            ["alive", "transfer", str(self.motion.path), str(self.painting), "--points", str(self.file.path)]
        )


def file_of_points(painting: Path, output: Path | None) -> tuple[Path, tuple[int, int]]:
    """Where the points of a painting are kept, and its width and height in pixels.

    Args:
        output: by default it has the painting's name, and lies beside it.

    Raises:
        InputError: the painting can't be used.
        OutputError: the file can't be written.
    """
    size = read_painting(painting)
    output = output or painting.with_suffix(".json")
    check_output(output, force=True, suffixes=(".json",))
    return output, size


def pairs_of_painting(motion: Motion, painting: Path, output: Path | None, second: float | None) -> PairsTask:
    """The task to set points in a scene's frame and in a painting.

    Args:
        second: of the frame; by default that of the file, or the calm one's.

    Raises:
        InputError: the painting, the file or the second can't be used.
        OutputError: the file can't be written.
    """
    path, size = file_of_points(painting, output)
    file = PointsFile(path, motion.size, size)
    stated = file.stated_second()
    check_frame(stated, second, path.name)
    chosen = motion.choose(stated if second is None else second)
    file.second = chosen if stated is None else stated
    file.load()
    picture = next(read_pictures([painting], shrunk_size(size, SHOWN_SIDE)))
    return PairsTask(motion, painting, size, picture, file)


def pairs_site(task: PairsTask, say: Callable[[str], None] = lambda text: None) -> MarkingSite:
    """The site on which points are set.

    Args:
        say: it receives what to do next, each time the file is saved.

    Raises:
        InputError: the web player is not built.
    """
    scene_size = task.motion.size
    template = json.loads(face_template(scene_size, 0, task.size))
    session = {
        "painting": {"name": task.painting.name, "width": task.size[0], "height": task.size[1]},
        "scene": {"name": task.motion.path.name, "width": scene_size[0], "height": scene_size[1]},
        "file": task.file.path.name,
        "second": task.file.second,
        "least": LEAST_PAIRS,
        "most": MAX_PAIRS,
        "face": {key: template[key] for key in ("pairs", "moves")},
    }
    page = LocalPage("pairs", f"{clip_name(task.painting)}: points", task.size[0] / task.size[1], session)
    pages, turns = Pages(), Turns()

    def load(body: bytes) -> Mapping[str, object]:
        points = task.file.load()
        return {"points": msgspec.to_builtins(points), "page": pages.open()}

    def save(body: bytes) -> Mapping[str, str]:
        saving = read_body(body, SavedPoints)
        pages.check(saving.page)
        task.file.save(saving)
        say(f"Saved {task.file.path}. Next: {task.next_command}")
        return {"message": f"Saved. Next, in the terminal: {task.next_command}"}

    def preview(body: bytes) -> Mapping[str, object]:
        pairs = task.file.pairs(read_body(body, Points))
        with turns.turn() as go_on, single_threaded_opencv():
            pictures, seconds = task.motion.moving(task.picture, pairs, go_on)
            go_on()
            data = animated(pictures, seconds)
        return {"picture": base64.b64encode(data).decode(), "seconds": seconds, "note": ""}

    pictures = {SCENE_NAME: as_jpeg(task.motion.picture()), PAINTING_NAME: as_jpeg(task.picture)}
    return MarkingSite(page, pictures, {"load": load, "save": save, "preview": preview}, turns.end)
