"""The `.alive` bundle format: container, manifest and graph contracts.

Depends on numpy, pillow, safetensors, msgspec and onnx only, so that it can be shipped alone.
The normative text is SPEC.md beside this file.
"""
