"""Fine-tuning on real recordings: `python -m Testing.figures.real_site [--minutes 15] [--cine IM1]`, a run of its own each.

IM1 (vendor's recursion, low dose) and IM5 (record mode, display table) of a static coronary phantom are one cine each, so the
last third of the frames is held out. Printed: the verdict, and what base and tuned model make of the held-out frames: noise,
edges, and a wire planted there. Where there is no gain, nothing changes, and the tuned model's figures say why. The time left
that is shown along the way is held against the time that it took.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from FluoroDenoiseLib.training.finetune import finetune
from Testing.figures.__main__ import DATA
from Testing.figures.clock import Clock
from Testing.figures.real import PHANTOM

CINES = ("IM1", "IM5")
HEAD = (
    *("cine", "gain", "score base -> tuned", "95% interval", "noise", "edges kept", "wire kept", "ghost", "forgetting dB"),
    "time left off by (<=20%)",
)


def main() -> None:
    """Prints a row and the verdict's sentence for each cine."""
    parser = argparse.ArgumentParser(description="Measure fine-tuning on real recordings.")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--cine", choices=CINES, help="only this one")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real recordings")
    parser.add_argument("--scratch", type=Path, help="where temporary files go")
    options = parser.parse_args()
    print("|", " | ".join(HEAD), "|\n" + "|---" * len(HEAD) + "|", flush=True)
    for name in [options.cine] if options.cine else CINES:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            source = options.data / PHANTOM / f"{name}.dcm"
            order = {"sources": [str(source)], "name": f"real {name}", "minutes": options.minutes}
            clock = Clock()
            verdict = finetune(Path(folder) / "run", order, clock.told)
        print("|", " | ".join((*row(name, verdict), f"{clock.worst():.0%}")), "|", flush=True)
        print(verdict["sentence"], flush=True)


def row(name: str, verdict: dict) -> list[str]:
    """The cells of one cine."""
    score, (held_out,) = verdict["score"], verdict["held_out"]
    pairs = [(held_out[f"{part}_before"], held_out[f"{part}_after"]) for part in ("noise", "edges", "wire_kept", "ghost")]
    measures = [" -> ".join("unknown" if value is None else f"{value:.3f}" for value in pair) for pair in pairs]
    scores = f"{score['base']:.4f} -> {score['tuned']:.4f}", f"{score['low']:+.4f} to {score['high']:+.4f}"
    return [name, "yes" if verdict["gain"] else "no", *scores, *measures, f"{verdict['forgetting_db']:.2f}"]


if __name__ == "__main__":
    main()
