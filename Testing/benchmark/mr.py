"""MR slices with Rician noise, which no bundled model was made for: what they do to them, `python -m Testing.benchmark.mr`.

Magnitude slices with the contrasts of tissue in MR, made from an unseen CT, at three levels of noise. `fluoroscopy` runs as
the product runs it; `ct` refuses what is not in Hounsfield units, so its network alone is tried, behind the noise law of MR.
Prints PSNR and the bias of the darkest tissue, where the mean of Rician noise lies above the signal.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from FluoroDenoiseLib import Cine, Denoiser
from FluoroDenoiseLib.engine import Engine
from FluoroDenoiseLib.models.zoo import load_model
from FluoroDenoiseLib.noise import analyse
from FluoroDenoiseLib.passes import neighbouring_slices
from FluoroDenoiseLib.quality.with_reference import psnr
from FluoroDenoiseLib.stabilised import StabilisedFrames, large_scale_for
from Testing.benchmark.rows import SHARED
from Testing.benchmark.scenes import HELD_OUT

from .ct.cases import references

HU = (-1000.0, -700.0, -110.0, -60.0, 30.0, 80.0, 250.0, 1500.0)
SIGNAL = (0.0, 30.0, 900.0, 850.0, 300.0, 450.0, 200.0, 20.0)
"""Magnitude at these Hounsfield units: fat bright, muscle grey, air and cortical bone dark."""
LEVELS = (20.0, 50.0, 100.0)
"""Standard deviation of the noise of both channels."""
DARK = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Try the bundled models on MR slices with Rician noise.")
    parser.add_argument("--ct", type=Path, default=SHARED / "ct", help="folder of the unseen CTs")
    (reference, _), *_ = references([parser.parse_args().ct / HELD_OUT[0]]).values()
    clean = np.interp(reference, HU, SIGNAL)
    for level in LEVELS:
        noisy = magnitude(clean, level)
        for name, denoise in {"noisy": lambda cine: cine.frames, "fluoroscopy": as_product, "ct": network_alone}.items():
            image = denoise(noisy)[len(clean) // 2].astype(float)
            truth = clean[len(clean) // 2]
            bias = (image - truth)[truth < DARK].mean()
            print(f"noise {level:g}: {name:12s} PSNR {psnr(image, truth):.2f} dB, bias in the dark {bias:+.1f}", flush=True)


def magnitude(clean: np.ndarray, level: float) -> Cine:
    """Slices of the modulus of signal and complex Gaussian noise (Gudbjartsson and Patz, MRM 34, 1995)."""
    real, imaginary = level * np.random.default_rng(0).standard_normal((2, *clean.shape))
    stored = np.rint(np.hypot(clean + real, imaginary)).astype(np.uint16)
    return Cine(stored, intensity="MR", valid_range=(0, 4095), modality="MR", traits=frozenset({"slices"}))


def as_product(cine: Cine) -> np.ndarray:
    return Denoiser.load("fluoroscopy", device="cpu").denoise(cine).frames


def network_alone(cine: Cine) -> np.ndarray:
    """The network of `ct` between the noise law that is measured on the slices and its inverse."""
    engine, analysis = Engine(load_model("ct").network, torch.device("cpu")), analyse(cine)
    frames = StabilisedFrames(cine, analysis)
    sides, large = neighbouring_slices(frames, both=True), large_scale_for(analysis)
    estimates = (engine.estimate(*frames[t], *side, large, hold_edges=False) for t, side in enumerate(sides))
    return np.stack([analysis.stabiliser.inverse(estimate) for estimate in estimates])


if __name__ == "__main__":
    main()
