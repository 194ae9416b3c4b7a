"""Contrast agent passing through a vessel: area and peak of its curve: `python -m Testing.benchmark.bolus [--quick]`.

Perfusion and flow are read from such curves, and a filter that looks at other frames can flatten, delay or advance them. A
vessel of a noisy cine fills and empties as a gamma variate; its curve is the mean signal lost inside it, result without agent
minus result with it, averaged over several draws of the noise, against the same of the noise-free cine. Behind +- stands the
standard error by the draws; a curve is judged by its value alone. Writes bolus-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.simulation import Simulated, load_volume
from Testing.benchmark.bias import exposed
from Testing.benchmark.objects import SeenWire
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, table
from Testing.benchmark.scenes import UNSEEN, build

DOSES, WIDTHS, CONTRASTS, RISES = (200.0, 30.0, 12.0, 5.0), (4.0, 10.0), (0.1, 0.3), (3.0, 8.0)
SIDE, SEED = 192, 3
DRAWS, DRAWS_IN_A_HURRY = 4, 2
"""Draws of the noise that a curve is averaged over: of one alone, chance could take a perfect result over the limits."""
ARRIVAL = 4.3
"""Frame, between two, at which the agent arrives."""
LENGTH = 5
"""Rises that a cine goes on after the arrival; less than a twentieth of the agent is left then."""
STEEPNESS = 2.0
INSIDE = 0.9
"""Share of the vessel's depth from which on a pixel belongs to the curve."""
NEAR = 0.5
"""Rises on each side of the highest value that tell where between frames the peak is. A slow curve is flat at its top: with two
frames on each side the noise left by four draws at 5 quanta moved the peak of a rise of eight by a quarter of a frame."""
AREA, PEAK = 0.01, 0.1
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "width px": lambda row: f"{row['width']:g}",
    "contrast": lambda row: f"{row['contrast']:.0%}",
    "rise, frames": lambda row: f"{row['rise']:g}",
    "area (+-1%)": lambda row: f"{row['area']:+.2%} +- {row['area error']:.2%}",
    "time to peak (+-0.1 frame)": lambda row: f"{row['peak']:+.3f} +- {row['peak error']:.3f}",
    "peak height": lambda row: f"{row['height']:+.2%} +- {row['height error']:.2%}",
    "": lambda row: "ok" if passes(row) else "short",
}


