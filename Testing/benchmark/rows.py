"""What the measures of this folder share: options, rows that survive an interruption and another model, and their table."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import FluoroDenoiseLib
from FluoroDenoiseLib import Denoiser
from FluoroDenoiseLib.files import write_whole

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
HERE = Path(__file__).parent
LIBRARY = Path(FluoroDenoiseLib.__file__).parent
SHOWN = ("noise/law.py", "noise/stabilise.py", "simulation/*.py", "quality/*.py")
"""What a scene, the law of its noise and a measure depend on, below FluoroDenoiseLib."""
ON_THE_WAY = ("*.py", "models/noise_for.py", "noise/*.py", "suppression/*.py", "networks/*.py")
"""What a denoised value depends on besides."""

Row = dict[str, Any]


def options_of(description: str, arguments: list[str] | None = None) -> argparse.Namespace:
    """Options that every measure has; `out` exists afterwards.

    Ends with status 1 and a sentence where an unseen CT is absent.
    """
    from Testing.benchmark.scenes import HELD_OUT

    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="the corners of the grid: a minute or two")
    parser.add_argument("--mode", choices=("review", "live"), default="review")
    parser.add_argument("--model", default="fluoroscopy", help="a bundled model's name or a model folder")
    parser.add_argument("--ct", type=Path, default=SHARED / "ct", help="folder of the unseen CTs")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark", help="folder of the results")
    options = parser.parse_args(arguments)
    missing = " and ".join(name for name in HELD_OUT if not (options.ct / name).is_file())
    if missing:
        parser.exit(1, f"The benchmark needs {missing}, not found in {options.ct}; give their folder with --ct.\n")
    options.out = options.out / "quick" if options.quick else options.out
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def fingerprint(denoiser: Denoiser) -> str:
    """Hash of what a figure depends on: model, mode, all code between a scene and its measure, the settings of peers."""
    sources = [*_found(LIBRARY, *SHOWN, *ON_THE_WAY), *_found(HERE, "*.py", "tuned.json")]
    return _digest(f"{denoiser.model.sha256} {denoiser.mode}", sources)


def peers_fingerprint() -> str:
    """Hash of what a peer's figure depends on: scenes, their noise, the peers and their settings, the measures."""
    named = ("peers.py", "tuned.json", "task.py", "scenes.py", "measures.py", "methods.py", "__main__.py")
    return _digest("", [*_found(LIBRARY, *SHOWN), *_found(HERE, *named)])


def slices_fingerprint(denoiser: Denoiser | None = None) -> str:
    """Hash of what a figure on CT slices depends on; that of a peer, without a denoiser, stays when the model changes."""
    shared = [*_found(HERE / "ct", "*.py", "tuned.json"), *_found(HERE, "measures.py", "peers.py", "scenes.py")]
    if denoiser is None:
        return _digest("", [*_found(LIBRARY, "cine.py", *SHOWN), *shared])
    return _digest(denoiser.model.sha256, [*_found(LIBRARY, *SHOWN, *ON_THE_WAY), *shared])


def _digest(words: str, sources: list[Path]) -> str:
    digest = hashlib.sha256(words.encode())
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _found(folder: Path, *patterns: str) -> list[Path]:
    """Files that match, tests left out, in a fixed order."""
    paths = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    return [path for path in paths if not path.name.startswith("test_")]


class Rows:
    """Measured rows, on disk after each. Those of other models, modes or code stay in the file, each under its fingerprint.

    Args:
        path: JSON file that holds them.
        made_by: fingerprint of what makes the rows, or a function from a place to the fingerprint of what makes its row.
    """

    def __init__(self, path: Path, made_by: str | Callable[[Row], str]) -> None:
        self._path = path
        self._made_by = made_by if callable(made_by) else lambda _: made_by

    def fill(self, places: Sequence[Row], measure: Callable[[Row], Row]) -> list[Row]:
        """A row for each place (what the row is about, as plain values), measured where it is not yet known."""
        stored = self._stored()
        known = [_known(stored.get(self._made_by(place), []), place) for place in places]
        missing, began, done = known.count(None), time.monotonic(), 0
        for k, place in enumerate(places):
            if known[k] is None:
                known[k] = place | measure(place)
                self._keep(self._made_by(place), known[k])
                done += 1
                left = (time.monotonic() - began) / done * (missing - done) / 60
                print(f"[{done}/{missing}] {_words(known[k])}: {left:.0f} min left", flush=True)
        return known

    def _stored(self) -> dict[str, list[Row]]:
        """Fingerprint to rows; files from before rows had one each have none that could be used."""
        return json.loads(self._path.read_text()).get("made by", {}) if self._path.is_file() else {}

    def _keep(self, made_by: str, row: Row) -> None:
        """Read again first: another run may have added rows of its own meanwhile."""
        stored = self._stored()
        stored.setdefault(made_by, []).append(row)
        write_text(self._path, json.dumps({"made by": stored}, indent=1))


def _known(rows: list[Row], place: Row) -> Row | None:
    return next((row for row in rows if place.items() <= row.items()), None)


def _words(row: Row) -> str:
    """What a row is about and its plain figures."""
    plain = (value for value in row.values() if isinstance(value, str | int | float))
    return ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in plain)


def table(columns: dict[str, Callable[[Row], str]], rows: Sequence[Row]) -> str:
    """A Markdown table: heading -> what a row shows under it."""
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    return "\n".join(lines + [f"| {' | '.join(show(row) for show in columns.values())} |" for row in rows])


def share(value: float | None, digits: int = 1) -> str:
    """A fraction as a percentage, "-" where there is none."""
    return "-" if value is None else f"{value:.{digits}%}"


def write_text(path: Path, text: str) -> None:
    write_whole(path, lambda stream: stream.write(text.encode()), overwrite=True)


def publish(path: Path, report: str) -> None:
    """Prints a report and keeps it; prints first, so that a disk that is full or read-only takes nothing from the reader."""
    print(report, flush=True)
    write_text(path, report + "\n")
