"""What sines are worth: the published SIREN against ReLU networks of the same size, as its paper compares them.

    python -m tests.benchmarks.published [--clips cat insect portrait] [--size 128] [--steps 3000] [--json FILE]

"Alive Scene" (Cheng 2023) compares its SIREN with a ReLU MLP. All have the recipe's widths, depth, batches, rate and
schedule. `relu` gets the encoded coordinates that the SIREN gets, and `relu plain` the coordinates alone. PSNR is that
of 24 evenly spread frames; seconds are those of a core, without the measurements.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from alive_cli.encoders.choose import EncoderChoice, find_encoder
from alive_cli.generators.positional import ENCODED
from alive_cli.generators.siren.fit import TRAINING
from alive_cli.generators.siren.network import Siren, SirenSettings
from alive_cli.generators.siren.train import SirenDrawer, SirenTrainer, fidelity
from alive_cli.media.decode import read_clip
from alive_cli.media.sampling import evenly_spread
from alive_cli.observation.observation import Observation
from alive_cli.training.trainer import train

CLIPS = Path(__file__).parents[3] / "shared" / "clips"
MEASURED = 24
"""PSNR is measured on so many frames."""
MOST_FRAMES = 150
"""So many frames of a clip are learned."""
POINTS = (0.1, 0.25, 0.5, 1.0)
"""PSNR is measured after these shares of the steps."""


class ReluMlp(nn.Module):
    """Four ReLU layers of 256 and a linear one to RGB: the SIREN's shape, with the initialisation of He et al. 2015."""

    def __init__(self, settings: SirenSettings, places: int) -> None:
        super().__init__()
        sizes = [settings.embedding + places, *[settings.width] * settings.hidden]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.last = nn.Linear(settings.width, 3)
        for layer in (*self.layers, self.last):
            assert isinstance(layer, nn.Linear)
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, embedding: Tensor, places: Tensor) -> Tensor:
        """As `Siren.forward`; places are [P, 48] or [P, 2]."""
        first = self.layers[0]
        assert isinstance(first, nn.Linear)
        of_embedding, of_places = torch.split(first.weight, [embedding.shape[1], places.shape[1]], dim=1)
        scene, place = functional.linear(embedding, of_embedding, first.bias), functional.linear(places, of_places)
        hidden = torch.relu(scene[:, None] + place[None])
        for layer in self.layers[1:]:
            hidden = torch.relu(layer(hidden))
        return torch.as_tensor(self.last(hidden))


def siren(settings: SirenSettings) -> SirenDrawer:
    return SirenDrawer(Siren(settings))


def relu(settings: SirenSettings) -> SirenDrawer:
    drawer = SirenDrawer(Siren(settings))
    drawer.siren = ReluMlp(settings, ENCODED)  # type: ignore[assignment]
    return drawer


def relu_plain(settings: SirenSettings) -> SirenDrawer:
    drawer = SirenDrawer(Siren(settings))
    drawer.siren = ReluMlp(settings, 2)  # type: ignore[assignment]
    drawer.encoding = nn.Identity()  # type: ignore[assignment]
    return drawer


CANDIDATES: dict[str, Callable[[SirenSettings], SirenDrawer]] = {
    "siren": siren,
    "relu": relu,
    "relu plain": relu_plain,
}
"""The networks that are compared, by their names."""


def observed(clip: Path, size: int) -> Observation:
    frames = read_clip(clip, size=size, max_frames=MOST_FRAMES).frames
    encoder = find_encoder(EncoderChoice("pca"), device="cpu", note=lambda text: None)(frames)
    return Observation.of(frames, encoder.encode(frames), torch.device("cpu"))


def learn(data: Observation, make: Callable[[SirenSettings], SirenDrawer], steps: int) -> list[dict[str, Any]]:
    """PSNR and seconds of a core after POINTS of the steps."""
    torch.manual_seed(0)
    drawer = make(SirenSettings(embedding=data.embeddings.shape[1]))
    some = torch.from_numpy(evenly_spread(len(data), MEASURED))
    shown = Observation(data.frames[some], data.embeddings[some], data.size)
    points, rows, began = {round(steps * share) for share in POINTS}, [], time.process_time()

    def watch(number: int) -> None:
        nonlocal began
        if number in points:
            spent = time.process_time() - began
            rows.append({"steps": number, "seconds": round(spent, 1), "psnr": round(fidelity(drawer, shown), 2)})
            began = time.process_time() - spent

    train(SirenTrainer(drawer, data, replace(TRAINING, steps=steps)), watch=watch)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", nargs="+", default=["cat", "insect", "portrait"])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    results: list[dict[str, Any]] = []
    print("| clip | network | " + " | ".join(f"{round(share * arguments.steps)} steps" for share in POINTS) + " |")
    print("| --- " * (2 + len(POINTS)) + "|")
    for clip in arguments.clips:
        data = observed(next(CLIPS.glob(f"{clip}.*")), arguments.size)
        for name, make in CANDIDATES.items():
            rows = learn(data, make, arguments.steps)
            results += [{"clip": clip, "size": arguments.size, "network": name, **row} for row in rows]
            cells = " | ".join(f"{row['psnr']:.1f} dB, {row['seconds']:.0f} s" for row in rows)
            print(f"| {clip} | {name} | {cells} |", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
