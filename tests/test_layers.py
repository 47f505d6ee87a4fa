"""The layers: imports point down and never in circles, playing never meets torch, and only commands print."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FLOORS = [
    {"bundle_spec"},
    {
        "alive_cli.errors",
        "alive_cli.progress",
        "alive_cli.shells",
        "alive_cli.signals",
        "alive_cli.texts",
        "alive_cli.threads",
        "alive_cli.version",
    },
    {"alive_cli.files", "alive_cli.web"},
    {"alive_cli.media", "alive_cli.training"},
    {"alive_cli.encoders"},
    {"alive_cli.observation", "alive_cli.runtime"},
    {"alive_cli.generators", "alive_cli.behaviors"},
    {"alive_cli.serve"},
    {"alive_cli.export", "alive_cli.report", "alive_cli.views"},
    {"alive_cli.fitting", "alive_cli.marking"},
    {"alive_cli.console", "alive_cli.control_options"},
    {"alive_cli.fit_results"},
    {"alive_cli.commands"},
    {"alive_cli.cli"},
    {"alive_cli.__main__"},
]
"""A package imports packages of lower floors alone; so those of one floor know nothing of each other."""
LEARNED = {"alive_cli.generators", "alive_cli.behaviors"}
"""The packages that recipes are made of."""
FORBIDDEN = {
    "alive_cli.behaviors": {"alive_cli.observation"},
    "alive_cli.export": {"alive_cli.runtime"},
    "alive_cli.runtime": {"alive_cli.training", "alive_cli.encoders"},
    "alive_cli.serve": {"alive_cli.training", "alive_cli.encoders", "alive_cli.observation", *LEARNED},
    "alive_cli.views": {"alive_cli.training", "alive_cli.encoders", "alive_cli.observation", *LEARNED},
    "alive_cli.report": {"alive_cli.training", "alive_cli.observation", *LEARNED},
    "alive_cli.marking": {"alive_cli.training", "alive_cli.encoders", "alive_cli.report", *LEARNED},
}
"""What a package may not know, though it lies below: playing knows nothing of learning, and learning nothing of
playing."""
PROTOCOLS = {"alive_cli.export": {"alive_cli.generators.protocol", "alive_cli.behaviors.protocol"}}
"""A package that knows generators and behaviors by these modules alone."""
WITHOUT_TORCH = {
    "bundle_spec",
    *(
        f"alive_cli.{name}"
        for name in ("files", "media", "runtime", "serve", "views", "web", "marking", "report", "console", "commands")
    ),
}
"""These packages never import torch, not even when they are used."""
LIGHT = WITHOUT_TORCH | {"alive_cli.encoders", "alive_cli.control_options", "alive_cli.cli"}
"""Nothing that is loaded with these packages is torch."""
PRINTING = {"alive_cli.cli", "alive_cli.console", "alive_cli.fit_results", "alive_cli.commands"}
"""These packages print; all others return, raise, or tell a listener."""
PRINTERS = {"print", "typer.echo", "typer.secho", "click.echo", "rich.print"}
MOST_LINES = 400
"""A longer module has more than one purpose."""
TABLES: set[str] = set()
"""Modules that may be longer, because they are nothing but a table of data."""


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    module: str
    """The module that is imported: the submodule, if the name is one."""
    line: int
    typing: bool
    """Whether only type checkers see it."""


@cache
def modules() -> dict[str, Path]:
    """The file of each module, by its name."""
    paths = {}
    for package in ("alive_cli", "bundle_spec"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
            paths[name] = path
    return paths


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text("utf-8"))


@cache
def imports(name: str) -> list[Import]:
    """What a module imports, at its beginning and inside its functions."""
    typing = {
        id(inner)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return [
        Import(target, node.lineno, id(node) in typing) for node in ast.walk(tree(name)) for target in _targets(node)
    ]


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute here"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules() else str(node.module)


def package_of(name: str) -> str | None:
    """The package, of those that the floors list, that a module belongs to."""
    known = [each for floor in FLOORS for each in floor if name == each or name.startswith(each + ".")]
    return max(known, key=len, default=None)


def floor_of(package: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if package in floor)


def own(targets: list[Import]) -> list[Import]:
    return [each for each in targets if each.module.split(".")[0] in ("alive_cli", "bundle_spec")]


def test_every_module_is_on_a_floor() -> None:
    assert [name for name in modules() if package_of(name) is None] == ["alive_cli"]
    assert [each for floor in FLOORS for each in floor if each not in modules()] == []


@pytest.mark.parametrize("name", [name for name in modules() if name != "alive_cli"])
def test_imports_point_down(name: str) -> None:
    """`alive_cli` itself is left out: it is the public face, and hands out `Scene` when it is asked for."""
    package = package_of(name)
    assert package is not None
    for each in own(imports(name)):
        target, where = package_of(each.module), f"{name}:{each.line} imports {each.module}"
        assert target is not None, f"{where}, which is on no floor"
        if target == package:
            continue
        assert floor_of(target) < floor_of(package), f"{where}, which isn't below it"
        assert target not in FORBIDDEN.get(package, ()), f"{where}, of which it may know nothing"
        if package in PROTOCOLS and target in LEARNED:
            assert each.module in PROTOCOLS[package], f"{where}, but knows Protocols alone"


def test_nothing_is_imported_in_circles() -> None:
    """Imports inside packages, and inside functions, count; those that only type checkers see don't."""
    graph = {
        name: {each.module for each in own(imports(name)) if not each.typing and each.module != name}
        for name in modules()
    }
    circles = []
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            circles.append(" → ".join([*path[path.index(name) :], name]))
        elif name not in done:
            for target in sorted(graph.get(name, ())):
                visit(target, [*path, name])
            done.add(name)

    for name in graph:
        visit(name, [])
    assert circles == []


@pytest.mark.parametrize("name", [name for name in modules() if package_of(name) in WITHOUT_TORCH])
def test_playing_never_asks_for_torch(name: str) -> None:
    assert [each.line for each in imports(name) if each.module.split(".")[0] == "torch"] == []


def test_playing_never_loads_torch() -> None:
    names = [name for name in modules() if package_of(name) in LIGHT]
    code = f"import sys, importlib\nfor n in {names!r}: importlib.import_module(n)\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_stays_light() -> None:
    """`alive --help` must answer at once, so it may not even import what the commands need."""
    code = (
        "import sys; from alive_cli.cli import run; run(['--help']); "
        "sys.exit(', '.join({'numpy', 'torch', 'onnx', 'onnxruntime', 'cv2', 'PIL'} & set(sys.modules)) or 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", [name for name in modules() if package_of(name) not in PRINTING])
def test_only_commands_print(name: str) -> None:
    calls = [node for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]
    assert [node.lineno for node in calls if ast.unparse(node.func) in PRINTERS] == []


def test_each_file_of_the_commands_holds_one_command() -> None:
    from alive_cli.cli import app

    homes = [each.callback.__module__ for each in app.registered_commands if each.callback is not None]
    assert sorted(homes) == [name for name in modules() if name.startswith("alive_cli.commands.")]


def test_no_module_is_long() -> None:
    sources = [path for package in ("alive_cli", "bundle_spec") for path in sorted((REPOSITORY / package).rglob("*"))]
    lengths = {
        str(path.relative_to(REPOSITORY)): len(path.read_text("utf-8").splitlines())
        for path in sources
        if path.suffix in (".py", ".ts") and "node_modules" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES and name not in TABLES} == {}
    assert [name for name in TABLES if lengths.get(name, 0) <= MOST_LINES] == []
