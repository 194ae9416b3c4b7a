"""Figures of one denoised frame against the noise-free one.

NIQE is left out: pyiqa has it under a licence for non-commercial use only, PyPI's niqe lacks the fitted model that it reads,
and scikit-video has had no release since 2018. It is fitted to photographs and would decide nothing here.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from FluoroDenoiseLib.quality.with_reference import psnr, psnr_log, span, ssim

RIM = 8
"""Pixels at the image's border that are not scored: every method has its own way there."""
MEASURES = ("psnr", "psnr_log", "ssim", "vif")


def measure(image: np.ndarray, reference: np.ndarray) -> dict[str, float | None]:
    """PSNR linear and logarithmic (dB), SSIM and VIF of frames [H, W] in detected signal; VIF only where torchmetrics is."""
    image, reference = (array[RIM:-RIM, RIM:-RIM].astype(np.float64) for array in (image, reference))
    return {
        "psnr": psnr(image, reference),
        "psnr_log": psnr_log(image, reference),
        "ssim": ssim(image, reference),
        "vif": _vif(image, reference),
    }


def _vif(image: np.ndarray, reference: np.ndarray) -> float | None:
    """Visual information fidelity; torchmetrics wants 0 to 255."""
    if find_spec("torchmetrics") is None:
        return None
    import torch
    from torchmetrics.functional.image import visual_information_fidelity

    low, high = span(reference)
    grey = [torch.from_numpy(255 * (array - low) / (high - low))[None, None].float() for array in (image, reference)]
    return float(visual_information_fidelity(*grey))
