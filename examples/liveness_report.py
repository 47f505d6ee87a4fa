"""Print a table that says which scenes of a folder live.

python examples/liveness_report.py scenes/
"""

import sys
from pathlib import Path

from alive_cli import Scene
from alive_cli.report.living import evaluate_liveness
from bundle_spec.errors import BundleError


def main(folder: Path, frames: int = 2000) -> None:
    """Print one line for each bundle."""
    print(f"{'scene':24} {'verdict':10} {'energy':>6} {'coverage':>8} {'replay':>6}")
    for path in sorted(folder.glob("*.alive")):
        try:
            figures = evaluate_liveness(Scene.open(path, device="cpu"), seeds=(0, 1), frames=frames)
        except BundleError as error:
            print(f"{path.name:24} {error}")
            continue
        print(
            f"{path.name:24} {figures['verdict']:10} {figures['energy']:6.2f} "
            f"{figures['coverage']:8.2f} {figures['replay']:6.2f}"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where the scenes are: python examples/liveness_report.py scenes/")
    main(Path(sys.argv[1]))
