"""The generator of a painting: one keyframe, which moves by a scene's motion as it is carried over to it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from alive_cli.generators.protocol import Bank, FittedGenerator
from alive_cli.generators.warp.generator import halved
from alive_cli.generators.warp.network import WarpNetwork
from alive_cli.generators.warp.start import start_from_modes
from alive_cli.generators.warp.steering import motion_on_grid
from alive_cli.media.sampling import evenly_spread
from alive_cli.media.warping import cell_sizes, grid_positions, sample
from alive_cli.runtime.steering import stretch_of
from alive_cli.training.length import Settings
from alive_cli.training.weights import weight_arrays
from bundle_spec.container import KEYFRAMES_NAME
from bundle_spec.features.warp import pack_keyframes
from bundle_spec.webp import pack_webp

ROUNDS = 8
"""The motion to the chosen frame is found by so many rounds of fixed-point iteration."""
BLURS = (0.03, 0.04, 0.05, 0.06, 0.08, 0.11)
"""The motion of a face's features is blurred by the first of these shares of what the pairs surround with which most
frames stretch the painting by at most STRETCH, or by the last."""
STRETCH = 0.45
"""Most frames stretch or squeeze the painting by at most this anywhere; what goes further looks like rubber."""
JUDGED = 150
"""The blur is chosen by at most so many frames, evenly spread."""
MOST = 0.9
"""This share of the frames is most of them."""
MOST_STRETCH = 0.65
"""No observed frame stretches or squeezes the painting by this or more; larger motion comes softly to it."""
LEAST_SPREAD = 1e-12
"""The spread of a mode counts as at least this, because a mode may be zero."""
MOTION_LEVEL, COLOUR_LEVEL = 1.0, 0.2
"""An error of a motion mode counts so much where the trunk can't draw all, and one of a colour mode, at its spread."""
LOSSLESS_BYTES, QUALITY = 4_000_000, 97
"""The painting is kept exactly if it then takes at most so many bytes, and otherwise with this quality of WebP."""
KEPT_BUFFERS = ("centre", "scale", "gain", "step")
"""What the look-up knows of the clip stays as it is."""


@dataclass(frozen=True)
class SceneMotion:
    """The motion of a scene's frames to one of them."""

    modes: np.ndarray
    """The scene's motion modes on its grid, in longest sides: float64 [S, gh, gw, 2]."""
    coefficients: np.ndarray
    """float64 [N, S]: the motion from each frame to the chosen one."""
    size: tuple[int, int]
    """Width and height of the scene's keyframes in pixels."""

    def displacement(self, number: int) -> np.ndarray:
        """The motion of a frame, float32 [gh, gw, 2], in longest sides."""
        return np.tensordot(self.coefficients[number], self.modes, 1).astype(np.float32)


def poses_of(network: WarpNetwork, embeddings: np.ndarray) -> np.ndarray:
    """The poses of observed embeddings [N, D]: float64 [N, S]."""
    look_up = network.look_up
    plane = embeddings.astype(np.float64) / np.maximum(embeddings[:, -1:].astype(np.float64), 1e-6)
    pose = plane[:, look_up.first : look_up.first + look_up.modes] / float(look_up.scale)
    return np.asarray(pose + look_up.centre.double().numpy())


def scene_motion(network: WarpNetwork, embeddings: np.ndarray, frame: int) -> SceneMotion:
    """The motion from each observed frame, of embeddings [N, D], to one of them.

    A pose is the motion to a reference: what is at x shows the reference at x + p(x). So the motion d to frame n has
    x + p(x) = (x + d) + p_n(x + d).
    """
    s = network.settings
    size = (s.aspect_width, s.aspect_height)
    modes = motion_on_grid(network).reshape(s.motion_modes, s.motion_rows, s.motion_columns, 2)
    basis = modes.reshape(s.motion_modes, -1)
    cells, own = cell_sizes(s.motion_columns, s.motion_rows, size), grid_positions(s.motion_columns, s.motion_rows)
    poses = poses_of(network, embeddings)
    chosen = (poses[frame] @ basis).reshape(*modes.shape[1:]).astype(np.float32)
    normal = basis @ basis.T
    normal += (1e-9 * np.trace(normal) / len(normal) + 1e-12) * np.eye(len(normal))
    rows = []
    for pose in poses:
        there = (pose @ basis).reshape(chosen.shape).astype(np.float32)
        moved = there - chosen
        for _ in range(ROUNDS):
            moved = there - sample(chosen, own + moved * cells)
        rows.append(basis @ moved.reshape(-1).astype(np.float64))
    return SceneMotion(modes, np.linalg.solve(normal, np.stack(rows).T).T, size)


