"""Contrast agent passing through a vessel: area and peak of its curve: `python -m Testing.benchmark.bolus [--quick]`.

Perfusion and flow are read from such curves, and a filter that looks at other frames can flatten, delay or advance them. A
vessel of a noisy cine fills and empties as a gamma variate; its curve is the mean signal lost inside it, result without agent
minus result with it, so that the cine's noise cancels. Writes bolus-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
import itertools
from functools import lru_cache, partial

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.simulation import Simulated, load_volume
from Testing.benchmark.bias import exposed
from Testing.benchmark.objects import SeenWire
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import UNSEEN, build

DOSES, WIDTHS, CONTRASTS, RISES = (200.0, 30.0, 12.0, 5.0), (4.0, 10.0), (0.1, 0.3), (3.0, 8.0)
SIDE, SEED = 192, 3
ARRIVAL = 4.3
"""Frame, between two, at which the agent arrives."""
LENGTH = 5
"""Rises that a cine goes on after the arrival; less than a twentieth of the agent is left then."""
STEEPNESS = 2.0
INSIDE = 0.9
"""Share of the vessel's depth from which on a pixel belongs to the curve."""
NEAR = 2
"""Frames on each side of the highest value that tell where between frames the peak is."""
AREA, PEAK = 0.01, 0.1
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "width px": lambda row: f"{row['width']:g}",
    "contrast": lambda row: share(row["contrast"], 0),
    "rise, frames": lambda row: f"{row['rise']:g}",
    "area (+-1%)": lambda row: f"{row['area']:+.2%}",
    "time to peak (+-0.1 frame)": lambda row: f"{row['peak']:+.3f}",
    "peak height": lambda row: f"{row['height']:+.2%}",
    "": lambda row: "ok" if passes(row) else "short",
}


def main() -> None:
    options = options_of("Bolus curves through FluoroDenoise, over dose, vessel and speed.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"bolus-{options.mode}.json", fingerprint(denoiser))
    before = lru_cache(maxsize=1)(partial(_without_agent, denoiser, options))
    found = rows.fill(_cells(options.quick), lambda cell: _row(denoiser, *before(cell["quanta"], cell["rise"]), cell))
    passed = sum(map(passes, found))
    publish(options.out / f"bolus-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{passed} of {len(found)} curves pass.")


def _cells(quick: bool) -> list[Row]:
    axes = (DOSES[1:3] if quick else DOSES, RISES, WIDTHS, CONTRASTS)
    return [dict(zip(("quanta", "rise", "width", "contrast"), values, strict=True)) for values in itertools.product(*axes)]


def _without_agent(denoiser: Denoiser, options: argparse.Namespace, dose: float, rise: float) -> tuple[Simulated, Cine]:
    scene = build(load_volume(options.ct / UNSEEN[0].ct), UNSEEN[0], SIDE, int(ARRIVAL + LENGTH * rise) + 1)
    made = exposed(scene, dose, SEED)
    return made, denoiser.denoise(made.noisy)


def _row(denoiser: Denoiser, made: Simulated, without: Cine, cell: Row) -> Row:
    vessel = SeenWire(cell["width"], angle=60.0)
    covered = vessel.profile(without.shape[1:], 0.0)
    given = cell["contrast"] * gamma_variate(np.arange(len(without)) - ARRIVAL, cell["rise"])
    vendor = made.settings.vendor
    filled = inject(made.noisy, covered, given, vendor.pedestal * vendor.top)
    inside = covered >= INSIDE * vessel.peak
    seen, ideal = curve(without, denoiser.denoise(filled), inside), curve(made.noisy, filled, inside)
    return {
        "area": float(seen.sum() / ideal.sum()) - 1,
        "peak": time_to_peak(seen) - time_to_peak(ideal),
        "height": float(seen.max() / ideal.max()) - 1,
    }


def gamma_variate(since: np.ndarray, rise: float) -> np.ndarray:
    """0..1 at frames [T] since arrival: (u e^(1 - u))^a, u = since / rise (Madsen, Phys. Med. Biol. 37, 1597, 1992)."""
    u = np.maximum(since / rise, 0.0)
    return (u * np.exp(1.0 - u)) ** STEEPNESS


def inject(cine: Cine, covered: np.ndarray, given: np.ndarray, zero: float) -> Cine:
    """A linear cine with agent in a vessel.

    Args:
        covered: [H, W] share of each pixel in the vessel.
        given: [T] share of the light that the agent takes.
        zero: stored value of no signal.
    """
    left = 1.0 - given[:, None, None] * covered
    return cine.with_frames(cine.to_stored((zero + (cine.frames - zero) * left).astype(np.float32)))


def curve(without: Cine, filled: Cine, inside: np.ndarray) -> np.ndarray:
    """[T] mean stored units that are lost inside the vessel [H, W]."""
    return (without.frames[:, inside].astype(np.float64) - filled.frames[:, inside]).mean(1)


def time_to_peak(values: np.ndarray) -> float:
    """Frame, with its fraction, of the peak of a curve [T]: the top of the cubic through the highest value's neighbourhood."""
    best = int(np.clip(np.argmax(values), NEAR, len(values) - 1 - NEAR))
    offsets = np.arange(-NEAR, NEAR + 1)
    cubic = np.polynomial.Polynomial.fit(offsets, values[best + offsets], 3)
    fine = np.linspace(-NEAR, NEAR, 200 * NEAR + 1)
    return float(best + fine[np.argmax(cubic(fine))])


def passes(row: Row) -> bool:
    return abs(row["area"]) <= AREA and abs(row["peak"]) <= PEAK


if __name__ == "__main__":
    main()
