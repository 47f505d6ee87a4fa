"""The behavior of recipe `original`: the published VAE."""

from alive_cli.behaviors.vae.behavior import VaeBehavior

__all__ = ["VaeBehavior"]
