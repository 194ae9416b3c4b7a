"""Everything that is found out about a cine's noise before a pixel is touched."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from ..cine import Cine
from ..errors import UnsuitableCine
from ..memory import LARGE
from .copies import copies
from .covariance import NoiseCovariance, estimate_covariance, white_covariance
from .fit import Fit, judge_fit
from .fixed_pattern import fixed_pattern
from .frame_noise import relative_noise, start_up
from .law import NoiseLaw, law_from_differences, law_from_tiles
from .passive import passive_mask
from .recursion import VendorRecursion, find_vendor_recursion, undo
from .samples import Difference, difference, flat_tiles, inside
from .slice_noise import SliceNoise
from .stabilise import Stabiliser
from .stripes import Stripes, find_stripes
from .suitable import check_frames

LOOKED_AT, PAIRS = 40, 12  # first frames, and pairs of frames of all; more do not sharpen the estimates
FEW = 8  # pairs whose spatial statistics are taken
FEW_COPIES = 0.2  # share of the frames, up to which they feign no recursion
UNTESTED = "Too small an area stands still to test what was found of the noise: less is removed."
COPIES = "{copies} of the {count} frames are blank or copies of the one before: so much less noise can be removed."
NOT_FOR_MR = "No model is made for MR: where there is little noise, the result can be worse than the original."
NO_NOISE = 0.35  # standard deviation, in steps of integer data, below which rounding is all that is seen


@dataclass(frozen=True)
class NoiseAnalysis:
    """What is known of a cine's noise.

    Attributes:
        law: standard deviation of the noise against the mean, stored units; without that of whole rows and columns.
        stabiliser: stored units to noise standard deviations and back.
        passive: [H, W] boolean, pixels to leave untouched.
        recursion: a vendor's recursive filter.
        relative_noise: [T] each frame's noise against the usual one.
        start_up_frames: first frames that are noisier or brighter than the rest, or not yet filtered by the vendor.
        covariance: spatial covariance of the stabilised noise.
        pattern: [H, W] fixed pattern to subtract from stabilised frames, 0 where none could be told from anatomy.
        stripes: noise of whole rows and columns.
        fit: how well the law holds, and the local noise map that mends it.
        temporal: False where frames are slices or there is one only, so nothing may be learnt across frames.
        warnings: what the user should know, one sentence each.
        slice_noise: local noise of each slice where it was measured (CT), which then stands for relative and local noise.
    """

    law: NoiseLaw
    stabiliser: Stabiliser
    passive: np.ndarray
    recursion: VendorRecursion
    relative_noise: np.ndarray
    start_up_frames: tuple[int, ...]
    covariance: NoiseCovariance
    pattern: np.ndarray
    stripes: Stripes
    fit: Fit
    temporal: bool
    warnings: tuple[str, ...]
    slice_noise: SliceNoise | None = None

    def summary(self) -> dict[str, Any]:
        """The findings as plain numbers and sentences (JSON-ready); None stands for what could not be measured."""
        measured = self.temporal and not self.fit.untested
        down, right = self.covariance.correlation
        return {
            "levels": [float(f"{x:.6g}") for x in self.law.levels],
            "sigma": [float(f"{x:.6g}") for x in self.law.sigma],
            "fit": {
                "misfit": round(self.fit.misfit, 4) if measured else None,
                "after_local_map": round(self.fit.remaining, 4) if measured else None,
                "spikiness": round(self.fit.spikiness, 4) if measured else None,
                "trust": self.fit.trust,
            },
            "vendor_recursion": None if self.recursion.rho is None else round(self.recursion.rho, 3),
            "vendor_recursion_undone": self.recursion.undoable,
            "start_up_frames": list(self.start_up_frames),
            "relative_noise": [round(float(x), 3) for x in self.relative_noise],
            "correlation": {"down": round(down, 3), "right": round(right, 3)} if measured else None,
            "fixed_pattern": round(float(self.pattern.std()), 3),
            "stripes": {"rows": round(self.stripes.rows, 3), "columns": round(self.stripes.columns, 3)},
            "untouched_pixels": round(float(self.passive.mean()), 4),
            "warnings": list(self.warnings),
        }


def analyse(cine: Cine) -> NoiseAnalysis:
    """Estimates noise law, covariance, vendor recursion and each frame's noise of a cine.

    Raises:
        UnsuitableCine: values are not finite or all constant, frames are tiny, or no noise can be measured.
    """
    passive = passive_pixels(cine)
    if "slices" in cine.traits or len(cine) == 1:
        return _analyse_within_frames(cine, passive)
    return _analyse_across_frames(cine, passive)


def passive_pixels(cine: Cine) -> np.ndarray:
    """Pixels [H, W] of a cine to leave untouched (see `passive`); raises UnsuitableCine where there is nothing else."""
    frames = cine.frames
    check_frames(frames)
    passive = passive_mask(frames, cine.covered, _painted_limits(cine))
    if not inside(~passive).any() or frames.min() == frames.max():
        raise UnsuitableCine("Found constant frames; expected an image with noise. There is nothing to denoise.")
    return passive


def _painted_limits(cine: Cine) -> tuple[float, float] | None:
    """The storable extremes, where painted or saturated pixels sit; unknown for floats."""
    return cine.valid_range if cine.frames.dtype.kind in "iu" else None


def _analyse_across_frames(cine: Cine, passive: np.ndarray) -> NoiseAnalysis:
    fewer = 1 if passive.size <= LARGE else 3  # of larger frames a third as many are enough
    frames = cine.frames[: LOOKED_AT // fewer]
    repeated = copies(cine.frames)
    recursion = _recursion(frames, repeated[repeated < len(frames)], ~passive)
    kept_in = recursion.rho if recursion.rho and not recursion.undoable else 0.0
    chosen = _compared(len(cine), repeated, PAIRS // fewer)
    couples = [[white_frame(cine.frames, t + k, recursion) for k in (0, 1)] for t in chosen]
    pairs = [difference(*couple, ~passive) for couple in couples]
    found = _law_and_stripes(pairs, 1 / (1 - kept_in), [frame for couple in couples for frame in couple], passive)
    if found is None:
        return _analyse_within_frames(cine, passive)
    law, stabiliser, stripes, pairs = found
    del couples
    fit = judge_fit(pairs, stabiliser, kept_in)
    covariance = _covariance(pairs[:FEW], stabiliser, fit)
    del pairs  # large, as the couples were

    def stabilised(t: int) -> np.ndarray:
        return stabiliser.forward(white_frame(cine.frames, t, recursion)) / fit.scale_map

    first = [stabilised(t) for t in range(len(frames))]
    others = (stabilised(t) for t in range(len(frames), len(cine)))
    relative = relative_noise(chain(first, others), ~passive, sorted({t + k for t in chosen for k in (0, 1)}))
    start = start_up(relative[: len(frames)], recursion, frames, ~passive)
    return NoiseAnalysis(
        law=law,
        stabiliser=stabiliser,
        passive=passive,
        recursion=recursion,
        relative_noise=relative,
        start_up_frames=start,
        covariance=covariance,
        pattern=fixed_pattern(first, ~passive, covariance) * fit.scale_map,
        stripes=stripes,
        fit=fit,
        temporal=True,
        warnings=(
            *_warnings(cine, law, recursion, start, fit),
            *((UNTESTED,) if fit.untested else ()),
            *((COPIES.format(copies=len(repeated), count=len(cine)),) if len(repeated) else ()),
        ),
    )


def _covariance(pairs: list[Difference], stabiliser: Stabiliser, fit: Fit) -> NoiseCovariance:
    levels, static = [stabiliser.forward(pair.level) for pair in pairs], [pair.static for pair in pairs]
    return estimate_covariance(_stabilised_noise(pairs, stabiliser, fit.scale_map), levels, static)


def _recursion(frames: np.ndarray, repeated: np.ndarray, active: np.ndarray) -> VendorRecursion:
    """A vendor's recursion, which many copies would feign; among those it is not undone."""
    if len(repeated) <= FEW_COPIES * len(frames):
        return find_vendor_recursion(frames, active)
    rho = find_vendor_recursion(np.delete(frames, repeated, axis=0), active).rho
    return VendorRecursion(rho, np.zeros(len(frames)), False)


