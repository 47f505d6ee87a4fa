"""What differs by system sits behind one module each. The branches for other systems run here too, with substitutes for
what only those have."""

import ast
import builtins
import ctypes
import errno
import importlib
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from alive_cli import signals
from alive_cli.files.lock import locked, locked_folder
from alive_cli.runtime import gpus
from alive_cli.shells import command_line
from alive_cli.threads import lower_priority, usable_cores
from alive_cli.views import keyboard
from alive_cli.views.detect import Terminal, ask_terminal
from bundle_spec import file_system
from bundle_spec.atomic import replacing
from tests.conftest import REPOSITORY
from tests.test_layers import modules, tree

HOMES = {
    "bundle_spec.file_system": "locks, open files, folders, permissions, owners",
    "alive_cli.shells": "how shells quote",
    "alive_cli.signals": "signals",
    "alive_cli.threads": "cores and priorities",
    "alive_cli.files.user_folder": "where a user's files lie",
    "alive_cli.media.cameras": "cameras",
    "alive_cli.media.microphones": "microphones",
    "alive_cli.media.pipes": "pipes",
    "alive_cli.runtime.gpus": "the library of the GPU's driver",
    "alive_cli.views.cast.camera": "virtual cameras",
    "alive_cli.views.cast.ndi": "NDI",
    "alive_cli.views.cast.targets": "which casts a system has",
    "alive_cli.views.display": "displays that go away",
    "alive_cli.views.keyboard": "terminals",
    "alive_cli.views.power": "batteries",
    "alive_cli.commands.doctor": "nothing: it only tells people the system's name",
}
"""These modules alone may know which system they run on, each for one matter."""
MODULES = {
    "ctypes",
    "fcntl",
    "msvcrt",
    "platform",
    "pty",
    "pwd",
    "resource",
    "select",
    "signal",
    "termios",
    "tty",
    "winreg",
}
"""These modules exist on some systems only, or do something else on each."""
ATTRIBUTES = {
    "sys": {"platform", "getwindowsversion"},
    "os": {
        *("name", "uname", "umask", "fork", "kill", "killpg", "nice", "setpriority", "sched_getaffinity", "startfile"),
        *("getuid", "geteuid", "getpgid", "setsid", "sysconf", "chown", "mkfifo", "symlink", "link", "O_DIRECTORY"),
    },
}
"""These attributes exist on some systems only, or tell which one it is."""
PLACES = ("/dev/", "/proc/", "/sys/", "/tmp", "/etc/", "/usr/", "C:\\")
"""A path that begins so exists on some systems only."""


def mentions(name: str, words: Iterable[str]) -> bool:
    """Whether one of some words is in a module's text. Only such modules are parsed, because parsing takes longest."""
    return bool(re.search("|".join(re.escape(word) for word in words), modules()[name].read_text("utf-8")))


