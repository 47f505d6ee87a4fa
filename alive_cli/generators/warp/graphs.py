"""The warp generator behind the contract of drawing (SPEC.md, Drawing)."""

import numpy as np
import torch

from alive_cli.generators.protocol import Bank, DrawingGraph, DrawingModules
from alive_cli.generators.warp.network import WarpNetwork
from alive_cli.generators.warp.steering import steering_of
from alive_cli.media.warping import grid_coordinates
from bundle_spec.container import GENERATOR_NAME, KEYFRAMES_NAME, MASK_NAME, TRUNK_NAME
from bundle_spec.features.alpha import FEATURE as ALPHA
from bundle_spec.features.depth import DEPTH
from bundle_spec.features.warp import FEATURE
from bundle_spec.manifest import BankTensor, Drawing, Graph, Warp

TABLES = {
    "bank_embedding": "embedding",
    "bank_keyframe": "warp_keyframe",
    "bank_weight": "warp_weight",
    "bank_motion": "warp_motion",
    "bank_colour": "warp_colour",
}
"""The generator graph reads these tensors of the bank, by its own names for them, in this order."""
OUTPUTS = ("keyframe", "weight", "motion", "shift", "colour")
"""The outputs of the generator graph, in their order."""
CHECKED_SIDE = 48
"""The trunk is checked on a picture of so many points a side."""
CHECKED_EMBEDDINGS = 8
"""The look-up is checked on so many embeddings halfway between observed ones."""


APART = 0.01
"""The look-up is checked on embeddings that were moved by about this distance: which of two equal ones comes first is
left to each runtime, and changes no picture, but it would change the numbers of keyframes."""


def drawing_modules(network: WarpNetwork, bank: Bank, *, masked: bool, alpha: bool = False) -> DrawingModules:
    """The trunk and the look-up as graphs.

    Args:
        masked: whether there is a still layer.
        alpha: whether keyframes may be transparent.

    Raises:
        KeyError: the bank has no tables of this generator.
    """
    s = network.settings
    tables = {
        name: torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array)
        for name, array in ((name, bank[tensor]) for name, tensor in TABLES.items())
    }
    observed = _apart(bank["embedding"])
    tables["bank_embedding"] = torch.from_numpy(observed)
    chosen = np.linspace(0, len(observed) - 1, CHECKED_EMBEDDINGS).round().astype(int)
    middle = observed[chosen] + observed[np.minimum(chosen + 1, len(observed) - 1)]
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    offset = np.zeros((len(middle), s.motion_modes), np.float32)
    inputs = {"embedding": torch.from_numpy(middle), "offset": torch.from_numpy(offset), **tables}
    steered = None if on_meta(network) else steering_of(network, bank)

    def describe(graphs: dict[str, Graph]) -> Drawing:
        return Drawing(
            trunk=graphs[TRUNK_NAME],
            generator=graphs[GENERATOR_NAME],
            mask=MASK_NAME if masked else None,
            warp=Warp(
                keyframes=KEYFRAMES_NAME,
                count=s.keyframes,
                width=s.aspect_width,
                height=s.aspect_height,
                motion_modes=s.motion_modes,
                colour_modes=s.colour_modes,
                motion_grid=[s.motion_columns, s.motion_rows],
                colour_grid=[s.colour_columns, s.colour_rows],
                bank=[BankTensor(input=name, tensor=tensor) for name, tensor in TABLES.items()],
                steering=steered[0] if steered else None,
                depth=DEPTH if DEPTH in bank else None,
            ),
        )

    trunk = DrawingGraph(
        file=TRUNK_NAME,
        module=network.trunk.eval(),
        inputs={"coords": torch.from_numpy(grid_coordinates(CHECKED_SIDE, CHECKED_SIDE, (1, 1)))},
        outputs=["features"],
        free={"coords": ("P",)},
        free_outputs={"features": ("P",)},
    )
    look_up = DrawingGraph(
        file=GENERATOR_NAME,
        module=network.look_up.eval(),
        inputs=inputs,
        outputs=list(OUTPUTS),
        free={"embedding": ("B",), "offset": ("B",), **dict.fromkeys(TABLES, ("N",))},
        free_outputs=dict.fromkeys(OUTPUTS, ("B",)),
    )
    features = (FEATURE, ALPHA) if alpha else (FEATURE,)
    return DrawingModules(
        graphs=[trunk, look_up], describe=describe, features=features, bank=steered[1] if steered else {}
    )


def on_meta(network: WarpNetwork) -> bool:
    """Whether a network is only a plan without memory, as it is while a stranger's settings are tried."""
    return any(each.is_meta for each in network.parameters())


def _apart(embeddings: np.ndarray) -> np.ndarray:
    """Unit embeddings near those, [N, D], no two of which are equal."""
    random = np.random.default_rng(0)
    moved = embeddings + random.normal(0, APART / np.sqrt(embeddings.shape[1]), embeddings.shape)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)
