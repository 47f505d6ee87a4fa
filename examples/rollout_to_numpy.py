"""Save a rollout of a scene as one numpy array.

python examples/rollout_to_numpy.py cats.alive cats.npy
"""

import sys
from pathlib import Path

import numpy as np

from alive_cli import Scene


def main(bundle: Path, output: Path, frames: int = 100) -> None:
    """Write the pictures as uint8 [frames, H, W, 3]."""
    scene = Scene.open(bundle)
    pictures = np.stack(list(scene.rollout(temperature=0.3, seed=7, frames=frames)))
    np.save(output, pictures)
    print(f"{output}: {pictures.shape}, {pictures.dtype}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Say what to draw and where: python examples/rollout_to_numpy.py cats.alive cats.npy")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
