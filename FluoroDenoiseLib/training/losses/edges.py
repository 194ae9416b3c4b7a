"""Edge-preserving loss: |M (SWT_high(G) - SWT_high(R))| (arXiv 2411.00830, step two)."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


@cache
def haar_filters() -> Tensor:
    """Filters [3, 1, 2, 2] of the bands LH, HL, HH (PyWavelets' cH, cV, cD) of the Haar wavelet."""
    import pywt  # an extra of training; nothing that denoises needs it

    wavelet = pywt.Wavelet("haar")
    low, high = (torch.tensor(taps, dtype=torch.float64) for taps in (wavelet.dec_lo, wavelet.dec_hi))
    bands = [torch.outer(high, low), torch.outer(low, high), torch.outer(high, high)]
    return torch.stack(bands)[:, None].flip(-2, -1)  # PyWavelets convolves, torch correlates


def high_bands(image: Tensor) -> Tensor:
    """Stationary Haar transform, level 1, high bands [N, 3, H - 1, W - 1] of `image` [N, 1, H, W].

    Undecimated, so a shift of the image shifts the bands; only where the filter lies inside the image, so its border makes
    no edge.
    """
    return functional.conv2d(image, haar_filters().to(image))


def edge_loss(student: Tensor, recursive: Tensor, motion: Tensor) -> Tensor:
    """Mean of M |SWT_high(G) - SWT_high(R)| over the three bands.

    Args:
        student, recursive: G and R, [N, 1, H, W] in one unit.
        motion: M, [N, 1, H, W] >= 0, averaged over the 2x2 pixels of a coefficient.
    """
    difference = high_bands(student - recursive.detach())
    return (functional.avg_pool2d(motion, 2, stride=1) * difference.abs()).mean()
