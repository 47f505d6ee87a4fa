"""Names and the texts of constants: the words of the glossary, and full sentences."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

GONE_WORDS = {
    *("moment", "moments", "told", "asked", "given", "wanted", "found", "taken"),
    *("longing", "absence", "leash", "ticks", "observe", "knob"),
    *("bridge", "bridges", "detour", "detours", "bend", "bends"),
}
"""No identifier has one of these words between its underscores: each is a bare participle, or an old name of a thing
that the glossary calls otherwise (frame, revisit bonus, age, largest step, substeps, control, transition)."""
ALLOWED_NAMES: frozenset[str] = frozenset()
"""These identifiers may keep a gone word, each with its reason beside it; so far there are none. `observed` is an
adjective and no gone word, and the keys of the format are strings, which this test doesn't read."""
LEAST_WORDS = 5
"""A sentence that says what a constant means has at least so many words."""
FIRST_CHARACTERS = "`\"'"
"""A docstring begins with a capital letter, or with one of these before a name that is quoted."""


def files_of(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


def by_path(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that a module gives to its own things, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, 0
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name, node.lineno


def has_gone_word(name: str) -> bool:
    return name not in ALLOWED_NAMES and not GONE_WORDS.isdisjoint(name.lower().split("_"))


def constants(tree: ast.Module) -> Iterator[tuple[str, int, str | None]]:
    """Public constants of a module, each with its line and docstring."""
    for statement, after in zip(tree.body, [*tree.body[1:], None], strict=False):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if isinstance(statement.value, ast.Call) and ast.unparse(statement.value.func).endswith("TypeVar"):
            continue
        names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        if not any(name.isupper() and not name.startswith("_") for name in names):
            continue
        text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
        yield ", ".join(names), statement.lineno, text if isinstance(text, str) else None


def is_sentence(text: str) -> bool:
    begins = text[:1].isupper() or text[:1] in FIRST_CHARACTERS
    return begins and text.endswith(".") and len(text.split()) >= LEAST_WORDS


@pytest.mark.parametrize("path", files_of("alive_cli", "bundle_spec", "examples", "tests"), ids=by_path)
def test_no_identifier_has_a_gone_word(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    bad = sorted({f"{name} (line {line})" for name, line in identifiers(tree) if has_gone_word(name)})
    assert not bad, f"{by_path(path)}: {', '.join(bad)}; use a word that names the thing"


@pytest.mark.parametrize("path", files_of("alive_cli", "bundle_spec"), ids=by_path)
def test_every_constant_is_explained_by_a_sentence(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    bad = [f"{names} (line {line})" for names, line, text in constants(tree) if text is None or not is_sentence(text)]
    assert not bad, f"{by_path(path)}: {', '.join(bad)}"


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("moment", True),
        ("nearest_moments", True),
        ("_Told", True),
        ("TOLD", True),
        ("observed", False),
        ("foundry", False),
    ],
)
def test_gone_words_are_whole_parts_of_names(name: str, gone: bool) -> None:
    assert has_gone_word(name) is gone


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("A clip longer than this is thinned.", True),
        ("`alive fit` waits so many seconds.", True),
        ("of the longest side, in pixels.", False),
        ("Seconds, at most.", False),
        ("A clip longer than this is thinned", False),
    ],
)
def test_sentences(text: str, good: bool) -> None:
    assert is_sentence(text) is good
