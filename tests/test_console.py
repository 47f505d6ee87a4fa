"""What long work shows: bars that end with the work, and a line a stage in logs."""

import io

import pytest
from rich.console import Console

from alive_cli import console


@pytest.fixture(params=[80, 160])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    shown = io.StringIO()
    screen = Console(file=shown, force_terminal=True, width=request.param, color_system=None)
    monkeypatch.setattr(console, "messages", lambda: screen)
    return shown


def test_bars_are_gone_after_the_work_and_nothing_is_cut(terminal: io.StringIO) -> None:
    with console.progress_bar() as progress:
        progress("Comparing frames with the words", 1, 2, "PSNR 41.23 dB", {"psnr": 41.23})
        progress("Comparing frames with the words", 2, 2, "PSNR 41.24 dB", {"psnr": 41.24})
    assert "PSNR 41.24 dB" in terminal.getvalue()
    assert "…" not in terminal.getvalue()
    erased = "\x1b[2K"
    assert terminal.getvalue().rstrip().endswith(erased)


def test_logs_have_a_line_for_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(console, "messages", lambda: Console(file=log, width=80))
    with console.listening() as listener:
        for stage in ("Finding motion", "Training"):
            for done in range(3):
                listener.progress(stage, done, 2, "PSNR 30 dB")
    assert log.getvalue().splitlines() == ["Finding motion …", "Training …"]