def smooth_enough(carry: Callable[[float], np.ndarray], coefficients: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The carried modes, [S, gh, gw, 2], with the least blur with which most frames stretch the painting little.

    Args:
        carry: the modes with a blur.
        coefficients: of the frames, [N, S].
        size: of the painting.
    """
    modes = np.empty(0)
    some = coefficients[evenly_spread(len(coefficients), JUDGED)]
    for blur in BLURS:
        modes = carry(blur)
        if np.quantile(stretches(modes, some, size), MOST) <= STRETCH:
            break
    return modes


def stretches(modes: np.ndarray, coefficients: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """By how much frames with coefficients [N, S] stretch or squeeze a painting at most: [N]."""
    return np.array([stretch_of(np.tensordot(each, modes, 1), size) for each in coefficients.astype(np.float32)])


def bounded(coefficients: np.ndarray, stretched: np.ndarray) -> np.ndarray:
    """Coefficients [N, S] of frames that stretch a painting so far, [N], so that none reaches MOST_STRETCH."""
    straight = STRETCH
    rest = MOST_STRETCH - straight
    softly = straight + rest * np.tanh((stretched - straight) / rest)
    share = np.where(stretched > straight, softly / np.maximum(stretched, straight), 1.0)
    return np.asarray(coefficients * share[:, None])


def of_painting(
    network: WarpNetwork,
    picture: np.ndarray,
    modes: np.ndarray,
    coefficients: np.ndarray,
    shading: tuple[np.ndarray, np.ndarray],
) -> FittedGenerator:
    """The generator that lets a painting move. Nothing is trained.

    Args:
        network: the scene's own.
        picture: the painting, uint8 [H, W, 3].
        modes: float32 [S, gh, gw, 2].
        coefficients: of the observed frames, [N, S].
        shading: colour modes float32 [R, gh, gw], and their coefficients, float32 [N, R, 3].
    """
    height, width = picture.shape[:2]
    rows, columns = modes.shape[1:3]
    colours, amounts = shading
    settings = replace(
        network.settings,
        aspect_width=width,
        aspect_height=height,
        colour_modes=len(colours),
        keyframes=1,
        motion_columns=columns,
        motion_rows=rows,
        colour_columns=columns,
        colour_rows=rows,
        grid_depth=1,
        entries=1,
    )
    torch.manual_seed(0)  # the sine layers begin at random, and show nothing
    own = WarpNetwork(settings)
    for name in KEPT_BUFFERS:
        getattr(own.look_up, name).copy_(getattr(network.look_up, name))
    _draw_modes(own, modes, colours, coefficients, amounts)
    count = len(coefficients)
    lossless = pack_webp(picture)
    painting = lossless if len(lossless) <= LOSSLESS_BYTES else pack_webp(picture, QUALITY)
    bank: Bank = {
        "warp_keyframe": np.zeros((count, 1), np.int64),
        "warp_weight": np.ones((count, 1), np.float32),
        "warp_motion": coefficients[:, None].astype(np.float16),
        "warp_colour": amounts.astype(np.float16),
    }
    described: Settings = dict(asdict(settings))
    return FittedGenerator(
        settings=described,
        weights=halved(weight_arrays({"generator": own})),
        figures={},
        steps=0,
        bank=bank,
        parts={KEYFRAMES_NAME: pack_keyframes([painting])},
    )


def _draw_modes(
    own: WarpNetwork, modes: np.ndarray, colours: np.ndarray, coefficients: np.ndarray, amounts: np.ndarray
) -> None:
    """Let a trunk draw motion modes [S, gh, gw, 2] and colour modes [R, gh, gw]."""
    count, rows, columns = modes.shape[:3]
    displacements = modes.transpose(1, 2, 0, 3).reshape(rows * columns, 2 * count)
    shades = colours.transpose(1, 2, 0).reshape(rows * columns, -1)
    values = torch.from_numpy(np.concatenate([displacements, shades], 1).astype(np.float32))
    spread = np.sqrt(np.square(coefficients).mean(0)).repeat(2) * MOTION_LEVEL
    shown = np.sqrt(np.square(amounts, dtype=np.float64).mean((0, 2))) * COLOUR_LEVEL
    levels = torch.from_numpy(np.maximum(np.concatenate([spread, shown]), LEAST_SPREAD).astype(np.float32))
    own.trunk.scale.copy_(values.square().mean(0).sqrt().clamp(min=1e-12))
    start_from_modes(own.trunk, (columns, rows), values, levels)
    own.eval()
