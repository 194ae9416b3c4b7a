"""Figures of a row on simulated cines that nothing was trained on, against their clean frames.

The scenes on which the benchmark's peers were tuned: the training CTs in other views, with other devices, motion and noise. The
benchmark's own scenes stay unseen until the benchmark: the ablation decides what is built.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

import cv2
import numpy as np
import torch

from FluoroDenoiseLib import denoiser
from FluoroDenoiseLib.cine import Cine
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.quality.challenge import Wire, plant
from FluoroDenoiseLib.quality.challenge import score as challenge_score
from FluoroDenoiseLib.simulation import load_volume
from Testing.benchmark.measures import measure
from Testing.benchmark.scenes import READ, build, expose, tuning_cases
from Testing.benchmark.task import Task

from . import trained

MEASURED = ("psnr", "psnr_log", "ssim")
DOSES = (30.0, 12.0)  # quanta per pixel
SIDE = 256
SEED = 4000  # of the noise; the peers were tuned at another
WIRE = Wire(contrast=0.4)  # 2 px, 10 px per frame
TIMED, FRAMES, REPEATS = 512, 9, 3  # side and number of the frames that are timed, and how often


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
        share of its contrast; ms: per frame of 512x512 (see `milliseconds`).
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
    """Computing time of one core per frame of 512x512, all but the analysis of the noise, which is the same for all rows.

    The median of several runs after one to warm up, on one thread, by the process's own clock: other work of the machine is
    not counted, and threads that wait for each other neither. What a frame's neighbours have in common is computed as often as
    the method's code here does: all three first stages of the two-stage network, though a real one would keep two.

    Args:
        cine: frames that are laid side by side until they fill the frames that are timed.
    """
    times = -(-TIMED // min(cine.shape[1:]))
    large = cine.first(FRAMES)
    large = large.with_frames(np.tile(large.frames, (1, times, times))[:, :TIMED, :TIMED])
    with known_noise(large), one_thread():
        denoise(large)
        return 1000 * median(_seconds(denoise, large) for _ in range(REPEATS)) / len(large)


def _seconds(denoise: Callable[[Cine], Cine], cine: Cine) -> float:
    began = time.process_time()
    denoise(cine)
    return time.process_time() - began


@contextmanager
def known_noise(cine: Cine) -> Iterator[None]:
    """All denoisers of the table find the noise of `cine` analysed already: one analysis less another is never nothing."""
    analysis = analyse(cine)
    with patch.object(trained, "analyse", lambda _: analysis), patch.object(denoiser, "noise_for", lambda *_: analysis):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch and OpenCV compute on one."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
