"""The web player meets scenes that pass every check and go wrong when they are drawn, or ask for all that they may."""

import threading
import time
from pathlib import Path

import pytest

from bundle_spec.conformance.valid import VALID
from tests.attacks.hostile import ATTACKS, NEUTRALISED
from tests.attacks.keyframes import DEMANDING, REFUSED_WHEN_DRAWN, TOO_MUCH
from tests.web.browsers import PAGE, REPORT, Site, chromium

pytestmark = pytest.mark.slow

MOST_SECONDS = 2.0
"""A scene is refused, or shows its first pictures, in this time besides that for a plain one."""
MOST_MIB = 300
"""And the page's processes take at most so much memory more."""
PLAIN = "plain"
IN_A_PAGE = 3
"""A page meets so many scenes one after the other: browsers free the memory of closed players late."""
GOING_WRONG = [
    name
    for name, attack in ATTACKS.items()
    if name in REFUSED_WHEN_DRAWN
    or (attack.outcome == NEUTRALISED and name not in DEMANDING and ("keyframes " in name or name.startswith("modes ")))
]
"""Scenes that are sound until they are drawn."""

MEETING = """
const { Player, BundleError, PlayerError } = await import("/alive-scene.js");
const results = {};
for (const name of await (await fetch("/question.json")).json()) {
  const file = new Uint8Array(await (await fetch("/" + name)).arrayBuffer());
  const begun = performance.now();
  let player = null;
  let said = null;
  try {
    player = await Player.open(file, { workers: 1 });
    await player.begin(7n);
    for (const [width, height] of [[48, 32], [20, 90]]) {
      await player.resize(width, height, "fine");
      const words = player.still.slice();
      player.compose(await player.draw((await player.live()).embedding), words);
      if (words.some((word) => word >>> 24 !== 255)) said = "CRASH a pixel that is not opaque";
    }
  } catch (error) {
    said = error instanceof BundleError || error instanceof PlayerError ? error.message : `CRASH ${error}`;
  }
  player?.close();
  results[name] = { said, seconds: (performance.now() - begun) / 1000 };
}
await report(results);
"""


def meet(player: Path, names: list[str], files: dict[str, bytes]) -> tuple[dict[str, dict], float]:
    """What became of each scene in one page, and the most memory in MiB that its process ever took."""
    question = "[" + ",".join(f'"{name}"' for name in names) + "]"
    pages = {"index.html": PAGE.encode(), "script.js": (REPORT + MEETING).encode(), "question.json": question.encode()}
    site = Site([player], pages | files)
    peak: list[float] = [0]
    ended = threading.Event()
    try:
        with chromium(site.address) as process:

            def watch() -> None:
                while not ended.is_set():
                    peak.append(max(map(_peak_of, _children(process.pid)), default=0))
                    time.sleep(0.2)

            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                report = site.wait(400)
            finally:
                ended.set()
                watcher.join()
    finally:
        site.close()
    assert not report["violations"]
    assert "crash" not in report["result"], report["result"]
    return report["result"], max(peak)


def _children(parent: int) -> list[int]:
    """Processes that a process started, directly or not, and that show pages."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1]), b"--type=renderer" in (folder / "cmdline").read_bytes()
        except OSError:
            continue
    renderers, waiting = [], [parent]
    while waiting:
        one = waiting.pop()
        below = [number for number, (above, _) in parents.items() if above == one]
        renderers += [number for number in below if parents[number][1]]
        waiting += below
    return renderers


def _peak_of(number: int) -> float:
    try:
        lines = (Path("/proc") / str(number) / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


@pytest.fixture(scope="module")
def plain(player: Path) -> tuple[float, float]:
    """Seconds and MiB that a plain scene of keyframes takes."""
    data = VALID["warp-masked"].build()
    results, mib = meet(player, [PLAIN, "again"], {PLAIN: data, "again": data})
    assert results[PLAIN]["said"] is None
    return results["again"]["seconds"], mib


def written(names: list[str], folder: Path) -> dict[str, bytes]:
    """The files of attacks, under names that are paths."""
    files = {}
    for number, name in enumerate(names):
        ATTACKS[name].write(folder / str(number))
        files[f"attack{number}"] = (folder / str(number)).read_bytes()
    return files


def check(results: dict[str, dict], names: list[str], seconds: float) -> None:
    for result, name in zip(results.values(), names, strict=True):
        said = result["said"]
        assert result["seconds"] < seconds + MOST_SECONDS, (name, result)
        if ATTACKS[name].outcome == NEUTRALISED:
            assert said is None, (name, said)
        else:
            assert said, name
            assert len(said) < 400, (name, said)
            assert "\n" not in said, (name, said)
            assert not said.startswith("CRASH"), (name, said)


def test_there_are_many() -> None:
    assert len(GOING_WRONG) >= 30


@pytest.mark.parametrize("first", range(0, len(GOING_WRONG), IN_A_PAGE))
def test_scenes_that_go_wrong_when_they_are_drawn(
    first: int, player: Path, plain: tuple[float, float], tmp_path: Path
) -> None:
    names = GOING_WRONG[first : first + IN_A_PAGE]
    files = written(names, tmp_path)
    results, mib = meet(player, list(files), files)
    check(results, names, plain[0])
    assert mib < plain[1] + MOST_MIB


@pytest.mark.parametrize("name", [*DEMANDING, *TOO_MUCH])
def test_scenes_that_ask_for_as_much_as_they_may_or_more(
    name: str, player: Path, plain: tuple[float, float], tmp_path: Path
) -> None:
    files = written([name], tmp_path)
    results, mib = meet(player, list(files), files)
    if name in TOO_MUCH:
        check(results, [name], plain[0])
    assert (results["attack0"]["said"] is None) == (name in DEMANDING), results
    assert mib < plain[1] + MOST_MIB
