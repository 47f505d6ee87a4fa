"""What a soak writes down: samples as lines of JSON, and how much something grows."""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HOUR = 3600.0
"""Seconds of an hour."""
WARM_UP = 1 / 24
"""Growth is measured behind this share of a run, which is the first hour of a day."""


@dataclass
class Samples:
    """Samples of one part of a soak, in a file that holds them even if the run is cut off."""

    path: Path
    part: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    """When faults were, in hours of the part, and what they are called."""

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("")
        self._began = time.monotonic()

    def add(self, hours: float, values: Mapping[str, Any], who: str = "") -> None:
        """Write a sample down.

        Args:
            hours: when it was, in hours of what is soaked.
            values: numbers by name; `memory` in MB.
            who: which of several processes it is of.
        """
        real = round(time.monotonic() - self._began, 2)
        row = {"part": self.part, "who": who, "hours": round(hours, 5), "real_seconds": real, **values}
        row["load"] = round(os.getloadavg()[0], 2)
        self.rows.append(row)
        with self.path.open("a") as lines:
            lines.write(json.dumps(row) + "\n")

    def mark(self, hours: float, what: str) -> None:
        """Note a fault."""
        self.marks.append((hours, what))
        with self.path.open("a") as lines:
            lines.write(json.dumps({"part": self.part, "hours": round(hours, 5), "mark": what}) + "\n")

    def of(self, who: str) -> list[dict[str, Any]]:
        """The samples of one process."""
        return [row for row in self.rows if row["who"] == who]

    @property
    def everybody(self) -> list[str]:
        """Whose samples these are."""
        return list(dict.fromkeys(row["who"] for row in self.rows))


def slope(rows: Iterable[Mapping[str, Any]], name: str, after: float = 0.0) -> float | None:
    """How much a value grows in an hour: the slope of a straight line through the samples after some hours.

    Returns:
        None where there are fewer than three samples.
    """
    points = [(row["hours"], row[name]) for row in rows if row.get(name) is not None and row["hours"] >= after]
    if len(points) < 3:
        return None
    hours, values = np.array(points, float).T
    return float(np.polyfit(hours, values, 1)[0]) if np.ptp(hours) > 0 else None


def usual_slope(rows: Iterable[Mapping[str, Any]], name: str, after: float = 0.0) -> float | None:
    """As `slope`, but the median of the slopes between all pairs (Theil and Sen), which a short peak doesn't change."""
    points = [(row["hours"], row[name]) for row in rows if row.get(name) is not None and row["hours"] >= after]
    if len(points) < 3:
        return None
    hours, values = np.array(points, float).T
    one, other = np.triu_indices(len(hours), 1)
    apart = hours[other] - hours[one]
    return float(np.median((values[other] - values[one])[apart > 0] / apart[apart > 0])) if (apart > 0).any() else None


def growth(rows: list[dict[str, Any]], name: str, warm_up: float = WARM_UP) -> dict[str, float | None]:
    """First and last value, the largest, and the slopes after the warm-up, a share of the run."""
    values = [row[name] for row in rows if row.get(name) is not None]
    if not values:
        return {}
    after = rows[0]["hours"] + warm_up * (rows[-1]["hours"] - rows[0]["hours"])
    late = [row[name] for row in rows if row.get(name) is not None and row["hours"] >= after]
    per_hour, usual = slope(rows, name, after), usual_slope(rows, name, after)
    return {
        "first": values[0],
        "warm": late[0] if late else None,
        "last": values[-1],
        "most": max(values),
        "per_hour": None if per_hour is None else round(per_hour, 4),
        "per_hour_usual": None if usual is None else round(usual, 4),
    }


def table(rows: list[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table, with the columns of the first one."""
    columns = list(rows[0])
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(_cell(row.get(column)) for column in columns) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "–" if value is None else str(value).replace("|", "/")
