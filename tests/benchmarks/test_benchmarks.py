"""The benchmarks aren't run here; but what they import is there."""

import ast
import importlib
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("torch")

SCRIPTS = [path for path in sorted(Path(__file__).parent.rglob("*.py")) if not path.name.startswith(("test_", "__"))]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_what_a_benchmark_imports_is_there(path: Path) -> None:
    missing = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("alive_cli", "bundle_spec"):
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                if not hasattr(module, alias.name) and find_spec(f"{node.module}.{alias.name}") is None:
                    missing.append(f"{path.name}:{node.lineno} {node.module}.{alias.name}")
    assert missing == []
