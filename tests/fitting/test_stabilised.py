"""A scene keeps how its clip was stabilised, and a photograph can't be stabilised."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.encoders.pca import PcaEncoder
from alive_cli.fitting.options import FitOptions, refuse_other
from alive_cli.media.encode import write_sequence
from alive_cli.media.sampling import read_frames
from alive_cli.media.stabilising import STABILISED
from alive_cli.observation.clip import SamplingRequest, read_clip
from alive_cli.progress import Listener
from tests.shaken import shaken

pytest.importorskip("torch")
from alive_cli.behaviors.protocol import FittedBehavior
from alive_cli.fitting.pipeline import _bundle
from alive_cli.generators.protocol import FittedGenerator


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shaken")
    write_sequence(folder / "frame_%02d.png", shaken(24, 160, 120, reach=2.0).frames)
    return folder


@pytest.mark.parametrize("choice", [None, "off"])
def test_a_scene_keeps_how_its_clip_was_stabilised(pictures: Path, choice: str | None) -> None:
    options = FitOptions(fps=10, stabilise=choice)
    clip = read_clip(pictures, options.sampling(), Listener())
    weights = {"generator.a": np.zeros(2, np.float32)}
    generator, behavior = FittedGenerator({}, weights, {}, 5), FittedBehavior({}, {}, {}, {})
    encoder = PcaEncoder.fit(clip.frames.fitted)
    manifest = _bundle(generator, behavior, clip, encoder, options, None).manifest
    assert (manifest.recipe.settings.get(STABILISED) is None) == (choice == "off")
    assert (manifest.defaults.width, manifest.defaults.height) == clip.frames.fitted.shape[2:0:-1]
    assert np.array_equal(read_frames(manifest, pictures, pytest.fail).fitted, clip.frames.fitted)
    again = read_clip(pictures, SamplingRequest(), Listener(), earlier=manifest)
    assert (again.source, again.stabilised) == (clip.source, clip.stabilised)


def test_a_fit_that_resumes_stabilises_as_before() -> None:
    kept: dict[str, Any] = FitOptions(stabilise="on").settings()
    assert FitOptions().filled(kept, frozenset()).stabilise == "on"
    refuse_other(
        {name: value for name, value in FitOptions().settings().items() if value is not None},
        FitOptions().settings(),
        "a",
    )
    with pytest.raises(Exception, match=r"begun with --stabilise on, not no --stabilise;"):
        refuse_other(kept, FitOptions().settings(), "a.checkpoint")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["photo.jpg", "--hints", "photo.json", "--stabilise", "on"], "no use for --stabilise"),
        (["a.mp4", "--stabilise", "sometimes"], "sometimes"),
    ],
)
def test_what_does_not_go_together(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["fit", *options]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
