"""Casting: a scene is sent live to other programs. Each target has one module, and one row in targets.py."""
