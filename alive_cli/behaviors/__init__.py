"""Behaviors move embeddings. `protocol.py` defines what a behavior is; each has a folder of its own."""
