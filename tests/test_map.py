"""The map for contributors names paths that exist, and links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "examples/OPTIONS.md",
    "examples/BEHAVIOR.md",
    "examples/CASTING.md",
    "examples/FITTING.md",
    "examples/HOW_IT_WORKS.md",
    "examples/INSTALLING.md",
    "examples/PAINTINGS.md",
    "examples/PLACES.md",
    "examples/SERVE.md",
    "examples/SHARING.md",
    "examples/STEERING.md",
    "examples/UNATTENDED.md",
    "examples/WEB.md",
    "examples/WORKING_ON_IT.md",
    "tests/benchmarks/README.md",
)
MAP = REPOSITORY / "examples" / "WORKING_ON_IT.md"
"""The map is in this document."""
FEWEST_PATHS = 15
"""A map with fewer paths means that this test no longer reads the map, because each row of it has at least one."""


def map_paths() -> list[str]:
    """Paths in backticks in the map, relative to the repository."""
    return list(dict.fromkeys(re.findall(r"`([\w.-]+/[\w./-]*)`", MAP.read_text("utf-8"))))


def links(document: Path) -> list[str]:
    """Targets of the links and pictures in a Markdown document, outside its code, that are no web addresses."""
    text = re.sub(r"^```\w*\n.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    return [target for target in targets if "://" not in target]


def anchors(document: Path) -> set[str]:
    """Fragments of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_map_names_paths() -> None:
    assert len(map_paths()) >= FEWEST_PATHS


@pytest.mark.parametrize("path", map_paths())
def test_paths_of_the_map_exist(path: str) -> None:
    target = REPOSITORY / path
    assert target.is_dir() if path.endswith("/") else target.is_file()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = REPOSITORY / name
    for link in links(document):
        file, _, fragment = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        assert not fragment or fragment in anchors(target), link
