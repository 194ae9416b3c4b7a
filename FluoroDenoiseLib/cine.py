"""Cine: the frames of one view in their stored type, and what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .errors import UnsuitableCine

INTENSITIES = ("LIN", "LOG", "SQRT", "DISP", "HU", "MR", "UNKNOWN")
DENOISED = "These frames were denoised by FluoroDenoise before; denoising the original once is better than twice."
"""The warning by which frames of ours are known again when they come from a file."""


@dataclass(frozen=True, eq=False)
class Cine:
    """A sequence of frames of one view (or of the slices of one volume), in stored units.

    Attributes:
        frames: [T, H, W], any integer or float type, as stored.
        frame_time: seconds between frames, or T increments in seconds (the first is 0) where they differ, or None.
        intensity: meaning of the stored values, one of `INTENSITIES`: linear in detected dose, its logarithm, its square
            root, a display value, Hounsfield units, MR magnitude, or unknown.
        valid_range: lowest and highest value that may be stored; by default the type's own for integers, none for floats.
        modality: DICOM modality, or "".
        inverted: True where low values are displayed bright (MONOCHROME1).
        rescale: slope and intercept from stored to real-world values (Hounsfield units for CT).
        pixel_spacing: millimetres between rows and between columns, or None.
        slice_spacing: millimetres between slices where frames are slices, or None.
        placement: where slices lie in the patient, or None: the place of the first pixel [3] in millimetres and the directions
            [3, 3] of rising column, row and slice as columns, along DICOM's axes (left, posterior, superior).
        window: display centre and width in real-world values, or None.
        covered: [H, W] boolean, True where a shutter covers the image, or None.
        traits: what is special: "slices", "lossy", "subtracted", "shutter", "vendor LUT", "edge enhanced", "overlay".
        warnings: one sentence for each thing that the user should know.
        name: short name without patient data.
        sources: the files it came from, in frame order (one for a multi-frame file).
        plane: 0, or 0 and 1 for the two planes of a biplane acquisition.
        record: how the frames were made (model, hash, mode, strength, version), empty for an original.

    Raises:
        UnsuitableCine: frames are not [T, H, W] numbers, frame_time is not positive or of another length, or intensity, range,
            rescale or covered pixels make no sense.
    """

    frames: np.ndarray
    frame_time: float | np.ndarray | None = None
    intensity: str = "UNKNOWN"
    valid_range: tuple[float, float] | None = None
    modality: str = ""
    inverted: bool = False
    rescale: tuple[float, float] = (1.0, 0.0)
    pixel_spacing: tuple[float, float] | None = None
    slice_spacing: float | None = None
    placement: tuple[np.ndarray, np.ndarray] | None = None
    window: tuple[float, float] | None = None
    covered: np.ndarray | None = None
    traits: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    name: str = "cine"
    sources: tuple[Path, ...] = ()
    plane: int = 0
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frames = np.asarray(self.frames)
        if frames.ndim != 3 or 0 in frames.shape or frames.dtype.kind not in "iuf":
            raise UnsuitableCine(
                f"Found frames of shape {frames.shape} and type {frames.dtype}; expected numbers [frames, rows, columns]. "
                "Give one grey-scale cine as a three-dimensional array."
            )
        if self.intensity not in INTENSITIES:
            raise UnsuitableCine(f"Found intensity {self.intensity!r}; expected one of {', '.join(INTENSITIES)}.")
        object.__setattr__(self, "frames", frames)
        self._check_times(len(frames))
        self._check_values(frames.shape[1:])
        if self.valid_range is None and frames.dtype.kind in "iu":
            limits = np.iinfo(frames.dtype)
            object.__setattr__(self, "valid_range", (int(limits.min), int(limits.max)))

    def _check_times(self, count: int) -> None:
        if self.frame_time is None:
            return
        times = np.asarray(self.frame_time, np.float64)
        steps = times if times.ndim == 0 else times[1:]
        if times.shape not in ((), (count,)) or not np.all(np.isfinite(steps)) or np.any(steps <= 0):
            raise UnsuitableCine(
                f"Found frame_time {self.frame_time!r}; expected seconds between frames, one positive number or one for each "
                f"of the {count} frames."
            )

    def _check_values(self, size: tuple[int, ...]) -> None:
        if self.covered is not None and self.covered.shape != size:
            raise UnsuitableCine(f"Found covered pixels of shape {self.covered.shape}; expected that of a frame, {size}.")
        if self.valid_range is not None and not self.valid_range[0] < self.valid_range[1]:
            raise UnsuitableCine(f"Found the range {self.valid_range}; expected the smallest, then the largest stored value.")
        if not self.rescale[0]:
            raise UnsuitableCine("Found a rescale slope of 0; expected the units that a step of the stored values has.")

    @classmethod
    def read(cls, path: str | Path) -> Cine:
        """Reads the one cine in a file or folder (DICOM, NIfTI, NRRD, MetaImage, TIFF stack, .npy).

        Raises:
            UnreadableInput: nothing readable, or more than one cine (use `FluoroDenoiseLib.dicom.read_cines`).
        """
        from .dicom import read_cine

        return read_cine(path)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, rows, columns."""
        return self.frames.shape

    @property
    def frames_per_second(self) -> float | None:
        """Frame rate, over the whole cine where its frames are not evenly spaced; None where it is not known."""
        if self.frame_time is None or len(self) == 1:
            return None
        times = np.asarray(self.frame_time, float)
        return round(1 / float(times if times.ndim == 0 else times[1:].mean()), 3)

    def first(self, count: int) -> Cine:
        """The cine's first frames, at most `count`; a view."""
        return self.part(0, count)

    def part(self, first: int, end: int) -> Cine:
        """The frames from `first` to before `end`; a view."""
        times = self.frame_time
        if np.ndim(times):
            times = np.array(times[first:end], float)
            times[:1] = 0  # an increment to the frame before is not the part's
        return replace(self, frames=self.frames[first:end], frame_time=times)

    def __len__(self) -> int:
        return len(self.frames)

    def with_frames(self, frames: np.ndarray, **changes: Any) -> Cine:
        """The same cine with other frames of the same shape and type, and other changes."""
        return replace(self, frames=frames, **changes)

    def to_stored(self, frame: np.ndarray) -> np.ndarray:
        """Rounds (for integers) and clips float values [...] to what this cine may store, in its own type."""
        if self.frames.dtype.kind in "iu":
            frame = np.rint(frame)
        if self.valid_range is not None:
            frame = np.clip(frame, *self.valid_range)
        return frame.astype(self.frames.dtype)
