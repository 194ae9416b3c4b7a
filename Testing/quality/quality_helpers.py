"""Small, seeded scenes whose true quality is known, and filters whose faults are known."""

from __future__ import annotations

import cv2
import numpy as np

from FluoroDenoiseLib import Cine

SIGMA = 5.0


def scene(shape=(256, 256), level: float = 100.0) -> np.ndarray:
    """A shaded background with two dark vessels 9 px wide, blurred like a detector, [H, W] float32."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    image = level + 10 * columns / shape[1]
    for centre, tilt in ((0.3, 0.2), (0.65, -0.3)):
        distance = np.abs(columns - shape[1] * centre - tilt * (rows - shape[0] / 2))
        image -= 50 * np.clip(5 - distance, 0, 1)
    return cv2.GaussianBlur(image, (0, 0), 0.8)


def noisy(clean: np.ndarray, frames: int = 12, sigma: float = SIGMA, seed: int = 0, blur: float = 0.0) -> Cine:
    """Frames of a static scene with Gaussian noise, optionally correlated by a blur, as uint16."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(frames, *clean.shape)).astype(np.float32)
    if blur:
        noise = np.stack([cv2.GaussianBlur(frame, (0, 0), blur) for frame in noise])
        noise /= noise.std()
    return Cine(np.clip(np.rint(clean + sigma * noise), 0, 65535).astype(np.uint16), frame_time=1 / 15, intensity="DISP")


def filtered(cine: Cine, make) -> Cine:
    return cine.with_frames(cine.to_stored(make(cine.frames.astype(np.float32))))


def recursive(frames: np.ndarray, share: float = 0.35) -> np.ndarray:
    """The recursive filter of a fluoroscopy system, y_t = share x_t + (1 - share) y_{t-1}."""
    result = frames.copy()
    for t in range(1, len(frames)):
        result[t] = share * frames[t] + (1 - share) * result[t - 1]
    return result


def temporal_mean(frames: np.ndarray) -> np.ndarray:
    return np.broadcast_to(frames.mean(0), frames.shape)


def median(frames: np.ndarray) -> np.ndarray:
    return np.stack([cv2.medianBlur(frame, 5) for frame in frames])


def blurred(frames: np.ndarray, scale: float = 1.0) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(frame, (0, 0), scale) for frame in frames])
