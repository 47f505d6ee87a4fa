"""Faults of views and of files that are written: each is brought about for real, with the tool as a process."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.soaking.places import Clock, small_disk
from tests.benchmarks.soaking.processes import family, is_running
from tests.benchmarks.soaking.tools import Tool, display, until

FIRST_SECONDS = 90.0
"""The first picture comes within this time."""
FROZEN_SECONDS = 30.0
"""A view is stopped for so long."""
WRITING_SECONDS = 600.0
"""A command that writes a file ends within this time."""


@dataclass(frozen=True)
class Outcome:
    """What became of a fault."""

    happened: str
    survived: bool


def _window(scene: Path, folder: Path, display_name: str, *options: str) -> Tool:
    arguments = ["play", str(scene), "--loop", "--view", "window", "--size", "160", *options]
    return Tool(arguments, folder, variables={"DISPLAY": display_name})


def _terminal(scene: Path, folder: Path, **options: object) -> Tool:
    return Tool(["play", str(scene), "--loop", "--view", "blocks"], folder, terminal=True, **options)  # type: ignore[arg-type]


def display_gone(scene: Path) -> Outcome:
    """The X server of a window ends: one sentence, and code 2."""
    with tempfile.TemporaryDirectory() as place, display() as screen:
        tool = _window(scene, Path(place), screen.name)
        until(screen.rate, FIRST_SECONDS)
        screen.go()
        code = tool.ended()
        said = tool.complaints
        tool.end()
    return Outcome(f"code {code}: {said}", code == 2 and said.count("\n") == 0 and said.endswith("."))


def display_gone_and_back(scene: Path) -> Outcome:
    """With --wait-for-display, the X server ends and comes back: the window comes back."""
    with tempfile.TemporaryDirectory() as place, display() as screen:
        tool = _window(scene, Path(place), screen.name, "--wait-for-display")
        until(screen.rate, FIRST_SECONDS)
        screen.go()
        time.sleep(10)
        waits = is_running(tool.pid)
        screen.come_back()
        back = until(screen.rate, FIRST_SECONDS)
        rate = screen.rate()
        said = tool.complaints
        code = tool.end()
    return Outcome(f"waits: {waits}; back: {back}, {rate} frames/s; said: {said}; ends with {code}", waits and back)


def no_display_yet(scene: Path) -> Outcome:
    """With --wait-for-display, there is no X server yet: the window opens once there is one."""
    with tempfile.TemporaryDirectory() as place, display() as screen:
        screen.go()
        tool = _window(scene, Path(place), screen.name, "--wait-for-display")
        said = tool.says("waiting for it", FIRST_SECONDS)
        screen.come_back()
        opened = until(screen.rate, FIRST_SECONDS)
        tool.end()
    return Outcome(f"said: {said[0] if said else 'nothing'}; opened: {opened}", bool(said) and opened)


def terminal_hung_up(scene: Path) -> Outcome:
    """The window of a terminal closes: the view ends, and leaves no process."""
    with tempfile.TemporaryDirectory() as place:
        tool = _terminal(scene, Path(place))
        until(lambda: tool.pictures > 5, FIRST_SECONDS)
        members = family(tool.pid)
        tool.hang_up()
        code = tool.ended()
        left = [member for member in members if is_running(member)]
        said = tool.complaints
        tool.end()
    what = f"code {code}, left: {left or 'none'}, said on stderr: {said or 'nothing'}"
    return Outcome(what, code == 0 and not left)


def asleep(scene: Path) -> Outcome:
    """A view stands still for half a minute: it goes on at its pace, without a burst."""
    with tempfile.TemporaryDirectory() as place:
        tool = _terminal(scene, Path(place))
        until(lambda: tool.pictures > 5, FIRST_SECONDS)
        time.sleep(5)
        before = tool.pictures
        time.sleep(5)
        usual = (tool.pictures - before) / 5
        os.kill(tool.pid, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        before = tool.pictures
        os.kill(tool.pid, signal.SIGCONT)
        time.sleep(1)
        burst = tool.pictures - before
        time.sleep(4)
        after = (tool.pictures - before - burst) / 4
        tool.end()
    what = f"{usual:.1f} pictures a second before, {burst} in the first second, {after:.1f} a second then"
    return Outcome(what, after > 0 and burst <= 2 * max(usual, after) + 2)


def clock_set(scene: Path) -> Outcome:
    """The clock is set back by a day, then on by a week: pictures come as before."""
    with tempfile.TemporaryDirectory() as place:
        clock = Clock(Path(place))
        tool = _terminal(scene, Path(place), variables=clock.variables)
        until(lambda: tool.pictures > 5, FIRST_SECONDS)
        rates = []
        for hours in (0, -24, 24 * 7):
            clock.set_by(hours)
            before = tool.pictures
            time.sleep(8)
            rates.append((tool.pictures - before) / 8)
        tool.press("s")
        saved = tool.says(r"saved \S+\.png", 60)
        tool.end()
    words = ", ".join(f"{rate:.1f}" for rate in rates)
    what = f"pictures a second before, a day back, a week on: {words}; a still was saved: {bool(saved)}"
    return Outcome(what, bool(saved) and min(rates) > 0 and max(rates) < 60)


def disk_full_in_view(scene: Path) -> Outcome:
    """Keys s and g while the disk is full: a sentence each, nothing half-written, and the view goes on."""
    with small_disk(8) as disk:
        tool = _terminal(scene, disk.folder)
        until(lambda: tool.pictures > 60, FIRST_SECONDS)
        disk.fill()
        tool.press("s")
        still = tool.says(r"\S+\.png could not be (?:saved|written)[^\r\n?▀]*", 60)
        tool.press("g")
        gif = tool.says(r"\S+\.gif could not be (?:saved|written)[^\r\n?▀]*", 120)
        left = disk.names
        before = tool.pictures
        goes_on = until(lambda: tool.pictures > before + 3, 30)
        disk.empty()
        tool.press("s")
        saved = until(lambda: disk.names, 60)
        tool.end()
        broken = [name for name in disk.names if name.startswith(".")]
    words = "; ".join(" ".join(matched[0].split()) if matched else "nothing was said" for matched in (still, gif))
    what = f"{words}; left: {left or 'nothing'}; goes on: {goes_on}; saved later: {saved}"
    return Outcome(what, bool(still and gif) and not left and goes_on and saved and not broken)


def _writing(scene: Path, arguments: Callable[[Path], list[str]], result: str, room: int) -> Outcome:
    """A command that replaces a file while the disk has no room for the new one."""
    old = b"the old file" * 100
    with small_disk(16) as disk:
        path = disk.folder / result
        if path.suffix == ".alive":
            old = scene.read_bytes()
        path.write_bytes(old)
        disk.fill(leave=room)
        before = disk.names
        tool = Tool(arguments(path), disk.folder, variables={"TMPDIR": "/tmp"})
        code = tool.ended(WRITING_SECONDS)
        tool.end()
        kept, left = path.read_bytes() == old, [name for name in disk.names if name not in before]
        said = " ".join(tool.complaints.split())[-200:]
    what = f"code {code}: {said}; the old file is kept: {kept}; left: {left or 'nothing'}"
    return Outcome(what, code == 2 and kept and not left)


def disk_full_film(scene: Path) -> Outcome:
    """`alive play --out` onto a full disk: one sentence, and the old film stays."""
    arguments = ["play", str(scene), "--duration", "8", "--force", "--out"]
    return _writing(scene, lambda path: [*arguments, str(path)], "film.mp4", 100_000)


def disk_full_gif(scene: Path) -> Outcome:
    """`alive gif` onto a full disk."""
    arguments = ["gif", str(scene), "--seconds", "2", "--width", "240", "--force", "-o"]
    return _writing(scene, lambda path: [*arguments, str(path)], "loop.gif", 100_000)


def disk_full_pictures(scene: Path) -> Outcome:
    """Numbered pictures onto a full disk: those that fitted stay whole."""
    with small_disk(1) as disk:
        arguments = ["play", str(scene), "--frames", "30", "--out", "frame_%04d.png"]
        tool = Tool(arguments, disk.folder)
        code = tool.ended(WRITING_SECONDS)
        tool.end()
        hidden = [name for name in disk.names if name.startswith(".")]
        whole = all(each.read_bytes().endswith(b"IEND\xaeB`\x82") for each in disk.folder.glob("frame_*.png"))
        said = " ".join(tool.complaints.split())[-200:]
    return Outcome(
        f"code {code}: {said}; pictures are whole: {whole}; left: {hidden or 'nothing'}",
        code == 2 and whole and not hidden,
    )


def disk_full_name(scene: Path) -> Outcome:
    """`alive name` writes the scene anew, but there is no room: the old scene stays."""
    return _writing(scene, lambda path: ["name", str(path), "grin=1.0"], "scene.alive", 50_000)


def disk_full_fit(scene: Path) -> Outcome:
    """`alive fit` on a disk that is full as soon as it has begun; then again with room."""
    from alive_cli.media.encode import write_video
    from tests.conftest import moving_frames

    with small_disk(64) as disk:
        write_video(disk.folder / "clip.mp4", moving_frames(24, 64, 48), fps=12)
        arguments = ["fit", "clip.mp4", "-o", "scene.alive", "--encoder", "pca", "--device", "cpu", "--steps", "60"]
        tool = Tool(arguments, disk.folder)
        until(lambda: len(disk.names) > 1 or not is_running(tool.pid), WRITING_SECONDS)
        disk.fill()
        code = tool.ended(WRITING_SECONDS)
        tool.end()
        said, left = " ".join(tool.complaints.split())[-250:], disk.names
        disk.empty()
        kept = any(name != "clip.mp4" and not name.endswith(".alive") for name in left)
        again = Tool([*arguments, *(["--resume"] if kept else [])], disk.folder)
        after = again.ended(WRITING_SECONDS)
        again.end()
        remains = disk.names
    what = f"code {code}: {said}; left: {left}; once there is room: code {after}, {remains}"
    return Outcome(what, code == 2 and after == 0 and remains == ["clip.mp4", "scene.alive"])


VIEW_FAULTS: dict[str, Callable[[Path], Outcome]] = {
    "display gone": display_gone,
    "display gone and back": display_gone_and_back,
    "no display yet": no_display_yet,
    "terminal closed": terminal_hung_up,
    "asleep for 30 s": asleep,
    "clock set back and on": clock_set,
    "disk full, keys s and g": disk_full_in_view,
    "disk full, play --out": disk_full_film,
    "disk full, gif": disk_full_gif,
    "disk full, pictures": disk_full_pictures,
    "disk full, name": disk_full_name,
    "disk full, fit": disk_full_fit,
}
"""These faults need one scene each."""
