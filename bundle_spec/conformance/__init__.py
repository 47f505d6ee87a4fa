"""Small bundles, valid and not, for whoever writes a player; `make.py` makes them (SPEC.md, Conformance)."""
