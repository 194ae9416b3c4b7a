"""Prints the figures on real recordings as a table: `python -m Testing.figures [--model NAME_OR_FOLDER] [--data FOLDER]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.noise import analyse
from Testing.figures.real import RECORDED, disjoint_halves, moving_wire, phantom

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HEAD = "| cine | mode | gain dB (>=7) | edges wider (<=5%) | mean (<=0.3%) | wire kept (>=70%) | worst frame | ghost (<=5%) |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real recordings")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.exit(1, f"The real recordings are absent: looked for {options.data}. Give their folder with --data.\n")
    print(HEAD, "|---" * 8 + "|", sep="\n")
    for mode in ("live", "review"):
        denoiser = Denoiser.load(options.model, mode=mode)
        for name in RECORDED:
            print(_row(options.data, name, denoiser, mode), flush=True)
    found = analyse(phantom(options.data, "IM1"))
    print(f"\nIM1: vendor recursion {found.recursion.rho} (0.40 to 0.50), start-up frames {found.start_up_frames} (0, 1, 2)")


def _row(data: Path, name: str, denoiser: Denoiser, mode: str) -> str:
    cine = phantom(data, name)
    still, wire = disjoint_halves(cine, denoiser.denoise), moving_wire(cine, denoiser.denoise)
    return (
        f"| {name} | {mode} | {still['gain_db']:.2f} | {still['edge_widening']:+.1%} | {still['mean_change']:+.2%} "
        f"| {wire['contrast_kept']:.1%} | {wire['worst_frame']:.1%} | {wire['ghost']:.1%} |"
    )


if __name__ == "__main__":
    main()
