"""Figures of a row on simulated cines that nothing was trained on, against their clean frames.

The scenes on which the benchmark's peers were tuned: the training CTs in other views, with other devices, motion and noise. The
benchmark's own scenes stay unseen until the benchmark: the ablation decides what is built.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.quality.challenge import Wire, plant
from FluoroDenoiseLib.quality.challenge import score as challenge_score
from FluoroDenoiseLib.simulation import load_volume
from Testing.benchmark.measures import measure
from Testing.benchmark.scenes import READ, build, expose, tuning_cases
from Testing.benchmark.task import Task

MEASURED = ("psnr", "psnr_log", "ssim")
DOSES = (30.0, 12.0)  # quanta per pixel
SIDE = 256
SEED = 4000  # of the noise; the peers were tuned at another
WIRE = Wire(contrast=0.4)  # 2 px, 10 px per frame
TIMED, FRAMES = 512, 9  # side and number of the frames that are timed


def tasks(cts: list[Path], side: int = SIDE) -> list[Task]:
    """Four motions at both doses."""
    cases = tuning_cases(cts)
    volumes = {case.ct: load_volume(case.ct) for case in cases}
    scenes = [build(volumes[case.ct], case, side) for case in cases]
    return [Task(expose(scene, dose, SEED + k)) for dose in DOSES for k, scene in enumerate(scenes)]


def score(denoise: Callable[[Cine], Cine], cines: list[Task]) -> dict[str, float]:
    """Means over the cines: PSNR linear and logarithmic (dB) and SSIM of a mid-cine frame, what became of a planted wire.

    Returns:
        psnr, psnr_log, ssim; kept: share of the wire's contrast; ghost: its largest trace at its places of other frames, as a
        share of its contrast; ms: milliseconds per frame of 512x512 (see `milliseconds`).
    """
    figures = [_figures(denoise, task) for task in cines]
    means = {key: float(np.mean([one[key] for one in figures])) for key in figures[0]}
    return means | {"ms": milliseconds(denoise, cines[0].made.noisy)}


def _figures(denoise: Callable[[Cine], Cine], task: Task) -> dict[str, float]:
    denoised, planted = denoise(task.made.noisy), plant(task.made.noisy, WIRE)
    image, truth = (task.signal(cine.frames[READ].astype(np.float32)) for cine in (denoised, task.made.clean))
    figures, wire = measure(image, truth), challenge_score(planted, denoise(planted.cine), denoised)
    return {key: figures[key] for key in MEASURED} | {"kept": wire["contrast_kept"], "ghost": wire["ghost"]}


def milliseconds(denoise: Callable[[Cine], Cine], cine: Cine) -> float:
    """Time per frame of 512x512, everything counted but the analysis of the noise, which is the same for all rows.

    Args:
        cine: frames that are laid side by side until they fill the frames that are timed.
    """
    times = -(-TIMED // min(cine.shape[1:]))
    large = cine.first(FRAMES)
    large = large.with_frames(np.tile(large.frames, (1, times, times))[:, :TIMED, :TIMED])
    return 1000 * (_seconds(denoise, large) - _seconds(analyse, large)) / len(large)


def _seconds(work: Callable[[Cine], object], cine: Cine) -> float:
    began = time.perf_counter()
    work(cine)
    return time.perf_counter() - began
