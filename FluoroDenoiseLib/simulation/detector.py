"""From line integrals to what a flat-panel detector reads out, with and without its noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Starman et al., Med. Phys. 38, 4893 (2011): four exponentials of a CsI/a-Si panel, rates per frame and weights.
STARMAN_RATES = np.array([0.0025, 0.021, 0.16, 0.76])
STARMAN_WEIGHTS = np.array([7.1e-6, 1.1e-4, 1.7e-3, 1.8e-2])


@dataclass(frozen=True)
class Beam:
    """X-rays through the patient.

    Attributes:
        quanta: detected quanta per pixel and frame behind the patient, scatter included: median over the open field (5-200).
        scatter: scattered to primary quanta, averaged over the open field (0.3-1).
        scatter_width: sigma of the scatter veil as a share of the image's height.
        blur: sigma in pixels of focal spot and light spread *before* quanta are counted (0.2-0.6).
        border: (top, bottom, left, right) rows and columns under the collimator's blades.
        leak: share of the light that passes a blade.
        output: [T] relative tube output of each frame, or None for a steady tube.
    """

    quanta: float = 40.0
    scatter: float = 0.5
    scatter_width: float = 0.12
    blur: float = 0.35
    border: tuple[int, int, int, int] = (0, 0, 0, 0)
    leak: float = 0.01
    output: np.ndarray | None = None


@dataclass(frozen=True)
class Detector:
    """What the panel does to the quanta it has counted.

    Attributes:
        blur: sigma in pixels of the light spread *after* quanta are counted, which correlates the noise (0.3-0.9).
        electronic: standard deviation of the read-out noise in quanta (1-3).
        row_noise: standard deviation in quanta of an offset common to a row, new in every frame.
        column_noise: the same of a column.
        fixed_offset: standard deviation in quanta of a pixel's offset that stays.
        fixed_gain: standard deviation of a pixel's relative gain error that stays (0.002-0.01).
        lag: signal in the first frame after a long exposure has ended, relative to the exposure's (0.02-0.06; 0 for none).
    """

    blur: float = 0.55
    electronic: float = 1.5
    row_noise: float = 0.2
    column_noise: float = 0.1
    fixed_offset: float = 0.2
    fixed_gain: float = 0.004
    lag: float = 0.03


def expose(line_integrals: np.ndarray, beam: Beam) -> np.ndarray:
    """Mean number of quanta in each pixel: Beer-Lambert, blades, scatter, blur before counting, dose.

    Args:
        line_integrals: [T, H, W], dimensionless.
        beam: the exposure.

    Returns:
        [T, H, W] float32 quanta.
    """
    blades = _blades(line_integrals.shape[1:], beam)
    light = np.stack([_with_scatter(np.exp(-frame) * blades, beam) for frame in line_integrals])
    light = np.stack([gaussian(frame, beam.blur) for frame in light])
    light *= beam.quanta / np.median(light[:, open_field(light.shape[1:], beam.border)])
    if beam.output is not None:
        light *= np.asarray(beam.output, np.float32)[:, None, None]
    return light


def open_field(shape: tuple[int, int], border: tuple[int, int, int, int]) -> np.ndarray:
    """[H, W] True where no blade stands."""
    top, bottom, left, right = border
    mask = np.zeros(shape, bool)
    mask[top : shape[0] - bottom, left : shape[1] - right] = True
    return mask


def _blades(shape: tuple[int, int], beam: Beam) -> np.ndarray:
    """[H, W] transmission; a blade near the tube has an edge some pixels wide."""
    sharp = open_field(shape, beam.border).astype(np.float32)
    return beam.leak + (1 - beam.leak) * gaussian(sharp, 1.5 if any(beam.border) else 0.0)


def _with_scatter(primary: np.ndarray, beam: Beam) -> np.ndarray:
    """Primary [H, W] plus a veil that follows it at the scale of centimetres."""
    import cv2

    height, width = primary.shape
    small = cv2.resize(primary, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA)
    veil = cv2.resize(gaussian(small, beam.scatter_width * height / 8), (width, height), interpolation=cv2.INTER_CUBIC)
    return (primary + beam.scatter * veil).astype(np.float32)


def read_out(quanta: np.ndarray, detector: Detector, rng: np.random.Generator | None) -> np.ndarray:
    """Detector signal in quanta: counting, light spread, electronics, fixed pattern, lag, in this order.

    Args:
        quanta: [T, H, W] mean quanta.
        detector: its properties.
        rng: source of all noise, or None for the noise-free signal: the same blur and lag, no noise and no fixed pattern.

    Returns:
        [T, H, W] float32 quanta.
    """
    counted = quanta if rng is None else rng.poisson(quanta)
    signal = np.stack([gaussian(frame.astype(np.float32), detector.blur) for frame in counted])
    if rng is not None:
        signal = _noisy(signal, detector, rng)
    return lagged(signal, detector.lag) if detector.lag else signal


def _noisy(signal: np.ndarray, detector: Detector, rng: np.random.Generator) -> np.ndarray:
    frames, height, width = signal.shape
    gain = 1.0 + detector.fixed_gain * rng.standard_normal((height, width), np.float32)
    offset = detector.fixed_offset * rng.standard_normal((height, width), np.float32)
    rows = detector.row_noise * rng.standard_normal((frames, height, 1), np.float32)
    columns = detector.column_noise * rng.standard_normal((frames, 1, width), np.float32)
    electronic = detector.electronic * rng.standard_normal(signal.shape, np.float32)
    return signal * gain + offset + rows + columns + electronic


def lagged(signal: np.ndarray, first_frame: float) -> np.ndarray:
    """Lag of a panel that was dark before the first frame: Starman's linear time-invariant model, weights scaled.

    Args:
        signal: [T, H, W].
        first_frame: signal of the first dark frame after a long exposure, relative to it.

    Returns:
        [T, H, W] float32; a steady signal approaches its value from below.
    """
    rates = STARMAN_RATES[:, None, None]
    decay = np.exp(-rates).astype(np.float32)
    trapped = (STARMAN_WEIGHTS * np.exp(-STARMAN_RATES) / (1 - np.exp(-STARMAN_RATES))).sum()
    weights = (STARMAN_WEIGHTS[:, None, None] * first_frame / trapped).astype(np.float32)
    prompt = np.float32(1.0 - (weights / (1 - decay)).sum())
    state, out = np.zeros((len(rates), *signal.shape[1:]), np.float32), np.empty_like(signal, np.float32)
    for t, frame in enumerate(signal):
        state = decay * state + weights * frame
        out[t] = prompt * frame + state.sum(0)
    return out


def gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    """[H, W] blurred; mirrored at the edges."""
    import cv2

    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) if sigma > 0 else image
