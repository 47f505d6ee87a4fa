"""The two networks of the generator, with the settings that say their shapes."""

from dataclasses import dataclass

from torch import nn

from alive_cli.generators.warp.look_up import LookUp
from alive_cli.generators.warp.trunk import Trunk, TrunkSettings


@dataclass(frozen=True)
class WarpSettings(TrunkSettings):
    """Shapes of the generator. Width and height of the aspect are those of the keyframes in pixels."""

    keyframes: int = 1
    """K."""
    motion_columns: int = 1
    motion_rows: int = 1
    colour_columns: int = 1
    colour_rows: int = 1
    embedding: int = 1
    """D."""
    pose_first: int = 0
    """The first dimension of the pose in an embedding."""
    entries: int = 1
    """M, keyframes of each frame in the tables."""
    mixed_frames: int = 1
    """Observed embeddings that are mixed."""
    compared_frames: int = 1
    """Observed embeddings that are compared exactly."""


class WarpNetwork(nn.Module):
    """Trunk and look-up."""

    def __init__(self, settings: WarpSettings) -> None:
        super().__init__()
        self.settings = s = settings
        self.trunk = Trunk(s)
        self.look_up = LookUp(s.pose_first, s.motion_modes, s.entries, s.mixed_frames, s.compared_frames)
