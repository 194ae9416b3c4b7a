"""Makes the bundled set that guards fine-tuning against forgetting (FluoroDenoiseLib/training/guard.py).

    python -m Training.make_validation [--crops 24]

From simulated sequences of the training CTs, whose seeds are those of no other set: a crop of what the network sees of a frame
in the middle of each, at the sequence's own dose, every second one as live does, and the mean of further noisy exposures of
that frame, whose noise is read from how the exposures differ. No clean frame is looked at: behind a display curve the mean of
noisy exposures is not the clean frame. About 4 MB; no model learns from it. Make it anew when what prepares the network's
evidence has changed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.errors import OutputNotWritable
from FluoroDenoiseLib.files import check_writable, write_whole
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.networks.evidence import stack_planes
from FluoroDenoiseLib.noise import NoiseAnalysis, analyse
from FluoroDenoiseLib.passes import past_and_future
from FluoroDenoiseLib.pilots import Pilots
from FluoroDenoiseLib.simulation import FILLING, Scene, Settings, Simulated, load_volume, simulate
from FluoroDenoiseLib.stabilised import StabilisedFrames, stabilised_frame
from FluoroDenoiseLib.training.batches import IMAGE_PLANES
from FluoroDenoiseLib.training.examples import LARGEST
from FluoroDenoiseLib.training.guard import VALIDATION

from .make_sequences import FILLING_DOSE, HIGH_DOSE, LOW_DOSE, be_modest, scene_of, time_left
from .options import count
from .plainly import plainly
from .volumes import ROOT, volumes_to_learn_from

FIRST_SEED = 2_000_000  # training and validation sequences begin at 0 and 1,000,000
CROPS, SIDE, FRAME = 24, 96, 12
REPEATS, APART = 16, 10_000  # further exposures of each sequence, and what their seeds lie apart by
KINDS_OF_CROPS = ((LOW_DOSE, None), (LOW_DOSE, None), (HIGH_DOSE, None), (FILLING_DOSE, FILLING))
"""Doses and kinds in turn, two crops of each: one as review, one as live."""


def main(arguments: list[str] | None = None) -> None:
    """Simulates the sequences and writes the file."""
    parser = argparse.ArgumentParser(description="Make the bundled validation set.")
    parser.add_argument("--crops", type=count, default=CROPS, help=f"sequences, a crop of each ({CROPS})")
    parser.add_argument("--ct", type=Path, nargs="*", help="CT volumes instead of the standard ones")
    parser.add_argument("--out", type=Path, default=VALIDATION)
    options = parser.parse_args(arguments)
    be_modest()
    _refuse_unwritable(options.out)
    volumes = [load_volume(path) for path in volumes_to_learn_from(options.ct, ROOT / "runs" / "ct")]
    rng = np.random.default_rng(FIRST_SEED)
    engine = Engine(load_model("fluoroscopy").network, torch.device("cpu"))
    crops, began = [], time.monotonic()
    for k in range(options.crops):
        dose, kind = KINDS_OF_CROPS[k // 2 % len(KINDS_OF_CROPS)]
        scene, settings, _ = scene_of(volumes, FIRST_SEED + k, dose, kind)
        crops.append(crop_of(scene, settings, FIRST_SEED + k, engine, rng, live=k % 2 == 1))
        print(f"{k + 1} of {options.crops} crops  {time_left(began, k + 1, options.crops)}", flush=True)
    planes, repeated, noise = zip(*crops, strict=True)
    images = {"planes": planes, "repeated": repeated}
    content = save(
        {name: torch.from_numpy(np.stack(parts).astype(np.float16)) for name, parts in images.items()}
        | {"noise": torch.tensor(noise, dtype=torch.float32)}
    )
    write_whole(options.out, lambda file: file.write(content), overwrite=True)
    print(f"{options.out.name}: {options.out.stat().st_size / 1e6:.1f} MB")


def _refuse_unwritable(file: Path) -> None:
    """Before the first crop: hours would be lost at the end."""
    if file.is_dir():
        raise OutputNotWritable(f"{file} is a folder, where a file was expected. Choose another name.")
    check_writable(file.parent)


def crop_of(
    scene: Scene, settings: Settings, seed: int, engine: Engine, rng: np.random.Generator, live: bool
) -> tuple[np.ndarray, np.ndarray, float]:
    """Planes [7, 96, 96] of a frame and the mean [96, 96] of its further exposures, in noise deviations, at a random place.

    Also the variance of the noise in that mean.
    """
    made = simulate(scene, settings, seed)
    analysis = analyse(made.noisy)
    frames = StabilisedFrames(made.noisy, analysis)
    planes, noise = _planes(frames, engine, live), frames[FRAME][1]
    others = [_frame(simulate(scene, settings, seed + k * APART), analysis) for k in range(1, REPEATS + 1)]
    repeated, spread = np.mean(others, axis=0) / noise, np.var(others, axis=0, ddof=1) / noise**2
    middle = np.median(planes[0])  # near zero float16 is fine enough
    planes[[k for k in IMAGE_PLANES if planes[k].any()]] -= middle
    top, left = (int(start) for start in rng.integers(np.array(noise.shape) - SIDE + 1))
    place = np.s_[..., top : top + SIDE, left : left + SIDE]
    left_in_it = float(spread[place].mean()) / REPEATS
    return np.clip(planes[place], -LARGEST, None), (repeated - middle)[place], left_in_it


def _planes(frames: StabilisedFrames, engine: Engine, live: bool) -> np.ndarray:
    """Planes [7, H, W] of the frame, made by the run-time code."""
    pasts = []
    sides = list(past_and_future(frames, Pilots(frames, engine, lambda t, past: pasts.append(past))))
    past, future = (pasts[FRAME], None) if live else sides[FRAME]
    return stack_planes(*frames[FRAME], past, future)


def _frame(made: Simulated, analysis: NoiseAnalysis) -> np.ndarray:
    """The frame of a further exposure, [H, W], stabilised like the first one."""
    return stabilised_frame(made.noisy, FRAME, analysis)[0]


if __name__ == "__main__":
    with plainly(stopped="Stopped. Nothing was written; the same command begins anew."):
        main()
