"""The page of `alive hints`: what flows in a photograph and which way, or which part of a clip lives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from alive_cli.errors import InputError
from alive_cli.files.outputs import check_output
from alive_cli.marking.labelme import LabelMeFile
from alive_cli.marking.marks import Marks, Painting, Saving, read_body
from alive_cli.marking.mask_file import MaskFile
from alive_cli.marking.pages import Pages
from alive_cli.marking.painting import painted
from alive_cli.marking.preview import Previewer, hints_of
from alive_cli.marking.site import Action, MarkingSite, as_jpeg
from alive_cli.media.decode import decode, plan_sampling
from alive_cli.media.pictures import read_pictures, shrunk_size
from alive_cli.media.probe import probe
from alive_cli.media.sources import PICTURES, clip_name
from alive_cli.observation.photograph.photograph import read_photograph
from alive_cli.shells import command_line
from alive_cli.web.local_page import LocalPage

SHOWN_SIDE = 1920
"""The page shows pictures of at most so many pixels on the longest side, which is more than most windows have."""
LOOKED_AT = 16
"""Of a clip so many frames are read, of which the page shows the first; fewer are no clip."""
PICTURE_NAME = "picture.jpg"
"""The page finds its picture under this name."""


class MarksFile(Protocol):
    """A file that keeps marks."""

    path: Path

    def load(self) -> Marks:
        """The marks in the file; none if there is no file."""
        ...

    def save(self, marks: Marks) -> None:
        """Write marks."""
        ...


@dataclass(frozen=True)
class Task:
    """What a person is to mark, and in which file."""

    source: Path
    picture: np.ndarray
    """uint8 [H, W, 3], perhaps smaller than the source."""
    size: tuple[int, int]
    """Width and height of the source in pixels, in which marks are."""
    file: MarksFile
    kind: str
    """`hints` or `mask`."""

    @property
    def next_command(self) -> str:
        """What to run once the file is saved."""
        return command_line(["alive", "fit", str(self.source), f"--{self.kind}", str(self.file.path)])


def hints_of_photograph(photograph: Path, output: Path | None) -> Task:
    """The task to draw hints on a photograph.

    Args:
        output: the LabelMe file; by default it has the photograph's name, and lies beside it.

    Raises:
        InputError: the photograph or the file can't be used.
        OutputError: the file can't be written.
    """
    if photograph.exists() and (photograph.is_dir() or photograph.suffix.lower() not in PICTURES):
        raise InputError(
            f"{photograph.name or photograph} is no photograph, and hints are for one that flows; to paint which part "
            "of a clip lives, add --mask mask.png."
        )
    size = read_photograph(photograph)
    output = output or photograph.with_suffix(".json")
    check_output(output, force=True, suffixes=(".json",))
    file = LabelMeFile(output, size, photograph.name)
    file.load()
    return Task(photograph, next(read_pictures([photograph], shrunk_size(size, SHOWN_SIDE))), size, file, "hints")


def mask_of_clip(clip: Path, output: Path) -> Task:
    """The task to paint which part of a clip, or a picture, lives, as a mask `output`.

    Raises:
        InputError: the clip or the mask can't be used.
        OutputError: the mask can't be written.
    """
    check_output(output, force=True, suffixes=(".png",))
    if clip.exists() and output.exists() and clip.samefile(output):
        raise InputError(f"The mask would replace {clip.name}; choose another name for it.")
    if clip.is_file() and clip.suffix.lower() in PICTURES:
        size = read_photograph(clip)
        picture = next(read_pictures([clip], shrunk_size(size, SHOWN_SIDE)))
    else:
        info = probe(clip)
        size = info.width, info.height
        # Spread over the clip, because it may begin with a still.
        picture = decode(info, plan_sampling(info, size=SHOWN_SIDE, max_frames=LOOKED_AT)).frames[0]
    file = MaskFile(output, size)
    file.load()
    return Task(clip, picture, size, file, "mask")


def site_of(task: Task, say: Callable[[str], None] = lambda text: None) -> MarkingSite:
    """The site on which a task is done.

    Args:
        say: it receives what to do next, each time the file is saved.

    Raises:
        InputError: the web player is not built.
    """
    width, height = task.size
    session = {
        "kind": task.kind,
        "name": task.source.name,
        "file": task.file.path.name,
        "width": width,
        "height": height,
    }
    page = LocalPage("hints", f"{clip_name(task.source)}: {task.kind}", width / height, session)
    previewer = Previewer(task.picture, task.size)
    pages = Pages()

    def load(body: bytes) -> Mapping[str, object]:
        marks = task.file.load()
        return {"marks": msgspec.to_builtins(marks), "page": pages.open()}

    def save(body: bytes) -> Mapping[str, str]:
        saving = read_body(body, Saving)
        pages.check(saving.page)
        marks = Marks(saving.polygons, saving.arrows)
        task.file.save(marks)
        try:
            if task.kind == "hints":
                hints_of(marks, task.size)
        except InputError as missing:  # saved all the same, to go on another day
            return {"message": f"Saved. Before alive fit can use it: {missing}"}
        say(f"Saved {task.file.path}. Next: {task.next_command}")
        return {"message": f"Saved. Next, in the terminal: {task.next_command}"}

    def paint(body: bytes) -> object:
        return msgspec.to_builtins(painted(read_body(body, Painting), task.size))

    actions: dict[str, Action] = {
        "load": load,
        "paint": paint,
        "save": save,
    }
    if task.kind == "hints":
        actions["preview"] = lambda body: previewer.preview(read_body(body, Marks))
    return MarkingSite(page, {PICTURE_NAME: as_jpeg(task.picture)}, actions, previewer.end)
