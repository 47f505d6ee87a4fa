"""A checkpoint keeps arrays and settings, and holds nobody up."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.training.checkpoint import VERSION, Checkpoint


def test_a_checkpoint_keeps_its_arrays(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a")
    assert not checkpoint.there
    arrays = {"number": np.array(7), "none": np.empty((0, 3), np.float32), "turned": np.arange(6).reshape(2, 3).T}
    with checkpoint.held():
        checkpoint.begin({"size": 3})
        assert checkpoint.settings() == {"size": 3}
        assert checkpoint.seconds() == {}
        checkpoint.watch = lambda: {"Reading": 1.5}
        checkpoint.keep("some", arrays)
    kept = checkpoint.load("some")
    assert kept is not None
    for name, array in arrays.items():
        np.testing.assert_array_equal(kept[name], array)
    with checkpoint.held():
        assert checkpoint.once("some", dict).keys() == arrays.keys()
        assert checkpoint.seconds() == {"Reading": 1.5}
        checkpoint.remove()
    assert not checkpoint.folder.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_a_killed_fit_holds_nobody_up(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a.checkpoint")
    child = os.fork()
    if child == 0:
        with checkpoint.held():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert checkpoint.folder.exists()
    with checkpoint.held():
        checkpoint.begin({})
        assert checkpoint.there
    assert not any(tmp_path.iterdir())


def test_a_checkpoint_of_another_version_is_refused(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a.checkpoint")
    with checkpoint.held():
        checkpoint.begin({})
        checkpoint.keep("some", {"a": np.zeros(1)})
        path = checkpoint.folder / "fit.json"
        path.write_text(path.read_text().replace(f'"version": {VERSION}', '"version": 1'))
        with pytest.raises(InputError, match="another version of alive; begin anew with --force"):
            checkpoint.settings()
