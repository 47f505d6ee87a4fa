"""A photograph with hints becomes a scene that flows, loops exactly, and is the photograph where it is still."""

import json
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from alive_cli import cli
from alive_cli.media.encode import write_video
from alive_cli.observation.photograph import photograph as photograph_module
from alive_cli.report.best_loop import best_loop
from alive_cli.runtime.scene import Scene
from alive_cli.training.copies import COPIES, embed, read_embedding
from bundle_spec.container import pack_picture, read_bundle
from bundle_spec.verdicts import READY, judge
from tests.benchmarks.photograph import cross_fades, travelled
from tests.flowing import pool


@dataclass(frozen=True)
class Flowing:
    """A photograph that flows, made once."""

    photo: Path
    hints: Path
    bundle: Path

    @property
    def picture(self) -> np.ndarray:
        return pool().picture(0)


@pytest.fixture(scope="module")
def flowing(tmp_path_factory: pytest.TempPathFactory) -> Flowing:
    folder = tmp_path_factory.mktemp("flowing")
    made = Flowing(folder / "pool.png", folder / "pool.json", folder / "pool.alive")
    made.photo.write_bytes(pack_picture(made.picture))
    made.hints.write_text(json.dumps(pool().labelme()))
    assert cli.run(["fit", str(made.photo), "--hints", str(made.hints), "-o", str(made.bundle)]) == 0
    return made


@pytest.fixture(scope="module")
def scene(flowing: Flowing) -> Scene:
    return Scene.open(flowing.bundle, device="cpu")


def lived(scene: Scene, count: int, **controls: float) -> list[np.ndarray]:
    life = scene.life(scene.controls(controls), seed=0, start_at=0.0)
    return list(islice(scene.live(life), count))


def test_the_bundle_is_sound_and_small(flowing: Flowing) -> None:
    verdicts, _ = judge(flowing.bundle)
    assert verdicts[-1].sentence == READY
    assert flowing.bundle.stat().st_size < 2_000_000


def test_what_flows_travels_with_the_flow_and_a_cross_fade_does_not(scene: Scene) -> None:
    stream = pool()
    pictures = [scene.draw(each) for each in lived(scene, 20)]
    along, across = travelled(pictures, stream.flow, stream.inside, scene.fps)
    assert 0.8 < along < 1.2
    assert across < 0.2
    faded, _ = travelled(cross_fades(stream.picture(0), stream.picture(1), 20), stream.flow, stream.inside, scene.fps)
    assert abs(faded) < 0.3


def test_what_stands_still_stands_still(scene: Scene) -> None:
    pictures = np.stack([scene.draw(each) for each in lived(scene, 20)])
    outside = ~pool().inside
    outside &= ~np.roll(pool().inside, 2, 0) & ~np.roll(pool().inside, -2, 0)
    outside &= ~np.roll(pool().inside, 2, 1) & ~np.roll(pool().inside, -2, 1)
    assert np.ptp(pictures[:, outside], axis=0).max() == 0


def test_without_temperature_it_is_the_photograph(flowing: Flowing, scene: Scene) -> None:
    still = [scene.draw(each) for each in lived(scene, 3, temperature=0)]
    assert (still[0] == still[2]).all()
    error = np.square(still[0].astype(float) - flowing.picture).mean()
    assert 10 * np.log10(255**2 / error) > 30  # what WebP leaves of noise


def test_without_novelty_a_period_repeats_exactly(scene: Scene) -> None:
    period = len(scene.embeddings)
    embeddings = lived(scene, 2 * period + 1, novelty=0)
    assert np.abs(embeddings[0] - embeddings[period]).max() < 1e-5
    pictures = [scene.draw(each).astype(np.int16) for each in embeddings[: period + 1]]
    steps = [np.abs(after - before).mean() for before, after in pairwise(pictures)]
    assert steps[-1] <= max(steps[:-1])
    assert max(steps) < 1.15 * min(steps)
    assert np.abs(pictures[0] - pictures[period]).max() <= 1


def test_with_novelty_no_two_periods_are_equal(scene: Scene) -> None:
    period = len(scene.embeddings)
    pictures = [scene.draw(each).astype(np.int16) for each in lived(scene, 10 * period, novelty=1)[::period]]
    assert min(np.abs(one - pictures[-1]).mean() for one in pictures[4:-1]) > 1


