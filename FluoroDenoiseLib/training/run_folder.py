"""The folder of a fine-tuning: its files, who may work in it, and what becomes of it. Nothing here needs torch.

    run.json      what was ordered and how far it is (`Run`)
    log.csv       minutes, step, loss, and the held-out score of tuned model and base, a row every 15 s
    preview.npz   a chosen frame: noisy, before, after; preview.json chooses it
    verdict.json  what came out
    model/        the tuned model, where it is a gain
    work/         frames, examples, checkpoint
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import is_zipfile

from ..errors import OutputNotWritable, UnreadableInput
from ..files import made_folders, write_whole
from ..models.own import folder_name, import_model
from ..models.user_folder import shelf, user_folder

RUN, LOG, VERDICT, PREVIEW, CHOICE, LOCK = "run.json", "log.csv", "verdict.json", "preview.npz", "preview.json", "lock"
MODEL, WORK, SOURCES = "model", "work", "sources"
REMOVED = ".removed-"  # how the names of folders that are being removed begin
PREPARING, TRAINING, JUDGING, PAUSED, DONE, FAILED = "preparing", "training", "judging", "paused", "done", "failed"


@dataclass
class Run:
    """What run.json holds.

    Attributes:
        order: name, base, minutes, device, seed, and, until their frames are copied, the sources.
        state: "preparing", "training", "judging", "paused", "done" or "failed".
        rows: label and frames of the cines in use, in the order in which preview.json counts them.
        system: manufacturer, model and protocol of the X-ray system, as far as they are known.
        training_minutes: of the order's minutes, those for learning itself; 0 until they are known.
        left_out: why cines are not used, one sentence each, in words that name nobody.
        seconds_done, seconds_in_all, seconds_left: of the whole run, over all resumed parts.
        error: why it failed, or "".
    """

    order: dict[str, Any]
    state: str = PREPARING
    rows: list[dict[str, Any]] = field(default_factory=list)
    system: dict[str, str] = field(default_factory=dict)
    training_minutes: float = 0.0
    left_out: list[str] = field(default_factory=list)
    seconds_done: float = 0.0
    seconds_in_all: float = 0.0
    seconds_left: float = 0.0
    error: str = ""

    def write(self, folder: Path) -> None:
        """Replaces run.json (OutputNotWritable if the disk refused it; the former one stays)."""
        write_json(folder / RUN, asdict(self))


def read_run(folder: Path) -> Run:
    """The run in a folder (UnreadableInput if there is none, or it is damaged)."""
    try:
        return Run(**json.loads((folder / RUN).read_text(encoding="utf-8")))
    except OSError as error:
        raise UnreadableInput(f"Found no fine-tuning in {folder}; start it anew.") from error
    except (ValueError, TypeError) as error:
        raise UnreadableInput(f"{folder / RUN} is damaged ({error}); remove that folder and start anew.") from error


def check_whole(folder: Path, run: Run) -> None:
    """Refuses to go on from what something damaged (UnreadableInput, with the file and what to do)."""
    for path in _needed(folder, run):
        if not _is_whole(path):
            raise UnreadableInput(f"{path} is damaged, or not there any more. {_mend(path, folder)}.")


def _needed(folder: Path, run: Run) -> Iterator[Path]:
    """What the rest of a run reads."""
    if run.state == DONE:
        yield folder / VERDICT
        yield from folder.glob(PREVIEW)
        yield from folder.glob(f"{MODEL}/*.json")
        return
    for kind in ("json", "npz"):
        yield from (folder / WORK).rglob(f"[!.]*.{kind}")


def _mend(path: Path, folder: Path) -> str:
    if path == folder / PREVIEW:
        return "Delete it, and the report does without"
    return "Delete it, and it is made anew" if path.parent == folder / WORK else f"Remove the folder {folder} and start anew"


def _is_whole(path: Path) -> bool:
    """Whether a file can be read from its beginning to its end; the end of an archive says what is in it."""
    return is_zipfile(path) if path.suffix == ".npz" else isinstance(read_json(path), dict)


def run_folder(name: str) -> Path:
    """Where the fine-tuning of a model of this name works (ModelUnavailable: a name without letters)."""
    return runs_folder() / folder_name(name)


def found_runs() -> list[Path]:
    """The folders of all fine-tunings that are there: under way, paused, or waiting to be kept or discarded."""
    return sorted(path.parent for path in runs_folder().glob(f"*/{RUN}"))


def runs_folder() -> Path:
    """The folder of the folders of fine-tunings."""
    return user_folder() / "finetuning"


def keep(folder: Path) -> Path:
    """Moves a tuned model to the user's models, gives its new folder, and removes the run.

    Raises:
        ModelUnavailable: there is no model, since the run is not done or there was no gain.
        OutputNotWritable: a model of its name is there already, or the disk refused it; the run stays as it is then.
    """
    kept = import_model(folder / MODEL, shelf())
    with suppress(OutputNotWritable):  # the model is safe; what could not be removed is still listed, to be discarded
        discard(folder)
    return kept


def discard(folder: Path) -> None:
    """Removes a run and all that it made (OutputNotWritable if the disk refused it, or it is at work; it stays whole then)."""
    with alone(folder):
        pass
    removed = folder.with_name(f"{REMOVED}{secrets.token_hex(4)}")
    try:
        folder.rename(removed)  # all or nothing: Windows refuses it while a file in there is open
    except OSError as error:
        raise OutputNotWritable(
            f"The fine-tuning {folder.name} could not be removed ({error.strerror}). Close what uses it, and try again."
        ) from error
    for path in folder.parent.glob(f"{REMOVED}*"):
        with suppress(OSError):  # first: what is removed by half is no run
            (path / RUN).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)


def clear(folder: Path) -> None:
    """Removes what no run owns: another one of the same name would learn from it (OutputNotWritable if the disk refused it)."""
    try:
        for path in folder.iterdir():
            if path.name not in (LOCK, SOURCES):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        raise OutputNotWritable(
            f"What is left of a former fine-tuning {folder.name} could not be removed ({error.strerror}). Remove {folder}."
        ) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one process at a time works in a run's folder; the system lets go of the lock of one that was killed.

    Raises:
        OutputNotWritable: another process works there, or the folder cannot be made.
    """
    with made_folders(folder), (folder / LOCK).open("a+b") as file:
        try:
            _lock(file)
        except OSError as error:
            raise OutputNotWritable(
                f"Another process works in {folder}. Wait until it is done, or stop it there."
            ) from error
        yield


def is_worked_on(folder: Path) -> bool:
    """Whether a process, this one or another, works in a run's folder (see `alone`)."""
    try:
        with (folder / LOCK).open("r+b") as file:
            _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_json(path: Path, content: Any) -> None:
    """Replaces a JSON file, whole or not at all."""
    text = json.dumps(content, indent=2, default=lambda number: number.item()) + "\n"
    write_whole(path, lambda file: file.write(text.encode()), overwrite=True)


def read_json(path: Path) -> Any:
    """What a JSON file holds; None where it is absent or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
