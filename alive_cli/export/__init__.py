"""Trained weights to the ONNX graphs of a bundle. With `fitting`, the only place that imports torch."""
