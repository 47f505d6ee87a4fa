"""LabelMe files and masks: edited without loss, and refused in one sentence where they are none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alive_cli.errors import AliveError, InputError
from alive_cli.marking.hints_page import hints_of_photograph, mask_of_clip
from alive_cli.marking.labelme import LabelMeFile
from alive_cli.marking.marks import Mark, Marks
from alive_cli.marking.mask_file import MaskFile
from alive_cli.media.mask import read_mask
from alive_cli.observation.photograph.hints import read_hints
from bundle_spec.container import pack_picture
from tests.flowing import Stream

SIZE = (320, 240)
SQUARE = Mark([(20, 20), (200, 20), (200, 200), (20, 200)])
ARROW = Mark([(50, 50), (90, 50)])


def test_a_new_file_is_what_a_fit_reads(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    file = LabelMeFile(path, SIZE, "photo.jpg")
    assert file.load() == Marks([], [])
    file.save(Marks([SQUARE], [ARROW]))
    hints = read_hints(path, SIZE)
    assert hints.polygons[0].tolist() == [list(point) for point in SQUARE.points]
    assert hints.arrows.tolist() == [[list(point) for point in ARROW.points]]
    content = json.loads(path.read_text())
    assert (content["imagePath"], content["imageWidth"], content["imageHeight"]) == ("photo.jpg", *SIZE)


def test_what_is_unknown_survives(labelme: Path) -> None:
    content = json.loads(labelme.read_text())
    tree = {"label": "tree", "points": [[1, 1], [5, 1], [3, 6]], "shape_type": "polygon", "flags": {"old": True}}
    content["shapes"].insert(1, tree)
    content["shapes"][0]["flags"] = {"mine": True}
    content["shapes"][2]["label"] = "hint of the left bank"
    content |= {"flags": {"checked": True}, "imageData": "AAAA", "other": [1, {"deep": None}]}
    labelme.write_text(json.dumps(content))
    file = LabelMeFile(labelme, SIZE, "river.png")
    marks = file.load()
    assert [each.origin for each in marks.polygons] == [0]
    moved = Mark([(0, 0), (9, 0), (9, 9)], 0)
    for _ in range(2):  # the numbers of the shapes still hold after a save
        file.save(Marks([moved, SQUARE], marks.arrows[1:]))
        now = json.loads(labelme.read_text())
        assert {key: value for key, value in now.items() if key != "shapes"} == {
            key: value for key, value in content.items() if key != "shapes"
        }
        assert tree in now["shapes"]
        motions = [shape for shape in now["shapes"] if shape["label"] == "motion"]
        assert [shape["flags"] for shape in motions] == [{"mine": True}, {}]
        assert len([shape for shape in now["shapes"] if shape["label"].startswith("hint")]) == len(marks.arrows) - 1
    file.save(marks)
    assert any(shape["label"] == "hint of the left bank" for shape in json.loads(labelme.read_text())["shapes"])


def test_another_programs_changes_are_not_lost(labelme: Path) -> None:
    file = LabelMeFile(labelme, SIZE, "river.png")
    marks = file.load()
    changed = labelme.read_text() + "\n"
    labelme.write_text(changed)
    with pytest.raises(InputError, match="changed by another program"):
        file.save(marks)
    assert labelme.read_text() == changed
    labelme.rename(labelme.with_name("theirs.json"))
    file.save(marks)
    assert read_hints(labelme, SIZE).arrows.tolist() == [[list(p) for p in each.points] for each in marks.arrows]


def test_numbers_of_other_shapes_are_not_believed(labelme: Path) -> None:
    file = LabelMeFile(labelme, SIZE, "river.png")
    file.load()
    file.save(Marks([Mark(SQUARE.points, 1), Mark(SQUARE.points, 0), Mark(SQUARE.points, 0)], [Mark(ARROW.points, 99)]))
    labels = [shape["label"] for shape in json.loads(labelme.read_text())["shapes"]]
    assert labels == ["motion"] * 3 + ["hint"]


def shape(points: Any, label: str = "motion", kind: str = "polygon") -> dict[str, Any]:
    return {"label": label, "shape_type": kind, "points": points}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "can't be read as JSON"),
        ('{"name": "a package"}', "no list of shapes"),
        ({"shapes": [], "imageWidth": 9, "imageHeight": 9}, "another size|belongs to a picture"),
        ({"shapes": [shape([[0, 0], [1, float("nan")], [2, 2]])]}, "doesn't have the points"),
        ({"shapes": [shape([[0, 0], [1, 1]])]}, "doesn't have the points"),
        ({"shapes": [shape([[0, 0], ["1", 1], [1, 5]])]}, "doesn't have the points"),
        ({"shapes": [shape([[1, 2], [3, 4]], "hint", "line")] * 1001}, "more than can be edited"),
        ({"shapes": [shape([[n % 99, n // 99] for n in range(20_001)])]}, "more than can be edited"),
    ],
)
def test_strangers_hints(photo: Path, labelme: Path, content: Any, words: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    labelme.write_text(text)
    with pytest.raises(InputError, match=words):
        hints_of_photograph(photo, None)
    assert labelme.read_text() == text


def test_arrows_from_outside_come_to_the_border(labelme: Path) -> None:
    labelme.write_text(json.dumps({"shapes": [shape([[-50, 10], [400, 10]], "hint1", "line")]}))
    (arrow,) = LabelMeFile(labelme, SIZE, "river.png").load().arrows
    assert arrow.points == [(0, 10), (320, 10)]


def test_a_mask_is_what_a_fit_reads(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    file = MaskFile(path, SIZE)
    assert file.load() == Marks([], [])
    file.save(Marks([SQUARE], []))
    assert read_mask(path).startswith("mask 256x192 ")
    picture = np.asarray(Image.open(path))
    assert picture.shape == (240, 320)
    assert (picture[25:195, 25:195] == 255).all()
    assert picture[:19].max() == picture[:, 202:].max() == 0
    (polygon,) = MaskFile(path, SIZE).load().polygons
    file.save(Marks([polygon], []))
    assert np.array_equal(np.asarray(Image.open(path)), picture)


def test_another_programs_mask_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    file = MaskFile(path, SIZE)
    file.load()
    path.write_bytes(b"theirs")
    with pytest.raises(InputError, match="changed by another program"):
        file.save(Marks([SQUARE], []))
    assert path.read_bytes() == b"theirs"


@pytest.mark.parametrize("points", [[], [(-10, -10), (400, -10), (400, 300), (-10, 300)]])
def test_masks_that_say_nothing(tmp_path: Path, points: list[tuple[float, float]]) -> None:
    path = tmp_path / "mask.png"
    with pytest.raises(InputError, match=r"Nothing|Everything"):
        MaskFile(path, SIZE).save(Marks([Mark(points)] if points else [], []))
    assert not path.exists()


def test_a_photograph_is_no_mask(photo: Path, tmp_path: Path, stream: Stream) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(pack_picture(stream.picture(1)))
    before = other.read_bytes()
    with pytest.raises(InputError, match="black and white"):
        mask_of_clip(photo, other)
    with pytest.raises(InputError, match="would replace"):
        mask_of_clip(photo, photo)
    assert other.read_bytes() == before


def test_a_frame_of_a_clip(clip: Path, frames: np.ndarray, tmp_path: Path) -> None:
    task = mask_of_clip(clip, tmp_path / "mask.png")
    assert task.size == (48, 32)
    assert np.abs(task.picture.astype(int) - frames[0]).mean() < 8
    assert task.next_command.endswith("mask.png")
    with pytest.raises(InputError, match="--mask"):
        hints_of_photograph(clip, None)


@pytest.mark.parametrize("output", ["hints.txt", "nowhere/hints.json", "."])
def test_places_that_can_t_be_written(photo: Path, tmp_path: Path, output: str) -> None:
    with pytest.raises(AliveError):
        hints_of_photograph(photo, tmp_path / output)
