"""What long work shows: bars that end with the work, and a line a stage in logs."""

import errno
import io

import pytest
from rich.console import Console

from alive_cli import console
from alive_cli.texts import printable


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


class Gone(io.StringIO):
    """A terminal or a pipe that has gone, and comes back."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error: OSError | None = error

    def write(self, text: str) -> int:
        if self.error:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), BrokenPipeError(errno.EPIPE, "no reader")])
def test_messages_that_nobody_can_read_end_nothing(error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Gone(error)
    monkeypatch.setattr("sys.stderr", terminal)
    console.messages.cache_clear()
    try:
        console.say("lost")
        console.warn("lost, too")
        terminal.error = None
        console.say("read")
    finally:
        console.messages.cache_clear()
    assert terminal.getvalue() == "read\n"


@pytest.mark.parametrize(
    ("text", "shown"), [("a\0b", "ab"), ("\x1b[2Jx", "[2Jx"), ("x\udcff", "x?"), ("→ é\t\n", "→ é\t\n")]
)
def test_texts_of_strangers(text: str, shown: str) -> None:
    assert printable(text) == shown
