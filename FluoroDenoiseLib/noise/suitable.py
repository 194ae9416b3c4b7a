"""What is looked at before any noise is: whether the frames can be computed with at all."""

from __future__ import annotations

import numpy as np

from ..errors import UnsuitableCine

SMALLEST = 8  # pixels along a side
LARGEST = 1e15  # sums of squares over a frame stay finite in single precision
TELLABLE = 0.25  # single precision's steps, as a share of what pixels differ by


def check_frames(frames: np.ndarray, first: int = 0) -> None:
    """Refuses frames [T, H, W] in which no noise could be computed.

    Args:
        first: the number by which the user knows the first of them.

    Raises:
        UnsuitableCine: they are too small, hold NaN or infinity, or values beyond what single precision holds or tells apart.
    """
    _check_size(frames.shape[1:])
    if frames.dtype.kind == "f":
        _check_finite(frames, first)
    if not np.can_cast(frames.dtype, np.float32):
        _check_precision(frames[len(frames) // 2].astype(np.float64))


def _check_size(shape: tuple[int, int]) -> None:
    if min(shape) < SMALLEST:
        raise UnsuitableCine(
            f"Found frames of {shape[1]} x {shape[0]} pixels; expected at least {SMALLEST} x {SMALLEST}. "
            "Check in which order the file holds frames, rows and columns."
        )


def _check_finite(frames: np.ndarray, first: int) -> None:
    for number, frame in enumerate(frames, first):
        if not np.isfinite(frame).all():
            raise UnsuitableCine(
                f"Found NaN or infinity in frame {number}; expected finite values. Replace them before denoising."
            )
        if max(frame.max(), -frame.min()) > LARGEST:
            raise UnsuitableCine(
                f"Found values beyond {LARGEST:.0e} in frame {number}; expected smaller ones. Scale them before denoising."
            )


def _check_precision(frame: np.ndarray) -> None:
    """Computing is in float32: a large offset would leave none of the noise, and none of the image."""
    differences = np.abs(np.diff(frame, axis=1))
    unlike = differences > 0
    if not unlike.any():
        return
    at, apart = np.abs(frame[:, 1:][unlike]), differences[unlike]
    if np.median(np.spacing(at.astype(np.float32)) / apart) > TELLABLE:
        raise UnsuitableCine(
            f"Found values around {np.median(at):.3g} that differ by only {np.median(apart):.3g} from pixel to pixel, which "
            "single precision cannot tell apart. Subtract an offset, or scale them, before denoising."
        )
