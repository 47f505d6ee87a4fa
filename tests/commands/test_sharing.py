"""What people share: loops in every format, grids, comparisons, maps."""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alive_cli import Scene, cli
from alive_cli.errors import InputError
from alive_cli.files.sizes import read_size
from alive_cli.media.board import GAP
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_video
from alive_cli.report.motifs import Motifs, Occurrence
from bundle_spec.conformance.valid import VALID
from tests.conftest import moving_frames


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "ring.alive"
    path.write_bytes(VALID["layers"].build())
    return path


def shared(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.run([str(argument) for argument in arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
@pytest.mark.parametrize("once", [False, True])
def test_animations(bundle: Path, tmp_path: Path, suffix: str, once: bool, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"a{suffix}"
    messages = shared(["gif", bundle, "-o", path, "--seconds", "2", *(["--once"] if once else [])], capsys)
    with Image.open(path) as animation:
        # Encoders join frames that are alike.
        assert 15 <= animation.n_frames <= 20  # type: ignore[attr-defined]
        assert animation.size == (48, 32)
        if suffix == ".webp":
            assert animation.info["loop"] == int(once)
        if suffix == ".gif":
            assert ("loop" in animation.info) != once
    assert ("seam" in messages) != once


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_films(bundle: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"a{suffix}"
    shared(["gif", bundle, "-o", path, "--seconds", "2"], capsys)
    assert len(read_clip(path).frames) == 20


def test_lossless_apng_is_what_was_drawn(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared(["gif", bundle, "-o", tmp_path / "a.apng", "--seconds", "1"], capsys)
    shared(["gif", bundle, "-o", tmp_path / "f%d.png", "--seconds", "1"], capsys)
    with Image.open(tmp_path / "a.apng") as animation:
        for number in range(animation.n_frames):  # type: ignore[attr-defined]
            animation.seek(number)
            still = np.asarray(Image.open(tmp_path / f"f{number + 1}.png"))
            assert np.array_equal(np.asarray(animation.convert("RGB")), still)
    assert len(list(tmp_path.glob("f*.png"))) == 10


def test_quality_changes_the_size(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in (".webp", ".gif", ".mp4"):
        sizes = []
        for quality in (10, 95):
            path = tmp_path / f"{quality}{suffix}"
            shared(["gif", bundle, "-o", path, "--quality", quality, "--seconds", "2"], capsys)
            sizes.append(path.stat().st_size)
        assert sizes[0] < 0.8 * sizes[1], suffix


def test_boomerang_goes_to_and_fro(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared(["gif", bundle, "-o", tmp_path / "f%02d.png", "--boomerang", "--seconds", "2"], capsys)
    pictures = [np.asarray(Image.open(path)) for path in sorted(tmp_path.glob("f*.png"))]
    assert len(pictures) == 20
    for number in range(1, 10):
        assert np.array_equal(pictures[number], pictures[20 - number])
    assert not np.array_equal(pictures[0], pictures[10])


def test_a_size_that_fits(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.gif"
    shared(["gif", bundle, "-o", path, "--width", "200", "--seconds", "2"], capsys)
    most = path.stat().st_size // 3
    messages = shared(
        ["gif", bundle, "-o", path, "--width", "200", "--seconds", "2", "--max-size", f"{most}B", "--force"], capsys
    )
    assert path.stat().st_size <= most
    assert "To use the size" in messages
    messages = shared(["gif", bundle, "-o", path, "--seconds", "0.5", "--max-size", "100MB", "--force"], capsys)
    own = Scene.open(bundle).size[0]
    assert f"as large and good as they get, {own} pixels wide with quality 95" in " ".join(messages.split())


def test_a_grid_grows_to_the_scenes_own_size(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alive_cli.views.grid.DEFAULT_PANEL_WIDTH", 9)
    command = ["gif", plain, "-o", tmp_path / "a.webp", "--grid", "seeds:2", "--seconds", "0.3", "--max-size", "9MB"]
    shared(command, capsys)
    with Image.open(tmp_path / "a.webp") as animation:
        assert animation.size[0] == 2 * Scene.open(plain).size[0] + 3 * GAP


@pytest.mark.parametrize(("text", "size"), [("8MB", 8_000_000), ("500 kB", 500_000), ("1.5m", 1_500_000), ("9", 9)])
def test_sizes(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1GB", "0", "1e9", "nan"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(InputError, match="8MB"):
        read_size(text)


@pytest.mark.parametrize("grid", ["seeds:3", "temperature:0,1", "pull:0,0.1,0.3", "novelty:0,1"])
def test_grids(plain: Path, tmp_path: Path, grid: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.webp"
    shared(["gif", plain, "-o", path, "--grid", grid, "--width", "200", "--seconds", "1"], capsys)
    with Image.open(path) as animation:
        assert 190 <= animation.size[0] <= 200


def test_what_is_shared_is_small_unless_a_width_is_chosen(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alive_cli.views.file.SHARED_WIDTH", 10)
    monkeypatch.setattr("alive_cli.views.grid.DEFAULT_PANEL_WIDTH", 9)
    own = Scene.open(plain).size
    for options, width in (([], 10), (["--width", own[0]], own[0]), (["--grid", "seeds:3"], 3 * 9 + 4 * GAP)):
        path = tmp_path / f"{width}.gif"
        shared(["gif", plain, "-o", path, "--seconds", "0.2", *options], capsys)
        with Image.open(path) as animation:
            assert animation.size[0] == width


def test_panels_of_a_grid_start_alike(plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The panel of temperature 0 shows the start; the other one leaves it."""
    shared(["gif", plain, "-o", tmp_path / "f%d.png", "--grid", "temperature:0,1", "--seconds", "1"], capsys)
    pictures = [np.asarray(Image.open(tmp_path / f"f{number}.png")) for number in range(1, 11)]
    half = pictures[0].shape[1] // 2
    assert all(np.array_equal(pictures[0][:, :half], picture[:, :half]) for picture in pictures)
    assert not np.array_equal(pictures[0][:, half:], pictures[-1][:, half:])


def test_compare(bundle: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.mp4"
    shared(["compare", bundle, clip, "-o", path], capsys)
    frames = read_clip(path).frames
    assert len(frames) == 16
    assert frames.shape[2] > 96


def test_compare_refuses_another_clip(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_video(tmp_path / "other.mp4", 255 - moving_frames()[:, :, ::-1], fps=10)
    assert cli.run(["compare", str(bundle), str(tmp_path / "other.mp4"), "-o", str(tmp_path / "a.mp4")]) == 2
    assert "other.mp4 is not the clip that the scene was fitted to" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "a.mp4").exists()


def test_compare_takes_the_clip_in_another_file(bundle: Path, tmp_path: Path) -> None:
    write_video(tmp_path / "copy.mp4", moving_frames(), fps=10, quality=40)
    assert cli.run(["compare", str(bundle), str(tmp_path / "copy.mp4"), "-o", str(tmp_path / "a.mp4")]) == 0


def test_map(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page, tables = tmp_path / "a.png", tmp_path / "a.html", tmp_path / "tables"
    shared(["map", bundle, "-o", path, "--html", page, "--csv", tables, "--seconds", "3", "--size", "300"], capsys)
    assert Image.open(path).size == (300, 300)
    text = page.read_text()
    assert "data:image/jpeg;base64," in text
    assert "TOLD" not in text
    with (tables / "rollout.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert {row["nearest_frame"] for row in rows} <= {str(number) for number in range(16)}
    embedding = np.array([float(value) for name, value in rows[3].items() if name[0] == "e"])
    assert 0 < len(embedding) < 512
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-3)
    assert "pose_1" in rows[0]
    with (tables / "transitions.csv").open() as file:
        transitions = list(csv.DictReader(file))
    assert all(float(row["cost"]) == 0 for row in transitions if row["observed"] == "1")
    assert sum(float(row["probability"] or 0) for row in transitions) == pytest.approx(16)
    with (tables / "motifs.csv").open() as file:
        assert list(csv.DictReader(file)) == []


def test_what_is_chosen_takes_the_place_of_the_map(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shared(["map", plain, "--html", "page.html", "--seconds", "1"], capsys)
    shared(["map", plain, "--csv", "tables", "--seconds", "1"], capsys)
    assert "The map shows" not in shared(["map", plain, "--motifs", "m.webp", "--seconds", "1"], capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "ring.alive", "tables"]
    shared(["map", plain, "--html", "page.html", "--force", "-o", "map.png", "--seconds", "1"], capsys)
    shared(["map", plain, "--seconds", "1"], capsys)
    assert {"map.png", "ring-map.png"} < {path.name for path in tmp_path.iterdir()}


def test_map_without_motifs_or_pose(plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "motifs.webp"
    words = shared(["map", plain, "-o", tmp_path / "a.png", "--motifs", sheet, "--seconds", "1"], capsys)
    assert "The scene has no pose; components of its embeddings take its place." in words
    assert "There are no motifs in" in words
    assert "motifs.webp is not written, because there are no motifs to show." in words
    assert not sheet.exists()


def test_map_with_motifs(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(path: np.ndarray, *_: object) -> Motifs:
        occurrences = [Occurrence(1, 0, 2, 0.5, False), Occurrence(1, 2, len(path), 0.7, False)]
        return Motifs(np.ones(len(path), int), occurrences, [0.9], 3, None)

    monkeypatch.setattr("alive_cli.report.behavior_tables.find_motifs", two)
    sheet, tables = tmp_path / "motifs.webp", tmp_path / "tables"
    shared(
        ["map", plain, "-o", tmp_path / "a.png", "--motifs", sheet, "--csv", tables, "--size", "256", "--seconds", "1"],
        capsys,
    )
    with Image.open(sheet) as animation:
        assert animation.format == "WEBP"
        assert animation.n_frames >= 2  # type: ignore[attr-defined]
    with (tables / "motif_summary.csv").open() as file:
        assert [row["occurrences"] for row in csv.DictReader(file)] == ["2"]


def test_map_that_draws_itself(plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared(["map", plain, "-o", tmp_path / "a.mp4", "--seconds", "1", "--size", "200"], capsys)
    assert len(read_clip(tmp_path / "a.mp4").frames) == 10


def test_map_of_a_rude_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rude.alive"
    path.write_bytes(VALID["rude"].build())
    shared(["map", path, "-o", tmp_path / "a.png", "--html", tmp_path / "a.html", "--seconds", "1"], capsys)
    assert "<script>alert" not in (tmp_path / "a.html").read_text()


def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    shared(["doctor", "--json"], capsys)
    assert cli.run(["doctor", "--json"]) == 0
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert checks["ffmpeg"]["good"]
    assert checks["playing"]["good"]
    assert "--out" in checks["terminal"]["remedy"]
    assert cli.run(["doctor"]) == 0
    assert "ffmpeg" in capsys.readouterr().out


@pytest.mark.fits
@pytest.mark.parametrize("recipe", ["living", "original"])
def test_a_film_of_learning_changes_nothing(
    clip: Path, tmp_path: Path, recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    arguments = ["fit", clip, "--encoder", "pca", "--steps", "30", "--device", "cpu", "--no-export", "--recipe", recipe]
    shared([*arguments, "-o", tmp_path / "a.alive"], capsys)
    shared([*arguments, "-o", tmp_path / "b.alive", "--film", tmp_path / "film.mp4"], capsys)
    assert (tmp_path / "a.alive").read_bytes() == (tmp_path / "b.alive").read_bytes()
    film = read_clip(tmp_path / "film.mp4").frames
    assert 10 <= len(film) <= 30
    assert not np.array_equal(film[0], film[-1])


def test_map_by_neighbours(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    shared(["map", bundle, "-o", tmp_path / "a.png", "--method", "tsne", "--seconds", "1"], capsys)
    assert (tmp_path / "a.png").exists()


WRONG = {
    "two ways at once": (["gif", "--once", "--boomerang"], "Choose one"),
    "a grid of fifty": (["gif", "--grid", "seeds:50"], "1 to 16"),
    "a grid of nothing": (["gif", "--grid", "moods:3"], "no grid"),
    "a grid out of range": (["gif", "--grid", "pull:0,2"], "The pull is 2"),
    "an impossible size": (["gif", "-o", "x.gif", "--max-size", "100B"], "doesn't fit into"),
    "a size of pictures": (["gif", "-o", "f%d.png", "--max-size", "1MB"], "--max-size works with a single file"),
    "one name for many pictures": (["gif", "-o", "f.png"], "frame_%04d"),
    "two numbers in a name": (["gif", "-o", "f%d-%d.png"], "frame_%04d"),
    "an odd number in a name": (["gif", "-o", "f%s.png"], "frame_%04d"),
    "a map without its package": (["map", "--method", "umap", "-o", "m.png"], "alive-scene\\[map\\]"),
    "a page of another kind": (["map", "-o", "m.png", "--html", "m.txt"], r"\.html"),
    "tables in a file": (["map", "-o", "m.png", "--csv", "frames.csv"], "name of a folder"),
    "tables in no folder": (["map", "-o", "m.png", "--csv", "no/tables"], "doesn't exist"),
    "tables over a file": (["map", "-o", "m.png", "--csv", "ring.alive"], "is a file"),
    "motifs of another kind": (["map", "-o", "m.png", "--motifs", "m.txt"], r"\.webp"),
    "motifs over a file": (["map", "-o", "m.png", "--motifs", "ring.alive"], "can't be written"),
    "a port out of range": (["play", "--view", "browser", "--port", "70000"], "port"),
    "sixels without a terminal": (["play", "--view", "sixel"], "no terminal"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str, plain: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (command, *options), sentence = WRONG[name]
    monkeypatch.chdir(plain.parent)
    monkeypatch.setitem(sys.modules, "umap", None)
    assert cli.run([command, str(plain), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert re.search(sentence, err), err
    assert [path.name for path in plain.parent.iterdir()] == ["ring.alive"]
