"""A painting moves as a scene does, is exact where nothing moves, and says whose motion and whose picture it is."""

import json
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from alive_cli import cli
from alive_cli.fitting.rehearsal import Rehearsal, lively
from alive_cli.fitting.transfer import shown_size
from alive_cli.generators.warp.painting import BLURS, MOST_STRETCH, STRETCH, bounded, smooth_enough, stretches
from alive_cli.observation.painting.points import read_pairs
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance
from bundle_spec.container import BANK_NAME, pack_picture, pack_tensors, read_bundle, write_bundle
from bundle_spec.limits import MAX_DEFAULT_PIXELS
from bundle_spec.verdicts import READY, judge
from tests.conftest import moving_frames

VALID = Path(conformance.__file__).parent / "valid"
SIZE = (90, 120)
"""Width and height of the painting."""


def painted() -> np.ndarray:
    """A painting, uint8 [120, 90, 3]: a disc before stripes."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    disc = np.hypot(columns - 45, rows - 60) < 25
    stripes = np.where((columns // 6 + rows // 6) % 2, 90, 140)
    return np.stack([np.where(disc, 220, stripes), stripes, np.where(disc, 60, stripes)], -1).astype(np.uint8)


def points() -> dict[str, object]:
    """The tiny clip's disc and what is around it, where it is in its first frame, and in the painting."""
    middle, around = (
        np.array([24, 22.4]),
        [(0, 0), (6, 0), (-6, 0), (0, 6), (0, -6), (5, 5), (-5, 5), (5, -5), (-5, -5)],
    )
    return {
        "version": 1,
        "scene": {"second": 0.0, "width": 48, "height": 32},
        "painting": {"width": SIZE[0], "height": SIZE[1]},
        "pairs": [
            {
                "name": f"{number}",
                "scene": (middle + offset).tolist(),
                "painting": (np.array([45, 60]) + 3 * np.array(offset)).tolist(),
            }
            for number, offset in enumerate(around)
        ],
        "moves": [[[15, 30], [75, 30], [75, 90], [15, 90]]],
    }


@dataclass(frozen=True)
class Transferred:
    """A painting that moves, made once."""

    source: Path
    painting: Path
    points: Path
    bundle: Path

    def arguments(self, output: Path, *options: str) -> list[str]:
        return [
            "transfer",
            str(self.source),
            str(self.painting),
            "--points",
            str(self.points),
            "-o",
            str(output),
            *options,
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle: Path) -> Transferred:
    folder = tmp_path_factory.mktemp("transfer")
    own = Transferred(bundle, folder / "disc.png", folder / "points.json", folder / "disc.alive")
    own.painting.write_bytes(pack_picture(painted()))
    own.points.write_text(json.dumps(points()))
    assert cli.run(own.arguments(own.bundle)) == 0
    return own


@pytest.fixture(scope="module")
def scene(made: Transferred) -> Scene:
    return Scene.open(made.bundle, device="cpu")


def test_the_bundle_is_sound(made: Transferred) -> None:
    verdicts, _ = judge(made.bundle)
    assert verdicts[-1].sentence == READY


def test_the_painting_is_exact_on_its_frame_and_moves_on_others(scene: Scene) -> None:
    assert scene.size == SIZE
    np.testing.assert_array_equal(scene.draw(scene.embeddings[0]), painted())
    pictures = [scene.draw(each).astype(int) for each in islice(scene.live(scene.life(seed=0)), 20)]
    assert max(abs(picture - painted()).max() for picture in pictures) > 30
    for picture in pictures:  # what lies far from the outline stays
        np.testing.assert_array_equal(picture[:8], painted()[:8])


def test_a_rehearsal_shows_what_the_scene_will(made: Transferred, scene: Scene) -> None:
    rehearsal = Rehearsal(made.source)
    assert rehearsal.choose(0.0) == 0
    assert rehearsal.picture().shape == (32, 48, 3)
    pictures, seconds = rehearsal.moving(painted(), read_pairs(made.points, (48, 32), SIZE))
    assert (len(pictures), seconds) == (16, 1.6)
    for picture, embedding in zip(pictures, scene.embeddings, strict=True):
        assert np.abs(picture - scene.draw(embedding).astype(float)).mean() < 0.1
    assert max(np.abs(picture.astype(float) - painted()).mean() for picture in pictures) > 10


