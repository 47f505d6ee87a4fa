"""Check what a wheel contains: everything that plays, the web player too, and nothing that only a developer needs.

python check_wheel.py WHEEL
"""

import re
import sys
import zipfile
from pathlib import Path

NEEDED = (
    *("alive_cli/__main__.py", "alive_cli/cli.py", "alive_cli/examples/napping_cat.py", "alive_cli/report/map.html"),
    *(
        "alive_cli/web/index.html",
        "alive_cli/web/page.css",
        "alive_cli/web/hosting.txt",
        "alive_cli/serve/api.schema.json",
    ),
    *("bundle_spec/SPEC.md", "bundle_spec/manifest.schema.json"),
)
"""Some files of each kind that commands read."""
PLAYER = (
    *("alive-scene.js", "page.js", "worker.js", "hints.js", "pairs.js", "NOTICE.txt"),
    *("ort-wasm-simd-threaded.wasm", "ort.wasm.bundle.min.mjs", "ort.webgpu.bundle.min.mjs"),
)
"""The web player consists of these."""
SUPERFLUOUS = re.compile(r"(^|/)(tests?|node_modules|conformance|player|__pycache__|benchmarks)/|\.(ts|map|lock|pyc)$")
"""Files with such names are of no use where a wheel is installed."""
MOST_BYTES = 16e6
"""A wheel is no larger: 11 MB, nearly all of which is the web player's WebAssembly."""


def complaints(wheel: Path) -> list[str]:
    """What is wrong with a wheel, as sentences."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {*NEEDED, *(f"alive_cli/web/dist/{name}" for name in PLAYER)}
    wrong = [f"It lacks {name}; run make web before." for name in sorted(needed - names)]
    wrong += [f"It contains {name}, which nobody needs." for name in sorted(names) if SUPERFLUOUS.search(name)]
    if wheel.stat().st_size > MOST_BYTES:
        wrong.append(f"It has {wheel.stat().st_size / 1e6:.1f} MB, and should have at most {MOST_BYTES / 1e6:.0f}.")
    return wrong


if __name__ == "__main__":
    path = Path(sys.argv[1])
    for sentence in (listed := complaints(path)):
        print(f"{path.name}: {sentence}", file=sys.stderr)
    if not listed:
        print(f"{path.name} contains everything that plays, the web player too: {path.stat().st_size / 1e6:.1f} MB.")
    sys.exit(1 if listed else 0)
