"""A scene: shots of moving anatomy with devices and vessels in it, as noise-free line integrals of each frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .anatomy import LAYERS, View, Volume, project
from .devices import Device
from .motion import Motion

# Layers are kept at twice the detector's sampling, so that moving them by fractions of a pixel does not blur them.
FINE = 2
# Pixels kept around the image for content that moves in.
MARGIN = 64


@dataclass(frozen=True)
class Shot:
    """One uninterrupted view.

    Attributes:
        layers: [3, 2 (H + 2 MARGIN), 2 (W + 2 MARGIN)] float32 line integrals at rest, from `prepare_layers`.
        motion: how the layers move.
        devices: what else absorbs.
    """

    layers: np.ndarray
    motion: Motion = field(default_factory=Motion)
    devices: tuple[Device, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        rows, columns = self.layers.shape[1:]
        return rows // FINE - 2 * MARGIN, columns // FINE - 2 * MARGIN

    def line_integrals(self, frame: int, time: float) -> np.ndarray:
        """[H, W] float32 at a frame, whose time is in seconds since the shot began."""
        total = np.zeros(self.shape, np.float32)
        for layer in range(LAYERS):
            total += self._moved(layer, time)
        for device in self.devices:
            total += device.attenuation(self.shape, frame, time, self.motion)
        return total

    def _moved(self, layer: int, time: float) -> np.ndarray:
        import cv2

        rows, columns = (_source(a) for a in self._offsets(layer, time))
        return cv2.remap(self.layers[layer], columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)

    def _offsets(self, layer: int, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel's content comes from, row and column [H, W]; every 8th is computed, as the movement is smooth."""
        import cv2

        height, width = self.shape
        rows, columns = (np.linspace(-(n - 1) / 2, (n - 1) / 2, n // 8 + 1) for n in (height, width))
        points = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
        came_from = (points - self.motion.offset(points, time, layer)).reshape(len(rows), len(columns), 2)
        r, c = (np.linspace(0, n - 1, m, dtype=np.float32) for n, m in ((len(rows), height), (len(columns), width)))
        grid = np.broadcast_to(c, (height, width)), np.broadcast_to(r[:, None], (height, width))
        dense = cv2.remap(came_from.astype(np.float32), *map(np.ascontiguousarray, grid), cv2.INTER_LINEAR)
        return dense[..., 0] + (height - 1) / 2, dense[..., 1] + (width - 1) / 2


def _source(place: np.ndarray) -> np.ndarray:
    """Detector pixels to pixels of the fine layer: centres of the FINE x FINE pixels lie on the detector pixel's centre."""
    return np.ascontiguousarray((place + MARGIN) * FINE + (FINE - 1) / 2)


@dataclass(frozen=True)
class Scene:
    """Shots one after the other; more than one makes scene cuts.

    Attributes:
        shots: all of the same image shape.
        starts: frame at which each shot begins, the first 0.
        count: frames in all.
        frame_time: seconds between frames (1/30 to 1/7.5).
        pixel: millimetres between detector pixels.
    """

    shots: tuple[Shot, ...]
    starts: tuple[int, ...]
    count: int
    frame_time: float
    pixel: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.shots[0].shape

    def line_integrals(self) -> np.ndarray:
        """[T, H, W] float32, dimensionless, all of them before any X-ray is sent."""
        return np.stack([self._frame(frame) for frame in range(self.count)])

    def _frame(self, frame: int) -> np.ndarray:
        index = int(np.searchsorted(self.starts, frame, side="right")) - 1
        since = frame - self.starts[index]
        return self.shots[index].line_integrals(since, since * self.frame_time)


def prepare_layers(volume: Volume, view: View, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Projects a CT at its own resolution and enlarges it to the layers of a shot; `add_texture` gives the missing detail.

    Args:
        volume: the CT.
        view: where the C-arm stands.
        shape: rows and columns of the image.
        pixel: millimetres between detector pixels.

    Returns:
        [3, 2 (H + 2 MARGIN), 2 (W + 2 MARGIN)] float32 line integrals, pixels of half the detector's.
    """
    size = [n + 2 * MARGIN for n in shape]
    coarse = max(pixel, 0.8 * volume.spacing[2] * view.source_detector / view.source_isocentre)
    rows, columns = (int(np.ceil(n * pixel / coarse)) + 2 for n in size)
    rough = project(volume, view, (rows, columns), coarse, step=1.5)
    return np.stack([_enlarged(layer, (FINE * size[0], FINE * size[1]), coarse * FINE / pixel) for layer in rough])


def _enlarged(image: np.ndarray, shape: tuple[int, int], factor: float) -> np.ndarray:
    """Magnifies about the middle by a factor and crops to a shape, cubic."""
    import cv2

    down, right = ((there - 1) / 2 - factor * (here - 1) / 2 for there, here in zip(shape, image.shape, strict=True))
    matrix = np.float32([[factor, 0, right], [0, factor, down]])
    return cv2.warpAffine(image, matrix, shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
