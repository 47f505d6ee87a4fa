"""Training: observations in, trained weights out. Torch lives here and in `export` only.

Fitting knows nothing of bundles, graphs or reports; `commands/fit.py` conducts.
"""
