"""What other frames or slices say about a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """What the other frames say about a frame, in noise standard deviations of that frame.

    Attributes:
        mean: [H, W] the recursive state moved onto the frame.
        variance: [H, W] its variance, disagreement with the frame included.
        neighbour: [H, W] the neighbouring frame, moved onto the frame by the same motion.
        line: [H, W] certainty, 0 to 1, that a line of the frame or of the state is not in the other.
    """

    mean: np.ndarray
    variance: np.ndarray
    neighbour: np.ndarray
    line: np.ndarray
