"""How soon `alive hints` shows what a person draws: from the end of a stroke to its polygons, from arrows to a preview.

OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.hints PHOTO.jpg

In headless Chromium, with real events of a mouse; the command lets NumPy use one thread, too.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from alive_cli.marking.hints_page import hints_of_photograph
from tests.web.drawing import drawn

STROKES = ([(0.1, 0.5), (0.9, 0.5)], [(0.1, 0.6), (0.9, 0.6)], [(0.1, 0.7), (0.9, 0.7)])
"""What is painted, as places of the picture."""
ROUNDS = 5
"""The preview is computed so many times, for another arrow each time."""
SHOWN = "!document.querySelector('#preview').hidden"
"""The preview can be seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    photo = parser.parse_args().photo
    with tempfile.TemporaryDirectory() as folder, drawn(hints_of_photograph(photo, Path(folder) / "h.json")) as page:
        strokes = []
        for stroke in STROKES:
            page.evaluate("document.querySelector('#message').textContent = ''")
            page.drag(stroke)
            strokes.append(page.wait_to_say("Painted"))
        previews = []
        for number in range(ROUNDS):
            page.click("a")
            page.drag([(0.2 + 0.1 * number, 0.5), (0.25 + 0.1 * number, 0.55)])
            began, used = time.monotonic(), time.process_time()
            page.click("v")
            page.wait_for(SHOWN, 60)
            previews.append((time.monotonic() - began, time.process_time() - used))
            page.click("v")
    walls, cpus = np.array(previews).T
    print(f"stroke to polygons, ms: {1000 * np.median(strokes):.0f}")
    print(f"Preview to its first picture, ms: median {1000 * np.median(walls):.0f}, worst {1000 * max(walls):.0f}")
    print(f"CPU time of the command for it, ms: median {1000 * np.median(cpus):.0f}")


if __name__ == "__main__":
    main()
