"""The noise contract: known answers of Philox4x32-10, and the quantile tables."""

import hashlib
import math
from statistics import NormalDist

import numpy as np
import pytest

from alive_cli.runtime.noise import GRID, TABLE_SIZE, draw_noise, philox4x32, quantiles
from bundle_spec.manifest import NoiseTensor
from tests.conftest import REPOSITORY


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # known-answer vectors of Random123, philox4x32-10
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, int], expected: tuple[int, ...]) -> None:
    assert tuple(philox4x32(np.array([counter], np.uint32), key)[0]) == expected


@pytest.mark.parametrize("distribution", ["normal", "gumbel"])
def test_tables_are_far_from_rounding_ties(distribution: str) -> None:
    """So far that any mathematical library in double precision rounds every entry alike."""
    inverse = {"normal": NormalDist().inv_cdf, "gumbel": lambda p: -math.log(-math.log(p))}[distribution]
    scaled = [inverse((index + 0.5) / TABLE_SIZE) * GRID for index in range(TABLE_SIZE)]
    margin = min(abs(value - math.floor(value) - 0.5) for value in scaled)
    assert margin > 1e-5


def test_tables_are_the_specified_ones() -> None:
    digests = {
        name: hashlib.sha256((quantiles(name).astype(np.float64) * 2 * GRID).astype("<i4").tobytes()).hexdigest()
        for name in ("uniform", "normal", "gumbel")
    }
    specification = (REPOSITORY / "bundle_spec" / "SPEC.md").read_text()
    for name, digest in digests.items():
        assert digest in specification, f"{name}: {digest}"


def test_mean_and_variance() -> None:
    tensor = NoiseTensor(input="n", distribution="normal", shape=[20_000])
    noise = draw_noise(tensor, 0, 3, 1, 9)[0]
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03


def test_step_stream_and_seed_each_matter() -> None:
    tensor = NoiseTensor(input="n", distribution="uniform", shape=[3, 5])
    draws = [
        draw_noise(tensor, stream, step, 1, seed)[0]
        for stream, step, seed in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 2**32, 0), (0, 0, 2**32))
    ]
    assert all(draw.shape == (3, 5) for draw in draws)
    assert len({draw.tobytes() for draw in draws}) == len(draws)


def test_longer_tensors_begin_alike() -> None:
    short, long = (NoiseTensor(input="n", distribution="gumbel", shape=[size]) for size in (5, 50))
    np.testing.assert_array_equal(draw_noise(short, 0, 0, 1, 1)[0], draw_noise(long, 0, 0, 1, 1)[0, :5])


def test_steps_drawn_together_are_those_drawn_alone() -> None:
    tensor = NoiseTensor(input="n", distribution="normal", shape=[7])
    together = draw_noise(tensor, 2, 2**32 - 2, 5, 11)
    alone = [draw_noise(tensor, 2, 2**32 - 2 + step, 1, 11)[0] for step in range(5)]
    np.testing.assert_array_equal(together, np.stack(alone))
