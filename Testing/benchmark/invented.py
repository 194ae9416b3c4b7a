"""Nothing invented: lines and blobs found where there are none: `python -m Testing.benchmark.invented [--quick]`.

Cines of clouds hold no object, at rest, panning, or behind a vendor's recursive filter: the clouds are so soft that line and
blob detectors see nothing of them. The detectors look at the result and at frames of four times the dose through the same
chain. Their threshold is where they find a thousandth of the latter's pixels; in the result they may find no more. Writes
invented-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.quality import lines
from FluoroDenoiseLib.quality.moving import TIMES
from FluoroDenoiseLib.simulation import Beam, Motion, Panning, Scene, Settings, Shot, Simulated, Vendor, simulate
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import COUNT, PIXEL, RATE
from Testing.benchmark.task import Task

SIDE, SEED, RIM = 256, 11, 16
SETTLED = 8
"""Frames until a recursive filter of 0.7 leaves the noise that it leaves for good (1.003 times): those before would raise the
threshold."""
DOSES, SPEEDS, RECURSIONS = (200.0, 30.0, 12.0, 5.0), (0.0, 1.0, 4.0, 12.0), (0.0, 0.3, 0.7)
MORE = 4.0
"""Times the dose of the frames that the result is compared with."""
FALSE = 0.001
"""Share of those frames' pixels in which a detector, at its threshold, finds something."""
SOFT = 24.0
"""Gaussian scale in pixels below which the clouds hold nothing."""
BLOBS = (1.5, 3.0)
"""Gaussian scales in pixels of the blob detectors: differences to 1.6 times the scale (Marr and Hildreth 1980)."""
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "panning px/frame": lambda row: f"{row['speed']:g}",
    "recursion": lambda row: f"{row['recursion']:g}" if row["recursion"] else "-",
    "lines (<=0.1%)": lambda row: share(row["lines"], 3),
    "fine blobs (<=0.1%)": lambda row: share(row["fine blobs"], 3),
    "coarse blobs (<=0.1%)": lambda row: share(row["coarse blobs"], 3),
    "lines out of its own noise": lambda row: share(row["own"], 3),
    "the same at four times the dose": lambda row: share(row["own of more"], 3),
    "": lambda row: "ok" if passes(row) else "short",
}


def main() -> None:
    options = options_of("Lines and blobs that FluoroDenoise makes of noise, over dose, motion and recursion.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"invented-{options.mode}.json", fingerprint(denoiser))
    found = rows.fill(_cells(options.quick), lambda cell: _row(denoiser, cell))
    passed = sum(map(passes, found))
    publish(options.out / f"invented-{options.mode}.md", f"{table(COLUMNS, found)}\n\n{passed} of {len(found)} cines pass.")


def _cells(quick: bool) -> list[Row]:
    axes = [(axis[0], axis[-1]) if quick else axis for axis in (DOSES, SPEEDS, RECURSIONS)]
    return [dict(zip(("quanta", "speed", "recursion"), values, strict=True)) for values in itertools.product(*axes)]


def _row(denoiser: Denoiser, cell: Row) -> Row:
    made, more = (exposed(cell["speed"], cell["recursion"], times * cell["quanta"]) for times in (1.0, MORE))
    return invented(Task(made), denoiser.denoise(made.noisy).frames, more.noisy.frames)


def exposed(speed: float, recursion: float, quanta: float, side: int = SIDE) -> Simulated:
    """Soft clouds that pan by `speed` pixels per frame; the same ones at every dose."""
    size = FINE * (side + 2 * MARGIN)
    layers = np.zeros((LAYERS, size, size), np.float32)
    clouds = cv2.GaussianBlur(power_noise((size, size), np.random.default_rng(SEED), 3.0), (0, 0), FINE * SOFT)
    layers[0] = 1.5 + 0.25 * clouds / clouds.std()
    motion = Motion(panning=Panning(speed * RATE, direction=0.6, reach=0.8 * MARGIN))
    scene = Scene((Shot(layers, motion),), (0,), COUNT, 1 / RATE, PIXEL)
    settings = Settings(Beam(quanta=quanta), vendor=Vendor(bits=12, pedestal=0.06))
    return simulate(scene, replace(settings, vendor=replace(settings.vendor, recursion=recursion)), SEED + int(quanta))


def invented(task: Task, denoised: np.ndarray, more: np.ndarray) -> Row:
    """What detectors find in a result.

    Args:
        task: the noisy cine and its truth.
        denoised: [T, H, W] what was made of it.
        more: [T, H, W] frames of the same scene at a higher dose.

    Returns:
        Shares of pixels that each detector finds, at the threshold at which it finds `FALSE` in `more`; own and "own of more":
        shares of lines that stand out of an image's own noise.
    """
    sigma = np.median(task.law.sigma_at(task.made.clean.frames)).astype(np.float32)
    left, reference = ((frames / sigma)[SETTLED:] for frames in (denoised, more))
    shares = {name: _exceeding(detector, left, reference) for name, detector in detectors().items()}
    return shares | {"own": _standing_out(left), "own of more": _standing_out(reference)}


def detectors() -> dict:
    """Name to detector: [H, W] in, strength of lines or blobs [H, W] out."""
    fine, coarse = BLOBS
    return {
        "lines": lines.response,
        "fine blobs": lambda image: _blobs(image, fine),
        "coarse blobs": lambda image: _blobs(image, coarse),
    }


def _blobs(image: np.ndarray, scale: float) -> np.ndarray:
    return np.abs(cv2.GaussianBlur(image, (0, 0), scale) - cv2.GaussianBlur(image, (0, 0), 1.6 * scale))


def _exceeding(detector, left: np.ndarray, reference: np.ndarray) -> float:
    inner = np.s_[:, RIM:-RIM, RIM:-RIM]
    here, there = (np.stack([detector(frame) for frame in frames])[inner] for frames in (left, reference))
    return float(np.mean(here > np.quantile(there, 1 - FALSE)))


def _standing_out(frames: np.ndarray) -> float:
    inner = np.s_[:, RIM:-RIM, RIM:-RIM]
    strength = np.stack([lines.response(frame) for frame in frames])[inner]
    return float(np.mean(strength > TIMES * np.median(strength)))


def passes(row: Row) -> bool:
    return all(row[name] <= FALSE for name in detectors())


if __name__ == "__main__":
    main()
