"""Noise of a cine: law, covariance, vendor recursion; stabilisation and its unbiased inverse; and the noise of CT slices."""

from .analysis import NoiseAnalysis, analyse
from .slice_analysis import analyse_slices

__all__ = ["NoiseAnalysis", "analyse", "analyse_slices"]