def main() -> None:
    options = options_of("Bolus curves through FluoroDenoise, over dose, vessel and speed.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"bolus-{options.mode}.json", fingerprint(denoiser))
    before = lru_cache(maxsize=1)(partial(_draws, denoiser, options))
    found = rows.fill(
        _cells(options.quick), lambda cell: measured(denoiser.denoise, before(cell["quanta"], cell["rise"]), cell)
    )
    passed = sum(map(passes, found))
    publish(options.out / f"bolus-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{passed} of {len(found)} curves pass.")


def _cells(quick: bool) -> list[Row]:
    axes = (DOSES[1:3] if quick else DOSES, RISES, WIDTHS, CONTRASTS)
    return [dict(zip(("quanta", "rise", "width", "contrast"), values, strict=True)) for values in itertools.product(*axes)]


def _draws(denoiser: Denoiser, options: argparse.Namespace, dose: float, rise: float) -> list[tuple[Simulated, Cine]]:
    """Cines without agent that differ in their noise alone, and their results."""
    scene = build(load_volume(options.ct / UNSEEN[0].ct), UNSEEN[0], SIDE, count_of(rise))
    made = [exposed(scene, dose, SEED + draw) for draw in range(DRAWS_IN_A_HURRY if options.quick else DRAWS)]
    return [(one, denoiser.denoise(one.noisy)) for one in made]


def count_of(rise: float) -> int:
    """Frames of a cine."""
    return int(ARRIVAL + LENGTH * rise) + 1


def measured(denoise: Callable[[Cine], Cine], draws: Sequence[tuple[Simulated, Cine]], cell: Row) -> Row:
    """Area, time to peak and height of a curve against the true one, each with its standard error.

    Args:
        denoise: what is measured.
        draws: cines without agent, with the same truth and other noise, and their results; two or more.
        cell: width and contrast of the vessel, rise of the agent.
    """
    first = draws[0][0]
    agent = agent_in(first, cell)
    ideal = curve(first.clean, agent.into(first.clean), agent.inside)
    seen = [curve(without, denoise(agent.into(made.noisy)), agent.inside) for made, without in draws]
    errors = _jackknife(seen, ideal, cell["rise"])
    return _figures(np.mean(seen, axis=0), ideal, cell["rise"]) | {f"{name} error": error for name, error in errors.items()}


@dataclass(frozen=True, eq=False)
class Agent:
    """Contrast agent in a vessel of a linear cine.

    Attributes:
        covered: [H, W] share of each pixel in the vessel.
        inside: [H, W] True where a pixel belongs to the curve.
        given: [T] share of the light that the agent takes.
        zero: stored value of no signal.
    """

    covered: np.ndarray
    inside: np.ndarray
    given: np.ndarray
    zero: float

    def into(self, cine: Cine) -> Cine:
        """The cine with the agent in it."""
        left = 1.0 - self.given[:, None, None] * self.covered
        return cine.with_frames(cine.to_stored((self.zero + (cine.frames - self.zero) * left).astype(np.float32)))


def agent_in(made: Simulated, cell: Row) -> Agent:
    vessel, vendor = SeenWire(cell["width"], angle=60.0), made.settings.vendor
    covered = vessel.profile(made.noisy.shape[1:], 0.0)
    given = cell["contrast"] * gamma_variate(np.arange(len(made.noisy)) - ARRIVAL, cell["rise"])
    return Agent(covered, covered >= INSIDE * vessel.peak, given, vendor.pedestal * vendor.top)


def gamma_variate(since: np.ndarray, rise: float) -> np.ndarray:
    """0..1 at frames [T] since arrival: (u e^(1 - u))^a, u = since / rise (Madsen, Phys. Med. Biol. 37, 1597, 1992)."""
    u = np.maximum(since / rise, 0.0)
    return (u * np.exp(1.0 - u)) ** STEEPNESS


def curve(without: Cine, filled: Cine, inside: np.ndarray) -> np.ndarray:
    """[T] mean stored units that are lost inside the vessel [H, W]."""
    return (without.frames[:, inside].astype(np.float64) - filled.frames[:, inside]).mean(1)


def _figures(seen: np.ndarray, ideal: np.ndarray, rise: float) -> dict[str, float]:
    return {
        "area": float(seen.sum() / ideal.sum()) - 1,
        "peak": time_to_peak(seen, rise) - time_to_peak(ideal, rise),
        "height": float(seen.max() / ideal.max()) - 1,
    }


def _jackknife(seen: Sequence[np.ndarray], ideal: np.ndarray, rise: float) -> dict[str, float]:
    """Standard error of each figure of the mean curve (Efron and Stein, Ann. Stat. 9, 586, 1981)."""
    without = [_figures(np.mean([*seen[:k], *seen[k + 1 :]], axis=0), ideal, rise) for k in range(len(seen))]
    return {name: float(np.sqrt(len(seen) - 1) * np.std([one[name] for one in without])) for name in without[0]}


def time_to_peak(values: np.ndarray, rise: float) -> float:
    """Frame, with its fraction, of the peak of a curve [T]: the top of the cubic through the highest value's neighbourhood."""
    near = int(np.ceil(NEAR * rise))
    best = int(np.clip(np.argmax(values), near, len(values) - 1 - near))
    offsets = np.arange(-near, near + 1)
    cubic = np.polynomial.Polynomial.fit(offsets, values[best + offsets], 3)
    fine = np.linspace(-near, near, 200 * near + 1)
    return float(best + fine[np.argmax(cubic(fine))])


def passes(row: Row) -> bool:
    return abs(row["area"]) <= AREA and abs(row["peak"]) <= PEAK


if __name__ == "__main__":
    main()
