"""The behavior of recipe `living`: a walk over the motion graph leads, a VAE varies."""

from alive_cli.behaviors.motion_graph.behavior import MotionGraphBehavior

__all__ = ["MotionGraphBehavior"]
