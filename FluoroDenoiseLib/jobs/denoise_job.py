"""The denoise job, both sides of it: how a cine goes to the worker, what the worker does, how the result comes back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cine import Cine
from ..errors import ModelUnavailable
from .kinds import Task
from .shared_arrays import attach

if TYPE_CHECKING:
    from ..denoiser import Denoiser
    from .job import Arrays, Job
    from .runner import Runner

FACTS = ("intensity", "valid_range", "modality", "inverted", "rescale", "pixel_spacing", "slice_spacing", "window", "plane")
LOADED = 2  # denoisers kept in memory: one for each of two models, modes or devices


def submit(
    runner: Runner,
    cine: Cine,
    model: str,
    mode: str,
    device: str,
    strength: float,
    region: np.ndarray | None,
    headers: Sequence[Path],
) -> Job:
    """Sends a cine to the worker; see `Runner.denoise`."""
    arguments = {
        "cine": describe(cine),
        "headers": [str(file) for file in headers],
        "load": how_to_load(model, mode, device),
        "strength": strength,
    }

    def finish(result: dict[str, Any], outputs: Arrays) -> Cine:
        return cine.with_frames(outputs["result"], record=result["record"], warnings=tuple(result["warnings"]))

    inputs = arrays_of(cine) | ({} if region is None else {"region": region})
    return runner.run("denoise", arguments, inputs, {"result": (cine.shape, cine.frames.dtype)}, finish)


def run(arguments: dict[str, Any], folder: Path, task: Task) -> dict[str, Any]:
    """In the worker: denoises the cine in `folder` into its array "result"."""
    cine, region = receive(arguments["cine"], folder, arguments["headers"]), attach(folder, "region")
    out = attach(folder, "result", writable=True)
    task.started()
    denoiser = load_for(cine, **arguments["load"])
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


def arrays_of(cine: Cine) -> Arrays:
    """The arrays of a cine, by the names under which `receive` finds them."""
    times = cine.frame_time if isinstance(cine.frame_time, np.ndarray) else None
    arrays = {"frames": cine.frames, "covered": cine.covered, "frame_times": times}
    return {name: np.asarray(array) for name, array in arrays.items() if array is not None}


def receive(facts: dict[str, Any], folder: Path, headers: Sequence[str], frames: int | None = None) -> Cine:
    """The cine of a description, of the arrays in `folder`, and of what the headers of its files say (see `with_facts`)."""
    from ..dicom.facts import with_facts

    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    plain["traits"] = frozenset(facts["traits"])
    if (times := attach(folder, "frame_times")) is not None:
        plain["frame_time"] = times
    cine = Cine(attach(folder, "frames"), covered=attach(folder, "covered"), **plain)
    return with_facts(cine, [Path(file) for file in headers], frames)


def load_for(cine: Cine, name: str, **how: Any) -> Denoiser:
    """The denoiser of a model, or, where none is named, of the usual one for a cine; `how` as for `load`."""
    from ..models.cards import usual_model

    return load(name or usual_model(cine), **how)


@lru_cache(maxsize=LOADED)
def load(name: str, device: str, mode: str, changed: int) -> Denoiser:
    """A denoiser, kept loaded between jobs until its files change (`_last_change`)."""
    from ..denoiser import Denoiser

    return Denoiser.load(name, device=device, mode=mode)


def how_to_load(model: str, mode: str, device: str) -> dict[str, Any]:
    """The arguments of `load` and `load_for`, for the worker."""
    return {"name": _absolute(model), "device": device, "mode": mode, "changed": _last_change(model)}


def _absolute(model: str) -> str:
    """The worker has another working folder: a model that did not come with FluoroDenoise is named by its folder."""
    folder = _changeable(model)
    return model if folder is None else str(folder.resolve())


def _last_change(model: str) -> int:
    """When the files of a model's folder changed last (ns); 0 for a bundled model, which does not."""
    folder = _changeable(model)
    return max((file.stat().st_mtime_ns for file in folder.iterdir()), default=0) if folder is not None else 0


def _changeable(model: str) -> Path | None:
    """The folder of a model of the user's; None for a bundled one, and for one that is not there, as the worker will say."""
    from ..models.cards import BUNDLED, folder_of

    if not model:
        return None
    try:
        folder = folder_of(model)
    except ModelUnavailable:
        return None
    return None if folder.parent == BUNDLED else folder
