"""What the tests of generators share: the tiny clip as a fit observes it."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from alive_cli.encoders.pca import PcaEncoder

if TYPE_CHECKING:
    from alive_cli.observation.observation import Observation


@pytest.fixture(scope="session")
def data(frames: np.ndarray) -> "Observation":
    """The tiny clip's frames and embeddings, on the CPU."""
    torch = pytest.importorskip("torch")
    from alive_cli.observation.observation import Observation

    return Observation.of(frames, PcaEncoder.fit(frames).encode(frames), torch.device("cpu"))
