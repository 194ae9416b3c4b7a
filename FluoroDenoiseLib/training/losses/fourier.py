"""Texture term: how much spectral amplitude there is above the detector's cut-on.

The paper describes a Fourier term "to keep texture" but gives no formula; this one is ours.
"""

from __future__ import annotations

import torch
from torch import Tensor

CUT_ON = 0.29
"""Cycles per pixel from which on texture is compared, where a Gaussian detector blur of 0.65 pixels passes one half.

exp(-2 (pi blur f)^2) = 1/2 there. It is the same for all frames, whatever their blur. That of the training data is 0.3 to 0.9
pixels: one half is passed at 0.21 cycles per pixel at the widest, and at all up to Nyquist's 0.5 below a blur of 0.37.
"""
RING = 1 / 32  # cycles per pixel, width of the rings of spatial frequency
FLOOR = 1e-6  # power added before the root, 1e-3 of a standard deviation: keeps the gradient finite where there is nothing


def fourier_loss(student: Tensor, target: Tensor) -> Tensor:
    """Mean |a(G) - a(R)| over the rings at and above `CUT_ON`, a = root mean power in a ring of spatial frequency.

    Below the cut-on the pixel losses say enough. Above it, where the detector passes less than half of an edge, the mean of
    the many textures that a noisy frame allows is none at all; there only how much texture there is gets compared, not
    where it lies. A noisy target has noise up there too, which this asks for as if it were texture. R, over five frames, still
    holds a quarter of the noise's power, which up there is most of what it holds: in the ablation the term makes the student
    noisier and costs PSNR.

    Args:
        student, target: [N, 1, H, W] in one unit, which is the loss's unit too.

    Raises:
        ValueError: patches too small to have a frequency at or above the cut-on.
    """
    rings = _rings(*student.shape[-2:]).to(student)
    wanted = power_spectrum(target.detach()).flatten(1) @ rings
    present = power_spectrum(student).flatten(1) @ rings
    return ((present + FLOOR).sqrt() - (wanted + FLOOR).sqrt()).abs().mean()


def power_spectrum(image: Tensor) -> Tensor:
    """Power [N, 1, H, W // 2 + 1] of Hann-windowed `image` [N, 1, H, W] less its mean; unit white noise has power 1."""
    window = torch.outer(_hann(image.shape[-2], image), _hann(image.shape[-1], image))
    centred = image - image.mean(dim=(-2, -1), keepdim=True)
    return torch.fft.rfft2(window * centred).abs().square() / window.square().sum()


def _hann(length: int, like: Tensor) -> Tensor:
    return torch.hann_window(length + 2, periodic=False, dtype=like.dtype, device=like.device)[1:-1]


def _rings(rows: int, columns: int) -> Tensor:
    """[H * (W // 2 + 1), rings] whose columns average over one ring each."""
    radius = torch.hypot(torch.fft.fftfreq(rows)[:, None], torch.fft.rfftfreq(columns)[None]).flatten()
    edges = torch.arange(CUT_ON, 0.5 + RING, RING)
    members = torch.stack([(radius >= edge) & (radius < edge + RING) for edge in edges.tolist()], dim=1).double()
    members = members[:, members.sum(0) > 0]
    if members.shape[1] == 0:
        raise ValueError(f"Found patches of {rows}x{columns}; they have no frequency above {CUT_ON} cycles per pixel.")
    return members / members.sum(0)
