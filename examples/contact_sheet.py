"""Draw a contact sheet of one rollout: 6 × 4 pictures, one second apart.

python examples/contact_sheet.py cats.alive sheet.png [SEED]
"""

import sys
from itertools import islice

import numpy as np
from PIL import Image

from alive_cli import Scene

COLUMNS, ROWS, SIDE = 6, 4, 160
"""The sheet has 24 pictures of at most 160 pixels a side, so that it fits a screen."""


def contact_sheet(scene: Scene, seed: int = 0) -> np.ndarray:
    """Return the pictures of a rollout in reading order as one picture, uint8 [H, W, 3]."""
    every = max(1, round(scene.fps))
    embeddings = islice(scene.live(scene.life(seed=seed)), 0, COLUMNS * ROWS * every, every)
    pictures = [scene.draw(embedding, scene.size_within(SIDE)) for embedding in embeddings]
    rows = [np.concatenate(pictures[first : first + COLUMNS], axis=1) for first in range(0, len(pictures), COLUMNS)]
    return np.concatenate(rows)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("Say what to draw and where: python examples/contact_sheet.py cats.alive sheet.png [SEED]")
    sheet = contact_sheet(Scene.open(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) == 4 else 0)
    Image.fromarray(sheet).save(sys.argv[2])
