"""`fluorodenoise denoise IN OUT`: denoises every cine of a file or folder into new files, with a provenance record each."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cine import Cine
from ..files import made_folders
from ..models.cards import usual_model
from ..provenance import origin_path, write_with_origin
from .console import Progress, note, show_json
from .failures import Failures
from .finding import find, skipped_entries
from .region import rectangle_weights
from .targets import check_apart, check_free, settle

if TYPE_CHECKING:
    from ..denoiser import Denoiser
    from ..dicom.read import Found

SUMMARY = "denoise a cine, or every cine in a folder, into new files"
HELP = {
    "input": "a cine (DICOM, NIfTI, NRRD, MetaImage, TIFF stack, .npy), or a folder: then every cine in it is denoised",
    "output": "where the result goes: a new file for one cine, of the same kind as IN; a folder for several cines and for a "
    "series of single-frame files. A record of how it was made (.provenance.json: file names, hashes, parameters) is put "
    "beside it",
    "--model": "a bundled model, one's own, or its folder (default: ct for slices of a CT, else fluoroscopy)",
    "--mode": "review: each frame also learns from the frames after it, best for stored cines; live: from earlier frames only, "
    "as during a procedure (default: %(default)s)",
    "--device": "what computes: auto, cpu, cuda or cuda:1 (NVIDIA), mps (Apple) (default: %(default)s)",
    "--strength": "0 leaves all noise, 1 removes all that can be told from the image (default: %(default)s)",
    "--roi": "denoise only this rectangle: its first column and first row, counted from 0, its columns and its rows; what is "
    "outside stays exactly as it is",
    "--overwrite": "replace outputs of earlier runs, as the records beside them tell; nothing else is ever replaced",
    "--json": "print the result as JSON, for other programs",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("input", metavar="IN", type=Path, help=HELP["input"])
    parser.add_argument("output", metavar="OUT", type=Path, help=HELP["output"])
    parser.add_argument("--model", metavar="NAME", help=HELP["--model"])
    parser.add_argument("--mode", choices=("review", "live"), default="review", help=HELP["--mode"])
    parser.add_argument("--device", default="auto", help=HELP["--device"])
    parser.add_argument("--strength", type=float, default=1.0, metavar="0..1", help=HELP["--strength"])
    parser.add_argument("--roi", type=int, nargs=4, metavar=("X", "Y", "W", "H"), help=HELP["--roi"])
    parser.add_argument("--overwrite", action="store_true", help=HELP["--overwrite"])
    parser.add_argument("--json", action="store_true", help=HELP["--json"])


def run(arguments: Namespace) -> int:
    """Denoises; errors of single cines are listed at the end, while the others are done. Gives the exit code.

    Raises:
        FluoroDenoiseError: nothing could be begun, or the user stopped it.
    """
    from ..denoiser import Denoiser

    check_apart(arguments.input, arguments.output)
    what = find(arguments.input)
    plan = settle(what.found, arguments.input, arguments.output)
    failures, free, done = Failures(), [], []
    for found, target in plan:
        with failures.of(found.files[0].name):
            check_apart(arguments.input, target)  # an output above the input may lead back into it
            check_free(found, target, arguments.overwrite)
            free.append((found, target))
    load = cache(lambda model: Denoiser.load(model, arguments.device, arguments.mode))
    for found, target in free:
        with failures.of(found.files[0].name):
            done.append(denoise_file(found, target, load, arguments))
    failures.tell()
    if arguments.json:
        show_json({"done": done, "failed": failures.entries(), "skipped": skipped_entries(what)})
    return failures.exit_code(len(plan))


def denoise_file(found: Found, target: Path, load: Callable[[str], Denoiser], arguments: Namespace) -> dict[str, Any]:
    """Denoises one cine into `target`, describes its origin beside it, and gives what there is to say about it.

    Args:
        load: gives the denoiser of a model, loaded when the first cine has been read: what is unreadable needs none.

    Raises:
        FluoroDenoiseError: it could not be read, denoised or written; nothing of it is left on disk.
    """
    cine = found.read()
    denoiser = load(arguments.model or usual_model(cine))
    begun = time.monotonic()
    result = _denoise(cine, found.files[0].name, denoiser, arguments)
    pace = 1000 * (time.monotonic() - begun) / len(cine)
    with made_folders(target.parent):
        write_with_origin(result, target, cine, arguments.overwrite)
    if not arguments.json:
        print(f"{found.files[0].name} -> {target}: {_size(cine)}, {pace:.0f} ms per frame")
    for warning in result.record["warnings"]:
        note(f"  Note: {warning}")
    size = dict(zip(("frames", "rows", "columns"), cine.shape, strict=True))
    places = {"input": found.files[0].name, "output": str(target), "provenance": str(origin_path(target))}
    return {**places, **size, "ms_per_frame": round(pace, 1), **result.record}


def _denoise(cine: Cine, name: str, denoiser: Denoiser, arguments: Namespace) -> Cine:
    region = None if arguments.roi is None else rectangle_weights(arguments.roi, cine.shape[1:])
    with Progress(name) as progress:
        result = denoiser.denoise(cine, strength=arguments.strength, progress=progress, region=region)
    return result if region is None else result.with_frames(result.frames, record={**result.record, "region": arguments.roi})


def _size(cine: Cine) -> str:
    frames, rows, columns = cine.shape
    return f"{frames} frame{'s' * (frames > 1)} of {columns} x {rows}"
