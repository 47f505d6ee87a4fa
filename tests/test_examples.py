"""The example scripts run as their first lines say."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alive_cli.media.decode import read_clip
from bundle_spec.conformance.valid import VALID
from tests.conftest import REPOSITORY


def run(name: str, *arguments: object) -> str:
    command = [sys.executable, REPOSITORY / "examples" / name, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("path", sorted((REPOSITORY / "examples").glob("*.py")), ids=lambda path: path.name)
def test_without_arguments_examples_say_how_to_run_them(path: Path) -> None:
    result = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert result.returncode
    assert f"python examples/{path.name} " in result.stderr
    assert "Traceback" not in result.stderr


def test_rollout_to_numpy(bundle: Path, tmp_path: Path) -> None:
    run("rollout_to_numpy.py", bundle, tmp_path / "a.npy")
    pictures = np.load(tmp_path / "a.npy")
    assert pictures.shape == (100, 32, 48, 3)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) > 90


def test_loop_for_a_page(bundle: Path, tmp_path: Path) -> None:
    run("loop_for_a_page.py", bundle, tmp_path / "site")
    assert len(read_clip(tmp_path / "site" / "loop.webm").frames) == 40
    page = (tmp_path / "site" / "index.html").read_text()
    assert "loop.mp4" in page


def test_liveness_report(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "good.alive").write_bytes(bundle.read_bytes())
    (tmp_path / "bad.alive").write_bytes(b"no bundle")
    (tmp_path / "rude.alive").write_bytes(VALID["plain"].build())
    table = run("liveness_report.py", tmp_path)
    assert "not an .alive bundle" in table
    assert "good.alive" in table
    assert len(table.splitlines()) == 4


@pytest.mark.parametrize("name", ["contact_sheet.py"])
def test_contact_sheet(name: str, bundle: Path, tmp_path: Path) -> None:
    run(name, bundle, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000
