"""The denoise job, both sides of it: how a cine goes to the worker, what the worker does, how the result comes back."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cine import Cine
from .kinds import Task
from .shared_arrays import attach

if TYPE_CHECKING:
    from ..denoiser import Denoiser
    from .job import Arrays, Job
    from .runner import Runner

FACTS = ("intensity", "valid_range", "modality", "inverted", "rescale", "pixel_spacing", "slice_spacing", "window", "plane")
LOADED = 2  # denoisers kept in memory: one for each of two models, modes or devices


def submit(runner: Runner, cine: Cine, model: str, mode: str, device: str, strength: float, region: np.ndarray | None) -> Job:
    """Sends a cine to the worker; see `Runner.denoise`."""
    times = cine.frame_time if isinstance(cine.frame_time, np.ndarray) else None
    arrays = {"frames": cine.frames, "covered": cine.covered, "region": region, "frame_times": times}
    arguments = {
        "cine": describe(cine),
        "load": {"name": absolute(model), "device": device, "mode": mode, "changed": last_change(model)},
        "strength": strength,
    }

    def finish(result: dict[str, Any], outputs: Arrays) -> Cine:
        return cine.with_frames(outputs["result"], record=result["record"], warnings=tuple(result["warnings"]))

    inputs = {name: np.asarray(array) for name, array in arrays.items() if array is not None}
    return runner.run("denoise", arguments, inputs, {"result": (cine.shape, cine.frames.dtype)}, finish)


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker: denoises the cine in `folder` into its array "result"."""
    cine, region = receive(arguments["cine"], folder), attach(folder, "region")
    out = attach(folder, "result", writable=True)
    task.started()
    denoiser = load(**arguments["load"])
    result = denoiser.denoise(
        cine, strength=arguments["strength"], progress=task.progress, cancel=task.cancelled, region=region, out=out
    )
    return {"record": result.record, "warnings": list(result.warnings)}


def describe(cine: Cine) -> dict[str, Any]:
    """What a cine is, without its arrays and without where it came from; JSON-ready."""
    return {
        **{name: getattr(cine, name) for name in FACTS},
        "frame_time": None if isinstance(cine.frame_time, np.ndarray) else cine.frame_time,
        "traits": sorted(cine.traits),
        "warnings": list(cine.warnings),
        "record": cine.record,
    }


def receive(facts: dict[str, Any], folder: Path) -> Cine:
    """The cine of a description and of the arrays in `folder`."""
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    plain["traits"] = frozenset(facts["traits"])
    if (times := attach(folder, "frame_times")) is not None:
        plain["frame_time"] = times
    return Cine(attach(folder, "frames"), covered=attach(folder, "covered"), **plain)


@lru_cache(maxsize=LOADED)
def load(name: str, device: str, mode: str, changed: int) -> Denoiser:
    """A denoiser, kept loaded between jobs until its files change (`last_change`)."""
    from ..denoiser import Denoiser

    return Denoiser.load(name, device=device, mode=mode)


def absolute(model: str) -> str:
    """The worker has another working folder: a model given by its folder is named from the root."""
    return str(Path(model).resolve()) if Path(model).is_dir() else model


def last_change(model: str) -> int:
    """When the files of a model's folder changed last (ns); 0 for a bundled model, which does not."""
    folder = Path(model)
    return max((file.stat().st_mtime_ns for file in folder.iterdir()), default=0) if folder.is_dir() else 0
