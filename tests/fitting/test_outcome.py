"""What becomes of one clip of many: a failure is an outcome, a stop is not."""

from pathlib import Path

import pytest

from alive_cli.encoders.choose import EncoderChoice
from alive_cli.errors import Stopped
from alive_cli.fitting import outcome
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.outcome import FAILED, attempt
from alive_cli.progress import Listener

OPTIONS = FitOptions(encoder=EncoderChoice("pca"), steps=1, device="cpu", export=False)


def test_a_clip_that_cant_be_read_is_an_outcome(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    became = attempt(tmp_path / "a.mp4", tmp_path / "a.alive", OPTIONS, Listener())
    assert became.state == FAILED
    assert "a.mp4" in became.reason
    assert not (tmp_path / "a.alive").exists()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device", "/full/a.alive"), "/full/a.alive: no space left on device."),
        (ZeroDivisionError("by zero"), "Internal error (ZeroDivisionError: by zero)."),
    ],
)
def test_whatever_goes_wrong_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(outcome, "fit_scene", fail)
    became = attempt(tmp_path / "a.mp4", tmp_path / "a.alive", OPTIONS, Listener())
    assert (became.state, became.reason) == (FAILED, reason)


@pytest.mark.parametrize("stop", [Stopped("at step 3"), KeyboardInterrupt()])
def test_a_stop_is_no_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr(outcome, "fit_scene", fail)
    with pytest.raises(type(stop)):
        attempt(tmp_path / "a.mp4", tmp_path / "a.alive", OPTIONS, Listener())
