"""The base install plays: an environment of its own, with torch not installed. Without a network this is skipped."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

NO_NETWORK = "after connection broken by"
"""With these words pip tells that it can't reach where packages come from."""


def run(*command: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `alive` command of a fresh environment with the base packages at their locked versions."""
    folder = tmp_path_factory.mktemp("base")
    constraints = folder / "constraints.txt"
    locked = (REPOSITORY / "requirements.lock").read_text().splitlines()
    constraints.write_text("\n".join(line.rstrip(" \\") for line in locked if "==" in line))
    assert run(sys.executable, "-m", "venv", folder / "env").returncode == 0
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    install = scripts / "python", "-m", "pip", "install", "--quiet", "--retries", 2, "--timeout", 20
    result = run(*install, "--constraint", constraints, REPOSITORY)
    if result.returncode != 0 and NO_NETWORK in result.stderr:
        pytest.skip("pip can't reach where packages come from, so there is no base install to test")
    assert result.returncode == 0, result.stderr[-2000:]
    return scripts / "alive"


def test_torch_is_not_there(alive: Path) -> None:
    assert run(alive.with_name("python"), "-c", "import torch").returncode != 0


def test_opencv_is_there(alive: Path) -> None:
    assert run(alive.with_name("python"), "-c", "import cv2; cv2.DISOpticalFlow").returncode == 0


def test_plays_inspects_and_makes_a_gif(alive: Path, bundle: Path, tmp_path: Path) -> None:
    played = run(alive, "play", bundle, "--out", tmp_path / "a.mp4", "--frames", 5)
    assert played.returncode == 0, played.stderr
    assert (tmp_path / "a.mp4").stat().st_size > 0
    made = run(alive, "gif", bundle, "-o", tmp_path / "a.gif", "--seconds", 0.5)
    assert made.returncode == 0, made.stderr
    inspected = run(alive, "inspect", bundle, "--json")
    assert json.loads(inspected.stdout)["encoder"]["id"] == "pose"


def test_same_life_as_in_the_full_install(alive: Path, bundle: Path) -> None:
    from alive_cli import Scene

    code = f"""
from alive_cli import Scene
scene = Scene.open({str(bundle)!r}, device="cpu")
life = scene.life(seed=4)
print([float(x).hex() for x in [life.advance() for _ in range(20)][-1][:8]])
"""
    life = Scene.open(bundle, device="cpu").life(seed=4)
    here = [float(x).hex() for x in [life.advance() for _ in range(20)][-1][:8]]
    assert run(alive.with_name("python"), "-c", code).stdout.strip() == str(here)


def test_fitting_says_what_to_install(alive: Path, clip: Path, tmp_path: Path) -> None:
    result = run(alive, "fit", clip, "-o", tmp_path / "a.alive")
    assert result.returncode == 2
    assert "alive-scene[fit]" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_example_travels_in_the_wheel(alive: Path) -> None:
    code = "from alive_cli.commands.demo import _example; print(_example().SECONDS)"
    assert run(alive.with_name("python"), "-c", code).stdout.strip() == "10"
