"""What is found out about the noise of CT slices before a pixel is touched: it follows neither the mean nor time."""

from __future__ import annotations

import numpy as np

from ..cine import Cine
from ..errors import UnsuitableCine
from .analysis import NoiseAnalysis, passive_pixels
from .covariance import white_covariance
from .fit import Fit
from .law import NoiseLaw
from .recursion import VendorRecursion
from .slice_noise import find_slice_noise
from .stabilise import Stabiliser
from .stripes import Stripes

FAINT = 1.0  # HU; real slices of no less noise do not exist


def analyse_slices(cine: Cine) -> NoiseAnalysis:
    """Estimates the local noise of CT slices; see `slice_noise`.

    Raises:
        UnsuitableCine: frames in time, values that are not Hounsfield units, not finite or all constant, or no noise at all.
    """
    _check_meaning(cine)
    passive = passive_pixels(cine)
    slope, intercept = cine.rescale
    noise = find_slice_noise(cine.frames, ~passive, (slope, intercept), cine.pixel_spacing and cine.pixel_spacing[1])
    if not noise.usual > 0:
        raise UnsuitableCine("Found slices without any noise; expected those of a scanner. There is nothing to denoise.")
    faint = abs(slope) * noise.usual < FAINT
    return NoiseAnalysis(
        law=(law := NoiseLaw(np.zeros(1), np.full(1, noise.usual))),
        stabiliser=Stabiliser(law, float(cine.frames.min()), float(cine.frames.max())),
        passive=passive,
        recursion=VendorRecursion(None, np.zeros(len(cine)), False),
        relative_noise=noise.of_slices,
        start_up_frames=(),
        covariance=white_covariance(),
        pattern=np.zeros(passive.shape, np.float32),
        stripes=Stripes(),
        fit=Fit(np.ones(passive.shape, np.float32)),
        temporal=False,
        warnings=(*cine.warnings, *(["Hardly any noise: there is little to remove."] if faint else [])),
        slice_noise=noise,
    )


def _check_meaning(cine: Cine) -> None:
    if cine.intensity != "HU" or (len(cine) > 1 and "slices" not in cine.traits):
        found = f"frames in time ({cine.intensity})" if "slices" not in cine.traits else f"slices of {cine.intensity} values"
        raise UnsuitableCine(
            f"Found {found}; this model expects CT slices in Hounsfield units. For cines choose the model fluoroscopy."
        )
