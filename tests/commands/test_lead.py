"""`alive play --lead`: films are written as often as one likes the same, and bad leads get one sentence."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.media import streaming
from alive_cli.media.decode import read_clip
from alive_cli.media.encode import write_video
from alive_cli.runtime.lead.video import LeadVideo
from alive_cli.runtime.scene import Scene
from alive_cli.views.leading import attach
from alive_cli.views.performance import Performance
from tests.conftest import moving_frames
from tests.textures import texture


def written(bundle: Path, path: Path, *options: str) -> bytes:
    assert cli.run(["play", str(bundle), "--out", str(path), "--frames", "12", "--seed", "3", *options]) == 0
    return path.read_bytes()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lead of another shape, and shorter than what is written."""
    path = tmp_path_factory.mktemp("leads") / "other.mp4"
    write_video(path, moving_frames(9, 30, 60), fps=10)
    return path


def test_a_film_is_led_the_same_each_time(bundle: Path, clip: Path, tmp_path: Path) -> None:
    led = [written(bundle, tmp_path / f"{number}.gif", "--lead", str(clip)) for number in (1, 2)]
    assert led[0] == led[1]
    assert led[0] != written(bundle, tmp_path / "free.gif")


def test_a_scene_led_by_its_clip_shows_it(bundle: Path, clip: Path) -> None:
    scene, truth = Scene.open(bundle, device="cpu"), read_clip(clip).frames.astype(float)
    lead = LeadVideo(scene, str(clip), like="absolute", live=False)
    led = list(scene.draw_all(islice(lead.frames(scene, scene.life(seed=3), scene.fps), len(truth))))
    free = list(scene.rollout(seed=3, frames=len(truth)))
    errors = [float(np.square(np.stack(each)[3:] - truth[3:]).mean()) for each in (led, free)]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("options", [(), ("--lead-like", "absolute"), ("--lead-region", "0.2,0.1,0.5,0.5")])
def test_a_lead_of_another_shape_that_ends_is_no_error(
    bundle: Path, other: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert written(bundle, tmp_path / "film.gif", "--lead", str(other), *options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--lead", "nowhere.mp4"], "There is no file nowhere.mp4"),
        (["--lead", "camera"], "A camera leads live views alone"),
        (["--lead", "camera:x"], "names no camera"),
        (["--lead", "{clip}", "--lead-region", "0.5,0,0.6,1"], "is no region; write x,y,width,height"),
        (["--lead", "{clip}", "--lead-region", "left"], "'left' is no region"),
        (["--lead", "{clip}", "--loop"], "A loop in a file can't be led"),
        (["--lead", "{single}"], "is a single picture"),
        (["--lead", "{text}"], "can't be read as a video"),
        (["--lead-region", "0,0,1,1"], "leave out --lead-region"),
    ],
)
def test_bad_leads_are_refused(
    bundle: Path,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    from PIL import Image

    names = {"clip": clip, "single": tmp_path / "one.png", "text": tmp_path / "notes.txt"}
    Image.fromarray(texture(40, 30)).save(names["single"])
    names["text"].write_text("no video at all")
    filled = [each.format(**names) for each in options]
    assert cli.run(["play", str(bundle), "--out", str(tmp_path / "film.gif"), *filled]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert words in message
    assert message.count(". ") == 0


def test_browsers_are_not_led_yet(bundle: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["play", str(bundle), "--view", "browser", "--no-open", "--lead", str(clip)]) == 2
    assert "leave out --lead" in capsys.readouterr().err


def test_a_live_view_is_led_and_lives_on(bundle: Path, clip: Path) -> None:
    scene = Scene.open(bundle, device="cpu")
    said: list[str] = []
    lead, life = LeadVideo(scene, str(clip), like="absolute"), scene.life(seed=1)
    lead.start(lambda: life, said.append)
    active = [life.driver("lead").is_active for _ in _until(lambda: bool(said))]
    assert any(active)
    assert said == [f"{clip.name} has ended; the scene lives on by itself."]
    assert not life.driver("lead").is_active
    lead.close()


def test_a_camera_that_is_unplugged_midway(bundle: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "camera_input", lambda number: ["-i", str(clip)])
    scene = Scene.open(bundle, device="cpu")
    said: list[str] = []
    lead, life = LeadVideo(scene, "camera:1"), scene.life(seed=1)
    lead.start(lambda: life, said.append)
    for _ in _until(lambda: bool(said)):
        scene.draw(life.steer(life.advance(), 0.1))
    assert said[0].startswith("Camera 1 delivers no pictures")
    lead.close()


def test_a_lead_that_is_closed_says_nothing(bundle: Path, clip: Path) -> None:
    scene = Scene.open(bundle, device="cpu")
    said: list[str] = []
    lead, life = LeadVideo(scene, str(clip), loop=True), scene.life(seed=1)
    lead.start(lambda: life, said.append)
    for _ in _until(lambda: life.driver("lead").is_active):
        pass
    lead.close()
    assert not said


def test_a_lead_comes_back_after_a_rest(bundle: Path, clip: Path) -> None:
    scene = Scene.open(bundle, device="cpu")
    said: list[str] = []
    lead, life = LeadVideo(scene, str(clip), loop=True), scene.life(seed=1)
    for _ in range(2):
        assert not lead.is_on
        lead.start(lambda: life, said.append)
        for _ in _until(lambda: life.driver("lead").is_active):
            assert lead.is_on
        lead.close()
        assert not life.driver("lead").is_active
    assert not said


def test_a_lead_that_has_ended_is_off(bundle: Path, clip: Path) -> None:
    scene = Scene.open(bundle, device="cpu")
    show = Performance(scene, scene.controls(), name="led", seed=1)
    lead = LeadVideo(scene, str(clip), like="absolute")
    attach(show, lead)
    assert not lead.is_on, "before a view begins"
    show.senses.begin()
    assert lead.is_on
    for _ in _until(lambda: not lead.is_on):
        pass
    show.senses.rest()
    show.senses.wake()
    assert not lead.is_on
    show.senses.begin()
    show.leave()
    assert not lead.is_on


def test_a_view_without_pictures_is_led(bundle: Path, clip: Path) -> None:
    assert cli.run(["play", str(bundle), "--view", "none", "--frames", "5", "--lead", str(clip)]) == 0


def _until(is_over: Callable[[], bool], seconds: float = 20.0) -> Iterator[None]:
    end = time.monotonic() + seconds
    while not is_over():
        assert time.monotonic() < end
        time.sleep(0.01)
        yield
