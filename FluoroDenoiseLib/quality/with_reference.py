"""Figures against a reference: PSNR, SSIM, bias per grey level, and the error against a noisy reference of disjoint frames."""

from __future__ import annotations

from typing import Any

import numpy as np

FEWEST = 100_000
"""Effective pixels that a grey level needs before its bias is read (with less the noise decides)."""


def span(reference: np.ndarray) -> tuple[float, float]:
    """The 0.1 and 99.9 percentile of a reference: the range that PSNR and SSIM refer to, safe from single hot pixels."""
    low, high = np.percentile(reference, (0.1, 99.9))
    return float(low), float(high)


def psnr(image: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over the 0.1 to 99.9 percentile span of the reference; arrays of any equal shape."""
    low, high = span(reference)
    error = np.mean((image.astype(np.float64) - reference) ** 2)
    return float(10 * np.log10((high - low) ** 2 / error)) if error > 0 else float("inf")


def psnr_log(image: np.ndarray, reference: np.ndarray) -> float:
    """PSNR in dB of the logarithms, as line integrals see it.

    Both are held above half of the reference's 0.1 percentile, as the logarithm of noise around zero means nothing.
    """
    floor = span(reference)[0] / 2
    return psnr(np.log(np.maximum(image.astype(np.float64), floor)), np.log(np.maximum(reference, floor)))


def ssim(image: np.ndarray, reference: np.ndarray) -> float:
    """Structural similarity [H, W] (Wang 2004, Gaussian window of 1.5 px) with data_range = the reference's span.

    Without data_range a float image of a small span reads far too high. Needs scikit-image (extra `training`).
    """
    from skimage.metrics import structural_similarity

    low, high = span(reference)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(
        structural_similarity(reference.astype(np.float64), image.astype(np.float64), data_range=high - low, **settings)
    )


def bias_by_level(
    image: np.ndarray,
    reference: np.ndarray,
    levels: int = 8,
    effective: float = 1.0,
    fewest: int = FEWEST,
    by: np.ndarray | None = None,
) -> list[dict[str, float]]:
    """Mean of image - reference in bins of equal population of the reference's grey levels.

    Args:
        image, reference: of any equal shape, for example [T, H, W], in stored units.
        levels: number of bins asked for; fewer are made where they would hold less than `fewest` effective pixels.
        effective: independent share of the pixels, 1 where the error is white, less where it is correlated.
        fewest: effective pixels that a bin needs.
        by: what says which bin a pixel belongs to, of the same shape; the reference itself where it is None.

    Returns:
        For each bin: level (mean of the reference), bias (fraction of that mean), pixels (effective).
    """
    image, reference = image.ravel(), reference.ravel().astype(np.float64)
    levels = int(np.clip(reference.size * effective // fewest, 1, levels))
    order = np.argsort(reference if by is None else by.ravel(), kind="stable")
    return [_bias(image[part], reference[part], effective) for part in np.array_split(order, levels)]


def _bias(image: np.ndarray, reference: np.ndarray, effective: float) -> dict[str, float]:
    level = float(reference.mean())
    change = float(image.mean(dtype=np.float64)) - level
    return {"level": level, "bias": change / max(abs(level), 1e-12), "pixels": reference.size * effective}


def disjoint_error(image: np.ndarray, others: np.ndarray, field: np.ndarray) -> float:
    """Mean squared error [stored units squared] of a frame of a static scene against the mean of frames it was not made of.

    The mean of N noisy frames has their variance / N left in it; that is measured from the same frames and taken away, so
    the error of a perfect frame is zero on average (single values may fall below).

    Args:
        image: [H, W], made from none of the others.
        others: [N, H, W], N >= 2, independent frames of the same scene.
        field: [H, W] boolean, what is measured.
    """
    mean = others.mean(axis=0, dtype=np.float64)
    own = others.var(axis=0, ddof=1, dtype=np.float64) / len(others)
    return float(np.mean(((image.astype(np.float64) - mean) ** 2 - own)[field]))


def halves(noisy: np.ndarray, denoised: np.ndarray, others: np.ndarray, field: np.ndarray) -> dict[str, Any]:
    """Errors of noisy and denoised frames [T, H, W] against disjoint frames [N, H, W] of the same static scene.

    Returns:
        error_before, error_after: root mean squared, the reference's own variance taken away; gain_db: their ratio in dB.
    """
    before = np.mean([disjoint_error(frame, others, field) for frame in noisy])
    after = np.mean([disjoint_error(frame, others, field) for frame in denoised])
    gain = 10 * np.log10(before / after) if before > 0 and after > 0 else float("inf")
    rms_before, rms_after = (float(np.sqrt(max(error, 0))) for error in (before, after))
    return {"error_before": rms_before, "error_after": rms_after, "gain_db": float(gain)}
