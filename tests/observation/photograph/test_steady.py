"""The mean flow of a clip: where something flows steadily, how fast, and for another picture."""

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.media.warping import resize
from alive_cli.observation.photograph.steady import fitted_to, mean_flow
from tests.flowing import STREAMS

FPS = 25.0


@pytest.mark.parametrize("name", STREAMS)
def test_the_flow_of_a_stream_is_known_again(name: str) -> None:
    stream = STREAMS[name]()
    frames = [stream.picture(number / FPS) for number in range(8)]
    steady = fitted_to(*mean_flow(frames, FPS), stream.size, stream.size)
    mask = steady.mask > 0
    assert (mask & stream.inside).sum() > 0.85 * (mask | stream.inside).sum()
    flow = resize(steady.flow, stream.size) * max(stream.size)
    errors = np.linalg.norm(flow - stream.flow, axis=-1)[stream.inside]
    assert np.median(errors) < 0.15 * np.median(np.linalg.norm(stream.flow, axis=-1)[stream.inside])


def test_another_picture_gets_the_same_shares() -> None:
    """A flow to the right by a tenth of the width a second is one by a tenth of the width in a taller picture."""
    flow = np.zeros((40, 80, 2), np.float32)
    flow[10:30, 20:60] = [0.1, 0]
    steady = fitted_to(flow, None, (200, 100), (100, 300))
    assert steady.mask.shape == (300, 100)
    assert steady.mask[150, 50] == 255
    assert steady.mask[20, 50] == 0
    assert steady.flow[20, 40] * 300 == pytest.approx([0.1 * 100, 0], abs=0.1)


def test_what_lives_may_be_chosen() -> None:
    flow = np.zeros((40, 80, 2), np.float32)
    flow[10:30, 20:60] = [0.1, 0]
    lives = np.zeros((100, 200), bool)
    lives[:50, :50] = True
    steady = fitted_to(flow, None, (200, 100), (200, 100), lives)
    assert ((steady.mask > 0) == lives).all()
    assert steady.flow[0, 0] == pytest.approx([0.1, 0], abs=1e-3)


def test_to_and_fro_is_no_flow() -> None:
    picture = STREAMS["river"]().picture(0)
    frames = [np.roll(picture, 3 * (number % 2), 1) for number in range(7)]
    with pytest.raises(ValueError, match="nothing in it flows steadily"):
        fitted_to(*mean_flow(frames, FPS), picture.shape[1::-1], picture.shape[1::-1])


def test_one_frame_has_no_flow() -> None:
    with pytest.raises(InputError, match="at least two frames"):
        mean_flow([np.zeros((20, 20, 3), np.uint8)], FPS)
