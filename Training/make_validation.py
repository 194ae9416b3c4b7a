"""Makes the bundled set that guards fine-tuning against forgetting (FluoroDenoiseLib/training/guard.py).

    python -m Training.make_validation [--crops 16]

From simulated sequences of the training CTs, whose seeds are those of no other set: a crop of what the network sees of a frame
in the middle of each, at the sequence's own dose, and of the clean frame. About 2 MB; no model learns from it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.files import write_whole
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.networks.evidence import stack_planes
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.passes import past_and_future
from FluoroDenoiseLib.pilots import Pilots
from FluoroDenoiseLib.simulation import Simulated, load_volume
from FluoroDenoiseLib.stabilised import StabilisedFrames
from FluoroDenoiseLib.training.batches import IMAGE_PLANES
from FluoroDenoiseLib.training.examples import LARGEST
from FluoroDenoiseLib.training.guard import VALIDATION

from .ablation.clean import clean_frame
from .make_sequences import LOW_DOSE, be_modest, make_sequence
from .volumes import ROOT, training_volumes

FIRST_SEED = 2_000_000  # training and validation sequences begin at 0 and 1,000,000
CROPS, SIDE, FRAME = 16, 96, 12


def main(arguments: list[str] | None = None) -> None:
    """Simulates the sequences and writes the file."""
    parser = argparse.ArgumentParser(description="Make the bundled validation set.")
    parser.add_argument("--crops", type=int, default=CROPS, help=f"sequences, a crop of each ({CROPS})")
    parser.add_argument("--ct", type=Path, nargs="*", help="CT volumes instead of the standard ones")
    parser.add_argument("--out", type=Path, default=VALIDATION)
    options = parser.parse_args(arguments)
    be_modest()
    volumes = [load_volume(path) for path in options.ct or training_volumes(ROOT / "runs" / "ct")]
    rng = np.random.default_rng(FIRST_SEED)
    engine = Engine(load_model("fluoroscopy").network, torch.device("cpu"))
    crops = [crop_of(make_sequence(volumes, FIRST_SEED + k, LOW_DOSE)[0], engine, rng) for k in range(options.crops)]
    planes, clean = (torch.from_numpy(np.stack(part).astype(np.float16)) for part in zip(*crops, strict=True))
    content = save({"planes": planes, "clean": clean})
    write_whole(options.out, lambda file: file.write(content), overwrite=True)
    print(f"{options.out.name}: {options.out.stat().st_size / 1e6:.1f} MB")


def crop_of(made: Simulated, engine: Engine, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Planes [7, 96, 96] of a frame and the clean frame [96, 96], in noise standard deviations, at a random place."""
    analysis = analyse(made.noisy)
    frames = StabilisedFrames(made.noisy, analysis)
    past, future = list(past_and_future(frames, Pilots(frames, engine)))[FRAME]
    frame, noise = frames[FRAME]
    planes, clean = stack_planes(frame, noise, past, future), clean_frame(made, FRAME, analysis) / noise
    middle = np.median(planes[0])  # near zero float16 is fine enough
    planes[list(IMAGE_PLANES)] -= middle
    top, left = (int(start) for start in rng.integers(np.array(frame.shape) - SIDE + 1))
    place = np.s_[..., top : top + SIDE, left : left + SIDE]
    return np.clip(planes[place], -LARGEST, None), (clean - middle)[place]


if __name__ == "__main__":
    main()
