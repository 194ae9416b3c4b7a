"""`fluorodenoise info IN`: what a cine is, the law of its noise, and what is odd about it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cine import Cine
from .console import show_json, table
from .failures import Failures
from .finding import find, skipped_entries

if TYPE_CHECKING:
    from ..dicom.read import Found

SUMMARY = "say what a cine is, how noisy it is, and what is odd about it"
HELP = "a cine, or a folder with cines"
LEVELS = 8  # rows of the noise table
MEANING = {
    "LIN": "proportional to the detected dose",
    "LOG": "logarithm of the detected dose",
    "SQRT": "square root of the detected dose",
    "DISP": "display values, after the maker's image processing",
    "HU": "Hounsfield units",
    "MR": "MR signal",
    "UNKNOWN": "of unknown meaning (the file does not say)",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("input", metavar="IN", type=Path, help=HELP)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON, for other programs")


def run(arguments: Namespace) -> int:
    """Describes every cine of the input; errors of single cines are listed at the end. Gives the exit code.

    Raises:
        UnreadableInput: there is no cine at all.
    """
    what = find(arguments.input)
    failures, cines = Failures(), []
    for found in what.found:
        with failures.of(found.files[0].name):
            cines.append(_describe(found, failures))
            if not arguments.json:
                print(as_text(cines[-1]))
    failures.tell()
    if arguments.json:
        show_json({"cines": cines, "failed": failures.entries(), "skipped": skipped_entries(what)})
    return failures.exit_code(len(what.found))


def _describe(found: Found, failures: Failures) -> dict[str, Any]:
    """A cine that cannot be denoised is described all the same, without its noise."""
    from ..models.noise_for import usual_noise

    cine = found.read()
    noise = None
    with failures.of(found.files[0].name):
        analysis = usual_noise(cine)
        noise = {**analysis.summary(), "by_place": analysis.slice_noise is not None}
    return {"input": found.files[0].name, "files": len(found.files), **facts(cine), "noise": noise}


def facts(cine: Cine) -> dict[str, Any]:
    """What the file says of a cine, JSON-ready."""
    frames, rows, columns = cine.shape
    return {
        "modality": cine.modality,
        "frames": frames,
        "rows": rows,
        "columns": columns,
        "type": cine.frames.dtype.name,
        "valid_range": cine.valid_range,
        "frames_per_second": cine.frames_per_second,
        "intensity": cine.intensity,
        "plane": cine.plane,
        "traits": sorted(cine.traits),
        "warnings": list(cine.warnings),
    }


def as_text(entry: dict[str, Any]) -> str:
    """The findings as a person reads them."""
    unit = ("slice" if "slices" in entry["traits"] else "frame") + "s" * (entry["frames"] > 1)
    rate = f", {entry['frames_per_second']:g} frames per second" if entry["frames_per_second"] else ""
    lines = [
        entry["input"],
        f"  {entry['modality'] or 'Image'}: {entry['frames']} {unit} of {entry['columns']} x {entry['rows']}{rate}",
        f"  Values: {MEANING[entry['intensity']]}; stored as {entry['type']}{_range(entry['valid_range'])}",
    ]
    if entry["traits"]:
        lines.append(f"  Particulars: {', '.join(entry['traits'])}")
    if entry["noise"] is None:
        return "\n".join([*lines, *_notes(entry["warnings"])])
    return "\n".join([*lines, *_noise(entry["noise"]), *_notes(entry["noise"]["warnings"])])


def _range(valid: tuple[float, float] | None) -> str:
    return f", from {valid[0]} to {valid[1]}" if valid else ""


def _noise(noise: dict[str, Any]) -> list[str]:
    if noise["by_place"]:  # no law of the level, nothing across frames
        return [f"  Noise (standard deviation): {noise['sigma'][0]:.3g} stored values as a rule; it differs by place and slice"]
    start, recursion = noise["start_up_frames"], noise["vendor_recursion"]
    return [
        "  Noise (standard deviation) at each level of the image, in stored values:",
        table(_levels(noise)),
        f"  How well this law holds: {_fit(noise['fit'])}",
        f"  Noise of neighbouring pixels: {_correlation(noise['correlation'])}",
        f"  Vendor's recursive filter: {f'{recursion:.2f} of the frame before is mixed in' if recursion else 'none found'}",
        f"  Start-up frames: {f'{start[0]} to {start[-1]}' if start else 'none found'}",
    ]


def _fit(fit: dict[str, float]) -> str:
    if fit["misfit"] is None:
        return "not known, that takes still areas in successive frames"
    return f"noise strays {_percent(fit['misfit'])} from it, {_percent(fit['after_local_map'])} once mapped by place"


def _correlation(correlation: dict[str, float] | None) -> str:
    if correlation is None:
        return "correlation not measured"
    return f"they correlate by {correlation['down']:.2f} down and {correlation['right']:.2f} across"


def _percent(part: float) -> str:
    return f"{100 * part:.0f}%"


def _levels(noise: dict[str, Any]) -> list[tuple[str, ...]]:
    count = len(noise["levels"])
    shown = sorted(set(np.linspace(0, count - 1, min(count, LEVELS)).round().astype(int)))
    columns = [("  level", "noise"), *((f"{noise['levels'][i]:.5g}", f"{noise['sigma'][i]:.3g}") for i in shown)]
    return [tuple(row) for row in zip(*columns, strict=True)]


def _notes(warnings: list[str]) -> list[str]:
    return [f"  Note: {warning}" for warning in warnings]
