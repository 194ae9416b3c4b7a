"""Compares the model ct with BM3D and BM4D at a quarter of the dose: `python -m Testing.benchmark.ct [--quick]`.

Slices of two CTs that no training saw: PSNR and SSIM; peers with the settings that `tune_slices` chose on slices of training
CTs. A water phantom: the frequency at which the remaining noise is strongest, and how well discs are seen (channelised
Hotelling observer). Prints a table and writes it as ct.md. Every figure is kept in ct.json as it comes: an interrupted run goes
on where it was, and of another model only our rows are measured.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.quality.with_reference import psnr, ssim
from FluoroDenoiseLib.simulation import Scan
from Testing.benchmark.measures import RIM
from Testing.benchmark.rows import ROOT, SHARED, Row, Rows, publish, slices_fingerprint, table
from Testing.benchmark.scenes import HELD_OUT
from Testing.benchmark.table import explanation, with_intervals

from .cases import PLACES, SliceTask, quarter_dose, references, scan
from .observer import MARGIN, Detectability, detectability
from .phantom import DISCS, noise_power, peak_frequency, regions, scans, water, with_discs
from .slice_methods import MILDER, NOISY, OURS, PEERS, Method, methods

GAIN, SHIFT = 2.0, 0.15
"""What the model is to reach: decibel above the best peer, and shift of the peak frequency."""
MEANT = f"not worse: the 95% interval of what d' changes by lies above -{MARGIN:.0%} of it; worse: below 0; undecided: neither"


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    denoiser = Denoiser.load(options.model, device="cpu")
    chosen = methods(denoiser)
    made_by = {True: slices_fingerprint(denoiser), False: slices_fingerprint()}
    rows = Rows(options.out / "ct.json", lambda place: made_by[place["method"] in (OURS, MILDER)])
    scored = rows.fill(_slices(options, chosen), partial(_slice_row, options, chosen))
    seen = rows.fill(_phantoms(options, chosen), partial(_phantom_row, chosen))
    absent = [f"{name} is left out: its package is not installed." for name in PEERS if name not in chosen]
    publish(options.out / "ct.md", "\n\n".join([report(options.seeds, options.scans, scored, seen), *absent]))


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


def _slices(options: argparse.Namespace, chosen: dict[str, Method]) -> list[Row]:
    grid = itertools.product(HELD_OUT, PLACES, range(options.seeds), chosen)
    return [dict(zip(("ct", "at", "seed", "method"), values, strict=True)) for values in grid]


def _slice_row(options: argparse.Namespace, chosen: dict[str, Method], place: Row) -> Row:
    """PSNR and SSIM of a method on a slice and noise seed."""
    task = _task(options.ct / place["ct"], place["at"], place["seed"])
    return _score(chosen[place["method"]](task), task.truth)


@lru_cache(maxsize=1)
def _task(path: Path, at: float, seed: int) -> SliceTask:
    reference, spacing = _references(path)[at]
    return scan(reference, spacing, _dose(path, at), seed)


@lru_cache(maxsize=1)
def _dose(path: Path, at: float) -> Scan:
    return quarter_dose(*_references(path)[at])


_references = lru_cache(maxsize=1)(references)


def _score(image: np.ndarray, truth: np.ndarray) -> Row:
    image, truth = (array[RIM:-RIM, RIM:-RIM].astype(np.float64) for array in (image, truth))
    return {"psnr": psnr(image, truth), "ssim": ssim(image, truth)}


def _phantoms(options: argparse.Namespace, chosen: dict[str, Method]) -> list[Row]:
    """Peers, which need minutes for so many scans, are left out."""
    return [{"phantom scans": options.scans, "method": name} for name in chosen if name not in PEERS]


def _phantom_row(chosen: dict[str, Method], place: Row) -> Row:
    """Peak frequency of the noise, and d' of discs by radius: value and draws."""
    absent, present = _scans(place["phantom scans"])
    method = chosen[place["method"]]
    without = [method(task) for task in absent]
    discs = {f"{radius:g}": _seen([method(task) for task in tasks], without) for radius, tasks in present.items()}
    return {"peak": peak_frequency(*noise_power(without)), "discs": discs}


