"""Many clips on a local Ray cluster of two workers, one of which is killed."""

import os
import signal
import threading
from pathlib import Path

import pytest
from PIL import Image

from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import InputError
from alive_cli.fitting.batch import fit_many
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.outcome import FAILED, FITTED
from alive_cli.media.encode import write_video
from alive_cli.media.sources import fingerprint
from alive_cli.progress import Listener
from bundle_spec.container import read_bundle
from tests.conftest import moving_frames

pytest.importorskip("torch")
ray = pytest.importorskip("ray")

pytestmark = pytest.mark.fits

OPTIONS = FitOptions(encoder=EncoderChoice("pca"), steps=20, device="cpu", export=False)


@pytest.fixture(autouse=True)
def two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of two, whose workers find this checkout."""
    begin = ray.init

    def init(address: str, **options: object) -> object:
        return begin(address=address, num_cpus=2, include_dashboard=False, object_store_memory=1 << 27, **options)

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def test_a_killed_worker_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clips = []
    for number in range(2):
        clips.append(tmp_path / f"clip{number}.mp4")
        write_video(clips[-1], moving_frames(12 + number, 40, 32), fps=10)
    clips.append(tmp_path / "pictures")
    clips[-1].mkdir()
    for number, picture in enumerate(moving_frames(14, 40, 32)):
        Image.fromarray(picture).save(clips[-1] / f"{number}.png")
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    said: list[str] = []
    killed = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("clip0.mp4: worker ") and not killed.is_set():
            killed.set()
            os.kill(int(text.split()[2].rstrip(".,")), signal.SIGKILL)

    outcomes = fit_many([*clips, tmp_path / "bad.mp4"], tmp_path / "out", OPTIONS, Listener(say=say), ray="local")
    assert killed.is_set()
    assert capsys.readouterr().out == ""  # Ray has a lot to say of a dead worker
    assert any(text.startswith("clip0.mp4: worker ") and text.endswith(", again.") for text in said)
    assert [outcome.state for outcome in outcomes] == [FITTED, FITTED, FITTED, FAILED]
    for outcome, clip in zip(outcomes[:3], clips, strict=True):
        source = read_bundle(outcome.output).manifest.source
        assert (source.name, source.sha256) == (clip.name, fingerprint(clip)[0])
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["clip0.alive", "clip1.alive", "pictures.alive"]


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nothing"])
def test_no_cluster(tmp_path: Path, clip: Path, address: str) -> None:
    with pytest.raises(InputError, match="no Ray cluster at"):
        fit_many([clip], tmp_path, OPTIONS, Listener(), ray=address)
