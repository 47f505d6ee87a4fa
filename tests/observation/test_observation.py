"""The clip as a fit sees it: between two frames, colours cross-fade and embeddings stay on the sphere."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.encoders.pca import PcaEncoder  # noqa: E402
from alive_cli.observation.observation import Observation  # noqa: E402


@pytest.fixture(scope="module")
def data(frames: np.ndarray) -> Observation:
    return Observation.of(frames, PcaEncoder.fit(frames).encode(frames), torch.device("cpu"))


def test_densified_observations(data: Observation) -> None:
    times = data.dense_times(5)
    assert len(times) == 15 * 5 + 1
    embeddings = data.embedding(times)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(76), atol=1e-5, rtol=0)
    torch.testing.assert_close(embeddings[::5], data.embeddings, atol=1e-6, rtol=0)
    middle = data.pixels(torch.tensor([2.5]), torch.tensor([7]))[0, 0]
    expected = (data.frames[2, 7].float() + data.frames[3, 7].float()) / 510
    torch.testing.assert_close(middle, expected)


def test_mean_and_range_of_each_pixel(data: Observation, frames: np.ndarray) -> None:
    torch.testing.assert_close(data.mean(), torch.from_numpy(frames.mean(0).reshape(-1, 3) / 255).float())
    assert torch.equal(data.range(), torch.from_numpy(np.ptp(frames, axis=0).max(-1).reshape(-1)))
