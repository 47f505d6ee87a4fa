"""Does anything grow, drift or break in a day of life, and is every fault survived?

    python -m tests.benchmarks.soak SCENE.alive [--parts life loop faults hour] [--hours 24] [--real-minutes 60]
        [--window OTHER.alive] [--page OTHER.alive] [--faults NAME …] [--output FOLDER]

`life`: so many hours of a life, faster than real time, steered at random for ten minutes of each hour; liveness at the
end of each. `loop`: so many hours of the live loop with a clock that goes as fast as the loop does; `--loop-scene` may
be a lighter scene. `faults`: each fault is brought about for real. `hour`: a terminal view, a window, a server with
clients and a page with the web element live side by side in real time, and faults come. Each part prints rows and
JSON, and writes lines of JSON with its samples, and a chart. Growth is a straight line's slope behind the first hour
of a day, or the first 15 % of the real hour. Linux, as root for disks that are full, with Xvfb, xwininfo, a C compiler
and Chromium for the parts that need them.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.soaking.plot import plots
from tests.benchmarks.soaking.samples import Samples, table

PARTS = ("life", "loop", "faults", "hour")
"""The parts, in their order."""
TITLES = {
    "life": "A life, faster than real time",
    "loop": "The live loop, with a clock of its own",
    "hour": "An hour in real time, with faults",
}
"""Titles of the charts."""


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def grown(name: str, results: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each process of a part, and what it holds."""
    whole = {"": results} if name != "hour" else results["who"]
    rows = []
    for who, figures in whole.items():
        for held in ("memory", "handles", "threads", "heap"):
            if figures.get(held):
                rows.append({"part": f"{name} {who}".strip(), "of": held, **figures[held]})
    return rows


def faults_of(scene: Path, page: Path, names: list[str]) -> list[dict[str, Any]]:
    """Bring faults about, one after the other."""
    from tests.benchmarks.soaking.view_faults import VIEW_FAULTS, Outcome
    from tests.benchmarks.soaking.web_faults import WEB_FAULTS

    known: dict[str, tuple[Callable[[Path], Outcome], Path]] = {
        **{name: (fault, scene) for name, fault in VIEW_FAULTS.items()},
        **{name: (fault, page) for name, fault in WEB_FAULTS.items()},
    }
    rows = []
    for name, (fault, bundle) in known.items():
        if names and name not in names:
            continue
        try:
            outcome = fault(bundle)
        except Exception as error:  # a soak goes on
            outcome = Outcome(f"{type(error).__name__}: {error}", False)
        expected = " ".join(str(fault.__doc__).split())
        rows.append({"fault": name, "expected": expected, "happened": outcome.happened, "survived": outcome.survived})
        say(f"{name}: {outcome.happened}; survived: {outcome.survived}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--hours", type=float, default=24.0, help="of the life and of the loop")
    parser.add_argument("--real-minutes", type=float, default=60.0)
    parser.add_argument("--loop-scene", type=Path, help="the scene of the loop")
    parser.add_argument("--window", type=Path, help="the scene of the window")
    parser.add_argument("--page", type=Path, help="the scene of the server and of the page")
    parser.add_argument("--faults", nargs="*", default=[], help="names of the faults; all by default")
    parser.add_argument("--output", type=Path, default=Path("soak"))
    arguments = parser.parse_args()
    folder = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    bundle = arguments.bundle.resolve()
    page = (arguments.page or bundle).resolve()
    results: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    charts = []
    for name in arguments.parts:
        samples = Samples(folder / f"{name}.jsonl", name)
        if name == "life":
            from tests.benchmarks.soaking.life import soak_life

            results[name] = soak_life(bundle, arguments.hours, samples, say)
        elif name == "loop":
            from tests.benchmarks.soaking.loop import soak_loop

            results[name] = soak_loop((arguments.loop_scene or bundle).resolve(), arguments.hours, samples, say)
        elif name == "hour":
            from tests.benchmarks.soaking.hour import soak_hour

            window = (arguments.window or bundle).resolve()
            scenes = {"terminal": bundle, "window": window, "server": page, "page": page}
            results[name] = soak_hour(scenes, arguments.real_minutes, samples, say)
        else:
            results[name] = faults_of(bundle, page, arguments.faults)
        charts.append((TITLES.get(name, name), samples))
    results["load_after"] = os.getloadavg()[0]
    rows = [row for name in arguments.parts if name != "faults" for row in grown(name, results[name])]
    faults = [*results.get("faults", []), *results.get("hour", {}).get("faults", [])]
    for each in (rows, [{key: row[key] for key in ("fault", "happened", "survived")} for row in faults]):
        if each:
            print(table(each))
    (folder / "soak.json").write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results))
    for path in plots(charts, folder):
        print(path)


if __name__ == "__main__":
    main()
