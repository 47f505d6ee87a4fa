"""What bad input gets: one sentence, exit code 2, nothing half-written."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from alive_cli import cli
from alive_cli.encoders import clip as clip_module
from alive_cli.media.encode import write_video
from alive_cli.media.ffmpeg import base_command
from bundle_spec import conformance
from tests.conftest import moving_frames

VALID = Path(conformance.__file__).parent / "valid"


@dataclass(frozen=True)
class Workshop:
    """A folder with every kind of wrong file, made once."""

    folder: Path
    clip: Path
    bundle: Path

    def __truediv__(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Workshop:
    bundle = VALID / "layers.alive"
    folder = tmp_path_factory.mktemp("shop")
    (folder / "words.mp4").write_text("This is not a video, whatever its name says.\n" * 20)
    (folder / "void.mp4").write_bytes(b"")
    (folder / "folder.mp4").mkdir()
    (folder / "half.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    write_video(folder / "one.mp4", moving_frames(1), fps=10)
    write_video(folder / "still.mp4", np.full((20, 32, 32, 3), 90, np.uint8), fps=10)
    write_video(folder / "small.mp4", moving_frames(20, 12, 32), fps=10)
    write_video(folder / "long.mp4", moving_frames(9, 16, 5000), fps=10)
    clear = np.concatenate([moving_frames(20), np.full((20, *moving_frames(1).shape[1:3], 1), 90, np.uint8)], -1)
    write_video(folder / "clear.apng", clear, fps=10)
    screen = np.zeros((20, 32, 32, 3), np.uint8)
    screen[..., 1] = 150 + 5 * np.arange(20)[:, None, None]
    write_video(folder / "screen.apng", screen, fps=10)
    tone = ["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac"]
    subprocess.run([*base_command(), *tone, str(folder / "sound.mp4")], check=True, capture_output=True)
    (folder / "there.alive").write_bytes(b"old")
    (folder / "there.gif").write_bytes(b"old")
    (folder / "there.mp4").write_bytes(b"old")
    (folder / "text.alive").write_text("no bundle")
    (folder / "empty.alive").write_bytes(b"")
    (folder / "cut.alive").write_bytes(bundle.read_bytes()[:-2000])
    (folder / "folder.alive").mkdir()
    (folder / "weights.pt").write_text("no checkpoint")
    shutil.copy(VALID / "unexported.alive", folder / "raw.alive")
    shutil.copy(VALID / "warp-alpha.alive", folder / "clear.alive")
    return Workshop(folder, clip, bundle)


PCA = ["--encoder", "pca", "--device", "cpu"]

Build = Callable[[Workshop], list[str]]
FIT: dict[str, tuple[Build, str]] = {
    "no such file": (lambda s: ["fit", s / "nope.mp4"], "no file"),
    "text": (lambda s: ["fit", s / "words.mp4"], "can't be read as a video|no video stream"),
    "empty": (lambda s: ["fit", s / "void.mp4"], "is empty"),
    "folder": (lambda s: ["fit", s / "folder.mp4"], "is a folder"),
    "truncated": (lambda s: ["fit", s / "half.mp4"], "cut short"),
    "sound only": (lambda s: ["fit", s / "sound.mp4"], "no video stream"),
    "one frame": (lambda s: ["fit", s / "one.mp4"], "one frame"),
    "frames alike": (lambda s: ["fit", s / "still.mp4"], "Nothing moves"),
    "the current folder": (lambda s: ["fit", "."], "is a folder"),
    "too small": (lambda s: ["fit", s / "small.mp4"], "at least 16"),
    "too long a side": (lambda s: ["fit", s / "long.mp4"], "crop it"),
    "start behind the end": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--start", "99"], "--start"),
    "output exists": (lambda s: ["fit", str(s.clip), "-o", s / "there.alive"], "--force"),
    "output in no folder": (lambda s: ["fit", str(s.clip), "-o", s / "no/x.alive"], "doesn't exist"),
    "output is a folder": (lambda s: ["fit", str(s.clip), "-o", s / "folder.alive", "--force"], "is a folder"),
    "output of another kind": (lambda s: ["fit", str(s.clip), "-o", s / "x.zip"], r"\.alive"),
    "no weights file": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--clip-weights", s / "no.pt"], "no file"),
    "wrong weights file": (
        lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--clip-weights", s / "weights.pt"],
        "not a checkpoint",
    ),
    "no weights": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--encoder", "clip"], "--clip-weights FILE"),
    "unknown device": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--device", "tpu"], "choose auto"),
    "nothing": (lambda s: ["fit"], "No clip was given"),
    "unknown option": (lambda s: ["fit", str(s.clip), "--fast"], "No such option"),
    "unknown encoder": (lambda s: ["fit", str(s.clip), "--encoder", "vgg"], "encoder"),
    "a key of no colour": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--key", "grass"], "no key"),
    "a grey key": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--key", "#808080"], "too grey"),
    "a key that isn't there": (lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--key", "blue"], "Less than 1%"),
    "nothing but screen": (
        lambda s: ["fit", s / "screen.apng", "-o", s / "x.alive", "--key", "green"],
        "nothing would",
    ),
    "a key beside alpha": (lambda s: ["fit", s / "clear.apng", "-o", s / "x.alive", "--key", "blue"], "by itself"),
    "a clear outside for recipe original": (
        lambda s: [
            *("fit", s / "clear.apng", "-o", s / "x.alive", "--recipe", "original"),
            *("--region", "0,0,0.5,1", "--outside", "transparent", *PCA),
        ],
        "Recipe original can't",
    ),
    "outside of nothing": (
        lambda s: ["fit", str(s.clip), "-o", s / "x.alive", "--outside", "transparent"],
        "goes with --region",
    ),
    "outside twice": (
        lambda s: [
            *("fit", str(s.clip), "-o", s / "x.alive", "--region", "0,0,0.5,1"),
            *("--outside", "transparent", "--still", "1"),
        ],
        "not both",
    ),
    "unknown command": (lambda s: ["fti"], "No such command"),
}
for option in ("--size", "--fps", "--steps", "--budget", "--duration", "--max-frames"):
    for value in ("0", "-1", "1e99", "many"):
        FIT[f"{option} {value}"] = (
            lambda s, o=option, v=value: ["fit", str(s.clip), "-o", s / "x.alive", o, v],  # type: ignore[misc]
            option,
        )
for option in ("--size", "--fps"):
    FIT[f"{option} million"] = (
        lambda s, o=option: ["fit", str(s.clip), "-o", s / "x.alive", o, "1000000"],  # type: ignore[misc]
        option,
    )

BUNDLE: dict[str, tuple[Build, str]] = {}
for name in ("play", "gif", "export", "inspect", "name"):
    out = ["--out", "{}/x.mp4"] if name == "play" else ["-o", "{}/x.gif"] if name == "gif" else []

    def build(file: str, name: str = name, out: list[str] = out) -> Build:
        return lambda s: [name, s / file, *(part.format(s.folder) for part in out)]

    BUNDLE[f"{name} nothing"] = (build("nope.alive"), "no file")
    BUNDLE[f"{name} a folder"] = (build("folder.alive"), "is a folder")
    BUNDLE[f"{name} text"] = (build("text.alive"), "not an .alive bundle")
    BUNDLE[f"{name} a video"] = (build("one.mp4"), "not an .alive bundle")
    BUNDLE[f"{name} an empty file"] = (build("empty.alive"), "not an .alive bundle")
    BUNDLE[f"{name} a truncated bundle"] = (build("cut.alive"), "damaged or truncated")
BUNDLE |= {
    "play unexported": (lambda s: ["play", s / "raw.alive", "--out", s / "x.mp4"], "alive export"),
    "gif unexported": (lambda s: ["gif", s / "raw.alive"], "alive export"),
    "play without a terminal": (lambda s: ["play", str(s.bundle)], "--out"),
    "play --out exists": (lambda s: ["play", str(s.bundle), "--out", s / "there.mp4"], "--force"),
    "play --out of another kind": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.doc"],
        r"\.mp4, \.mov, \.webm, \.avi, \.gif.* or \.png",
    ),
    "play start": (lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--start-at", "99"], "choose from 0"),
    "play start at a huge frame": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--from", "9" * 400 + "f"],
        "is no second",
    ),
    "play start at infinity": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--start-at", "inf"],
        "is no second",
    ),
    "play an endless file": (lambda s: ["play", "/dev/zero"], "not an .alive bundle"),
    "play temperature": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--temperature", "-1"],
        "temperature",
    ),
    "play device": (lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--device", "tpu"], "choose auto"),
    "a control without a number": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--temperature", "--frames", "2"],
        "--temperature needs a number",
    ),
    "an unknown option without a number": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--wobble", "x"],
        "There is no option --wobble; if it is a control of the scene, give it a number",
    ),
    "an option of another name without its value": (
        lambda s: ["play", str(s.bundle), "--frames"],
        "'--frames' requires an argument",
    ),
    "a flag with a value": (lambda s: ["play", str(s.bundle), "--loop=3"], "'--loop' does not take a value"),
    "almost a number's option": (
        lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--frame", "2"],
        r"no option --frame \(is it --frames\?\)",
    ),
    "almost a control": (
        lambda s: ["eval", str(s.bundle), "--temperatur", "2"],
        r"no option --temperatur \(is it --temperature\?\)",
    ),
    "eval at temperature 0": (lambda s: ["eval", str(s.bundle), "--temperature", "0"], "choose 0.05 or more"),
    "almost an option": (lambda s: ["play", str(s.bundle), "--lop"], r"No such option: --lop \(.*--loop"),
    "a grid of something else": (
        lambda s: ["gif", str(s.bundle), "-o", s / "x.gif", "--grid", "sway:0,1"],
        r"give seeds:4, or a control \(temperature, pull, novelty\) with values as in temperature:0.1,0.3",
    ),
    "many clips with an unknown recipe": (
        lambda s: ["fit", str(s.clip), s / "half.mp4", "--out-dir", s / "new", "--recipe", "livng"],
        "no recipe 'livng'",
    ),
    "gif exists": (lambda s: ["gif", str(s.bundle), "-o", s / "there.gif"], "--force"),
    "gif in no folder": (lambda s: ["gif", str(s.bundle), "-o", s / "no/x.gif"], "doesn't exist"),
    "gif width": (lambda s: ["gif", str(s.bundle), "-o", s / "x.gif", "--width", "1000000"], "width"),
    "gif seconds": (lambda s: ["gif", str(s.bundle), "-o", s / "x.gif", "--seconds", "0"], "seconds"),
    "play transparent into a film without alpha": (
        lambda s: ["play", s / "clear.alive", "--out", s / "x.mp4"],
        r"x\.mp4 can't be transparent.*choose a --background",
    ),
    "gif transparent into a film without alpha": (
        lambda s: ["gif", s / "clear.alive", "-o", s / "x.avi"],
        r"x\.avi can't be transparent",
    ),
    "a background of no colour": (
        lambda s: ["play", s / "clear.alive", "--out", s / "x.mp4", "--background", "red"],
        "no colour",
    ),
    "a budget of nothing": (lambda s: ["play", str(s.bundle), "--view", "none", "--cpu", "0%"], "give --cpu 1% to"),
    "quiet hours without end": (
        lambda s: ["play", str(s.bundle), "--view", "none", "--quiet", "00:00-24:00"],
        "never end",
    ),
    "serve in quiet hours without end": (lambda s: ["serve", str(s.bundle), "--quiet", "08:00-08:00"], "never end"),
    "a budget of a file": (lambda s: ["play", str(s.bundle), "--out", s / "x.mp4", "--cpu", "9%"], "leave out --cpu"),
    "a full screen in a terminal": (lambda s: ["play", str(s.bundle), "--view", "blocks", "--fullscreen"], "window"),
    "export exists": (lambda s: ["export", str(s.bundle), "-o", s / "there.alive"], "--force"),
}
if Path("/proc/self").exists():
    FIT["output can't be written"] = (lambda s: ["fit", str(s.clip), "-o", "/proc/x.alive"], "can't be written")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_module, "_cached", lambda config: None)
    monkeypatch.setattr(clip_module, "_reachable", lambda address: False)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("case", [*FIT, *BUNDLE])
def test_one_sentence(case: str, shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected = ({**FIT, **BUNDLE})[case]
    before = {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")}
    code = cli.run(arguments(shop))
    out, err = capsys.readouterr()
    messages = [line for line in err.splitlines() if line.strip() and not re.match(r"\S+: \d+ frames of", line)]
    assert code == 2, err
    assert out == ""
    assert len(messages) == 1, err
    assert re.search(expected, messages[0]), err
    assert messages[0].endswith((".", "alive-scene", ".mp4")), err
    assert "Traceback" not in err
    assert {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")} == before


def test_cuda_without_cuda(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    for arguments in (
        ["fit", str(shop.clip), "-o", shop / "x.alive", "--device", "cuda"],
        ["play", str(shop.bundle), "--out", shop / "x.mp4", "--device", "cuda"],
    ):
        assert cli.run(arguments) == 2
        assert "--device auto" in capsys.readouterr().err


def test_debug_shows_the_traceback() -> None:
    from alive_cli.errors import InputError

    with pytest.raises(InputError):
        cli.run(["fit", "nope.mp4", "--debug"])


def test_internal_errors(shop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alive_cli.files.bundles.read_bundle", lambda path: 1 / 0)
    assert cli.run(["inspect", str(shop.bundle)]) == 1
    assert "--debug" in capsys.readouterr().err


@pytest.mark.fits
@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("wait_for", ["frames of", "nothing"])
def test_ctrl_c_leaves_nothing_half_done(clip: Path, tmp_path: Path, wait_for: str) -> None:
    command = [sys.executable, "-m", "alive_cli.cli", "fit", str(clip), "-o", str(tmp_path / "x.alive"), *PCA]

    def heed_interrupts() -> None:
        # A shell that runs the tests in the background makes its children ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        [*command, "--steps", "100000"], stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert "frames of" in first
        time.sleep(0.1 if wait_for == "nothing" else 6)
        process.send_signal(signal.SIGINT)
        try:
            _, rest = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 130, rest
    assert "Stopped" in rest
    assert "Traceback" not in rest
    left = [path.name for path in tmp_path.iterdir()]
    assert left == (["x.alive.checkpoint"] if "--resume" in rest else [])