def test_the_frames_that_move_most_and_close_are_shown() -> None:
    places = np.zeros((40, 1))
    places[10:21, 0] = np.sin(np.linspace(0, 2 * np.pi, 11))
    places[30:] = np.linspace(0, 1, 10)[:, None]
    assert lively(places, np.ones((1, 2, 2, 2)), 11) == slice(10, 21)
    assert lively(places, np.ones((1, 2, 2, 2)), 99) == slice(0, 40)


def test_life_and_names_are_the_scenes(made: Transferred, scene: Scene) -> None:
    earlier = read_bundle(made.source)
    assert scene.manifest.behavior == earlier.manifest.behavior
    np.testing.assert_array_equal(scene.embeddings, earlier.tensors("bank.safetensors")["embedding"])
    ours, theirs = (
        list(islice(each.live(each.life(seed=4)), 12)) for each in (scene, Scene.open(made.source, device="cpu"))
    )
    np.testing.assert_array_equal(ours, theirs)
    assert scene.steering is not None
    assert scene.steering.spread.max() > 0


def test_it_says_whose_motion_and_whose_picture_it_is(made: Transferred, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = read_bundle(made.bundle).manifest
    assert manifest.painting is not None
    assert manifest.source == read_bundle(made.source).manifest.source
    assert (manifest.painting.name, manifest.painting.bytes) == ("disc.png", made.painting.stat().st_size)
    assert cli.run(["inspect", str(made.bundle)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Scene disc, 90×120" in text
    assert "Motion of swing.mp4" in text
    assert "Painting disc.png, 90×120" in text


def test_the_same_command_gives_the_same_file(made: Transferred, tmp_path: Path) -> None:
    again = tmp_path / "again.alive"
    assert cli.run(made.arguments(again)) == 0
    assert again.read_bytes() == made.bundle.read_bytes()


def test_it_can_be_exported_and_slimmed_again(made: Transferred, tmp_path: Path) -> None:
    slim = tmp_path / "slim.alive"
    assert cli.run(["export", str(made.bundle), "-o", str(slim), "--slim"]) == 0
    assert slim.stat().st_size < made.bundle.stat().st_size
    assert read_bundle(slim).manifest.painting is not None


def test_a_template_and_the_frame_are_written(made: Transferred, tmp_path: Path) -> None:
    template, frame = tmp_path / "t.json", tmp_path / "f.png"
    options = ["--template", str(template), "--frame-picture", str(frame), "--frame", "0.4"]
    assert cli.run(["transfer", str(made.source), str(made.painting), *options]) == 0
    assert json.loads(template.read_text())["scene"] == {"second": 0.4, "width": 48, "height": 32}
    with Image.open(frame) as picture:
        assert picture.size == (48, 32)


def _broken(folder: Path) -> dict[str, Path]:
    """Pictures that are no painting."""
    paths = {
        name: folder / name for name in ("small.png", "moving.gif", "words.png", "huge.png", "mask.png", "dark.png")
    }
    paths["small.png"].write_bytes(pack_picture(painted()[:63]))
    frames = [Image.fromarray(each) for each in moving_frames(3, 80, 80)]
    frames[0].save(paths["moving.gif"], save_all=True, append_images=frames[1:])
    paths["words.png"].write_text("no picture")
    Image.new("1", (9000, 9000)).save(paths["huge.png"])
    paths["mask.png"].write_bytes(pack_picture(painted()[:100]))
    paths["dark.png"].write_bytes(pack_picture(np.zeros((SIZE[1], SIZE[0], 3), np.uint8)))
    return paths


def test_bad_input_gets_a_sentence_and_leaves_no_file(
    made: Transferred, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = _broken(tmp_path)
    slim = tmp_path / "slim.alive"
    assert cli.run(["export", str(made.source), "-o", str(slim), "--slim"]) == 0
    three = tmp_path / "three.json"
    three.write_text(json.dumps({**points(), "pairs": points()["pairs"][:3]}))  # type: ignore[index]
    output = tmp_path / "output.alive"
    own, others = made.arguments(output), ["--points", str(made.points), "-o", str(output)]
    cases = [
        ([*own, "--points", str(three)], "has 3 pairs of points"),
        ([*own[:2], *own[5:]], "Name the painting after the scene"),
        ([*own[:3], *own[5:]], "A painting needs pairs of points"),
        ([*own, "--frame", "0.5"], "were set on the frame at 0 s, not at 0.5 s"),
        ([*own, "--mask", str(pictures["mask.png"])], "mask.png is 90×100 pixels, and the painting 90×120"),
        ([*own, "--mask", str(pictures["dark.png"])], "nothing would move"),
        (["transfer", str(made.source), str(pictures["small.png"]), *others], "at least 64 a side"),
        (["transfer", str(made.source), str(pictures["moving.gif"]), *others], "is an animation"),
        (["transfer", str(made.source), str(pictures["words.png"]), *others], "can't be read as a picture"),
        (["transfer", str(made.source), str(pictures["huge.png"]), *others], "81 megapixels"),
        (["transfer", str(made.source), str(tmp_path / "none.png"), *others], "There is no file"),
        (["transfer", str(slim), *own[2:]], "was slimmed"),
        (["transfer", str(made.bundle), *own[2:]], "is a painting that moves already"),
        (["transfer", str(VALID / "plain.alive"), *own[2:]], "no motion modes of recipe living"),
        (["transfer", str(made.source), "--template", str(tmp_path / "t.json")], "needs the painting's size"),
        (["compare", str(made.bundle), str(made.source)], "shows a painting"),
        (["eval", str(made.bundle)], "shows a painting"),
        (["fit", "--continue", str(made.bundle)], "shows a painting"),
    ]
    for arguments, sentence in cases:
        capsys.readouterr()
        assert cli.run(arguments) == 2, arguments
        message = " ".join(capsys.readouterr().err.split())
        assert sentence in message
        assert not output.exists()


def test_no_frame_stretches_a_painting_too_far() -> None:
    random = np.random.default_rng(0)
    modes = 0.02 * random.standard_normal((3, 16, 12, 2)).astype(np.float32)
    coefficients = random.standard_normal((20, 3))
    stretched = stretches(modes, coefficients, SIZE)
    assert stretched.max() > MOST_STRETCH
    within = stretches(modes, bounded(coefficients, stretched), SIZE)
    assert within.max() <= MOST_STRETCH + 1e-6
    calm = stretched < STRETCH
    np.testing.assert_allclose(bounded(coefficients, stretched)[calm], coefficients[calm])


@pytest.mark.parametrize("own", [(8000, 8000), (9000, 64), (3000, 4000), (720, 1280), (64, 64)])
@pytest.mark.parametrize("longest", [64, 1920, 4096])
def test_a_painting_is_shown_as_large_as_it_may_be(own: tuple[int, int], longest: int) -> None:
    width, height = shown_size(own, longest)
    assert max(width, height) <= min(longest, max(own))
    assert width * height <= MAX_DEFAULT_PIXELS
    assert max(width, height) == min(longest, max(own)) or width * height > 0.99 * MAX_DEFAULT_PIXELS or longest == 4096


def test_motion_is_blurred_no_more_than_it_must_be() -> None:
    blurs: list[float] = []

    def carry(blur: float) -> np.ndarray:
        blurs.append(blur)
        modes = np.zeros((1, 8, 8, 2), np.float32)
        modes[0, 4, 4] = 0.003 / blur
        return modes

    smooth_enough(carry, np.ones((5, 1)), (64, 64))
    assert 1 < len(blurs) < len(BLURS)


def test_depth_and_transparency_of_the_clip_are_left_behind(made: Transferred, tmp_path: Path) -> None:
    earlier = read_bundle(made.source)
    warp = earlier.manifest.drawing.warp if earlier.manifest.drawing else None
    assert warp is not None
    columns, rows = warp.motion_grid
    depth = {"depth": np.full((2, rows, columns), 0.01, np.float32)}
    recipe = msgspec.structs.replace(
        earlier.manifest.recipe, settings={**earlier.manifest.recipe.settings, "transparent": True, "alpha": "clip"}
    )
    parts = {**earlier.parts, BANK_NAME: pack_tensors(earlier.tensors(BANK_NAME) | depth)}
    deep = tmp_path / "deep.alive"
    write_bundle(deep, msgspec.structs.replace(earlier.manifest, recipe=recipe), parts)
    assert cli.run(replace(made, source=deep).arguments(tmp_path / "out.alive")) == 0
    moved = read_bundle(tmp_path / "out.alive")
    assert "depth" not in moved.tensors(BANK_NAME)
    assert not {"transparent", "alpha"} & moved.manifest.recipe.settings.keys()
    assert "alpha" not in moved.manifest.features_required
