"""Compares the model ct with BM3D and BM4D at a quarter of the dose: `python -m Testing.benchmark.ct [--quick]`.

Slices of two CTs that no training saw: PSNR and SSIM; peers with the settings that `tune_slices` chose on slices of training
CTs. A water phantom: the frequency at which the remaining noise is strongest, and how well discs are seen (channelised
Hotelling observer). Writes ct.md and prints it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.quality.with_reference import psnr, ssim
from Testing.benchmark.measures import RIM
from Testing.benchmark.rows import ROOT, SHARED, Row, publish, table
from Testing.benchmark.scenes import HELD_OUT
from Testing.benchmark.table import interval

from .cases import SliceTask, quarter_dose, references, scan
from .observer import detectability
from .phantom import DISCS, noise_power, peak_frequency, regions, scans, water, with_discs
from .slice_methods import NOISY, OURS, PEERS, Method, methods

GAIN, SHIFT = 2.0, 0.15
"""What the model is to reach: decibel above the best peer, and shift of the peak frequency."""


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    chosen = methods(options.model)
    scored = _slices(options, chosen)
    seen = _phantom(options, chosen)
    rows = [{"method": name, **_by_slice(scored[name], options.seeds), **seen[name]} for name in chosen]
    absent = [f"{name} is left out: its package is not installed." for name in PEERS if name not in chosen]
    publish(options.out / "ct.md", "\n\n".join([_title(options), table(_columns(), rows), _verdict(rows), *absent]))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare the model ct with its peers at a quarter of the dose.")
    parser.add_argument("--quick", action="store_true", help="one noise seed, half the scans of the phantom")
    parser.add_argument("--model", default="ct", help="a bundled model's name or a model folder")
    parser.add_argument("--ct", type=Path, default=SHARED / "ct", help="folder of the unseen CTs")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    options = parser.parse_args(arguments)
    options.seeds, options.scans = (1, 12) if options.quick else (3, 24)
    options.out = options.out / "quick" if options.quick else options.out
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _slices(options: argparse.Namespace, chosen: dict[str, Method]) -> dict[str, list[Row]]:
    """PSNR and SSIM of each method on each slice and noise seed."""
    scored: dict[str, list[Row]] = {name: [] for name in chosen}
    for place, (reference, spacing) in references([options.ct / name for name in HELD_OUT]).items():
        dose = quarter_dose(reference, spacing)
        for seed in range(options.seeds):
            task = scan(reference, spacing, dose, seed)
            for name, method in chosen.items():
                scored[name].append(_score(method(task), task.truth))
            figures = ", ".join(f"{name} {scored[name][-1]['psnr']:.2f}" for name in chosen)
            print(f"{place}, {dose.quanta:.0f} quanta, seed {seed}: {figures} dB", flush=True)
    return scored


def _score(image: np.ndarray, truth: np.ndarray) -> Row:
    image, truth = (array[RIM:-RIM, RIM:-RIM].astype(np.float64) for array in (image, truth))
    return {"psnr": psnr(image, truth), "ssim": ssim(image, truth)}


def _phantom(options: argparse.Namespace, chosen: dict[str, Method]) -> dict[str, Row]:
    """Peak frequency and d' of discs, against the noisy slices; peers, which need minutes for so many scans, are left out."""
    absent = scans(water(), options.scans, 0)
    present = {radius: scans(with_discs(radius), options.scans, 1000) for radius in DISCS}
    return {name: {} if name in PEERS else _seen(method, absent, present) for name, method in chosen.items()}


def _seen(method: Method, absent: list[SliceTask], present: dict[float, list[SliceTask]]) -> Row:
    without = [method(task) for task in absent]
    row: Row = {"peak": peak_frequency(*noise_power(without))}
    for radius, tasks in present.items():
        parts = (np.stack([regions(image) for image in images]) for images in (map(method, tasks), without))
        row[radius] = detectability(*parts)
    return row


def _by_slice(scores: list[Row], seeds: int) -> Row:
    """Each measure as [slices, seeds]: noise drawn again is no other slice."""
    return {name: np.array([score[name] for score in scores]).reshape(-1, seeds) for name in ("psnr", "ssim")}


def _columns() -> dict[str, Callable[[Row], str]]:
    discs = {f"d' at radius {radius:g} px": partial(_within, key=radius) for radius in DISCS}
    return {
        "method": lambda row: row["method"],
        "PSNR dB": lambda row: _mean(row["psnr"], 2),
        "SSIM": lambda row: _mean(row["ssim"], 3),
        "noise peak (cycles/px)": lambda row: f"{row['peak']:.3f}" if "peak" in row else "-",
        **discs,
    }


def _mean(values: np.ndarray, digits: int) -> str:
    """Mean and interval of values [slices, seeds]."""
    low, high = interval(values)
    return f"{values.mean():.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _within(row: Row, key: float) -> str:
    return "{:.2f} [{:.2f}, {:.2f}]".format(row[key].value, *row[key].interval) if key in row else "-"


def _title(options: argparse.Namespace) -> str:
    return f"## CT slices at a quarter of the dose: two unseen CTs, {options.seeds} noise seeds; {options.scans} phantom scans"


def _verdict(rows: list[Row]) -> str:
    """How far the model is from what it is to reach."""
    ours, noisy = (next(row for row in rows if row["method"] == name) for name in (OURS, NOISY))
    peers = [row["psnr"] for row in rows if row["method"] in PEERS]
    gains = f"{_mean(ours['psnr'] - np.max(peers, axis=0), 2)} dB (target {GAIN:+.1f})" if peers else ""
    lines = [f"- PSNR against each slice's best peer: {gains}"] if peers else []
    shift = ours["peak"] / noisy["peak"] - 1
    lines.append(f"- shift of the noise's peak frequency: {shift:+.0%} (target within {SHIFT:.0%})")
    lost = [f"{radius:g} px" for radius in DISCS if ours[radius].below(noisy[radius])]
    return "\n".join([*lines, f"- discs seen worse than in the noisy slices: {', '.join(lost) or 'none'}"])


if __name__ == "__main__":
    main()
