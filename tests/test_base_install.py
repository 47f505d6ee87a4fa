"""The base install plays: the wheel in an environment of its own, in which torch isn't. Without a network this is
skipped."""

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from alive_cli.web.page import built_file
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

NO_NETWORK = "after connection broken by"
"""With these words pip tells that it can't reach where packages come from."""


def run(*command: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, env=environment)


def base_packages() -> set[str]:
    """The packages that the base install needs, itself left out, by name."""
    needed: set[str] = set()
    names = ["alive-scene"]
    while names:
        for text in distribution(names.pop()).requires or []:
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            if name not in needed and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                needed.add(name)
                names.append(name)
    return needed


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `alive` command of an environment with the wheel, and with links to the base packages alone."""
    folder = tmp_path_factory.mktemp("base")
    assert run(sys.executable, "-m", "venv", "--without-pip", folder / "env").returncode == 0
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    home = run(scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    for name in base_packages():
        for path in {file.parts[0] for file in distribution(name).files or []} - {"..", "__pycache__"}:
            if not (Path(home) / path).exists():  # packages may share a folder
                (Path(home) / path).symlink_to(distribution(name).locate_file(path))  # type: ignore[arg-type]
    pip = sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--quiet"
    result = run(*pip, "--no-deps", "--retries", 2, "--timeout", 20, REPOSITORY)
    if result.returncode != 0 and NO_NETWORK in result.stderr:
        pytest.skip("pip can't reach what builds a wheel, so there is no base install to test")
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


@pytest.mark.skipif(not built_file("page.js").is_file(), reason="the web player isn't built")
def test_makes_a_page_as_a_module(alive: Path, bundle: Path, tmp_path: Path) -> None:
    python = alive.with_name("python")
    made = run(python, "-m", "alive_cli", "export", bundle, "--web", tmp_path / "page")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "page" / "page.js").is_file()


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
