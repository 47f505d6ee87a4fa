"""The tables for people who study behavior, and the sheet of motifs."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError, OutputError
from alive_cli.report.behavior_tables import (
    NAMES,
    check_folder,
    count_transitions,
    paths,
    scene_motifs,
    write_tables,
)
from alive_cli.report.embedding_map import make_map
from alive_cli.report.motifs import Motifs, Occurrence
from alive_cli.report.occurrence_sheet import COLUMNS, draw_sheet, motif_rows, sheet_frames
from alive_cli.report.pose_space import PoseSpace
from alive_cli.runtime.scene import Scene
from bundle_spec import conformance

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def posed() -> Scene:
    """A scene whose embeddings have a pose."""
    return Scene.open(VALID / "warp.alive", device="cpu")


@pytest.fixture
def unposed() -> Scene:
    """A scene of format 1.0, without a pose."""
    return Scene.open(VALID / "layers.alive", device="cpu")


def rows_of(folder: Path, scene: Scene, motifs: Motifs | None = None) -> dict[str, list[dict[str, str]]]:
    """The tables of a scene and a life of it, read again."""
    controls = scene.controls()
    counts = count_transitions(scene, controls, 0)
    rollout = scene.embeddings[::-1].copy()
    written = write_tables(folder, scene, make_map(scene, rollout), rollout, motifs or scene_motifs(scene, 0), counts)
    assert written == paths(folder)
    tables = {}
    for path in written:
        with path.open(newline="", encoding="utf-8") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return tables


def two_motifs(count: int) -> Motifs:
    """Motifs as a search would return them: 1, 2, 1, nothing, 2."""
    edges = [0, 1, 2, 3, count - 1, count]
    numbers = [1, 2, 1, 0, 2]
    labels = np.repeat(numbers, np.diff(edges))
    stretches = zip(numbers, edges, edges[1:], strict=False)
    occurrences = [Occurrence(own, first, end, 0.5 + first, first > 0) for own, first, end in stretches if own]
    return Motifs(labels, occurrences, [0.8, 0.6], 3, None)


def test_pose_coefficients_are_those_of_the_manifest(posed: Scene, tmp_path: Path) -> None:
    assert posed.manifest.encoder.slices is not None
    first, end = posed.manifest.encoder.slices["pose"]
    tables = rows_of(tmp_path / "new", posed)
    assert list(tables) == list(NAMES)
    assert [int(row["frame"]) for row in tables["observed"]] == list(range(len(posed.embeddings)))
    for frame, row in enumerate(tables["observed"]):
        poses = [float(row[f"pose_{number + 1}"]) for number in range(end - first)]
        assert poses == pytest.approx(posed.embeddings[frame, first:end].tolist(), rel=1e-5, abs=1e-9)
        assert f"pose_{end - first + 1}" not in row
        assert row["motif"] == "0"
    assert tables["observed"][-1]["speed"] == ""
    assert tables["rollout"][0]["pose_1"] == tables["observed"][-1]["pose_1"]
    assert tables["motifs"] == tables["motif_summary"] == []


def test_the_constant_gives_a_pose_its_length_back(posed: Scene) -> None:
    space = PoseSpace(True, 0, 2, 2, np.zeros(2), np.eye(2))
    poses = space.poses(np.array([[0.3, 0.4, 0.5], [0.6, 0.8, 0.0]]))
    assert poses[0].tolist() == pytest.approx([0.6, 0.8])
    assert np.isfinite(poses).all()


def test_without_a_pose_components_take_its_place(unposed: Scene, tmp_path: Path) -> None:
    space = PoseSpace.of(unposed)
    assert not space.has_pose
    poses, bank = space.poses(unposed.embeddings), unposed.embeddings
    assert np.linalg.norm(poses[0] - poses[-1]) == pytest.approx(np.linalg.norm(bank[0] - bank[-1]), rel=1e-5)
    tables = rows_of(tmp_path / "new", unposed)
    assert "component_1" in tables["observed"][0]
    assert "pose_1" not in tables["observed"][0]


@pytest.mark.parametrize("name", ["warp", "layers", "steps"])
def test_probabilities_of_a_frame_sum_to_one(name: str, tmp_path: Path) -> None:
    scene = Scene.open(VALID / f"{name}.alive", device="cpu")
    rows = rows_of(tmp_path / "new", scene)["transitions"]
    departures: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for row in rows:
        assert row["frame"] != row["next_frame"] or row["count"] == "0"
        departures[row["frame"]] += int(row["count"])
        sums[row["frame"]] += float(row["probability"] or 0)  # type: ignore[assignment]
        if scene.graph is None:
            assert row["cost"] == ""
        else:
            at = scene.graph.targets[int(row["frame"])] == int(row["next_frame"])
            assert float(row["cost"]) == pytest.approx(scene.graph.costs[int(row["frame"])][at].min(), rel=1e-5)
    assert sum(departures.values()) > 0
    for frame, times in departures.items():
        assert sums[frame] == pytest.approx(1 if times else 0, abs=1e-4)


def test_dwell_times_and_what_follows(posed: Scene, tmp_path: Path) -> None:
    count = len(posed.embeddings)
    motifs = two_motifs(count)
    tables = rows_of(tmp_path / "new", posed, motifs)
    assert [row["motif"] for row in tables["motifs"]] == ["1", "2", "1", "2"]
    assert tables["motifs"][1]["start_frame"] == tables["motifs"][1]["end_frame"] == "1"
    start, end = (float(tables["motifs"][1][name]) for name in ("start_second", "end_second"))
    assert end - start == pytest.approx(1 / posed.fps, abs=1e-3)
    assert [row["complete"] for row in tables["motifs"]] == ["0", "1", "1", "1"]
    first, second = tables["motif_summary"]
    assert first["occurrences"] == "2"
    assert float(first["seconds"]) == pytest.approx(2 / posed.fps, rel=1e-4)
    assert float(first["mean_dwell"]) == float(first["median_dwell"]) == pytest.approx(1 / posed.fps, rel=1e-4)
    assert [float(first[name]) for name in ("to_none", "to_1", "to_2")] == [0.5, 0, 0.5]
    assert [float(second[name]) for name in ("to_none", "to_1", "to_2")] == [0.5, 0.5, 0]
    assert (first["stability"], second["stability"]) == ("0.8", "0.6")
    assert [row["motif"] for row in tables["observed"]] == [str(label) for label in motifs.labels]


def test_a_sheet_shows_the_occurrences_beside_each_other(posed: Scene) -> None:
    motifs = two_motifs(len(posed.embeddings))
    boards = list(draw_sheet(posed, motif_rows(motifs), 200))
    assert len(boards) == sheet_frames(posed, motif_rows(motifs)) == 1
    assert boards[0].shape[1] <= 200
    assert boards[0].dtype == np.uint8
    long = Motifs(motifs.labels, [Occurrence(1, 0, 3, 0.1, False), Occurrence(1, 3, 4, 0.2, True)], [1.0], 3, None)
    boards = list(draw_sheet(posed, motif_rows(long), 10))
    assert len(boards) == 3
    assert boards[0].shape[1] >= COLUMNS * 24, "pictures stay large enough to be seen"
    column = boards[0].shape[1] // COLUMNS
    after = [board[:, column : 2 * column].mean() for board in boards]
    assert after[1] < after[0], "the second occurrence is over, and dark"


def test_where_tables_can_be_written(tmp_path: Path) -> None:
    check_folder(tmp_path / "new", force=False)
    check_folder(tmp_path, force=False)
    with pytest.raises(InputError, match=r"writes 6 tables; give the name of a folder instead of frames\.csv"):
        check_folder(tmp_path / "frames.csv", force=False)
    with pytest.raises(OutputError, match="doesn't exist"):
        check_folder(tmp_path / "no" / "new", force=False)
    (tmp_path / "motif_check.csv").write_text("old")
    with pytest.raises(OutputError, match="--force"):
        check_folder(tmp_path, force=False)
    check_folder(tmp_path, force=True)
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match="is a file; give the name of a folder"):
        check_folder(tmp_path / "file", force=True)
