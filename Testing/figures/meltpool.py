"""What is removed from a raw X-ray movie: noise alone? `python -m Testing.figures.meltpool [--quick]`.

A melt pool (linear, white Poisson-Gaussian noise, static background, a small moving front). The autocorrelation of what is
removed is held against that of the raw noise, which the difference of neighbouring frames shows where nothing moves. Prints and
writes meltpool-<mode>.md and a picture: before, after, and removed, in which three noise deviations are black and white.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.files import write_whole
from FluoroDenoiseLib.noise.samples import difference
from FluoroDenoiseLib.quality import compare
from Testing.benchmark.rows import ROOT, SHARED, publish, table

MOVIE = Path("xray-meltpool-epfl") / "wall1_H5_first130.tif"
LAGS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (0, 3), (3, 0))
"""Rows and columns between the pixels that are compared."""
LIMIT = 0.05
SETTLED, FRAMES_IN_A_HURRY = 3, 24
DEVIATIONS, ENLARGED = 3.0, 2


def main() -> None:
    options = _options()
    movie = Cine.read(options.data / MOVIE)
    movie = movie.with_frames(movie.frames[:FRAMES_IN_A_HURRY]) if options.quick else movie
    denoised = Denoiser.load(options.model, mode=options.mode).denoise(movie, progress=_say)
    raw, removed = autocorrelations(movie.frames, denoised.frames)
    rows = [{"lag": lag, "raw": a, "removed": b} for lag, a, b in zip(LAGS, raw, removed, strict=True)]
    columns = {
        "rows, columns apart": lambda row: f"{row['lag'][0]}, {row['lag'][1]}",
        "raw noise": lambda row: f"{row['raw']:+.3f}",
        "removed": lambda row: f"{row['removed']:+.3f}",
        "": lambda row: "ok" if abs(row["raw"] - row["removed"]) <= LIMIT else "short",
    }
    found = compare(movie, denoised)
    told = f"Noise {found['noise_before']} to {found['noise_after']}. {found['residual_structure']['verdict']}"
    write_picture(options.out / f"meltpool-{options.mode}.png", movie.frames, denoised.frames, len(movie) // 2)
    worst = max(abs(raw - removed))
    publish(options.out / f"meltpool-{options.mode}.md", f"{table(columns, rows)}\n\nLargest difference {worst:.3f}. {told}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Autocorrelation and picture of what is removed from a raw X-ray movie.")
    parser.add_argument("--quick", action="store_true", help=f"the first {FRAMES_IN_A_HURRY} frames only")
    parser.add_argument("--mode", choices=("review", "live"), default="review")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the real recordings")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    options = parser.parse_args()
    if not (options.data / MOVIE).is_file():
        parser.exit(1, f"The movie is absent: looked for {options.data / MOVIE}. Give its data folder with --data.\n")
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _say(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        print(f"{done} of {total} frames", flush=True)


def autocorrelations(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Autocorrelation [lags] of the raw noise and of what was removed, from [T, H, W], over pixels where nothing moves."""
    everywhere = np.ones(before.shape[1:], bool)
    raw, removed = [], []
    for t in range(SETTLED, len(before) - 1, 2):
        pair = difference(before[t], before[t + 1], everywhere)
        scale = np.sqrt(cv2.GaussianBlur(pair.noise**2, (0, 0), 8))  # noise grows with the signal; its pattern is asked for
        raw.append((pair.noise / scale, pair.static))
        removed.append(((before[t].astype(np.float32) - after[t]) / scale, pair.static))
    return _autocorrelation(raw), _autocorrelation(removed)


def _autocorrelation(images: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """[lags] mean product of pixels a lag apart over the mean square, from images [H, W] and where they count."""
    sums = np.sum([[_product(*one, lag) for lag in ((0, 0), *LAGS)] for one in images], axis=0)
    products = sums[:, 0] / sums[:, 1]
    return products[1:] / products[0]


def _product(image: np.ndarray, counts: np.ndarray, lag: tuple[int, int]) -> tuple[float, int]:
    height, width = image.shape
    here, there = np.s_[: height - lag[0], : width - lag[1]], np.s_[lag[0] :, lag[1] :]
    both = counts[here] & counts[there]
    return float((image[here] * image[there])[both].sum()), int(both.sum())


def write_picture(path: Path, before: np.ndarray, after: np.ndarray, t: int) -> None:
    """A PNG of frame t of [T, H, W] before and after in one window, and what was removed, below each other."""
    low, high = np.percentile(after[t], (0.5, 99.5))
    removed = before[t].astype(np.float32) - after[t]
    reach = DEVIATIONS * float(removed.std())
    pictures = [_grey(image, low, high) for image in (before[t], after[t])] + [_grey(removed, -reach, reach)]
    sheet = np.repeat(np.repeat(np.vstack(pictures), ENLARGED, 0), ENLARGED, 1)
    coded = cv2.imencode(".png", sheet)[1].tobytes()
    write_whole(path, lambda stream: stream.write(coded), overwrite=True)


def _grey(image: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip(255 * (image.astype(np.float32) - low) / (high - low), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
