"""The frames of a fit are found again in the clip that it was made from."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from alive_cli.report.truth import SEQUENCE_FPS, read_truth

from alive_cli.fitting.options import FitOptions
from alive_cli.media.encode import write_sequence
from alive_cli.observation.clip import take
from alive_cli.progress import Listener


def test_thinned_pictures_are_read_again_alike(tmp_path: Path, frames: np.ndarray) -> None:
    pictures = np.tile(frames, (3, 1, 1, 1))
    write_sequence(tmp_path / "cats_%d.png", pictures)
    pattern = tmp_path / "cats_%d.png"
    source = take(pattern, FitOptions(fps=10, max_frames=16), None, Listener()).source
    manifest = SimpleNamespace(source=source, recipe=SimpleNamespace(settings={SEQUENCE_FPS: 10}))
    for again in (pattern, tmp_path):
        assert np.array_equal(read_truth(manifest, again).fitted, pictures[1::3])  # type: ignore[arg-type]
