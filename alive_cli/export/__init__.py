"""Trained weights to the ONNX graphs of a bundle; it sees generators and behaviors by their Protocols alone."""
