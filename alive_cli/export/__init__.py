"""Trained weights to the ONNX graphs of a bundle; it knows generators and behaviors by their Protocols only."""
