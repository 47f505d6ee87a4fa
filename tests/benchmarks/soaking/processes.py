"""Processes of a soak: how much memory and how many handles they and their children hold (Linux)."""

import os
import resource
from pathlib import Path
from typing import Any

PAGE = resource.getpagesize()
"""Bytes of a page of memory."""


def family(pid: int) -> list[int]:
    """A process and all that it started, and those started in turn."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    members, left = [], [pid]
    while left:
        member = left.pop()
        members.append(member)
        left += children.get(member, [])
    return members


def held(pid: int | None = None) -> dict[str, Any]:
    """Memory in MB, open handles and threads of a process alone, this one by default."""
    place = Path("/proc") / ("self" if pid is None else str(pid))
    memory = int((place / "statm").read_text().split()[1]) * PAGE / 1e6
    threads = len(list((place / "task").iterdir()))
    return {"memory": round(memory, 2), "handles": len(os.listdir(place / "fd")), "threads": threads}


def held_by_family(pid: int) -> dict[str, Any]:
    """As `held`, for a process and all that it started; memory that several share is counted once (PSS)."""
    total = {"memory": 0.0, "handles": 0, "threads": 0, "processes": 0}
    for member in family(pid):
        place = Path("/proc") / str(member)
        try:
            lines = (place / "smaps_rollup").read_text().splitlines()
            memory = sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e6
            handles, threads = len(os.listdir(place / "fd")), len(list((place / "task").iterdir()))
        except OSError:  # it has just ended
            continue
        for name, value in (("memory", memory), ("handles", handles), ("threads", threads), ("processes", 1)):
            total[name] += value
    return {**total, "memory": round(total["memory"], 2)}


def is_running(pid: int) -> bool:
    """Whether a process runs: it is there, and has not ended unnoticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
