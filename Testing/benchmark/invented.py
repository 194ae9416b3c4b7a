"""Nothing invented, at an absolute threshold: lines and blobs where there are none: `python -m Testing.benchmark.invented`.

Cines of clouds hold no object, at rest, panning, or behind a vendor's recursive filter: the clouds are so soft that line and
blob detectors see nothing of them. The detectors look at the result and at frames of four times the dose through the same
chain. Their threshold is where they find a thousandth of the latter's pixels; in the result they may find no more. It is
absolute, in the noise of those frames, which are louder than a result: what stands out of a quiet result's own noise and is
fainter than this is not counted. The column "lines out of its own noise" is that relative reading; it is not judged.

All is measured on several draws of the noise, of the result and of the frames that set the threshold. A cine fails where the
result's mean share exceeds the thousandth by more than frames of four times the dose themselves would in one case of twenty.
Writes invented-<mode>.md beside the benchmark's table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from scipy.stats import t as student

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.quality import lines
from FluoroDenoiseLib.quality.moving import TIMES
from FluoroDenoiseLib.simulation import Beam, Motion, Panning, Scene, Settings, Shot, Simulated, Vendor, simulate
from FluoroDenoiseLib.simulation.anatomy import LAYERS
from FluoroDenoiseLib.simulation.scene import FINE, MARGIN
from FluoroDenoiseLib.simulation.texture import power_noise
from Testing.benchmark.rows import Row, Rows, fingerprint, options_of, publish, share, table
from Testing.benchmark.scenes import COUNT, PIXEL, RATE

SIDE, SEED, RIM = 256, 11, 16
SETTLED = 8
"""Frames until a recursive filter of 0.7 leaves the noise that it leaves for good (1.003 times): those before would raise the
threshold."""
DOSES, SPEEDS, RECURSIONS = (200.0, 30.0, 12.0, 5.0), (0.0, 1.0, 4.0, 12.0), (0.0, 0.3, 0.7)
MORE = 4.0
"""Times the dose of the frames that the result is compared with."""
FALSE = 0.001
"""Share of those frames' pixels in which a detector, at its threshold, finds something."""
DRAWS = (6, 4)
"""Draws of the noise that are denoised, of each cine; in a hurry."""
REFERENCES = 2
"""Times as many draws set the threshold: they are cheap."""
CHANCE = 0.95
"""One-sided: frames of four times the dose, in the place of the result, pass as often as this."""
SOFT = 24.0
"""Gaussian scale in pixels below which the clouds hold nothing."""
BLOBS = (1.5, 3.0)
"""Gaussian scales in pixels of the blob detectors: differences to 1.6 times the scale (Marr and Hildreth 1980)."""
COLUMNS = {
    "quanta": lambda row: f"{row['quanta']:g}",
    "panning px/frame": lambda row: f"{row['speed']:g}",
    "recursion": lambda row: f"{row['recursion']:g}" if row["recursion"] else "-",
    "lines, least to most, limit": lambda row: found(row["lines"]),
    "fine blobs": lambda row: found(row["fine blobs"]),
    "coarse blobs": lambda row: found(row["coarse blobs"]),
    "lines out of its own noise": lambda row: share(row["own"], 3),
    "the same at four times the dose": lambda row: share(row["own of more"], 3),
    "": lambda row: "ok" if passes(row) else "short",
}


def main() -> None:
    options = options_of("Lines and blobs that FluoroDenoise makes of noise, over dose, motion and recursion.")
    denoiser = Denoiser.load(options.model, mode=options.mode)
    rows = Rows(options.out / f"invented-{options.mode}.json", fingerprint(denoiser))
    draws = DRAWS[options.quick]
    measured = rows.fill(_cells(options.quick), lambda cell: _row(denoiser, cell, draws))
    publish(options.out / f"invented-{options.mode}.md", f"{table(COLUMNS, measured)}\n\n{summary(measured, draws)}")


def _cells(quick: bool) -> list[Row]:
    axes = [(axis[0], axis[-1]) if quick else axis for axis in (DOSES, SPEEDS, RECURSIONS)]
    return [dict(zip(("quanta", "speed", "recursion"), values, strict=True)) for values in itertools.product(*axes)]


def _row(denoiser: Denoiser, cell: Row, draws: int) -> Row:
    quiet, loud = (partial(exposed, cell["speed"], cell["recursion"], times * cell["quanta"]) for times in (1.0, MORE))
    results = [denoiser.denoise(quiet(draw=draw).noisy).frames for draw in range(draws)]
    return invented(results, [loud(draw=draw).noisy.frames for draw in range(REFERENCES * draws)])


def exposed(speed: float, recursion: float, quanta: float, side: int = SIDE, draw: int = 0) -> Simulated:
    """Soft clouds that pan by `speed` pixels per frame, the same ones at every dose; noise of its own in every draw."""
    size = FINE * (side + 2 * MARGIN)
    layers = np.zeros((LAYERS, size, size), np.float32)
    clouds = cv2.GaussianBlur(power_noise((size, size), np.random.default_rng(SEED), 3.0), (0, 0), FINE * SOFT)
    layers[0] = 1.5 + 0.25 * clouds / clouds.std()
    motion = Motion(panning=Panning(speed * RATE, direction=0.6, reach=0.8 * MARGIN))
    scene = Scene((Shot(layers, motion),), (0,), COUNT, 1 / RATE, PIXEL)
    settings = Settings(Beam(quanta=quanta), vendor=Vendor(bits=12, pedestal=0.06))
    seed = SEED + int(quanta) + 10_000 * draw
    return simulate(scene, replace(settings, vendor=replace(settings.vendor, recursion=recursion)), seed)


