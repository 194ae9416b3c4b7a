"""Noise of a cine: law, covariance, vendor recursion; stabilisation and its unbiased inverse."""

from .analysis import NoiseAnalysis, analyse

__all__ = ["NoiseAnalysis", "analyse"]
