"""Imports only point down the floors, and playing never meets torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FLOORS = {
    "bundle_spec": 0,
    "alive_cli": 0,  # errors, outputs, progress, version
    "alive_cli.media": 1,
    "alive_cli.encoders": 1,
    "alive_cli.runtime": 2,
    "alive_cli.fitting": 2,
    "alive_cli.export": 3,
    "alive_cli.report": 3,
    "alive_cli.views": 3,
    "alive_cli.web": 3,
    "alive_cli.commands": 4,
    "alive_cli.cli": 5,
}
FORBIDDEN = {
    "bundle_spec": {"alive_cli"},
    "alive_cli.fitting": {"bundle_spec", "alive_cli.media", "alive_cli.encoders", "alive_cli.runtime"},
    "alive_cli.export": {"alive_cli.runtime", "alive_cli.views"},
    "alive_cli.views": {"alive_cli.export", "alive_cli.fitting"},
    "alive_cli.report": {"alive_cli.export", "alive_cli.fitting", "alive_cli.views"},
    "alive_cli.web": {"alive_cli.export", "alive_cli.fitting", "alive_cli.runtime"},
    "alive_cli.runtime": {"alive_cli.fitting"},
}
"""Sideways imports that would tie producing and playing together."""
TORCH_FREE = (
    "bundle_spec",
    "alive_cli.runtime",
    "alive_cli.views",
    "alive_cli.web",
    "alive_cli.media",
    "alive_cli.report",
)


def modules() -> list[tuple[str, Path]]:
    found = []
    for package in ("alive_cli", "bundle_spec"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
            found.append((name, path))
    return found


def package_of(name: str) -> str:
    return max((known for known in FLOORS if name == known or name.startswith(known + ".")), key=len)


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name for name in names if name.split(".")[0] in ("alive_cli", "bundle_spec")}


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(name: str, path: Path) -> None:
    if name == "alive_cli":
        return  # the public face re-exports Scene, lazily
    package = package_of(name)
    for imported in imports_of(path):
        target = package_of(imported)
        if target == package:
            continue
        assert FLOORS[target] < FLOORS[package] or (FLOORS[target] == FLOORS[package] == 0), f"{name} → {imported}"
        assert target not in FORBIDDEN.get(package, set()), f"{name} → {imported}"


def test_playing_never_imports_torch() -> None:
    names = [name for name, _ in modules() if name.startswith(TORCH_FREE)]
    code = f"import sys, importlib\nfor n in {names!r}: importlib.import_module(n)\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_stays_light() -> None:
    """`alive --help` must answer at once, so it may not even import what the commands need."""
    code = (
        "import sys; from alive_cli.cli import run; run(['--help']); "
        "sys.exit(', '.join({'numpy', 'torch', 'onnx', 'onnxruntime', 'PIL'} & set(sys.modules)) or 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
