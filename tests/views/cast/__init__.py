"""Tests of casting."""