def _seen(images: list[np.ndarray], without: list[np.ndarray]) -> Row:
    found = detectability(*(np.stack([regions(image) for image in part]) for part in (images, without)))
    return {"value": found.value, "drawn": found.drawn.tolist()}


@lru_cache(maxsize=1)
def _scans(count: int) -> tuple[list[SliceTask], dict[float, list[SliceTask]]]:
    """Of the phantom without discs, and with discs of each radius."""
    return scans(water(), count, 0), {radius: scans(with_discs(radius), count, 1000) for radius in DISCS}


def report(seeds: int, count: int, scored: list[Row], seen: list[Row]) -> str:
    """The table, what its intervals are, and the verdict.

    Args:
        seeds: noise seeds of each slice.
        count: scans of the phantom.
        scored, seen: rows of slices and of the phantom.
    """
    names = list(dict.fromkeys(row["method"] for row in scored))
    phantom = {row["method"]: row for row in seen}
    rows = [{"method": name} | _by_slice(scored, name, seeds) | _detectable(phantom.get(name)) for name in names]
    cts = len({row["ct"] for row in scored})
    title = f"## CT slices at a quarter of the dose: {cts} unseen CTs, {seeds} noise seeds; {count} phantom scans"
    return "\n\n".join([title, table(_columns(), rows), explanation(cts, seeds, "slices"), _verdict(rows)])


def _by_slice(scored: list[Row], name: str, seeds: int) -> Row:
    """Each measure of a method as [slices, seeds], and the mean PSNR by CT: noise drawn again is no other slice."""
    own = [row for row in scored if row["method"] == name]
    measures = {key: np.array([row[key] for row in own]).reshape(-1, seeds) for key in ("psnr", "ssim")}
    cts = dict.fromkeys(row["ct"] for row in own)
    return measures | {"by ct": {ct: np.mean([row["psnr"] for row in own if row["ct"] == ct]) for ct in cts}}


def _detectable(row: Row | None) -> Row:
    """Peak and, by radius, d' of a row of the phantom."""
    if row is None:
        return {}
    discs = {radius: row["discs"][f"{radius:g}"] for radius in DISCS}
    return {"peak": row["peak"]} | {
        radius: Detectability(one["value"], np.array(one["drawn"])) for radius, one in discs.items()
    }


def _columns() -> dict[str, Callable[[Row], str]]:
    discs = {f"d' at radius {radius:g} px": partial(_within, key=radius) for radius in DISCS}
    return {
        "method": lambda row: row["method"],
        "PSNR dB": lambda row: with_intervals(row["psnr"], ".2f"),
        "PSNR dB by CT": lambda row: ", ".join(f"{value:.2f} ({name.split('.')[0]})" for name, value in row["by ct"].items()),
        "SSIM": lambda row: with_intervals(row["ssim"], ".3f"),
        "noise peak (cycles/px)": lambda row: f"{row['peak']:.3f}" if "peak" in row else "-",
        **discs,
    }


def _within(row: Row, key: float) -> str:
    return "{:.2f} [{:.2f}, {:.2f}]".format(row[key].value, *row[key].interval) if key in row else "-"


def _verdict(rows: list[Row]) -> str:
    """How far the model is from what it is to reach."""
    ours, noisy = (next(row for row in rows if row["method"] == name) for name in (OURS, NOISY))
    peers = [row["psnr"] for row in rows if row["method"] in PEERS]
    lines = []
    if peers:
        gains = with_intervals(ours["psnr"] - np.max(peers, axis=0), "+.2f")
        lines.append(f"- PSNR against each slice's best peer: {gains} dB (target {GAIN:+.1f})")
    shift = ours["peak"] / noisy["peak"] - 1
    lines.append(f"- shift of the noise's peak frequency: {shift:+.0%} (target within {SHIFT:.0%})")
    seen = ", ".join(f"{radius:g} px {ours[radius].against(noisy[radius])}" for radius in DISCS)
    return "\n".join([*lines, f"- discs, against the noisy slices: {seen} ({MEANT})"])


if __name__ == "__main__":
    main()
