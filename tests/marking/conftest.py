"""A small photograph of a river, and its hints."""

import json
from pathlib import Path

import pytest

from bundle_spec.container import pack_picture
from tests.flowing import Stream, river


@pytest.fixture
def stream() -> Stream:
    return river()


@pytest.fixture
def photo(stream: Stream, tmp_path: Path) -> Path:
    path = tmp_path / "river.png"
    path.write_bytes(pack_picture(stream.picture(0)))
    return path


@pytest.fixture
def labelme(stream: Stream, tmp_path: Path) -> Path:
    path = tmp_path / "river.json"
    path.write_text(json.dumps(stream.labelme()))
    return path
