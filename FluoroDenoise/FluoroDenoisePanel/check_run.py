"""Checking one denoised cine, in steps: read both, let the worker measure, put the figures into the scene."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from slicer.i18n import tr as _

from .check_table import AFTER, BEFORE, asColumns, rowsOf
from .node_run import working

FIGURES, LEVELS, LEVELS_PLOT = "check", "levels", "levels plot"
"""Roles of the results in the scene (see `FluoroDenoiseLib.mrml.results`)."""


def checking(after, before, runner, progress: Callable[[int, int], None]) -> Generator:
    """The steps of measuring a denoised node against its original; returns the `FluoroDenoiseLib.jobs.check_job.Check`.

    Raises:
        FluoroDenoiseError: a named error.
    """
    from FluoroDenoiseLib.jobs import check_job
    from FluoroDenoiseLib.mrml.cine_node import cine_steps

    original = yield from cine_steps(before)
    denoised = yield from cine_steps(after)
    check = yield from working(check_job.submit(runner, original, denoised), progress)
    keep(after, check)
    return check


def keep(node, check: Any) -> None:
    """Puts what a check found into tables and a plot, which are saved with the scene."""
    import numpy as np

    from FluoroDenoiseLib.mrml import results

    name = node.GetName()
    results.table(node, FIGURES, _("{cine} check").format(cine=name), asColumns(rowsOf(check)))
    signal, noise = _("Signal"), _("Noise")
    curves = {signal: check.levels["levels"], BEFORE: check.levels["before"], AFTER: check.levels["after"]}
    title = _("{cine} noise against signal").format(cine=name)
    columns = {key: np.array(values) for key, values in curves.items()}
    table = results.table(node, LEVELS, title, columns)
    results.plot(node, LEVELS_PLOT, title, table, (signal, noise))
