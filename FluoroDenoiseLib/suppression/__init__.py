"""Temporal suppression of noise: motion and recursive filtering."""
