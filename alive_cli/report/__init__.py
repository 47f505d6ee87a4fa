"""Figures of what a scene draws and does, each with one definition."""
