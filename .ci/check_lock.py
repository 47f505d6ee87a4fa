"""Check by uv's resolver that requirements.lock installs, hashes and all, on each system and Python that alive names.

    python check_lock.py EXTRA...

Nothing is installed. Packages count only as wheels, because nobody should need a compiler. Without a network it says so
and checks nothing.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
LOCK = "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
COMMON = "3.12"
"""If any Python installs the lock on a system that is left out, this one does."""
PLATFORMS = {
    "Linux x86_64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
    "Windows x86_64": "x86_64-pc-windows-msvc",
}
"""The lock must install on these, as uv names them."""
LEFT_OUT = {
    "macOS x86_64": "x86_64-apple-darwin",  # neither PyTorch nor onnxruntime is built for it any more
    "Windows arm64": "aarch64-pc-windows-msvc",  # OpenCV, imageio-ffmpeg and llvmlite aren't built for it
}
"""The lock is known not to install on these. examples/INSTALLING.md says what their users can do."""
MACOS = "14.0"
"""The oldest macOS that onnxruntime is built for."""
SECONDS = 50.0
"""A slow registry must not hold up a build: what isn't checked after so many seconds is not checked."""
UNREACHABLE = re.compile("error sending request|tcp connect|dns error|timed out|Could not connect|Failed to fetch")
"""With these words uv says that it can't reach where packages come from."""


class Unreachable(Exception):
    """The registry can't be reached, or not in time."""


class Unsolved(Exception):
    """Nothing can be pinned for what pyproject.toml needs. It has uv's reason."""


def run(*command: str, until: float) -> subprocess.CompletedProcess[str]:
    """Run uv until a time.

    Raises:
        Unreachable: the registry doesn't answer.
    """
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS, "UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "15"}
    uv = str(Path(sys.executable).with_name("uv"))
    try:
        result = subprocess.run(
            [uv, *command],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd=REPOSITORY,
            env=environment,
            timeout=max(0.1, until - time.monotonic()),
        )
    except subprocess.TimeoutExpired:
        raise Unreachable from None
    if result.returncode and UNREACHABLE.search(result.stderr):
        raise Unreachable
    return result


def complaint(platform: str, python: str, until: float) -> str:
    """Why the lock doesn't install there; empty if it does.

    Raises:
        Unreachable: the registry doesn't answer.
    """
    with tempfile.TemporaryDirectory() as nowhere:
        only = ("--dry-run", "--quiet", "--only-binary", ":all:", "--require-hashes", "--target", nowhere)
        target = ("--python-platform", platform, "--python-version", python)
        result = run("pip", "install", *only, *target, "-r", LOCK, until=until)
    if not result.returncode:
        return ""
    text = " ".join(line for line in result.stderr.splitlines() if not line.startswith(("Using", "hint", "warning")))
    return re.sub(r"\{[^}]*\}+", "", " ".join(text.split())) or "uv gave no reason"


def pins(text: str) -> set[str]:
    """The `name==version` of a lock."""
    return set(re.findall(r"^([\w.\[\]-]+==[^\s;\\]+)", text, re.MULTILINE))


def missing(extras: list[str], until: float) -> set[str]:
    """What pyproject.toml needs and the lock doesn't pin.

    Raises:
        Unreachable: the registry doesn't answer.
        Unsolved: no versions go together, or pyproject.toml is wrong.
    """
    before = (REPOSITORY / LOCK).read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / LOCK
        copy.write_text(before, "utf-8")  # uv keeps to the versions of the file that it writes to
        words = ("--universal", "--python-version", PYTHONS[0], "--quiet", "--generate-hashes")
        chosen = [word for extra in extras for word in ("--extra", extra)]
        result = run("pip", "compile", *words, *chosen, "pyproject.toml", "-o", str(copy), until=until)
        if result.returncode:
            raise Unsolved(" ".join(result.stderr.split()) or "uv gave no reason")
        return pins(copy.read_text("utf-8")) - pins(before)


def main(extras: list[str]) -> int:
    """Check everything. Returns the exit code."""
    until = time.monotonic() + SECONDS
    cases = [(name, python) for name in PLATFORMS for python in PYTHONS] + [(name, COMMON) for name in LEFT_OUT]
    try:
        complaint(PLATFORMS["Linux x86_64"], PYTHONS[0], until)  # the others find what this one has fetched
        with ThreadPoolExecutor(4) as pool:
            lacking = pool.submit(missing, extras, until)
            results = pool.map(lambda case: complaint((PLATFORMS | LEFT_OUT)[case[0]], case[1], until), cases)
            reasons = dict(zip(cases, results, strict=True))
            needs = lacking.result()
    except Unreachable:
        print(f"Where packages come from can't be reached, or is slow: {LOCK} is not checked.")
        return 0
    except Unsolved as error:
        print(f"{LOCK} can't be made from pyproject.toml: {error}", file=sys.stderr)
        return 1
    bad: dict[str, list[str]] = {}
    for (name, python), why in reasons.items():
        if why and name in PLATFORMS:
            bad.setdefault(why, []).append(f"{name} with Python {python}")
    for why, places in bad.items():
        print(f"{LOCK} doesn't install on {', '.join(places)}: {why}", file=sys.stderr)
    for pin in sorted(needs):
        print(f"{LOCK} lacks {pin}, which pyproject.toml needs; run make lock.", file=sys.stderr)
    for name in LEFT_OUT:
        if not reasons[name, COMMON]:
            print(f"{LOCK} now installs on {name}: move it to PLATFORMS, and change examples/INSTALLING.md.")
    if bad or needs:
        return 1
    print(f"{LOCK} installs on {', '.join(PLATFORMS)} with Python {', '.join(PYTHONS)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
