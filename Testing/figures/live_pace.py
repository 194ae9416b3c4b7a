"""Prints how long a live frame takes, everything counted: `python -m Testing.figures.live_pace [--side 512] [--model NAME]`.

Simulated cines of the benchmark's motions are pushed into a live stream frame by frame, as a camera would. Counted is each
`push` once the noise is no longer estimated anew: from stored values in to stored values out. Nothing else may run beside it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.live import LOOKED_AT_AGAIN
from FluoroDenoiseLib.simulation import Volume, load_volume
from Testing.benchmark.scenes import HELD_OUT, MOTIONS, RATE, Case, build, expose
from Training.volumes import SHARED_CT

COUNT = 48
QUANTA = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=512, help="rows and columns (512)")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--data", type=Path, default=SHARED_CT, help="folder of the CTs that the cines are made from")
    options = parser.parse_args()
    denoiser, volume = Denoiser.load(options.model, device="cpu"), load_volume(options.data / HELD_OUT[0])
    print(f"{torch.get_num_threads()} cores, {options.side} x {options.side}\n")
    print("| cine | median | 9 of 10 below |", "|---" * 3 + "|", sep="\n")
    for motion in MOTIONS:
        milliseconds = 1e3 * seconds_per_frame(denoiser, frames_of(volume, motion, options.side))
        print(f"| {motion} | {np.median(milliseconds):.1f} ms | {np.quantile(milliseconds, 0.9):.1f} ms |", flush=True)


def frames_of(volume: Volume, motion: str, side: int) -> np.ndarray:
    """Stored frames [T, H, W] of a noisy cine."""
    scene = build(volume, Case(HELD_OUT[0], motion, 7), side, COUNT)
    return expose(scene, QUANTA, seed=0).noisy.frames


def seconds_per_frame(denoiser: Denoiser, frames: np.ndarray) -> np.ndarray:
    """Time of each frame after the last estimate of the noise."""
    stream, times = denoiser.stream(1 / RATE, "LIN"), []
    for frame in frames:
        began = time.perf_counter()
        stream.push(frame)
        times.append(time.perf_counter() - began)
    return np.array(times[max(LOOKED_AT_AGAIN) :])


if __name__ == "__main__":
    main()
