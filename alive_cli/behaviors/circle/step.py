"""One time step of recipe `flowing`: the phase goes on, and each copy that begins its life anew gets another shift."""

import torch
from msgspec import structs
from torch import Tensor, nn

from alive_cli.training.copies import COPIES, MOST_STRENGTH, embed
from bundle_spec.features.controls import NEXT_NODE
from bundle_spec.manifest import Control


def declared() -> list[Control]:
    """The declarations of all controls, in the order of the graph's inputs."""
    return [
        Control(
            name="temperature",
            dtype="float32",
            shape=[],
            default=1,
            minimum=0,
            maximum=MOST_STRENGTH,
            description="How far it flows in a period: 0 still, 0.5 gentle, 1 as the hints say.",
        ),
        Control(
            name="novelty",
            dtype="float32",
            shape=[],
            default=0.7,
            minimum=0,
            maximum=1,
            description="How much one period differs from the next: 0 repeats it exactly.",
        ),
        Control(
            name="speed",
            dtype="float32",
            shape=[],
            default=1,
            minimum=0,
            maximum=100,
            role="clock",
            description="How fast it flows: 0.5 is half as fast as the hints say.",
        ),
        structs.replace(NEXT_NODE, description="The frame to go to next, or -1; each frame has one way on only."),
    ]


class CircleStep(nn.Module):
    """Goes around a circle of `frames` observed frames. A life of a copy takes three rounds."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def forward(
        self,
        state: dict[str, Tensor],
        noise: dict[str, Tensor],
        bank: dict[str, Tensor],
        controls: dict[str, Tensor],
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Embeddings [B, 7] and the next states: `node` [B], `phase` [B] in frames of a life, `shifts` [B, 3]."""
        frames, life = self.frames, COPIES * self.frames
        before = state["phase"]
        phase = before + controls["speed"].clamp(0, 1)
        phase = torch.where(phase >= life, phase - life, phase)
        # Copy k is k thirds of a life older than the first, so it begins anew when the first is that far from its end.
        rounds = (phase / frames).floor()
        has_begun = rounds != (before / frames).floor()
        begun = torch.where(rounds > 0, COPIES - rounds, rounds)
        is_new = (begun[:, None] == torch.arange(COPIES)) & has_begun[:, None]  # [B, 3]
        shift = controls["novelty"] * (2 * noise["shift"] - 1)
        shifts = torch.where(is_new, shift, state["shifts"])
        embedding = embed(phase / life, shifts, controls["temperature"])
        node = phase.ceil().long() % frames
        return embedding, {"node": node, "phase": phase, "shifts": shifts}