@pytest.mark.parametrize("seconds", [1.0, 2.5, 4.0])
def test_a_loop_of_any_length_closes(scene: Scene, seconds: float) -> None:
    count = round(seconds * scene.fps)
    loop, seam = best_loop(scene, frames=count, seed=0)
    assert len(loop.embeddings) == count
    assert len(loop.joins) == 0
    assert seam.verdict != "visible"
    assert 0.9 < seam.wrap_motion < 1.1
    assert seam.step < 1.1


def test_other_frame_rates_show_the_same(scene: Scene) -> None:
    life = scene.life(scene.controls(novelty=0), seed=0, start_at=0.0)
    doubled = list(islice(scene.live(life, fps=2 * scene.fps), 9))[1::2]
    for one, other in zip(doubled, lived(scene, 5, novelty=0)[1:], strict=False):
        assert np.abs(scene.draw(one).astype(int) - scene.draw(other)).mean() < 12


def test_embeddings_say_what_was_put_in() -> None:
    random = torch.Generator().manual_seed(0)
    life, shifts = torch.rand(50, generator=random), 2 * torch.rand(50, COPIES, generator=random) - 1
    ages, read, strength = read_embedding(embed(life, shifts, torch.tensor(1.5)))
    own = (life[:, None] + torch.arange(COPIES) / COPIES) % 1
    order = own.argsort(1)
    assert (ages - own.gather(1, order)).abs().max() < 1e-5
    assert (read - shifts.gather(1, order)).abs().max() < 1e-3
    assert (strength - 1.5).abs().max() < 1e-4


def test_speed_is_the_clock(scene: Scene) -> None:
    slow, usual = lived(scene, 8, novelty=0, speed=0.5), lived(scene, 4, novelty=0)
    assert np.abs(slow[1] - usual[0]).max() < 1e-5
    assert np.abs(slow[7] - usual[3]).max() < 1e-5


def test_it_can_be_exported_again_and_slimmed(flowing: Flowing, tmp_path: Path) -> None:
    slim = tmp_path / "slim.alive"
    assert cli.run(["export", str(flowing.bundle), "--slim", "-o", str(slim)]) == 0
    assert slim.stat().st_size < flowing.bundle.stat().st_size
    again = Scene(read_bundle(slim), device="cpu")
    assert again.draw(again.embeddings[3]).shape == (240, 320, 3)


def test_a_clip_or_a_scene_says_how_another_photograph_flows(flowing: Flowing, tmp_path: Path) -> None:
    """The whirl of the pool's scene turns its photograph, at another size, the same way."""
    photo, out = tmp_path / "large.png", tmp_path / "large.alive"
    photo.write_bytes(pack_picture(pool(480, 360).picture(0)))
    assert cli.run(["fit", str(photo), "--flow-of", str(flowing.bundle), "-o", str(out)]) == 0
    scene = Scene.open(out, device="cpu")
    pictures = [scene.draw(each) for each in lived(scene, 12)]
    stream = pool(480, 360)
    along, _ = travelled(pictures, stream.flow, stream.inside, scene.fps)
    assert 0.7 < along < 1.2


