"""The published generator: its shapes, its encoding, and its first layer in two halves."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.generators.positional import PositionalEncoding  # noqa: E402
from alive_cli.generators.siren.network import Siren, SirenSettings  # noqa: E402


def test_published_shapes() -> None:
    siren = Siren(SirenSettings())
    assert siren.first.weight.shape == (256, 560)
    assert [tuple(layer.weight.shape) for layer in siren.hidden] == [(256, 256)] * 3
    assert siren.first.weight.abs().max() <= 1 / 560
    assert siren.last.weight.abs().max() <= np.sqrt(6 / 256) / 20


def test_positional_encoding_spans_pi_to_32_pi() -> None:
    encoding = PositionalEncoding()
    assert encoding(torch.zeros(3, 2)).shape == (3, 48)
    assert encoding.frequencies[0].item() == pytest.approx(np.pi)
    assert encoding.frequencies[-1].item() == pytest.approx(32 * np.pi)


def test_split_first_layer_equals_the_concatenation() -> None:
    torch.manual_seed(1)
    siren, embedding, features = Siren(SirenSettings()), torch.randn(2, 512), torch.randn(7, 48)
    joined = torch.cat([embedding[:, None].expand(-1, 7, -1), features[None].expand(2, -1, -1)], -1)
    hidden = torch.sin(20 * siren.first(joined))
    for layer in siren.hidden:
        hidden = torch.sin(20 * layer(hidden))
    torch.testing.assert_close(siren(embedding, features), siren.last(hidden), atol=1e-5, rtol=0)
