"""Temporal suppression of noise: motion, recursive filtering, brightness."""
