"""`alive cast`, with stand-ins of the libraries."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.views.economy import read_economy
from alive_cli.views.loop import Playback
from alive_cli.views.performance import Performance
from tests.conftest import CONFORMANCE
from tests.views.cast import stand_ins

PLAIN, CLEAR = CONFORMANCE / "valid" / "plain.alive", CONFORMANCE / "valid" / "warp-alpha.alive"


def run(*arguments: object, scene: Path = PLAIN) -> int:
    return cli.run(["cast", str(scene), *map(str, arguments)])


def test_a_camera_gets_the_scene(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cameras = stand_ins.camera(monkeypatch)
    assert run("--to", "camera", "--duration", 0.3, "--fps", 30, "--temperature", 1) == 0
    [camera] = cameras.opened
    assert (camera.shape, camera.fps, camera.closed) == ((720, 1280, 3), 30, True)
    middle, corner = cameras.sent[-1][360, 640], cameras.sent[-1][0, 0]
    assert middle.max() > 0
    assert corner.tolist() == [0, 0, 0]
    said = capsys.readouterr().err
    assert "Casting to the camera /dev/video9 at 1280×720, 30 pictures a second.\nPress Ctrl-C to stop.\n" in said
    assert f"{len(cameras.sent)} pictures sent" in said


def test_a_camera_has_no_alpha(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = stand_ins.camera(monkeypatch)
    options = ("--to", "camera", "--duration", 0.1, "--size", "64x16", "--device-name", "/dev/video3")
    assert run(*options, scene=CLEAR) == 0
    assert run(*options, "--background", "#102030", scene=CLEAR) == 0
    assert [camera.device for camera in cameras.opened] == ["/dev/video3"] * 2
    assert cameras.sent[0][0, 0].tolist() == [22, 24, 29]
    assert cameras.sent[-1][0, 0].tolist() == [16, 32, 48]


def test_ndi_has_alpha(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    senders = stand_ins.ndi(monkeypatch)
    named = shutil.copy(CLEAR, tmp_path / "swing.alive")
    options = ("--to", "ndi", "--duration", 0.1, "--size", "64")
    assert run(*options, scene=named) == 0
    assert run(*options, "--alpha", "premultiplied", "--device-name", "other", scene=named) == 0
    assert run(*options, "--background", "#ffffff", "--fit", "cover", scene=named) == 0
    clear, premultiplied, opaque = senders.opened
    assert clear.frame.fourcc is premultiplied.frame.fourcc is stand_ins.FourCC.RGBA
    assert opaque.frame.fourcc is stand_ins.FourCC.RGBX
    assert premultiplied.name == "HERE (other)"
    pictures = [each.sent[-1].reshape(-1, 4) for each in (clear, premultiplied, opaque)]
    assert pictures[0][:, 3].min() < 255
    np.testing.assert_array_less(pictures[1][:, :3].max(1).astype(int), pictures[1][:, 3].astype(int) + 1)
    assert pictures[2][:, 3].min() == 255


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "camera"], "sudo modprobe v4l2loopback"),
        (["--to", "camera", "--size", "641x360"], "both sides must be even; choose 640x360"),
        (["--to", "camera", "--size", "big"], "'big' is no size"),
        (["--to", "camera", "--size", "9000"], "choose from 16 to 4096"),
        (["--to", "camera", "--device-name", ""], "--device-name"),
        (["--to", "camera", "--lead-region", "0,0,1,1"], "Nothing leads the scene"),
        (["--to", "camera", "--on", "loud=temperature"], "There is nothing to hear"),
        (["--to", "camera", "--mood", "calm"], "mood"),
        (["--to", "camera", "--cpu", "much"], "no share of a core"),
        (["--to", "camera", "--quiet", "never"], "never"),
        (["--to", "camera", "--seed", "-1"], "--seed"),
        (["--to", "camera", "--temprature", "1"], "is it --temperature?"),
        (["--to", "camera", "--start-at", "99"], "99"),
        (["--to", "camera", "--sway", "0.5"], "knows no near and far"),
        (["--to", "television"], "television"),
        ([], "--to"),
    ],
)
def test_mistakes_are_one_sentence(
    options: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_ins.camera(monkeypatch).refusal = stand_ins.NO_DRIVER
    monkeypatch.setattr("sys.platform", "linux")
    assert run(*options) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--size", "33x17"], "both sides must be even"),
        (["--device-name", ""], "--device-name"),
        (["--quiet", "never"], "never"),
        (["--lead-region", "0,0,1,1"], "Nothing leads the scene"),
        (["--start-at", "99"], "99"),
        (["--temperature", "-1"], "temperature"),
        (["--lead", "no.mp4"], "doesn't say how its picture moves"),
        ([], "alive-scene[camera]"),
    ],
)
def test_mistakes_come_before_a_missing_library(
    options: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    assert run("--to", "camera", *options) == 2
    assert words in capsys.readouterr().err


def test_a_cast_keeps_its_economy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stand_ins.camera(monkeypatch)
    performances: list[Performance] = []

    def keep(performance: Performance, *_: object, **__: object) -> Playback:
        performances.append(performance)
        return Playback(9, 1, 5)

    monkeypatch.setattr("alive_cli.views.cast.casting.cast", keep)
    options = ("--to", "camera", "--cpu", "25%", "--battery", "pause", "--quiet", "22:00-07:00")
    assert run(*options) == run("--to", "camera") == 0
    assert "9 pictures sent, 1 skipped, 5 not drawn to save work." in capsys.readouterr().err
    chosen, usual = (performance.rest._economy for performance in performances)
    assert (chosen.cores, chosen.battery, chosen.quiet is None) == (0.25, "pause", False)
    assert usual == read_economy()  # on battery, too, because somebody may be in a call
