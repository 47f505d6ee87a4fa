"""The Kullback-Leibler divergence in the loss of both VAEs."""

from torch import Tensor


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of each latent dimension from the standard normal, [B, Z], in nats."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp())
