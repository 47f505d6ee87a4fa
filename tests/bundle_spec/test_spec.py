"""The text and the code say the same."""

import json
import re
from pathlib import Path

import bundle_spec
from bundle_spec import limits, schema
from bundle_spec.conformance.forge import manifest_of
from bundle_spec.conformance.invalid import BASE, LAYERED
from bundle_spec.manifest_json import decode_manifest
from bundle_spec.operators import FOLDS, SHAPES

SPEC = (Path(bundle_spec.__file__).parent / "SPEC.md").read_text()


def test_limits() -> None:
    table = {name: int(value) for name, value in re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", SPEC, re.MULTILINE)}
    known = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert table == known


def test_operators() -> None:
    quotes = [sorted(block.replace(">", " ").split()) for block in re.findall(r"(?:^> .*\n)+", SPEC, re.MULTILINE)]
    assert quotes == [sorted(SHAPES), sorted(FOLDS)]


def test_schema_is_that_of_the_types() -> None:
    assert schema.PATH.read_text() == schema.text(), "run python -m bundle_spec.schema"


def test_schema_knows_a_manifest() -> None:
    """The keys of a real manifest are those of the schema."""
    definitions = json.loads(schema.text())["$defs"]
    for bundle in (BASE, LAYERED):
        manifest = manifest_of(bundle)
        assert set(manifest) <= set(definitions["Manifest"]["properties"])
        assert set(definitions["Manifest"]["required"]) <= set(manifest)
        decode_manifest(json.dumps(manifest).encode())


def test_sections_are_numbered() -> None:
    numbers = [int(number) for number in re.findall(r"^## (\d+)\.", SPEC, re.MULTILINE)]
    assert numbers == list(range(1, 11))
