"""Brightness kept: the mean of the result in bins of the true grey value: `python -m Testing.benchmark.bias [--quick]`.

Linear cines of unseen CTs from 200 down to 5 quanta per pixel. A bin holds at least 100,000 effective pixels: pixels divided by
the area over which the input's noise is correlated. Chance is taken out as far as it can be: the input's own error in a bin,
which is zero on average, is subtracted. Pixels that noise may clip at either end of the stored range are left out.

In bins of single pixels lost detail counts as bias: the darkest pixels are those of fine dark detail, and come out brighter
where it is smoothed, as they would by a blur. So the same is shown, and not judged, in bins of the true mean around a pixel,
which tell of brightness alone. Writes bias-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.quality.with_reference import FEWEST, bias_by_level
from FluoroDenoiseLib.simulation import Beam, Detector, Scene, Settings, Simulated, Vendor, load_volume, simulate
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import UNSEEN, build
from Testing.benchmark.task import Task

DOSES = (200.0, 30.0, 12.0, 5.0)
LIMIT = 0.003
SIDE, SIDE_IN_A_HURRY = 384, 256
RIM, SETTLED = 8, 3
"""Pixels at the border and frames at the start that are left out."""
CLEAR = 4.0
"""Noise standard deviations that a pixel must be away from the ends of the stored range."""
BLOCK = 16
"""Side in pixels of the blocks whose means tell how the noise is correlated; well above the blur's reach."""
LEVELS = 12
AROUND = 6.0
"""Pixels, Gaussian scale of the mean around a pixel."""
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "bins": lambda row: str(len(row["bins"])),
    "pixels per bin": lambda row: f"{row['bins'][0]['pixels']:,.0f}",
    "levels, of the range": lambda row: f"{row['bins'][0]['level']:.3f} to {row['bins'][-1]['level']:.3f}",
    "bias in each bin": lambda row: " ".join(f"{one['bias']:+.2%}" for one in row["bins"]),
    "bias in bins of the mean around": lambda row: " ".join(f"{one['bias']:+.2%}" for one in row["around"]),
    "worst (<=0.3%)": lambda row: share(worst(row), 2),
    "": lambda row: "ok" if worst(row) <= LIMIT else "short",
}


def main() -> None:
    options = options_of("Bias of FluoroDenoise for each grey value, over dose.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"bias-{options.mode}.json", fingerprint(denoiser))
    doses = DOSES[-2:] if options.quick else DOSES
    found = rows.fill([{"quanta": dose} for dose in doses], lambda place: _row(denoiser, options, place["quanta"]))
    publish(options.out / f"bias-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{_summary(found)}")


def _row(denoiser: Denoiser, options: argparse.Namespace, dose: float) -> Row:
    """All cines of a dose together."""
    cases, side = (UNSEEN[:2], SIDE_IN_A_HURRY) if options.quick else (UNSEEN, SIDE)
    parts = [_errors(denoiser, exposed(_scene(options.ct, k, side), dose, k)) for k in range(len(cases))]
    names = ("image", "clean", "around")
    image, reference, around = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    how = {"levels": LEVELS, "effective": float(np.mean([part.share for part in parts])), "fewest": FEWEST}
    return {"bins": bias_by_level(image, reference, **how), "around": bias_by_level(image, reference, by=around, **how)}


@lru_cache(maxsize=len(UNSEEN))
def _scene(scans: Path, k: int, side: int) -> Scene:
    return build(load_volume(scans / UNSEEN[k].ct), UNSEEN[k], side)


def exposed(scene: Scene, dose: float, seed: int) -> Simulated:
    """A linear 14-bit cine whose zero lies three deviations of the read-out noise below no signal."""
    pedestal = min(3 * Detector().electronic / (dose * Vendor().brightest), 0.2)
    return simulate(scene, Settings(Beam(quanta=dose), vendor=Vendor(bits=14, pedestal=pedestal)), seed)


@dataclass(frozen=True)
class Part:
    """Pixels [N] of a cine in which nothing is clipped, in detected signal.

    Attributes:
        image: the result, less the noise of the input.
        clean: the truth.
        around: the mean of the truth around each pixel.
        share: effective share of a pixel.
    """

    image: np.ndarray
    clean: np.ndarray
    around: np.ndarray
    share: float


def _errors(denoiser: Denoiser, made: Simulated) -> Part:
    task = Task(made)
    inner = np.s_[SETTLED:, RIM:-RIM, RIM:-RIM]
    around = np.stack([cv2.GaussianBlur(frame, (0, 0), AROUND) for frame in made.clean.frames])[inner]
    clean, noisy = made.clean.frames[inner], made.noisy.frames[inner].astype(np.float32)
    image = denoiser.denoise(made.noisy).frames[inner] - noisy + clean
    margin = CLEAR * task.law.sigma_at(clean)
    chosen = (clean > margin) & (clean + margin < made.settings.vendor.top)
    return Part(*(task.signal(one[chosen]) for one in (image, clean, around)), effective_share(task))


def effective_share(task: Task) -> float:
    """Independent values per pixel of the input's noise: its variance over that of white noise with the same block means."""
    noise = (task.frames - task.made.clean.frames) / task.law.sigma_at(task.made.clean.frames)
    rows, columns = (n // BLOCK for n in noise.shape[1:])
    cut = noise[:, : rows * BLOCK, : columns * BLOCK].reshape(-1, rows, BLOCK, columns, BLOCK)
    return min(1.0, float(noise.var() / (BLOCK**2 * cut.mean((2, 4)).var())))


def worst(row: Row) -> float:
    """Largest bias of a row's bins, without sign."""
    return max(abs(one["bias"]) for one in row["bins"])


def _summary(rows: list[Row]) -> str:
    passed = sum(abs(one["bias"]) <= LIMIT for row in rows for one in row["bins"])
    row = max(rows, key=worst)
    total = sum(len(row["bins"]) for row in rows)
    return f"{passed} of {total} bins within {LIMIT:.1%}; the worst is off by {worst(row):.2%}, at {row['quanta']:g} quanta."


if __name__ == "__main__":
    main()
