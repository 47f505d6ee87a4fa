"""Learn both halves of a scene from an observed clip: the generator and the behavior."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from alive_cli.behaviors.protocol import FittedBehavior, Ghosting
from alive_cli.encoders import Encoder
from alive_cli.fitting.checks import CHECKED_PICTURES
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.recipes import Recipe
from alive_cli.generators.protocol import FittedGenerator
from alive_cli.observation.clip import ObservedClip
from alive_cli.observation.embeddings import embed
from alive_cli.observation.observation import Observation
from alive_cli.observation.observed import ObservedMotion
from alive_cli.observation.pose_encoder import PoseEncoder
from alive_cli.progress import Listener, Progress, silent
from alive_cli.report.naturalness import Reference, reference_of
from alive_cli.threads import Aside
from alive_cli.training.checkpoint import Checkpoint
from alive_cli.training.film import Film
from alive_cli.training.length import Earlier, FitLength

if TYPE_CHECKING:
    import torch

BEHAVIOR_STAGE = "Learning to behave"
"""The progress bar shows this text while the behavior, which is learned beside the generator, isn't ready yet."""


def learn_halves(
    recipe: Recipe,
    clip: ObservedClip,
    encoder: Encoder | None,
    device: "torch.device",
    options: FitOptions,
    film: Film | None,
    earlier: Earlier | None,
    checkpoint: Checkpoint,
    listener: Listener,
) -> tuple[FittedGenerator, FittedBehavior, Encoder, Callable[[], Reference | None]]:
    """Train the generator and, beside it where that is possible, the behavior. They don't know each other.

    Returns:
        Both; the encoder whose embeddings they learned from; and what waits for what the clip says is natural, which is
        found aside, because training leaves cores idle.
    """
    frames = clip.frames.fitted
    embedder: Encoder
    if recipe.generator.observes_motion:
        encoded = embed(frames, encoder, checkpoint, listener) if encoder else None
        observed = ObservedMotion.of(frames, encoded, seed=options.seed, progress=listener.progress)
        data = Observation.moving(observed, device, clip.living, clip.transparency)
        embedder = PoseEncoder.of(observed, encoder)
    else:
        assert encoder is not None
        data, embedder = Observation.of(frames, embed(frames, encoder, checkpoint, listener), device), encoder
    reference: Callable[[], Reference | None] = _none
    if options.export:
        reference = Aside(lambda: reference_of(clip.seen().fitted, clip.source.fps, own=CHECKED_PICTURES // 2)).result

    def behave(steps: int, ghosting: Ghosting | None, progress: Progress) -> FittedBehavior:
        slices, fps = embedder.info.slices or {}, clip.source.fps
        return recipe.behavior.fit(
            data.embeddings,
            steps=steps,
            seed=options.seed,
            slices=slices,
            fps=fps,
            ghosting=ghosting,
            progress=progress,
        )

    aside: list[Aside[FittedBehavior]] = []

    def ready(ghosting: Ghosting) -> None:
        steps = options.steps or recipe.generator.steps[options.quality]
        aside.append(Aside(lambda: behave(steps, ghosting, silent)))

    generator = recipe.generator.fit(
        data,
        FitLength(options.quality, options.steps, options.budget),
        seed=options.seed,
        film=film,
        earlier=earlier,
        checkpoint=checkpoint,
        ready=ready,
        progress=listener.progress,
    )
    if not aside:
        return generator, behave(generator.steps, None, listener.progress), embedder, reference
    listener.progress(BEHAVIOR_STAGE, 0, 1)
    behavior = aside[0].result()
    listener.progress(BEHAVIOR_STAGE, 1, 1)
    return generator, behavior, embedder, reference


def _none() -> None:
    """Nothing is judged without an export."""
