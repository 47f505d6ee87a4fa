"""From a clip to what a fit learns from: frames, embeddings, pictures between frames."""
