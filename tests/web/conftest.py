"""What the tests of the web player need: the built player, Chromium, and the conformance bundles."""

from pathlib import Path

import pytest

from bundle_spec.conformance.make import make
from tests.conftest import REPOSITORY, made_once
from tests.web.browsers import CHROMIUM

DIST = REPOSITORY / "alive_cli" / "web" / "dist"


@pytest.fixture(scope="session")
def player() -> Path:
    """The folder of the built player; skips where it isn't built, or nothing can run it."""
    if not (DIST / "alive-scene.js").is_file():
        pytest.skip("the web player is not built: make web")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    return DIST


@pytest.fixture(scope="session")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The conformance bundles, valid and invalid, with `cases.json`."""
    return made_once(tmp_path_factory, "conformance", make)
