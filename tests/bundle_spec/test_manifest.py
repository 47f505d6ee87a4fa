"""The manifest: versions, unknown keys, and its schema."""

import msgspec
import pytest

from bundle_spec import features
from bundle_spec import manifest as m
from bundle_spec.errors import BundleError, CorruptBundle, UnsupportedVersion
from bundle_spec.manifest_json import decode_manifest, encode_manifest, json_schema


def example() -> m.Manifest:
    return m.Manifest(
        written_by=m.Tool(name="test", version="1"),
        source=m.Source(name="a.mp4", sha256="0" * 64, bytes=1, width=2, height=2, fps=25, frames=9),
        encoder=m.EncoderInfo(id="pca", dimension=4),
        recipe=m.Recipe(name="original"),
        defaults=m.Defaults(),
    )


def changed(**keys: object) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(encode_manifest(example())) | keys)


def test_round_trip() -> None:
    assert decode_manifest(encode_manifest(example())) == example()


def test_same_manifest_same_bytes() -> None:
    assert encode_manifest(example()) == encode_manifest(example())


@pytest.mark.parametrize("version", ["1.7", "1.1", "1.0"])
def test_newer_minor_and_unknown_keys_are_read(version: str) -> None:
    assert decode_manifest(changed(format_version=version, surprise={"deep": [1]})).source.name == "a.mp4"


@pytest.mark.parametrize(
    "keys",
    [
        {"format_version": "2.0"},
        {"format_version": "0.9"},
        {"min_reader_version": "1.2"},
        {"features_required": ["smell"]},
        # A newer major version may have changed everything else; the version is what the user must hear of.
        {"format_version": "2.0", "source": 7},
    ],
)
def test_needs_a_newer_reader(keys: dict[str, object]) -> None:
    with pytest.raises(UnsupportedVersion, match="needs a newer alive"):
        decode_manifest(changed(**keys))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        changed(source=None),
        changed(defaults={"pull": 2}),
        changed(defaults={"temperature": -1}),
        changed(encoder={"id": "pca", "dimension": 10**30}),
        changed(format_version="one"),
        changed(format_version="1.0\n"),
    ],
)
def test_refuses_what_is_no_manifest(data: bytes) -> None:
    with pytest.raises(BundleError):
        decode_manifest(data)


def test_nan_is_no_number() -> None:
    with pytest.raises(CorruptBundle):
        decode_manifest(encode_manifest(example()).replace(b'"pull": 0.1', b'"pull": NaN'))


def test_schema_names_every_key() -> None:
    schema = json_schema()
    assert set(schema["$defs"]["Manifest"]["properties"]) == set(m.Manifest.__struct_fields__)


def test_a_manifest_without_additions_has_the_keys_of_1_0() -> None:
    plain = msgspec.json.decode(encode_manifest(example()))
    assert not {"every", "pictures_fps"} & plain["source"].keys()
    assert "slices" not in plain["encoder"]
    source = msgspec.structs.replace(example().source, every=2, pictures_fps=12.5)
    encoder = msgspec.structs.replace(example().encoder, slices={"pose": [0, 4]})
    manifest = msgspec.structs.replace(example(), source=source, encoder=encoder)
    assert decode_manifest(encode_manifest(manifest)) == manifest
    assert plain["format_version"] == "1.1"
    assert plain["min_reader_version"] == "1.0"


def test_every_known_feature_has_a_version_that_this_reader_reads() -> None:
    assert set(features.FEATURES) == features.KNOWN_FEATURES
    for name, feature in features.FEATURES.items():
        assert decode_manifest(changed(features_required=[name], min_reader_version=feature.since)) is not None
