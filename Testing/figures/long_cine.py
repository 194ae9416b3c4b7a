"""Denoises a long synthetic cine and prints its peak memory: `python -m Testing.figures.long_cine T SIDE MODE [STOP]`.

STOP cancels after that many frames: the analysis of the whole cine and the pipeline's buffers are then in the figure, the wait
for the remaining frames is not.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress

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
    from FluoroDenoiseLib.errors import Cancelled

    count, side, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    stop = int(sys.argv[4]) if len(sys.argv) > 4 else count
    bare, done = peak(), []
    cine = Cine(noisy_frames(count, side), frame_time=1 / 15, intensity="LIN")
    denoiser = Denoiser.load("fluoroscopy", device="cpu", mode=mode)
    with suppress(Cancelled):
        denoiser.denoise(cine, progress=lambda k, _: done.append(k), cancel=lambda: len(done) >= stop)
    written = cine.frames[0].nbytes * len(done)
    print(json.dumps({"bare": bare, "peak": peak(), "input": cine.frames.nbytes, "output": written, "frames": len(done)}))


if __name__ == "__main__":
    main()
