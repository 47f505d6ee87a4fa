"""Behaviors move embeddings. `protocol.py` says what one is; each has a room of its own."""
