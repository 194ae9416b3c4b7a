"""`fluorodenoise compare BEFORE AFTER`: noise, edges, brightness, and whether what was removed holds structure."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from .console import show_json

SUMMARY = "compare a cine with its denoised result"


def add_arguments(parser: ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("before", metavar="BEFORE", type=Path, help="the original cine")
    parser.add_argument("after", metavar="AFTER", type=Path, help="the denoised cine")
    parser.add_argument("--json", action="store_true", help="print the measures as JSON, for other programs")


def run(arguments: Namespace) -> int:
    """Compares two cines; gives exit code 0 whatever the measures say.

    Raises:
        UnreadableInput: one of them is not one readable cine.
        UnsuitableCine: they differ in shape.
    """
    from ..dicom import read_cine
    from ..quality.compare import compare

    measures = compare(read_cine(arguments.before), read_cine(arguments.after))
    show_json(measures) if arguments.json else print(as_text(measures))
    return 0


def as_text(measures: dict[str, Any]) -> str:
    """The measures as a person reads them."""
    structure, reduction = measures["residual_structure"], measures["noise_reduction_db"]
    lines = [
        f"Measured on {measures['measured_frames']} of {measures['frames']} frames.",
        f"Noise: {measures['noise_before']:.3g} before, {measures['noise_after']:.3g} after"
        + (f" ({reduction:.1f} dB less)" if reduction is not None else ""),
        f"Edges kept: {_share(measures['edges_kept'])}",
        f"Moving objects kept: {_share(measures['moving_kept'])}; their ghost in the next frame: {_share(measures['ghost'])}",
        f"Mean brightness changed by {100 * measures['mean_change'] + 0.0:+.2f}%",
        f"{structure['verdict']} (structure score {structure['score']:.2f} of 0 to 1)",
        measures["how"],
    ]
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "nothing to measure it on" if value is None else f"{100 * value:.0f}%"
