"""Generators draw embeddings. `protocol.py` defines what a generator is; each has a folder of its own."""
