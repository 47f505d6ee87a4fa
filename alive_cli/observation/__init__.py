"""From a clip to the data that a fit learns from: frames and embeddings."""
