"""Run the program on hostile files, each time in a fresh fork, and tell how that ended.

    python tests/attacks/meet.py FOLDER [--every]

One line of JSON for each command and file: exit code, seconds, peak memory in MiB, and what was printed. Each
file is met by one of the commands in turn, or by every one. The parent has imported what playing needs, so that
hundreds of files take a minute; what is measured holds these imports as well.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import onnx
import onnxruntime
import rich.table
import rich.text

from alive_cli import cli
from alive_cli.runtime import scene as _scene
from bundle_spec import verdicts as _verdicts
from tests.attacks.hostile import ATTACKS, NEUTRALISED, command

PATIENCE = 60
assert onnx
assert onnxruntime
assert rich
assert _scene
assert _verdicts


def meet(arguments: list[str], printed: Path) -> dict:
    """Run one command line in a fork."""
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        with printed.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        code = cli.run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    _, status, usage = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": round(time.perf_counter() - began, 3),
        "mib": round(usage.ru_maxrss / 1024, 1),
        "printed": printed.read_bytes().decode("utf-8", "backslashreplace"),
    }


def main(folder: Path, every: bool) -> None:
    for number, (name, attack) in enumerate(ATTACKS.items()):
        path = folder / f"attack{number}.alive"
        maker = os.fork()  # making some of these files takes more memory than opening them may
        if maker == 0:
            attack.write(path)
            os._exit(0)
        os.waitpid(maker, 0)
        turn = number % len(attack.commands)
        for each in attack.commands if every or attack.outcome == NEUTRALISED else attack.commands[turn : turn + 1]:
            result = meet(command(each, path, folder), folder / "printed")
            print(json.dumps({"attack": name, "command": each, **result}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--every" in sys.argv)
