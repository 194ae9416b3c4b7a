"""Denoises a long synthetic cine and prints its peak memory: `python -m Testing.figures.long_cine T SIDE MODE`."""

from __future__ import annotations

import json
import resource
import sys

import numpy as np


def noisy_frames(count: int, side: int) -> np.ndarray:
    """[T, H, W] uint16: a shaded field with vertical bars and Poisson-like noise, made frame by frame."""
    rng = np.random.default_rng(0)
    clean = np.linspace(400, 900, side, dtype=np.float32)[:, None] - 150 * (np.arange(side) % 64 < 8)
    frames = np.empty((count, side, side), np.uint16)
    for frame in frames:
        frame[:] = np.rint(clean + 4 * np.sqrt(clean) * rng.standard_normal((side, side), np.float32)).clip(0, 65535)
    return frames


def peak() -> int:
    """Peak resident memory of this process in bytes (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    from FluoroDenoiseLib import Cine, Denoiser

    count, side, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    bare = peak()
    cine = Cine(noisy_frames(count, side), frame_time=1 / 15, intensity="LIN")
    result = Denoiser.load("fluoroscopy", device="cpu", mode=mode).denoise(cine)
    print(json.dumps({"bare": bare, "peak": peak(), "input": cine.frames.nbytes, "output": result.frames.nbytes}))


if __name__ == "__main__":
    main()
