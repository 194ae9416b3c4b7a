"""Fine-tuning on three simulated sites outside the training ranges: `python -m Testing.figures.sites [--minutes 15]`.

Each site has 8 noisy cines to learn from and 4 unseen ones of other views. For each: PSNR of the bundled model, of what
fine-tuning gives (the bundled model where it finds no gain), and of the same network, from the same weights, trained for the
same time on the site's clean frames; the share of that gap that fine-tuning closes, and the unseen cine that fares worst by it.
The truth behind a vendor's recursive filter is the scene of the moment, which is what undoing the filter restores.

Noise that passes a logarithm or a display curve shifts the mean brightness, by an amount that noisy frames cannot tell and
clean frames can. So the gap is given once more without it: each result's mean error at each brightness taken out of it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.files import write_whole
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.noise.recursion import undo
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.simulation import Beam, Detector, Settings, Simulated, Vendor, Volume, load_volume, simulate
from FluoroDenoiseLib.training.batches import Examples
from FluoroDenoiseLib.training.finetune import finetune
from FluoroDenoiseLib.training.held_out import side_for
from FluoroDenoiseLib.training.run_folder import MODEL, read_run
from FluoroDenoiseLib.training.site_cines import write_cine
from FluoroDenoiseLib.training.site_examples import MISJUDGED, STRENGTHS
from FluoroDenoiseLib.training.site_training import BATCH, CHOSEN, EXTRA_WEIGHT, RATE
from FluoroDenoiseLib.training.student import StudentTraining
from FluoroDenoiseLib.training.timed import Schedule
from Testing.benchmark.scenes import HELD_OUT, MOTIONS, Case, build
from Testing.figures.clock import Clock
from Training.ablation.clean import clean_examples
from Training.report import denoiser_of
from Training.volumes import SHARED_CT

# Training draws blur from 0.3-0.9, electronic noise 1-3, recursion 0.3-0.7, enhancement 0-1, row noise 0-0.4.
SITES = {
    "blurred detector": Settings(Beam(quanta=12.0), Detector(blur=1.3, electronic=0.5), Vendor(bits=12, pedestal=0.15)),
    "enhanced, display curve": Settings(
        Beam(quanta=40.0), Detector(blur=0.6), Vendor("LOG", bits=12, edge=1.8, display=True, brightest=6.0)
    ),
    "recursion 0.75, row noise": Settings(
        Beam(quanta=15.0), Detector(blur=0.5, row_noise=1.5), Vendor(bits=12, pedestal=0.15, recursion=0.75)
    ),
}
LEARNT, UNSEEN = 8, 4
FIRST_SEED = 5_000_000
MIDDLE = 0.25  # of the frames at either end is not scored
LEVELS = 40  # of brightness, at each of which the mean error is taken out
SAID = ("score", "share", "forgetting_db", "fades", "held_out")
"""Of a verdict, beside its sentence."""
HEAD = (
    *("site", "bundled dB", "fine-tuned dB", "clean-trained dB", "gap closed (>=50%)", "brightness aside"),
    *("worst cine dB (>=-0.05)", "minutes", "time left off by (<=20%)"),
)


def main() -> None:
    """Prints a row for each site, and the verdicts."""
    options = _parser().parse_args()
    print("|", " | ".join(HEAD), "|\n" + "|---" * len(HEAD) + "|", flush=True)
    for number, name in enumerate(SITES):
        if options.site in (None, number):
            with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
                row = measure(number, name, options, Path(folder))
            print("|", " | ".join(row), "|", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure fine-tuning on three simulated sites.")
    parser.add_argument("--minutes", type=float, default=15.0, help="of fine-tuning, and of training on clean frames (15)")
    parser.add_argument("--side", type=int, default=512, help="pixels along a side (512)")
    parser.add_argument("--frames", type=int, default=30, help="of a cine (30)")
    parser.add_argument("--site", type=int, choices=range(len(SITES)), help="only this one")
    parser.add_argument("--scratch", type=Path, help="where temporary files go")
    return parser


def measure(number: int, name: str, options: argparse.Namespace, folder: Path) -> tuple[str, ...]:
    """One row."""
    made = partial(cine_of, number, options.side, options.frames)
    base = load_model("fluoroscopy").network
    clock = Clock()
    tuned, verdict = tune(made, options.minutes, folder, clock)
    off = clock.worst()
    minutes = read_run(folder / "run").training_minutes
    clean = train_on_clean_frames(made, minutes, folder / "clean")
    unseen = [made(k) for k in range(LEARNT, LEARNT + UNSEEN)]
    found = np.array([[quality(network, one) for one in unseen] for network in (base, tuned, clean)])
    before, after, best = found[..., 0]
    print(f"{name}: {verdict['sentence']} {json.dumps({key: verdict[key] for key in SAID})}", flush=True)
    print(f"Single cines: bundled {before.round(2)}, tuned {after.round(2)}, clean-trained {best.round(2)}", flush=True)
    means = found.mean(axis=1)
    print(f"Brightness aside: {means[:, 1].round(2)}", flush=True)
    closed, aside = (means[1] - means[0]) / (means[2] - means[0])
    decibels = (f"{values.mean():.2f}" for values in (before, after, best))
    took = f"{options.minutes:g}, {minutes:.1f} of training"
    return name, *decibels, f"{closed:.0%}", f"{aside:.0%}", f"{(after - before).min():+.2f}", took, f"{off:.0%}"


@cache
def volumes() -> list[Volume]:
    """CTs that no training sees."""
    return [load_volume(SHARED_CT / name) for name in HELD_OUT]


def cine_of(number: int, side: int, frames: int, k: int) -> Simulated:
    """Cine k of a site: every one another view and motion, of two CTs in turn."""
    seed = FIRST_SEED + 1000 * number + k
    scene = build(volumes()[k % 2], Case(HELD_OUT[k % 2], MOTIONS[k // 2 % len(MOTIONS)], seed), side, frames)
    return simulate(scene, list(SITES.values())[number], seed)


def tune(made: partial[Simulated], minutes: float, folder: Path, clock: Clock) -> tuple[nn.Module, dict]:
    """What fine-tuning on the noisy frames gives: the base where there is no gain."""
    sources = [folder / f"{k}.npz" for k in range(LEARNT)]
    for k, path in enumerate(sources):
        write_cine(made(k).noisy, path)
    order = {"sources": [str(path) for path in sources], "name": "simulated site", "minutes": minutes}
    verdict = finetune(folder / "run", order, clock.told)
    return load_model(folder / "run" / MODEL if verdict["gain"] else "fluoroscopy").network, verdict


def train_on_clean_frames(made: partial[Simulated], minutes: float, folder: Path) -> nn.Module:
    """The same network, from the same weights, trained for the same time on the same examples with clean targets."""
    folder.mkdir()
    for path, examples in _clean_files(made, folder):
        write_whole(path, partial(np.save, arr=examples, allow_pickle=False))
    source = Examples(folder, CHOSEN)
    schedule = Schedule(minutes, BATCH, side_for(examples.shape), RATE)
    training = StudentTraining(load_model("fluoroscopy").network, source, source, folder / "work", schedule)
    training.extra_weight = EXTRA_WEIGHT
    training.run(lambda now, figures: None)
    return training.averaged.module


def _clean_files(made: partial[Simulated], folder: Path) -> Iterator[tuple[Path, np.ndarray]]:
    pilot = Engine(load_model("fluoroscopy").network, torch.device("cpu"))
    for k in range(LEARNT):
        yield folder / f"{k}.npy", clean_examples(made(k), np.random.default_rng(k), STRENGTHS, pilot, MISJUDGED)


def quality(network: nn.Module, made: Simulated) -> tuple[float, float]:
    """PSNR in decibel of the denoised middle frames, as they are and at the brightness of the truth."""
    first = int(MIDDLE * len(made.noisy))
    middle = np.s_[first : len(made.noisy) - first]
    result, clean = denoiser_of(network, "review").denoise(made.noisy).frames[middle], truth(made)[middle]
    return psnr(result, clean), psnr(at_brightness_of(clean, result), clean)


def at_brightness_of(clean: np.ndarray, result: np.ndarray) -> np.ndarray:
    """A result without its mean error at each brightness of the clean frames; both of one shape."""
    edges = np.quantile(clean, np.linspace(0, 1, LEVELS + 1))
    level = np.clip(np.searchsorted(edges, clean) - 1, 0, LEVELS - 1)
    pixels = np.maximum(np.bincount(level.ravel(), minlength=LEVELS), 1)
    errors = np.bincount(level.ravel(), (result - clean.astype(float)).ravel(), LEVELS) / pixels
    return result - np.interp(clean, (edges[1:] + edges[:-1]) / 2, errors)


def truth(made: Simulated) -> np.ndarray:
    """Frames [T, H, W] without noise, and without what a recursive filter carried over from earlier ones."""
    frames, rho = made.clean.frames, made.settings.vendor.recursion
    return np.stack([frames[0], *(undo(frame, before, rho) for before, frame in pairwise(frames))]) if rho else frames


if __name__ == "__main__":
    main()
