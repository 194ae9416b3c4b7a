"""Fine-tuning of a model on a site's own noisy cines: read, prepare, learn, judge; resumable at any moment.

All of it happens in the run's folder (see `run_folder`) within the minutes that were ordered. Nothing but noisy frames is
learnt from, nothing leaves the machine, and nothing that is kept names a patient, a hospital, a date or a file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..device import choose_device
from ..errors import Cancelled, ModelUnavailable, OutputNotWritable, UnsuitableCine
from ..files import check_writable
from ..models.cards import CINE, kind_of
from ..models.own import free_folder
from ..models.user_folder import HOME, shelf
from ..models.zoo import load_model
from . import run_folder
from .budget import Budget
from .processes import Processes
from .run_folder import Run, alone, check_whole, read_run
from .site_run import NOTHING_LEFT, FineTuning
from .survey import Row

LONGEST, SEEDS = 100_000, 2**31  # minutes; how many seeds there are
ORDER = {"base": "fluoroscopy", "minutes": 15.0, "device": "auto", "seed": 0}


def finetune(
    folder: Path,
    order: dict[str, Any] | None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    processes: Processes | None = None,
    tell: Callable[[Row], None] | None = None,
) -> dict[str, Any]:
    """Fine-tunes a model in a run's folder and gives the verdict, as it is in verdict.json.

    Args:
        folder: new, or with nothing but sources in it; for None as order, the one of the run to resume.
        order: "sources" (see `site_cines`), "name", and, where they differ from `ORDER`, "base", "minutes", "device", "seed".
        progress: called with seconds done and seconds in all.
        cancelled: asked often; True pauses the run.
        processes: those that train together; this one alone by default.
        tell: called with what is found out about each cine that is read, for the user's eyes: it names files.

    Raises:
        UnsuitableCine: no cine can teach, or they are of several modalities; the reason is in the message.
        UnreadableInput: there is no run to resume, or something damaged its files.
        ModelUnavailable: the base is missing, damaged, of another version, or for slices.
        DeviceUnavailable: this machine has no such device.
        OutputNotWritable: the disk refused something, the model's name is taken, or another process works in the folder.
        Cancelled: the run was paused; it can be resumed.
    """
    if processes is not None and not processes.first:
        if processes.agreed(0.0) == NOTHING_LEFT:  # the first process prepares, the others wait
            return {}
        run = read_run(folder)
        return FineTuning(folder, run, Budget(run, folder), processes).help()
    checked = None if order is None else _checked(order)
    with alone(folder):
        run = _resumed(folder) if checked is None else _begun(folder, checked)
        budget = Budget(run, folder, progress, cancelled)
        try:
            processes = processes or Processes(device=choose_device(run.order["device"]))
            return FineTuning(folder, run, budget, processes).run(tell)
        except (Cancelled, KeyboardInterrupt):
            budget.enter(run_folder.PAUSED)
            raise
        except Exception as error:
            run.error = str(error)
            with suppress(OutputNotWritable):  # the first error is the one to tell
                budget.enter(run_folder.FAILED)
            raise


def _checked(order: dict[str, Any]) -> dict[str, Any]:
    """The order with what it leaves out, refused where it cannot be carried out."""
    order = ORDER | order
    if not 0 < order["minutes"] < LONGEST:
        raise UnsuitableCine(f"Found {order['minutes']} minutes; expected a number above 0 and below {LONGEST}.")
    if not 0 <= order["seed"] < SEEDS:
        raise UnsuitableCine(f"Found a seed of {order['seed']}; expected a whole number from 0 to {SEEDS - 1}.")
    free_folder(order["name"], shelf())
    base = load_model(order["base"])
    if kind_of(base.card) != CINE:
        raise ModelUnavailable(f"Found the base {base.name}, a model for slices; fine-tuning learns from cines. Take another.")
    choose_device(order["device"])
    _check_shelf()
    return order | {"base_sha256": base.sha256}


def _check_shelf() -> None:
    """A model that cannot be kept would be learnt in vain."""
    try:
        check_writable(shelf())
    except OutputNotWritable as error:
        raise OutputNotWritable(
            f"The tuned model could not be kept in {shelf()}: {error} Mend that, or let {HOME} name another folder."
        ) from error


def _resumed(folder: Path) -> Run:
    run = read_run(folder)
    check_whole(folder, run)
    return run


def _begun(folder: Path, order: dict[str, Any]) -> Run:
    if (folder / run_folder.RUN).exists():
        raise OutputNotWritable(
            f"There is a fine-tuning called {order['name']} already, in {folder}. Resume or remove it, or choose another name."
        )
    run_folder.clear(folder)
    run = Run(order)
    run.write(folder)
    return run
