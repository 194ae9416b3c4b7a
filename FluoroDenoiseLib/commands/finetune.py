"""`fluorodenoise finetune DATA --name NAME`: a model tuned to a site's own cines, or an honest "no gain, nothing changed"."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import Cancelled, OutputNotWritable, UnreadableInput, UnsuitableCine
from ..files import check_writable
from .console import note, show_json

if TYPE_CHECKING:
    from ..training.survey import Row

SUMMARY = "tune a model to a site's own noisy cines, without clean data"
HELP = {
    "data": "files and folders with cines of one system; what cannot teach is listed and left out",
    "--name": "name of the new model; `fluorodenoise denoise --model NAME` then uses it",
    "--minutes": "time for all of it: reading, preparing, learning, judging (default: 15)",
    "--base": "the model to begin with, bundled or one's own (default: fluoroscopy)",
    "--device": "what computes: auto, cpu, cuda (NVIDIA), mps (Apple) (default: auto)",
    "--seed": "of everything random (default: 0)",
    "--resume": "go on with the fine-tuning of this name, which was stopped, as it was begun: without DATA and other options",
    "--report": "where the report goes, a new HTML file (default: NAME.html in the current folder)",
    "--json": "print the verdict as JSON, for other programs",
}
CHOICES = ("base", "minutes", "device", "seed")  # of a new run
LINE_SECONDS = 15.0  # between two lines of progress where stderr is no terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("data", metavar="DATA", type=Path, nargs="*", help=HELP["data"])
    parser.add_argument("--name", required=True, help=HELP["--name"])
    parser.add_argument("--minutes", type=float, help=HELP["--minutes"])
    parser.add_argument("--base", metavar="MODEL", help=HELP["--base"])
    parser.add_argument("--device", help=HELP["--device"])
    parser.add_argument("--seed", type=int, help=HELP["--seed"])
    parser.add_argument("--resume", action="store_true", help=HELP["--resume"])
    parser.add_argument("--report", type=Path, metavar="FILE", help=HELP["--report"])
    parser.add_argument("--json", action="store_true", help=HELP["--json"])


def run(arguments: Namespace) -> int:
    """Tunes, reports, and keeps the model where it is a gain. Gives the exit code: 0 also where there is no gain.

    Raises:
        FluoroDenoiseError: the data cannot teach, the disk refused something, or the user stopped it.
    """
    from ..models.own import folder_name
    from ..training.processes import join, leave
    from ..training.run_folder import run_folder

    folder = run_folder(arguments.name)
    report = arguments.report or Path(f"{folder_name(arguments.name)}.html")
    _check(arguments, folder, report)
    processes = join(_device(arguments, folder)) if _started_by_torchrun() else None
    try:
        verdict = _tune(arguments, folder, processes)
        return 0 if processes is not None and not processes.first else _finish(arguments, folder, verdict, report)
    finally:
        leave()


def _check(arguments: Namespace, folder: Path, report: Path) -> None:
    """What can be refused before time is spent."""
    from ..training.run_folder import RUN

    options = [f"--{name}" for name in CHOICES if getattr(arguments, name) is not None]
    begun_with = [*(["DATA"] if arguments.data else []), *options]
    if arguments.resume and begun_with:
        raise UnsuitableCine(
            f"Found {' and '.join(begun_with)} beside --resume; a fine-tuning goes on as it was begun. Leave that out."
        )
    if arguments.resume and not (folder / RUN).exists():
        raise UnsuitableCine(f"Found no fine-tuning called {arguments.name} to resume. Leave --resume out to start one.")
    if not arguments.resume and not arguments.data:
        raise UnsuitableCine("Found no DATA; expected files or folders with cines. Name them, or resume with --resume.")
    if report.exists():
        raise OutputNotWritable(f"{report.name} exists already. Choose another name with --report.")
    if not report.absolute().parent.is_dir():
        raise OutputNotWritable(f"The folder of {report.name} does not exist. Make it first, or choose another with --report.")
    check_writable(report.absolute().parent)


def _started_by_torchrun() -> bool:
    from os import environ

    return "WORLD_SIZE" in environ


def _device(arguments: Namespace, folder: Path) -> str:
    """What computes: as asked for, in a resumed run as it was begun."""
    from ..training.run_folder import read_run

    return read_run(folder).order["device"] if arguments.resume else arguments.device or "auto"


def _tune(arguments: Namespace, folder: Path, processes: Any) -> dict[str, Any]:  # noqa: ANN401
    """The verdict; a run that is refused before it has begun to learn leaves nothing."""
    from ..training.finetune import finetune
    from ..training.run_folder import FAILED, RUN, discard, read_run

    new, damaged = not (folder / RUN).exists(), False
    try:
        with Countdown() as progress:
            return finetune(folder, _order(arguments), progress, processes=processes, tell=_tell)
    except UnsuitableCine:
        if new:
            discard(folder)
        raise
    except UnreadableInput:  # says itself what to do with the run
        damaged = True
        raise
    except (KeyboardInterrupt, Cancelled) as error:
        raise Cancelled(
            f"Paused. Go on with: fluorodenoise finetune --name {arguments.name!r} --resume; or remove {folder} to give it up."
        ) from error
    finally:
        if not damaged and (folder / RUN).exists() and read_run(folder).state == FAILED:
            note(f"What it has so far, with frames of the cines, is in {folder}: go on with --resume, or remove that folder.")


def _order(arguments: Namespace) -> dict[str, Any] | None:
    """What is ordered; None where a run is resumed."""
    if arguments.resume:
        return None
    chosen = {name: getattr(arguments, name) for name in CHOICES if getattr(arguments, name) is not None}
    return {**chosen, "name": arguments.name, "sources": [str(path.absolute()) for path in arguments.data]}


def _tell(row: Row) -> None:
    if not row.usable:
        note(row.why_not if row.label in row.why_not else f"Passed over {row.label}: {row.why_not}")


def _finish(arguments: Namespace, folder: Path, verdict: dict[str, Any], report: Path) -> int:
    """Writes the report; then keeps the model, or removes the run."""
    from ..models.cards import read_card
    from ..training.run_folder import discard

    try:
        kept = _delivered(folder, verdict, report)
    except OutputNotWritable as error:
        raise OutputNotWritable(
            f"{error} What was learnt is not lost, it is in {folder}; the end is made up for by: "
            f"fluorodenoise finetune --name {arguments.name!r} --resume --report NEW_FILE"
        ) from error
    if kept is None:
        discard(folder)
    if arguments.json:
        show_json({**verdict, "model": None if kept is None else str(kept), "report": str(report)})
        return 0
    print(verdict["sentence"])
    if kept is not None:
        print(f"The model is kept: fluorodenoise denoise IN OUT --model {read_card(kept)['name']!r}")
    print(f"Report: {report}")
    return 0


def _delivered(folder: Path, verdict: dict[str, Any], report: Path) -> Path | None:
    """Where the model is kept, if it is a gain; the report is written first, since it needs the run."""
    from ..training.run_folder import keep
    from .finetune_report import write_report

    write_report(folder, verdict, report)
    return keep(folder) if verdict["gain"] else None


class Countdown:
    """`progress(done, total)` in seconds: a line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live, self._last = self._stream.isatty(), 0.0

    def __enter__(self) -> Countdown:
        return self

    def __exit__(self, *error: object) -> None:
        if self._live:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def __call__(self, done: int, total: int) -> None:
        """Shows the time that is left."""
        line, now = f"Fine-tuning: {clock(done)} of {clock(total)}, {clock(total - done)} left", time.monotonic()
        if now - self._last < (1.0 if self._live else LINE_SECONDS):
            return
        self._last = now
        self._stream.write(f"\r\033[K{line}" if self._live else f"{line}\n")
        self._stream.flush()


def clock(seconds: int) -> str:
    """Minutes and seconds."""
    return f"{seconds // 60}:{seconds % 60:02d} min"
