"""Make the conformance bundles: `python -m bundle_spec.conformance.make FOLDER` (SPEC.md, Conformance).

FOLDER gets `valid/*.alive`, each with `*.expected.safetensors`; `invalid/*.alive`; and `cases.json`. The player of
`player.py` computes the expected tensors.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bundle_spec.conformance.invalid import INVALID
from bundle_spec.conformance.player import Player
from bundle_spec.conformance.valid import VALID, Case
from bundle_spec.container import pack_tensors

HERE = Path(__file__).parent
"""Without an argument the valid bundles are written here."""
TOLERANCE = 1e-5
"""Embeddings may differ by this much, because runtimes round differently."""


def make(folder: Path, *, invalid: bool = True) -> None:
    """Write the valid bundles with their expected tensors, and with `invalid` the invalid ones as well."""
    cases: list[dict[str, Any]] = []
    (folder / "valid").mkdir(parents=True, exist_ok=True)
    for name, case in VALID.items():
        file = f"valid/{name}.alive"
        data = case.build()
        (folder / file).write_bytes(data)
        cases.append({"file": file, "verdict": case.verdict, "lives": case.lives, "pictures": case.pictures})
        if case.lives:
            expected = f"valid/{name}.expected.safetensors"
            (folder / expected).write_bytes(pack_tensors(play(data, case)))
            cases[-1] |= {"expected": expected, "tolerance": {"embeddings": TOLERANCE, "rgb": case.levels}}
    if invalid:
        (folder / "invalid").mkdir(exist_ok=True)
        for name, (verdict, build) in INVALID.items():
            file = f"invalid/{name.replace(' ', '-').replace(',', '')}.alive"
            (folder / file).write_bytes(build())
            cases.append({"file": file, "verdict": verdict})
    (folder / "cases.json").write_text(json.dumps(cases, indent=1) + "\n", "utf-8", newline="\n")


def play(data: bytes, case: Case) -> dict[str, np.ndarray]:
    """Embeddings [frames, D] and nodes [frames] of each life, and pixels [H, W, 3] of each picture."""
    player = Player(data)
    result: dict[str, np.ndarray] = {}
    for number, life in enumerate(case.lives):
        embeddings, nodes = zip(*player.live(life), strict=True)
        result[f"embeddings.{number}"], result[f"nodes.{number}"] = np.stack(embeddings), np.array(nodes)
    for number, picture in enumerate(case.pictures):
        result[f"rgb.{number}"] = player.draw(result["embeddings.0"][-1], **picture)
    return result


if __name__ == "__main__":
    if len(sys.argv) > 1:
        make(Path(sys.argv[1]))
    else:
        make(HERE, invalid=False)
