"""Motion from the state of the frames before to a frame: dense optical flow on guides, trusted only where it passes checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

CONSISTENT = 1.0  # pixels that forward and backward flow may disagree, at half resolution
# Share of the disagreement that a motion may leave. A flow follows the noise where there is nothing else to follow, and much of
# the disagreement goes by that: static detail would tremble, and be blurred more by each frame. The two numbers of a motion of
# the whole image cannot follow noise.
LEFT_BY_VOTES, LEFT_BY_COMMON, LEFT_BY_FLOW = 0.9, 0.97, 0.5
ALIKE = 4.0  # largest over median disagreement that noise alone reaches
GUIDE_BLUR = 1.5  # pixels
RANGE, FAINTEST = 160, 4.0  # of 255 steps that a guide's range has; noise deviations that a range has at least
CUT_OFF = 127.0  # steps from the middle
NARROWEST, SHORTEST = 8, 12  # pixels of a guide's shorter and longer side; OpenCV finds no flow on smaller ones


@dataclass(frozen=True)
class Guide:
    """A frame made fit for motion estimation.

    Attributes:
        image: [H/2, W/2] float32, blurred, in noise standard deviations.
        scale: grey value in the middle of its range, and how many of 255 steps one deviation has.
        bytes: the image so scaled, for OpenCV's flow.
    """

    image: np.ndarray
    scale: tuple[float, float]
    bytes: np.ndarray


class MotionEstimator:
    """Where every pixel of a frame was in the frame before.

    Dense inverse search flow (Kroeger et al., ECCV 2016; OpenCV's DISOpticalFlow) on blurred half-size guides. A local flow is
    used only where it agrees with the flow backwards in time and explains the images far better than the common motion does;
    elsewhere the common motion holds: none, or a panning of the whole image. So noise cannot make static detail tremble.
    """

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        # The presets stop at a quarter of the guide's size, which halves the motion of small things; one step finer does not.
        self._flow.setFinestScale(1)
        self._flow.setVariationalRefinementIterations(2)
        self._scale: tuple[float, float] | None = None

    def guide(self, frame: np.ndarray) -> Guide:
        """Makes the guide of a stabilised frame [H, W]."""
        half = cv2.resize(cv2.GaussianBlur(frame, (0, 0), GUIDE_BLUR), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        low, high = (float(value) for value in np.percentile(half[::4, ::4], [1, 99]))
        if self._scale is None or not _fits(self._scale, low, high):
            self._scale = ((low + high) / 2, RANGE / max(high - low, FAINTEST))
        return Guide(half, self._scale, _bytes(half, self._scale))

    def flow(self, now: Guide, before: Guide) -> np.ndarray | None:
        """Flow [H/2, W/2, 2] in half-size pixels such that now(x) ~ before(x + flow); None where nothing moves."""
        if min(now.image.shape) < NARROWEST or max(now.image.shape) < SHORTEST or self._alike(now, before):
            return None
        known = before.bytes if before.scale == now.scale else _bytes(before.image, now.scale)
        forward = self._flow.calc(now.bytes, known, None)
        backward = self._flow.calc(known, now.bytes, None)
        places = _places_from(forward)
        still, moved = _disagreement(now.image, before.image), _disagreement(now.image, warp(before.image, places))
        consistent = _consistent(forward, warp(backward, places))
        common, left = self._common(now, before, forward, consistent & (moved < LEFT_BY_VOTES * still), still)
        trusted = consistent & (moved < LEFT_BY_FLOW * left)
        if common is None and not trusted.any():
            return None
        return cv2.copyTo(forward, _grown(trusted), _uniform(common, forward))

    def places(self, now: Guide, before: Guide, shape: tuple[int, int]) -> np.ndarray | None:
        """Where each pixel of the frame was in the one before, [H, W, 2] (see `warp`); None where nothing moves."""
        flow = self.flow(now, before)
        return None if flow is None else _full_places(flow, shape)

    @staticmethod
    def _alike(now: Guide, before: Guide) -> bool:
        """True where the guides differ everywhere by no more than their own noise: the largest is near the median."""
        disagreement = _disagreement(now.image, before.image)
        return np.count_nonzero(ALIKE * disagreement > disagreement.max()) > disagreement.size / 2

    @staticmethod
    def _common(
        now: Guide, before: Guide, flow: np.ndarray, votes: np.ndarray, still: np.ndarray
    ) -> tuple[list[float] | None, np.ndarray]:
        """The panning of the whole image, if it explains the frame better than no motion, and what it leaves unexplained."""
        if votes.mean() < 0.05:
            return None, still
        shift = [float(np.median(flow[..., axis][votes])) for axis in (0, 1)]  # along an axis takes half as long again
        left = _disagreement(now.image, warp(before.image, _places_from(_uniform(shift, flow))))
        inside = np.s_[8:-8, 8:-8]
        return (shift, left) if left[inside].mean() < LEFT_BY_COMMON * still[inside].mean() else (None, still)


def _fits(scale: tuple[float, float], low: float, high: float) -> bool:
    """Whether a range is shown by enough steps of a scale, and not cut off: brightness may rise after the first frame."""
    centre, factor = scale
    reach = max(abs(low - centre), abs(high - centre)) * factor
    return reach < CUT_OFF and max(high - low, FAINTEST) * factor > RANGE / 2


def _bytes(image: np.ndarray, scale: tuple[float, float]) -> np.ndarray:
    centre, factor = scale
    return cv2.convertScaleAbs(np.clip((image - centre) * factor + 128, 0, 255))


def _disagreement(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    difference = now - before
    return cv2.GaussianBlur(difference * difference, (0, 0), 2)


def _consistent(forward: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Where the flow forward and the flow back from where it leads cancel."""
    return _squared_length(forward + back) < CONSISTENT**2 + 0.01 * _squared_length(forward)


def _squared_length(flow: np.ndarray) -> np.ndarray:
    x, y = flow[..., 0], flow[..., 1]
    return x * x + y * y  # ten times as fast as a sum over the last axis


def _grown(mask: np.ndarray) -> np.ndarray:
    """Closes the pin-holes of a mask; uint8."""
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))


def _uniform(shift: list[float] | None, like: np.ndarray) -> np.ndarray:
    """A flow of one motion everywhere, None for no motion."""
    return np.full_like(like, 0.0 if shift is None else shift)


def _full_places(flow: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Where each pixel of a frame comes from, [H, W, 2], by the flow of half-size guides [h, w, 2]."""
    return cv2.scaleAdd(cv2.resize(flow, shape[::-1], interpolation=cv2.INTER_LINEAR), 2.0, _grid(shape))


def _places_from(flow: np.ndarray) -> np.ndarray:
    """Where each pixel comes from, [H, W, 2], by a flow [H, W, 2] in pixels."""
    return flow + _grid(flow.shape[:2])


def warp(image: np.ndarray, places: np.ndarray, outside: float | None = None) -> np.ndarray:
    """Image [H, W] or [H, W, C] at `places` [H, W, 2] (column, row), cubic; beyond the border its edge, or `outside`."""
    mode = (cv2.BORDER_REPLICATE, 0) if outside is None else (cv2.BORDER_CONSTANT, outside)
    interpolation = cv2.INTER_CUBIC if outside is None else cv2.INTER_LINEAR
    return cv2.remap(image, places, None, interpolation, borderMode=mode[0], borderValue=mode[1])


@lru_cache(maxsize=2)  # of frames and of guides
def _grid(shape: tuple[int, int]) -> np.ndarray:
    """Column and row of each pixel, [H, W, 2] float32."""
    return np.dstack(np.indices(shape, dtype=np.float32)[::-1])
