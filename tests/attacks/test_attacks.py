"""Each hostile file is refused in one sentence, or does no harm; quickly, and in little memory."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.hostile import ATTACKS, NEUTRALISED, REFUSED

pytestmark = pytest.mark.slow

MEET = Path(__file__).with_name("meet.py")
MOST_MIB = 300
MOST_MIB_WITH_TORCH = 700
"""Export imports torch, which takes 550 MiB before it has seen anything."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What happened to every file, told by a process that holds nothing but what playing needs."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("attacks")
    result = subprocess.run([sys.executable, MEET, folder], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_there_are_many(results: list[dict]) -> None:
    assert {each["attack"] for each in results} == set(ATTACKS)
    assert len(ATTACKS) >= 200


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(name: str, results: list[dict]) -> None:
    mine = [each for each in results if each["attack"] == name]
    assert mine
    for each in mine:
        lines = [line for line in each["printed"].splitlines() if line.strip()]
        assert "Traceback" not in each["printed"]
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066-\u2069]", each["printed"]), each
        assert each["mib"] < (MOST_MIB_WITH_TORCH if each["command"] == "export" else MOST_MIB), each
        if ATTACKS[name].outcome == REFUSED:
            assert each["code"] == 2, each
            # The table of verdicts comes first where there is one; the sentence is the last line.
            assert each["command"] == "verify" or len(lines) == 1, each
            assert len(lines[-1]) < 400, each
        else:
            assert ATTACKS[name].outcome == NEUTRALISED
            assert each["code"] == 0, each
