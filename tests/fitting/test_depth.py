"""Scenes of photographs and clips that were fitted with depth, and what a fit refuses."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from alive_cli import cli
from alive_cli.export.exporter import export_bundle
from alive_cli.fitting.depth import find_depth
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.recipes import recipe_of
from alive_cli.observation.depth import view_displacements
from alive_cli.runtime.frame import Frame
from alive_cli.runtime.scene import Scene
from bundle_spec.container import BANK_NAME, Bundle, pack_picture, pack_tensors, read_bundle
from bundle_spec.features.depth import DEPTH, has_depth
from tests.flowing import pool
from tests.textures import texture

SIZE = (200, 160)


def middle(size: tuple[int, int] = SIZE) -> np.ndarray:
    """A depth map, uint8 [H, W], in which a disc in the middle is near."""
    across, down = np.meshgrid(np.arange(size[0]) - size[0] / 2, np.arange(size[1]) - size[1] / 2)
    return np.where(np.hypot(across, down) < 40, 220, 30).astype(np.uint8)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deep")
    (folder / "photo.png").write_bytes(pack_picture(texture(*SIZE, seed=4)))
    Image.fromarray(middle()).save(folder / "depth.png")
    return folder / "photo.png"


def run(*words: object, capsys: pytest.CaptureFixture[str] | None = None) -> tuple[int, str]:
    code = cli.run(["fit", *map(str, words)])
    return code, capsys.readouterr().err if capsys else ""


def test_a_photograph_with_depth_alone_stands_still_and_sways(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "deep.alive"
    assert run(photo, "--depth", photo.with_name("depth.png"), "-o", output)[0] == 0
    scene = Scene.open(output, device="cpu")
    assert scene.view_stretch is not None
    shown = [scene.draw(embedding) for embedding in islice(scene.live(scene.life()), 3)]
    assert all((picture == shown[0]).all() for picture in shown)
    picture = np.asarray(Image.open(photo))
    assert np.abs(shown[0].astype(int) - picture).mean() < 6  # the picture is stored as a lossy one
    frames = list(islice(scene.frames(scene.life(scene.controls(speed=0))), 60))
    moved = scene.draw(frames[-1])
    assert np.abs(moved.astype(int) - shown[0]).mean() > 2
    scene_again = Scene.open(output, device="cpu")
    assert (scene_again.draw(frames[-1]) == moved).all()


def test_water_flows_and_sways_and_what_is_still_sways_with_it(tmp_path: Path) -> None:
    stream = pool()
    (tmp_path / "pool.png").write_bytes(pack_picture(stream.picture(0)))
    (tmp_path / "pool.json").write_text(json.dumps(stream.labelme()))
    Image.fromarray(middle(stream.size)).save(tmp_path / "depth.png")
    words = ("--hints", tmp_path / "pool.json", "--depth", tmp_path / "depth.png", "-o", tmp_path / "pool.alive")
    assert run(tmp_path / "pool.png", *words)[0] == 0
    scene = Scene.open(tmp_path / "pool.alive", device="cpu")
    early, late = (scene.embeddings[place] for place in (0, len(scene.embeddings) // 2))
    outside = ~stream.inside
    outside[:, :20] = outside[:, -20:] = outside[:20] = outside[-20:] = False
    straight, aside = scene.draw(early), scene.draw(Frame(early, None, (1, 0)))
    assert np.abs(aside.astype(int) - straight)[outside].mean() > 3
    flowed = scene.draw(Frame(late, None, (1, 0)))
    near = np.abs(flowed.astype(int) - aside).mean(-1)
    assert near[stream.inside].mean() > 5 * near[outside].mean()


def test_a_clip_keeps_its_depth_through_exports_and_moves_as_before(bundle: Path) -> None:
    opened = read_bundle(bundle)
    plain = Scene(opened, device="cpu")
    assert not has_depth(opened.manifest)
    warp = opened.manifest.drawing.warp  # type: ignore[union-attr]
    fields = view_displacements(middle(plain.size), plain.size, tuple(warp.motion_grid))  # type: ignore
    bank = opened.tensors(BANK_NAME) | {DEPTH: fields}
    with_depth = Bundle(opened.manifest, {**opened.parts, BANK_NAME: pack_tensors(bank)})
    recipe = recipe_of(opened.manifest)
    exported, _ = export_bundle(with_depth, recipe.generator, recipe.behavior)
    assert has_depth(exported.manifest)
    assert "depth" in exported.manifest.features_used
    assert "depth" not in exported.manifest.features_required
    scene = Scene(exported, device="cpu")
    life, other = scene.life(seed=2), plain.life(seed=2)
    life.sway(0)
    for one, two in islice(zip(scene.frames(life), plain.frames(other), strict=False), 5):
        assert one.view is None
        assert (scene.draw(one) == plain.draw(two)).all()
    life.touch(0.1, 0.1, 0.1, 0)
    life.view_from(1, 0)
    frame = [frame for frame, _ in zip(scene.frames(life), range(10), strict=False)][-1]
    assert frame.offset is not None
    assert len(frame.offset) == warp.motion_modes  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--depth", "depth.png", "--depth-model", "depth.png"), "not both"),
        (("--depth", "photo.png", "--quality", "draft"), "no use for --quality"),
        (("--depth", "missing.png"), "There is no file"),
        (("--depth-model", "photo.png"), "can't be opened as an ONNX model"),
        (("--depth", "depth.png", "--out-dir", "x"), "no use for --out-dir"),
    ],
)
def test_a_fit_refuses_in_a_sentence(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    named = [photo.with_name(word) if word.endswith(".png") else word for word in words]
    code, said = run(photo, *named, "-o", tmp_path / "a.alive", capsys=capsys)
    assert code == 2
    assert sentence in said
    assert not (tmp_path / "a.alive").exists()


def test_the_published_method_has_no_depth(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(middle((48, 32))).save(tmp_path / "depth.png")
    words = ("--recipe", "original", "--depth", tmp_path / "depth.png", "-o", tmp_path / "a.alive")
    code, said = run(clip, *words, capsys=capsys)
    assert code == 2
    assert "knows no depth" in said


def test_a_model_sees_the_median_of_a_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def estimated(path: Path, picture: np.ndarray) -> np.ndarray:
        seen.append(picture)
        return middle(SIZE) / 255

    monkeypatch.setattr("alive_cli.fitting.depth.estimated_depth", estimated)
    frames = np.repeat(texture(*SIZE, seed=4)[None], 5, 0)
    frames[2] = 255
    fields = find_depth(frames, (30, 24), FitOptions(depth_model=Path("m.onnx")))
    assert fields is not None
    assert fields.shape == (2, 24, 30)
    assert (seen[0] == frames[0]).all()
    assert find_depth(frames, (30, 24), FitOptions()) is None


def test_an_interrupted_fit_goes_on_with_its_depth() -> None:
    kept = FitOptions(depth=Path("a.png")).others()
    assert FitOptions().filled(kept, frozenset()).depth == Path("a.png")
    assert FitOptions(depth_model=Path("b.onnx")).filled(kept, frozenset({"depth_model"})).depth is None