def _compared(count: int, repeated: np.ndarray, most: int) -> list[int]:
    """Frames that are compared with the next one, from the whole cine but a noisy start: dose and view may change."""
    every = range(min(5, count - 3) if count > 8 else 0, count - 1)
    noisy = sorted(set(every) - set(repeated - 1)) or list(every)
    return noisy[:: max(1, -(-len(noisy) // most))]


def white_frame(frames: np.ndarray, t: int, recursion: VendorRecursion, ordinary: bool = False) -> np.ndarray:
    """Frame t [H, W] float32 with the vendor's recursion undone where that holds (`ordinary`: not among those looked at)."""
    frame = frames[t].astype(np.float32)
    if not recursion.undoable or t == 0:
        return frame
    if not ordinary and t < len(recursion.shares):
        share = recursion.shares[t]
    else:
        share = 0.0 if recursion.restarted(frame, frames[t - 1]) else recursion.rho
    return undo(frame, frames[t - 1], share) if share else frame


def _stabiliser(law: NoiseLaw, white: list[np.ndarray], passive: np.ndarray) -> Stabiliser:
    return Stabiliser(law, min(float(f[~passive].min()) for f in white), max(float(f[~passive].max()) for f in white))


def _law_and_stripes(
    pairs: list[Difference], correction: float, white: list[np.ndarray], passive: np.ndarray
) -> tuple[NoiseLaw, Stabiliser, Stripes, list[Difference]] | None:
    """Law of the pixels' own noise, its stabiliser, the stripes in its units, and the pairs without them; None without a law.

    With stripes in it the law would be too high, and most so in the dark: they are as large there as anywhere, while the
    pixels' own noise is small.
    """
    with_stripes = law_from_differences(pairs, correction)
    if with_stripes is None:
        return None
    stabiliser = _stabiliser(with_stripes, white, passive)
    stripes = find_stripes(_stabilised_noise(pairs[:FEW], stabiliser))
    if stripes == Stripes():
        return with_stripes, stabiliser, stripes, pairs
    bare = [_without(stripes, pair, with_stripes, stabiliser) for pair in pairs]
    law = law_from_differences(bare, correction)
    if law is None:
        return None
    stabiliser = _stabiliser(law, white, passive)
    return law, stabiliser, find_stripes(_stabilised_noise(pairs[:FEW], stabiliser)), bare


def _without(stripes: Stripes, pair: Difference, law: NoiseLaw, stabiliser: Stabiliser) -> Difference:
    """A pair without the stripes of its difference, all of them taken from the second frame."""
    (noise,) = _stabilised_noise([pair], stabiliser)
    offsets = stripes.offsets(noise) * law.sigma_at(pair.level).astype(np.float32)
    return replace(pair, noise=pair.noise - offsets, second=pair.second - np.float32(math.sqrt(2)) * offsets)


def _stabilised_noise(pairs: list[Difference], stabiliser: Stabiliser, scale_map: np.ndarray | None = None) -> list[np.ndarray]:
    """Noise images [H, W] of pairs in noise standard deviations (of the law's, without a map), NaN where something moved."""
    unit = math.sqrt(2) * (1 if scale_map is None else scale_map)
    differences = [stabiliser.forward(p.second) - stabiliser.forward(p.first) for p in pairs]
    return [np.where(p.static, change / unit, np.nan).astype(np.float32) for p, change in zip(pairs, differences, strict=True)]


def _analyse_within_frames(cine: Cine, passive: np.ndarray) -> NoiseAnalysis:
    """The single-frame way: noise from flat tiles, nothing taken across frames."""
    chosen = cine.frames[:: max(1, len(cine) // 8)]
    tiles = [flat_tiles(frame, ~passive) for frame in chosen]
    law = law_from_tiles(*(np.concatenate(parts) for parts in zip(*tiles, strict=True)))
    if law is None:
        raise UnsuitableCine(
            "Found no area in which noise can be measured; expected frames of at least 64 x 64 pixels with noise."
        )
    white = [frame.astype(np.float32) for frame in chosen]
    nothing = VendorRecursion(None, np.zeros(len(cine)), False)
    fit = Fit(np.ones(passive.shape, np.float32), untested=True)
    reason = "Frames are slices" if "slices" in cine.traits else "Only one frame" if len(cine) == 1 else "Everything moves"
    warnings = (
        f"{reason}: noise was estimated within frames, which cannot tell fine texture from noise, so less is removed.",
        *(("The model ct is made for CT slices.",) if cine.intensity == "HU" else ()),
        *_warnings(cine, law, nothing, (), fit),
    )
    stabiliser = _stabiliser(law, white, passive)
    return NoiseAnalysis(
        law=law,
        stabiliser=stabiliser,
        passive=passive,
        recursion=nothing,
        relative_noise=np.ones(len(cine)),
        start_up_frames=(),
        covariance=white_covariance(),
        pattern=np.zeros(passive.shape, np.float32),
        stripes=Stripes(),
        fit=fit,
        temporal=len(cine) > 1 and "slices" not in cine.traits,
        warnings=warnings,
    )


def _warnings(cine: Cine, law: NoiseLaw, recursion: VendorRecursion, start: tuple[int, ...], fit: Fit) -> tuple[str, ...]:
    found = [*cine.warnings, *((NOT_FOR_MR,) if cine.intensity == "MR" else ())]
    if cine.frames.dtype.kind in "iu" and np.median(law.sigma) < NO_NOISE:
        found.append("Hardly any noise beyond rounding: there is little to remove.")
    if recursion.rho:
        undone = "it is undone before denoising" if recursion.undoable else "it cannot be undone, so less can be removed"
        found.append(f"A vendor's recursive filter feeds back {recursion.rho:.0%} of the previous frame; {undone}.")
    if start:
        found.append(f"Frames {start[0]}-{start[-1]} are start-up frames: noisier or brighter than the rest.")
    return (*found, *fit.warnings)