REFUSED = {
    "eval": (["eval", "BUNDLE"], "no clip to compare"),
    "compare": (["compare", "BUNDLE", "PHOTO"], "no clip to compare"),
    "mood": (["mood", "BUNDLE", "calm", "--like", "0.5"], "has no moods"),
    "lead": (["play", "BUNDLE", "--lead", "PHOTO", "--view", "none"], "can't be led"),
    "actions": (["actions", "BUNDLE", "--find"], "has no actions"),
    "train": (["fit", "--continue", "BUNDLE"], "nothing is trained"),
    "steps": (["fit", "PHOTO", "--hints", "HINTS", "--steps", "3", "-o", "OUT"], "no use for --steps"),
    "two": (["fit", "PHOTO", "PHOTO", "--hints", "HINTS", "-o", "OUT"], "--hints belongs to one photograph"),
    "no hints": (["fit", "PHOTO", "-o", "OUT"], "let it flow with --hints"),
    "recipe": (["fit", "PHOTO", "--recipe", "flowing", "-o", "OUT"], "leave out --recipe"),
    "both": (["fit", "PHOTO", "--hints", "HINTS", "--flow-of", "BUNDLE", "-o", "OUT"], "give one of them"),
    "no clip": (["fit", "PHOTO", "--flow-of", "no.mp4", "-o", "OUT"], "There is no file no.mp4"),
    "a still clip": (["fit", "PHOTO", "--flow-of", "SHAKEN", "-o", "OUT"], "nothing in it flows steadily"),
    "no scene": (["fit", "PHOTO", "--flow-of", "HINTS", "-o", "OUT"], "can't be read as a video"),
    "a picture as a clip": (["fit", "PHOTO", "--flow-of", "PHOTO", "-o", "OUT"], "needs a video or a scene"),
    "a folder": (["fit", "FOLDER", "--hints", "HINTS", "-o", "OUT"], "is a folder; name one photograph"),
    "continued": (["fit", "PHOTO", "--continue", "BUNDLE", "--hints", "HINTS", "-o", "OUT"], "no use for --continue"),
    "a region of depth": (
        ["fit", "PHOTO", "--depth", "PHOTO", "--region", "0,0,1,0.5", "-o", "OUT"],
        "use for --region",
    ),
    "dry": (["fit", "PHOTO", "--hints", "HINTS", "--region", "0,0,0.02,0.02", "-o", "OUT"], "make it larger"),
    "there": (["fit", "PHOTO", "--hints", "HINTS", "-o", "BUNDLE"], "--force"),
    "no photograph": (["fit", "HINTS", "--hints", "HINTS", "-o", "OUT"], "is no photograph, so it can't flow"),
    "missing": (["fit", "no.png", "--hints", "HINTS", "-o", "OUT"], "There is no file no.png"),
}
"""A command that makes no sense for a photograph, and a part of the sentence about it."""


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_gets_one_sentence(
    flowing: Flowing, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = REFUSED[name]
    paths = {"BUNDLE": flowing.bundle, "PHOTO": flowing.photo, "HINTS": flowing.hints, "OUT": tmp_path / "out.alive"}
    paths["FOLDER"] = tmp_path
    if name == "a still clip":
        paths["SHAKEN"] = tmp_path / "shaken.mp4"
        write_video(paths["SHAKEN"], [np.roll(flowing.picture, 3 * (number % 2), 1) for number in range(6)], fps=25)
    assert cli.run([str(paths.get(each, each)) for each in arguments]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out.alive").exists()


@pytest.mark.parametrize("command", ["mood", "actions"])
def test_lists_say_that_there_is_nothing(flowing: Flowing, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, str(flowing.bundle)]) == 0
    said = capsys.readouterr().err
    assert "A photograph that flows has no" in said
    assert "--find" not in said
    assert "--like" not in said


def test_too_small_a_motion_is_refused(flowing: Flowing, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A polygon may have no pixel left where a large photograph is drawn smaller."""
    width, height = 6000, 4000
    photo, hints = tmp_path / "large.png", tmp_path / "large.json"
    photo.write_bytes(pack_picture(np.zeros((height, width, 3), np.uint8)))
    area = {"label": "motion", "points": [[100, 100], [103, 100], [103, 103]]}
    line = {"label": "hint", "points": [[101, 101], [400, 101]]}
    hints.write_text(json.dumps({"shapes": [area, line], "imageWidth": width, "imageHeight": height}))
    assert cli.run(["fit", str(photo), "--hints", str(hints), "-o", str(tmp_path / "a.alive")]) == 2
    assert "let more of the picture flow" in " ".join(capsys.readouterr().err.split())


def test_a_huge_or_tiny_photograph_is_refused_unread(
    flowing: Flowing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(photograph_module, "MOST_PIXELS", 10_000)
    assert cli.run(["fit", str(flowing.photo), "--hints", str(flowing.hints), "-o", str(tmp_path / "a.alive")]) == 2
    assert "megapixels" in capsys.readouterr().err
    tiny = tmp_path / "tiny.png"
    tiny.write_bytes(pack_picture(np.zeros((9, 9, 3), np.uint8)))
    assert cli.run(["fit", str(tiny), "--hints", str(flowing.hints), "-o", str(tmp_path / "a.alive")]) == 2
    assert "at least 64 a side" in " ".join(capsys.readouterr().err.split())