def invented(results: Sequence[np.ndarray], references: Sequence[np.ndarray]) -> Row:
    """What detectors find in the results.

    Args:
        results: [T, H, W] for each draw of the noise, what was made of it.
        references: [T, H, W] of other draws of the same scene at a higher dose.

    Returns:
        For each detector what `judged` says; own and "own of more": mean shares of lines that stand out of an image's own
        noise.
    """
    strengths = {
        name: [np.stack([strength(detector, frames) for frames in draws]) for draws in (results, references)]
        for name, detector in detectors().items()
    }
    own, own_of_more = map(_standing_out, strengths["lines"])
    return {name: judged(*both) for name, both in strengths.items()} | {"own": own, "own of more": own_of_more}


def judged(here: np.ndarray, there: np.ndarray) -> Row:
    """Shares of strengths here [S, N] above the threshold that strengths there [R, N] set, for S and R draws of the noise.

    Returns:
        share: mean over the draws; least, most: of one draw; limit: see `limit`; reference: shares of each draw `there` at the
        threshold of the others.
    """
    left_out = [float(np.mean(one > threshold(np.delete(there, k, axis=0)))) for k, one in enumerate(there)]
    shares = np.mean(here > threshold(there), axis=1)
    mean, least, most = (float(of(shares)) for of in (np.mean, np.min, np.max))
    return {"share": mean, "least": least, "most": most, "limit": limit(left_out, len(here)), "reference": left_out}


def threshold(strengths: np.ndarray) -> float:
    """Where a share of `FALSE` of the strengths is above."""
    return float(np.quantile(strengths, 1 - FALSE))


def limit(left_out: Sequence[float], draws: int) -> float:
    """Mean share over a number of draws that frames at the reference's own dose exceed by chance once in twenty times.

    At a fixed threshold the shares of single draws have a variance v. The share of one draw at the threshold of the R - 1
    others is off by R / (R - 1) times what it differs from the mean of all, so the variance of such shares is
    v (R / (R - 1))^2. The mean of S new draws at the threshold of all R has v (1/S + 1/R). Student's t with R - 1 degrees of
    freedom allows for v being measured.

    Args:
        left_out: shares of R draws, each at the threshold of the others.
        draws: S.
    """
    count = len(left_out)
    variance = np.var(left_out, ddof=1) * (1 - 1 / count) ** 2
    return FALSE + float(student.ppf(CHANCE, count - 1)) * math.sqrt(variance * (1 / draws + 1 / count))


def strength(detector: Callable[[np.ndarray], np.ndarray], frames: np.ndarray) -> np.ndarray:
    """[N] strengths of a detector in all settled frames of [T, H, W], inside the rim."""
    inner = np.s_[RIM:-RIM, RIM:-RIM]
    return np.concatenate([detector(frame.astype(np.float32))[inner].ravel() for frame in frames[SETTLED:]])


def _standing_out(strengths: np.ndarray) -> float:
    """Share of strengths [S, N] far above the median of their own draw."""
    return float(np.mean(strengths > TIMES * np.median(strengths, axis=1, keepdims=True)))


def detectors() -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Name to detector: [H, W] in, strength of lines or blobs [H, W] out."""
    fine, coarse = BLOBS
    return {
        "lines": lines.response,
        "fine blobs": lambda image: _blobs(image, fine),
        "coarse blobs": lambda image: _blobs(image, coarse),
    }


def _blobs(image: np.ndarray, scale: float) -> np.ndarray:
    return np.abs(cv2.GaussianBlur(image, (0, 0), scale) - cv2.GaussianBlur(image, (0, 0), 1.6 * scale))


def found(judged_shares: Row) -> str:
    """Mean share, the shares of the lowest and the highest draw, and the limit."""
    mean, least, most, most_allowed = (share(judged_shares[name], 3) for name in ("share", "least", "most", "limit"))
    return f"{mean} ({least} to {most}), limit {most_allowed}"


def passes(row: Row) -> bool:
    return all(row[name]["share"] <= row[name]["limit"] for name in detectors())


def summary(rows: Sequence[Row], draws: int) -> str:
    """How many cines pass, and what the frames that set the threshold show at the threshold of each other."""
    lines_of = [
        f"{sum(map(passes, rows))} of {len(rows)} cines pass.",
        f"{draws} draws of the noise are denoised, {REFERENCES * draws} at {MORE:g} times the dose set the threshold. Each of "
        f"the latter at the threshold of the others, where {share(FALSE)} is expected (mean over all cines, single draws):",
    ]
    for name in detectors():
        shares = np.array([row[name]["reference"] for row in rows])
        lines_of.append(f"- {name}: {share(shares.mean(), 3)} ({share(shares.min(), 3)} to {share(shares.max(), 3)})")
    return "\n".join(lines_of)


if __name__ == "__main__":
    main()
