"""Nobody loses a scene: killed writers, full disks, several writers at once."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bundle_spec import atomic
from bundle_spec.atomic import replacing
from bundle_spec.conformance.scenes import scene
from bundle_spec.container import read_bundle, write_bundle

WRITER = """
import sys
from pathlib import Path
from bundle_spec.conformance.scenes import scene
from bundle_spec.container import write_bundle
plain, padded = scene(), scene()
padded.parts["padding.bin"] = bytes(1 << 20)
print("ready", flush=True)
while True:
    for bundle in (padded, plain):
        write_bundle(Path(sys.argv[1]), bundle.manifest, bundle.parts)
"""


def litter(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("seed", range(12))
def test_killed_while_writing(tmp_path: Path, seed: int) -> None:
    """Killed at any moment, a writer leaves a whole bundle; the next one takes away what was half done."""
    path = tmp_path / "a.alive"
    bundle = scene()
    write_bundle(path, bundle.manifest, bundle.parts)
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
    assert "bank.safetensors" in read_bundle(path).parts
    write_bundle(path, bundle.manifest, bundle.parts)
    assert litter(tmp_path) == []


def test_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as first:
        first.write_text("first")
        with replacing(path) as second:
            assert first.exists()
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert litter(tmp_path) == []


@pytest.mark.parametrize(
    ("has_locks", "is_old", "stays"), [(True, False, False), (False, False, True), (False, True, False)]
)
def test_where_files_cant_be_locked_old_ones_are_removed(
    has_locks: bool, is_old: bool, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".a.txt.part-left.txt"
    left.write_text("left behind")
    if is_old:
        os.utime(left, (0, 0))
    if not has_locks:
        monkeypatch.setattr(atomic, "lock", lambda handle, shared_reading: False)
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert left.exists() is stays


def test_what_another_holds_stays_though_it_is_old(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt") as first:
        first.write_text("first")
        os.utime(first, (0, 0))
        with replacing(tmp_path / "a.txt") as second:
            second.write_text("second")
        assert first.exists()


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".a.txt.part-mine.jpg").write_text("a picture")
    (tmp_path / ".ab.txt.part-xyz.txt").write_text("of another file")
    (tmp_path / ".a.txt.part-left.txt").write_text("left behind")
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert sorted(litter(tmp_path)) == [".a.txt.part-mine.jpg", ".ab.txt.part-xyz.txt"]


def test_a_bundle_that_reads_back_wrong_replaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.alive"
    bundle = scene()
    write_bundle(path, bundle.manifest, bundle.parts)
    before = path.read_bytes()
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda self, data: write(self, data[:-1]))
    with pytest.raises(Exception, match="truncated"):
        write_bundle(path, bundle.manifest, bundle.parts)
    assert path.read_bytes() == before
    assert litter(tmp_path) == []


FULL = """
import resource, sys
from alive_cli import cli
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(cli.run(["export", sys.argv[1]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of this kind")
def test_a_file_that_can_grow_no_more(bundle: Path, tmp_path: Path) -> None:
    """A write that fails halfway costs one sentence, and nothing else."""
    pytest.importorskip("torch")
    path = tmp_path / "a.alive"
    path.write_bytes(bundle.read_bytes())
    result = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, check=False)
    assert result.returncode == 2, result.stderr
    assert "too large" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert path.read_bytes() == bundle.read_bytes()
    assert litter(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True, check=False
    )
    if os.name != "posix" or mounted.returncode:
        pytest.skip("no small disk can be made here")
    yield folder  # type: ignore[misc]
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "a.alive"
    bundle = scene()
    write_bundle(path, bundle.manifest, bundle.parts)
    before = path.read_bytes()
    bundle.parts["padding.bin"] = os.urandom(400_000)
    with pytest.raises(OSError, match="No space"):
        write_bundle(path, bundle.manifest, bundle.parts)
    assert path.read_bytes() == before
    assert litter(small_disk) == []


def test_an_error_without_a_name_names_the_file(tmp_path: Path) -> None:
    """As when a disk is full while somebody writes to a file that is open."""
    with pytest.raises(OSError, match="No space") as raised, replacing(tmp_path / "a.png"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert raised.value.filename == str(tmp_path / "a.png")
