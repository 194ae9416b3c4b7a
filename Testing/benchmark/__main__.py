"""Compares FluoroDenoise with its peers on scenes of unseen CTs: `python -m Testing.benchmark [--quick]` (or `make bench`).

Eight scenes of 512x512, one mid-cine frame each, at 30 and at 12 quanta per pixel; peers with the settings that `tune` chose on
training scenes. Prints a table; writes results.json and table.md. Rows are kept as they come, so that an interrupted run goes
on where it was, and only FluoroDenoise is measured again when its model has changed.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.files import write_whole
from FluoroDenoiseLib.simulation import Scene, load_volume
from Testing.benchmark.measures import measure
from Testing.benchmark.methods import left_out, methods
from Testing.benchmark.rows import fingerprint, peers_fingerprint
from Testing.benchmark.scenes import READ, UNSEEN, Case, build, expose
from Testing.benchmark.table import OURS, markdown
from Testing.benchmark.task import Task
from Testing.benchmark.tune import DOSES

ROOT = Path(__file__).resolve().parents[2]
SHARED_CT = ROOT.parent / "shared" / "data" / "ct"


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    results = Results(options)
    plan = _plan(options)
    absent = [f"{name} is left out: its package is not installed (pip install .[benchmark])." for name in left_out()]
    print(*absent, sep="\n")
    began = time.monotonic()
    for k, (case, dose, seed) in enumerate(plan, 1):
        _run(options, results, case, dose, seed)
        left = (time.monotonic() - began) / k * (len(plan) - k)
        print(f"[{k}/{len(plan)}] {case.name}, {dose:g} quanta: {left / 60:.0f} min left", flush=True)
    planned = {(case.name, dose, seed) for case, dose, seed in plan}
    shown = markdown([row for row in results.rows if (row["scene"], row["dose"], row["seed"]) in planned])
    report = "\n".join([shown, *absent])
    write_text(options.out / "table.md", report)
    print(report)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare FluoroDenoise with its peers on unseen simulated scenes.")
    parser.add_argument("--quick", action="store_true", help="256x256, one CT, 30 quanta, without BM3D and BM4D: a few minutes")
    parser.add_argument("--seeds", type=int, default=2, help="noise seeds per scene (2)")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--ct", type=Path, default=SHARED_CT, help="folder of the unseen CTs")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    options = parser.parse_args(arguments)
    missing = sorted({case.ct for case in UNSEEN if not (options.ct / case.ct).is_file()})
    if missing:
        named = " and ".join(missing)
        parser.exit(1, f"The benchmark needs {named}, not found in {options.ct}; give their folder with --ct.\n")
    options.out = options.out / "quick" if options.quick else options.out
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _plan(options: argparse.Namespace) -> list[tuple[Case, float, int]]:
    """Scene, dose and noise seed of every cine."""
    cases, doses = (UNSEEN[:4], DOSES[:1]) if options.quick else (UNSEEN, DOSES)
    return [(case, dose, seed) for case in cases for dose in doses for seed in range(options.seeds)]


class Results:
    """The rows so far, on disk after each cine; rows of another model, other code or other peers are dropped."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.path = options.out / "results.json"
        self.model = fingerprint(Denoiser.load(options.model))
        self.peers = peers_fingerprint()
        before = json.loads(self.path.read_text()) if self.path.is_file() else {"rows": []}
        same = {True: before.get("model") == self.model, False: before.get("peers") == self.peers}
        self.rows: list[dict[str, Any]] = [row for row in before["rows"] if same[row["method"] in OURS]]

    def has(self, **place: Any) -> bool:
        return any(all(row[key] == value for key, value in place.items()) for row in self.rows)

    def save(self) -> None:
        write_text(self.path, json.dumps({"model": self.model, "peers": self.peers, "rows": self.rows}, indent=1))


def _run(options: argparse.Namespace, results: Results, case: Case, dose: float, seed: int) -> None:
    """Measures what is not yet known of one cine."""
    place = {"scene": case.name, "dose": dose, "seed": seed}
    missing = {n: m for n, m in methods(options.model, dose, options.quick).items() if not results.has(method=n, **place)}
    if not missing:
        return
    task = Task(expose(_scene(options.ct / case.ct, case, 256 if options.quick else 512), dose, 1000 * case.seed + seed))
    truth = task.signal(task.made.clean.frames[READ])
    for name, method in missing.items():
        image, milliseconds = method(task)
        results.rows.append({"method": name, **place, "ms": round(milliseconds, 2), **measure(task.signal(image), truth)})
        results.save()


@lru_cache(maxsize=1)
def _scene(path: Path, case: Case, side: int) -> Scene:
    return build(_volume(path), case, side)


@lru_cache(maxsize=1)
def _volume(path: Path) -> Any:
    return load_volume(path)


def write_text(path: Path, text: str) -> None:
    write_whole(path, lambda stream: stream.write(text.encode()), overwrite=True)


if __name__ == "__main__":
    main()
