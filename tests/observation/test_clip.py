"""The frames of a fit are read again from the clip that it was made from."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from alive_cli.media.encode import write_sequence
from alive_cli.media.sampling import SEQUENCE_FPS, read_frames
from alive_cli.observation.clip import SamplingRequest, read_clip
from alive_cli.progress import Listener


def test_thinned_pictures_are_read_again_alike(tmp_path: Path, frames: np.ndarray) -> None:
    pictures = np.tile(frames, (3, 1, 1, 1))
    write_sequence(tmp_path / "cats_%d.png", pictures)
    pattern = tmp_path / "cats_%d.png"
    clip = read_clip(pattern, SamplingRequest(fps=10, max_frames=16), Listener())
    assert np.array_equal(clip.frames.fitted, pictures[1::3])
    # The rate of the pictures is in the source, and was in the recipe's settings before that.
    for settings in ({}, {SEQUENCE_FPS: 10}):
        manifest = SimpleNamespace(source=clip.source, recipe=SimpleNamespace(settings=settings))
        for again in (pattern, tmp_path):
            warnings: list[str] = []
            read = read_frames(manifest, again, warnings.append)  # type: ignore[arg-type]
            assert np.array_equal(read.fitted, pictures[1::3])
            assert warnings == []


def test_a_holdout_keeps_every_other_frame_back(clip: Path) -> None:
    whole = read_clip(clip, SamplingRequest(), Listener()).frames.fitted
    half = read_clip(clip, SamplingRequest(holdout=True), Listener())
    assert half.frames.withheld is not None
    assert np.array_equal(half.frames.fitted, whole[::2])
    assert np.array_equal(half.frames.withheld, whole[1::2])
    assert (half.source.every, half.source.fps, half.source.frames) == (2, 5, 8)
