"""Training: observations in, trained weights out. Torch lives here and in `export` only.

Fitting knows nothing of bundles, graphs or reports; `commands/conduct.py` brings them together.
"""