def platform_matters(code: ast.Module) -> Iterator[str]:
    """What in a module differs by system, with its line."""
    texts = {id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)}
    for node in ast.walk(code):
        names: set[str] = set()
        if isinstance(node, ast.Import):
            names = {each.name for each in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            known = ATTRIBUTES.get(str(node.module), set())
            names = ({str(node.module)} & MODULES) | ({each.name for each in node.names} & known)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = {node.attr} & ATTRIBUTES.get(node.value.id, set())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            names = {node.value} if node.value in MODULES - {"signal"} or node.value.startswith(PLACES) else set()
        yield from (f"{each} in line {getattr(node, 'lineno', 0)}" for each in names)


def test_only_a_few_modules_know_the_system() -> None:
    assert set(HOMES) <= set(modules())
    words = MODULES | {f"{each}." for each in ATTRIBUTES} | {f"from {each}" for each in ATTRIBUTES} | set(PLACES)
    for name in modules():
        if name.startswith("bundle_spec.conformance"):
            continue  # its cases name places of one system, as strangers' files do
        matters = list(platform_matters(tree(name))) if mentions(name, words) else []
        assert bool(matters) == (name in HOMES), f"{name}: {matters}"


def test_the_examples_run_everywhere() -> None:
    for path in (REPOSITORY / "examples").rglob("*.py"):
        assert list(platform_matters(ast.parse(path.read_text("utf-8")))) == [], path


def test_text_files_state_their_encoding() -> None:
    """Without one Windows reads and writes them in the code page of its country."""
    for name in modules():
        for node in ast.walk(tree(name)) if mentions(name, ("_text(", "subprocess")) else ():
            if not isinstance(node, ast.Call):
                continue
            where, words = f"{name}:{node.lineno}", {each.arg for each in node.keywords}
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("read_text", "write_text"):
                assert "encoding" in words or len(node.args) > (node.func.attr == "write_text"), where
            if ast.unparse(node.func).startswith("subprocess."):
                assert "encoding" in words or not words & {"text", "universal_newlines"}, where


@pytest.fixture
def without_fcntl(monkeypatch: pytest.MonkeyPatch) -> "FakeLocks":
    """Files as on Windows: no fcntl, locks by msvcrt, and open files that nobody may remove or rename."""
    locks = FakeLocks()
    monkeypatch.setattr(file_system, "fcntl", None)
    monkeypatch.setattr(file_system, "msvcrt", locks, raising=False)
    monkeypatch.setattr(file_system, "PAUSE_SECONDS", 0.0)
    for name in ("unlink", "rename", "replace"):
        monkeypatch.setattr(Path, name, _refusing_open(getattr(Path, name)))
    monkeypatch.setattr(os, "unlink", _refusing_open(os.unlink))
    return locks


class FakeLocks:
    """Stands in for msvcrt: locks by file, released when the file is closed."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: list[int] = []

    def locking(self, handle: int, mode: int, size: int) -> None:
        assert (mode, size) == (self.LK_NBLCK, 1)
        self.held = [each for each in self.held if _is_open(each) and each != handle]
        if any(os.path.samestat(os.fstat(each), os.fstat(handle)) for each in self.held):
            raise OSError(errno.EDEADLK, "Resource deadlock avoided")
        self.held.append(handle)


def _is_open(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


def _refusing_open(work: Callable[..., object]) -> Callable[..., object]:
    """A function of files that refuses those that this process has open, as Windows does."""

    def refuse(path: Path, *rest: object, **words: object) -> object:
        for each in (path, *rest):
            if isinstance(each, str | Path) and os.path.exists(each):
                for handle in os.listdir("/proc/self/fd"):
                    if _is_open(int(handle)) and os.path.samestat(os.fstat(int(handle)), os.stat(each)):
                        raise PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        return work(path, *rest, **words)

    return refuse


linux_alone = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="it looks at which files are open")


@linux_alone
def test_windows_locks_keep_others_out_and_leave_nothing(tmp_path: Path, without_fcntl: FakeLocks) -> None:
    folder = tmp_path / "fit"
    with locked_folder(folder, "fit.lock"):
        with pytest.raises(BlockingIOError), locked(folder / "fit.lock"):
            pass
        assert (folder / "fit.lock").exists()
    assert not folder.exists()
    assert without_fcntl.held


@linux_alone
def test_windows_replaces_files_whole(tmp_path: Path, without_fcntl: FakeLocks) -> None:
    path = tmp_path / "a.alive"
    path.write_bytes(b"old")
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(ValueError, match="the encoder failed"), replacing(path) as temporary:
        raise ValueError("the encoder failed")
    assert [each.name for each in tmp_path.iterdir()] == ["a.alive"]


@linux_alone
def test_windows_says_that_a_file_is_in_use(tmp_path: Path, without_fcntl: FakeLocks) -> None:
    path = tmp_path / "a.alive"
    path.write_bytes(b"old")
    with (
        path.open("rb"),
        pytest.raises(PermissionError, match="in use by another program") as raised,
        replacing(path) as temporary,
    ):
        temporary.write_bytes(b"new")
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.alive"]


def test_a_virus_scanner_lets_go_soon(
    tmp_path: Path, without_fcntl: FakeLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target, replace = tmp_path / "a", tmp_path / "b", Path.replace
    source.write_bytes(b"new")
    refusals = iter([True, True, False])

    def scanned(self: Path, other: Path) -> Path:
        if next(refusals):
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return replace(self, other)

    monkeypatch.setattr(Path, "replace", scanned)
    file_system.move(source, target)
    assert target.read_bytes() == b"new"


def test_windows_opens_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    file_system.sync_folder(tmp_path)


def test_on_windows_temporary_folders_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file_system.is_ours(tmp_path)
    monkeypatch.delattr(os, "getuid", raising=False)
    assert file_system.is_ours(tmp_path / "anything")


class Typed(io.StringIO):
    """A terminal's stdin or stdout."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def windows_terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal of Windows. What is put into the list is typed."""
    typed: list[str] = []
    module = ModuleType("msvcrt")
    module.kbhit = lambda: bool(typed)  # type: ignore[attr-defined]
    # As in Microsoft's library: the second half of a key lies where kbhit doesn't look, and ungetwch puts characters.
    kept: list[str] = []

    def getwch() -> str:
        if kept:
            return kept.pop()
        key = typed.pop(0)
        if len(key) == 2:
            kept.append(key[1])
        return key[0]

    def ungetwch(key: str) -> None:
        if kept:
            raise OSError(errno.EINVAL, "Invalid argument")
        kept.append(key)

    module.getwch, module.ungetwch = getwch, ungetwch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stdin", Typed())
    return typed


def test_windows_keys(windows_terminal: list[str]) -> None:
    with keyboard.keyboard() as keys:
        assert keys() == []
        windows_terminal += ["q", "\xe0H", "\0K", "\xe0S", "é", "\xe0", "\0", "x"]
        assert keys() == ["q", "up", "left", "é", "à", "x"]
        windows_terminal += ["\xe0"]
        assert keys() == ["à"]
        windows_terminal += ["\x03"]
        with pytest.raises(KeyboardInterrupt):
            keys()


def test_windows_terminals_get_no_questions(windows_terminal: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Typed())
    assert ask_terminal({"WT_SESSION": "1"}) == Terminal(true_colour=True)
    assert sys.stdout.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_console", [True, False])
def test_a_windows_console_obeys_escape_sequences(
    is_console: bool, windows_terminal: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = [3]

    def read(console: int, mode: "ctypes._CArgObject") -> int:
        mode._obj.value = modes[-1]  # type: ignore[attr-defined]
        return int(is_console)

    kernel = SimpleNamespace(
        GetStdHandle=lambda number: number, GetConsoleMode=read, SetConsoleMode=lambda _, mode: modes.append(mode)
    )
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    with keyboard.escape_sequences():
        assert modes[-1] == (7 if is_console else 3)
    assert modes[-1] == 3


@pytest.mark.parametrize(
    ("names", "expected"), [(("SIGTERM", "SIGHUP"), [15, 1]), (("SIGTERM", "SIGBREAK"), [15, 21]), (("SIGTERM",), [15])]
)
def test_endings_by_system(names: tuple[str, ...], expected: list[int]) -> None:
    numbers = {"SIGTERM": 15, "SIGHUP": 1, "SIGBREAK": 21}
    assert signals.endings(SimpleNamespace(**{name: numbers[name] for name in names})) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("handling", [signals.interrupt_on_signals, signals.deferred_interruption])
@pytest.mark.parametrize("before", [signal.SIG_IGN, None])
def test_what_others_do_with_a_signal_stays(
    handling: Callable[[], AbstractContextManager[object]], before: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under nohup SIGHUP is ignored; None stands for a handler that isn't Python's."""
    changed: list[int] = []
    monkeypatch.setattr(signal, "getsignal", lambda number: before)
    monkeypatch.setattr(signal, "signal", lambda number, handler: changed.append(number))
    with handling(), signals.own_termination():
        pass
    assert changed == ([signal.SIGTERM] if before is signal.SIG_IGN else [])  # which own_termination restores


def test_handlers_are_as_before() -> None:
    before = [signal.getsignal(number) for number in signals.endings()]
    with signals.leave_on_interrupt():
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        raise KeyboardInterrupt
    with signals.own_termination():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert [signal.getsignal(number) for number in signals.endings()] == before


@pytest.mark.parametrize(("platform", "name"), [("win32", "nvcuda.dll"), ("linux", "libcuda.so.1")])
def test_the_driver_by_system(platform: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def count(reference: "ctypes._CArgObject") -> int:
        reference._obj.value = 2  # type: ignore[attr-defined]
        return 0

    opened: list[str] = []

    def library(name: str) -> SimpleNamespace:
        opened.append(name)
        return SimpleNamespace(cuInit=lambda flags: 0, cuDeviceGetCount=count)

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(gpus.onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(ctypes, "CDLL", library)
    assert gpus.cuda_devices.__wrapped__() == 2
    assert opened == [name]


@pytest.mark.parametrize(
    ("platform", "words", "line"),
    [
        ("linux", ["alive", "play", "C:\\my cat.alive"], "alive play 'C:\\my cat.alive'"),
        ("win32", ["alive", "play", "C:\\my cat.alive"], 'alive play "C:\\my cat.alive"'),
        ("win32", ["alive", "--on=x", "C:\\é\\a-b.alive"], "alive --on=x C:\\é\\a-b.alive"),
        ("win32", ["a&b.alive", "a^b", "(a)", "a;b", "a,b", ""], '"a&b.alive" "a^b" "(a)" "a;b" "a,b" ""'),
        ("win32", ["C:\\my cats\\", 'a"&b', 'a b\\"'], '"C:\\my cats\\\\" "a""&b" "a b\\\\"""'),
    ],
)
def test_command_lines_by_system(platform: str, words: list[str], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert command_line(words) == line


def test_threads_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "setpriority", raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert usable_cores() == (os.cpu_count() or 1)
    lower_priority()


def test_pipes_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pipes = importlib.import_module("alive_cli.media.pipes")
    real = builtins.__import__

    def without(name: str, *rest: object) -> ModuleType:
        if name == "fcntl":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    pipes.widen_pipe(0)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "fcntl", ModuleType("fcntl"))  # macOS knows no F_SETPIPE_SZ
    pipes.widen_pipe(0)


def test_a_console_that_lacks_characters_gets_question_marks() -> None:
    """Many consoles of Windows, and files there, take only the characters of one country."""
    code = "import sys; from alive_cli import cli; sys.argv = ['alive', 'inspect', '→✓.alive']; cli.main()"
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(REPOSITORY)}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=environment)
    assert result.returncode == 2
    assert b"There is no file ??.alive" in result.stderr


@pytest.mark.skipif(not hasattr(os, "setpgid"), reason="POSIX only")
def test_ctrl_c_in_a_terminal_ends_no_program_that_is_apart() -> None:
    command = [sys.executable, "-c", "import os; print(os.getpgrp())"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **signals.APART) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid != os.getpgrp()
