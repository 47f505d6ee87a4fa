"""A short run of the fuzzer, and properties that hold for any bundle."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bundle_spec.conformance.forge import archive, items, manifest_of
from bundle_spec.conformance.invalid import BASE
from bundle_spec.container import Bundle, pack_bundle, pack_tensors, unpack_bundle
from bundle_spec.errors import BundleError
from bundle_spec.manifest import Defaults, Manifest, Recipe
from bundle_spec.manifest_json import decode_manifest, encode_manifest
from tests.conftest import REPOSITORY

text = st.text(st.characters(codec="utf-8"), max_size=60)
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() not in ("mimetype", "manifest.json")
)
parts = st.dictionaries(names, st.binary(max_size=3000), max_size=8).filter(
    lambda named: len({name.lower() for name in named}) == len(named)
)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """A manifest with any texts, settings and defaults, of a scene that was not exported."""
    base = BASE.manifest
    scalar = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text
    return Manifest(
        written_by=base.written_by,
        title=draw(text),
        author=draw(text),
        licence=draw(text),
        source=base.source,
        encoder=base.encoder,
        recipe=Recipe(name=draw(text), settings=draw(st.dictionaries(text, scalar, max_size=5))),
        defaults=Defaults(
            temperature=draw(st.floats(0, 100)), pull=draw(st.floats(0, 1)), seed=draw(st.integers(0, 2**63 - 1))
        ),
        figures=draw(st.dictionaries(text, scalar, max_size=5)),
    )


@given(manifests(), parts)
@settings(max_examples=100, deadline=None)
def test_what_is_packed_is_read(manifest: Manifest, named: dict[str, bytes]) -> None:
    packed = pack_bundle(manifest, named)
    bundle = unpack_bundle(packed)
    assert bundle.parts == named
    assert {name: part.sha256 for name, part in bundle.manifest.parts.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in named.items()
    }
    assert (bundle.manifest.title, bundle.manifest.recipe) == (manifest.title, manifest.recipe)
    assert pack_bundle(bundle.manifest, bundle.parts) == packed
    assert encode_manifest(decode_manifest(encode_manifest(manifest))) == encode_manifest(manifest)


@given(
    st.dictionaries(
        names,
        arrays.arrays(st.sampled_from([np.float32, np.int64]), arrays.array_shapes(min_side=0), fill=st.nothing()),
        max_size=4,
    )
)
@settings(max_examples=50, deadline=None)
def test_tensors_come_back(tensors: dict[str, np.ndarray]) -> None:
    read = Bundle(BASE.manifest, {"t.safetensors": pack_tensors(tensors)}).tensors("t.safetensors")
    assert read.keys() == tensors.keys()
    for name, value in tensors.items():
        np.testing.assert_array_equal(read[name], value)
        assert read[name].dtype == value.dtype


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    """Whatever byte is changed, a reader refuses the file, or reads the very same scene."""
    whole = bytearray(archive(items(BASE)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        bundle = unpack_bundle(bytes(whole))
    except BundleError:
        return
    assert bundle.parts == BASE.parts  # the manifest itself has no digest
    assert manifest_of(bundle)["parts"] == manifest_of(BASE)["parts"]


@pytest.mark.slow
def test_fuzzing_finds_nothing(tmp_path: Path) -> None:
    """A few thousand inputs; `fuzz_reader.py` runs for as long as one likes."""
    pytest.importorskip("atheris")
    script = REPOSITORY / "tests" / "fuzz" / "fuzz_reader.py"
    arguments = [sys.executable, script, tmp_path / "corpus", "-runs=4000", "-seed=1", f"-artifact_prefix={tmp_path}/"]
    arguments += ["-rss_limit_mb=0"]  # Linux counts the memory of the process that started it as well
    result = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    assert "Done 4000 runs" in result.stderr
