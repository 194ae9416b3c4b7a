"""The noise of a cine as the model that denoises it looks at it: across frames, or slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cards import CINE, SLICES, USUAL_OF_CT, usual_model

if TYPE_CHECKING:
    from ..cine import Cine
    from ..noise import NoiseAnalysis


def noise_for(kind: str, cine: Cine) -> NoiseAnalysis:
    """For a model of the kind `CINE` or `SLICES`.

    Raises:
        UnsuitableCine: nothing of it can be denoised, or not by such a model.
    """
    from ..noise import analyse, analyse_slices

    return analyse_slices(cine) if kind == SLICES else analyse(cine)


def usual_noise(cine: Cine) -> NoiseAnalysis:
    """For the cine's usual model (UnsuitableCine as there)."""
    return noise_for(SLICES if usual_model(cine) == USUAL_OF_CT else CINE, cine)
