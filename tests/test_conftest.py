"""What all workers share is made once, and never half."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, made_once

WORKERS = 3


def test_what_fails_is_made_anew(tmp_path_factory: pytest.TempPathFactory) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made_once(tmp_path_factory, "fragile", fail)
    folder = made_once(tmp_path_factory, "fragile", lambda folder: (folder / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert made_once(tmp_path_factory, "fragile", fail) == folder


@pytest.mark.slow
def test_workers_share_what_one_of_them_makes(tmp_path: Path) -> None:
    """Each worker has a test; the first worker dies while it makes what all need, and another takes its test over."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    source = f"""
        import os, time
        import pytest
        from tests.conftest import made_once

        def make(folder):
            with open({str(tmp_path / "log")!r}, "a") as log:
                log.write("made\\n")
            (folder / "half").touch()
            if not os.path.exists({str(tmp_path / "died")!r}):
                open({str(tmp_path / "died")!r}, "w").close()
                os._exit(1)
            time.sleep(0.5)
            (folder / "whole").touch()

        def test(tmp_path_factory):
            folder = made_once(tmp_path_factory, "shared", make)
            assert sorted(os.listdir(folder)) == ["half", "whole"]
    """
    for number in range(WORKERS):
        (tmp_path / f"test_{number}.py").write_text(textwrap.dedent(source))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(WORKERS), "--dist", "loadfile"]
    result = subprocess.run(
        [*command, "--rootdir", tmp_path, "-c", tmp_path / "pytest.ini", tmp_path, "--basetemp", tmp_path / "base"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert f"1 failed, {WORKERS} passed" in result.stdout, result.stdout + result.stderr
    assert (tmp_path / "log").read_text().splitlines() == ["made"] * 2
