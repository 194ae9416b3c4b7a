"""What a system does to the detector's signal before it is stored: curve, recursion, filters, zoom, display curve, coding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .detector import gaussian

# Added to the signal before its logarithm, as a share of the median: systems do so to keep the dark parts from being all noise.
LOG_OFFSET = np.float32(0.05)
# Signal stored as 0, as a share of that offset: read-out noise reaches below zero.
LOG_LOWEST = np.float32(-0.8)


@dataclass(frozen=True)
class Vendor:
    """The chain from detector signal to stored values, in the order of the attributes.

    Attributes:
        intensity: "LIN", "LOG" or "SQRT": the characteristic curve.
        bits: stored bits, 8-14.
        brightest: signal, as a multiple of the median quanta, that is stored as the highest value.
        pedestal: share of the stored range kept below zero signal, so that read-out noise is not clipped (LIN).
        drift: [T] relative gain of each frame, or None.
        recursion: rho, share of the previous output fed back, y_t = (1 - rho) x_t + rho y_(t-1), y_0 = x_0 (0, 0.3-0.7).
        smoothing: sigma in pixels of a spatial filter.
        edge: gain of the multiscale edge enhancement (0-1): bands at 1, 2 and 4 pixels times gain, gain/2, gain/4.
        zoom: magnification of the middle of the image by cubic interpolation, 1 or more.
        display: True for a sigmoid display curve; the intensity stored is then "DISP".
        jpeg: quality of lossy JPEG, 8-bit only, or None.
    """

    intensity: str = "LIN"
    bits: int = 12
    brightest: float = 4.0
    pedestal: float = 0.03
    drift: np.ndarray | None = None
    recursion: float = 0.0
    smoothing: float = 0.0
    edge: float = 0.0
    zoom: float = 1.0
    display: bool = False
    jpeg: int | None = None

    @property
    def stored_intensity(self) -> str:
        """Meaning of the stored values, as in `Cine.intensity`."""
        return "DISP" if self.display else self.intensity

    @property
    def top(self) -> int:
        """Highest stored value."""
        return 2**self.bits - 1


def process(signal: np.ndarray, vendor: Vendor, quanta: float) -> np.ndarray:
    """Stored units before rounding.

    Args:
        signal: [T, H, W] detector signal in quanta.
        vendor: the chain.
        quanta: median quanta behind the patient, to which the brightness control holds the image.

    Returns:
        [T, H, W] float32 in 0..2**bits - 1.
    """
    if vendor.drift is not None:
        signal = signal * np.asarray(vendor.drift, np.float32)[:, None, None]
    image = _recursed(characteristic(signal / np.float32(quanta), vendor), vendor.recursion)
    image = np.stack([_filtered(frame, vendor) for frame in image])
    if vendor.display:
        image = _display_curve(image)
    return np.clip(image, 0.0, 1.0) * np.float32(vendor.top)


def characteristic(relative: np.ndarray, vendor: Vendor) -> np.ndarray:
    """0..1 for a signal relative to the median quanta."""
    if vendor.intensity == "LIN":
        return vendor.pedestal + (1 - vendor.pedestal) * relative / vendor.brightest
    if vendor.intensity == "SQRT":
        return np.sqrt(np.maximum(relative, 0.0) / vendor.brightest)
    lowest, highest = np.log1p(np.float32([LOG_LOWEST, vendor.brightest / LOG_OFFSET]))
    return (np.log1p(np.maximum(relative / LOG_OFFSET, LOG_LOWEST)) - lowest) / (highest - lowest)


def _recursed(image: np.ndarray, rho: float) -> np.ndarray:
    if not rho:
        return image
    out = image.copy()
    for t in range(1, len(out)):
        out[t] = (1 - rho) * image[t] + rho * out[t - 1]
    return out


def _filtered(frame: np.ndarray, vendor: Vendor) -> np.ndarray:
    frame = gaussian(frame, vendor.smoothing)
    if vendor.edge:
        frame = frame + _bands(frame, vendor.edge)
    return zoomed(frame, vendor.zoom) if vendor.zoom > 1 else frame


def _bands(frame: np.ndarray, gain: float) -> np.ndarray:
    """What a multiscale enhancement adds: differences of Gaussians, the finest strengthened most."""
    scales = [frame, *(gaussian(frame, sigma) for sigma in (1.0, 2.0, 4.0))]
    return sum(gain / 2**k * (fine - coarse) for k, (fine, coarse) in enumerate(zip(scales, scales[1:], strict=False)))


def zoomed(frame: np.ndarray, factor: float) -> np.ndarray:
    """[H, W] magnified about its middle, cubic."""
    import cv2

    height, width = frame.shape
    matrix = np.float32([[factor, 0, (1 - factor) * (width - 1) / 2], [0, factor, (1 - factor) * (height - 1) / 2]])
    return cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def _display_curve(image: np.ndarray) -> np.ndarray:
    """DICOM's SIGMOID VOI LUT (PS3.3 C.11.2.1.3.1), centre 0.5, width 0.8."""
    return 1.0 / (1.0 + np.exp(-4.0 * (image - 0.5) / 0.8))


def quantise(image: np.ndarray, vendor: Vendor) -> np.ndarray:
    """Whole numbers [T, H, W], uint8 up to 8 bits and uint16 above; through JPEG and back where asked."""
    stored = np.rint(image).astype(np.uint8 if vendor.bits <= 8 else np.uint16)
    return stored if vendor.jpeg is None else np.stack([_through_jpeg(frame, vendor.jpeg) for frame in stored])


def _through_jpeg(frame: np.ndarray, quality: int) -> np.ndarray:
    import cv2

    _, coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
