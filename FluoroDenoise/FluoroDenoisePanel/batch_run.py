"""Several cines, one after the other: nodes of the scene in place, or series of the DICOM database into derived series."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from pathlib import Path
from tempfile import TemporaryDirectory

from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import Cancelled, FluoroDenoiseError, UnsuitableCine

from .node_run import Settings, denoising, working
from .saving import importDerived

Work = Callable[[], Generator]


def batch(works: list[Work], tell: Callable[[int, str], None]) -> Generator:
    """The steps of doing works one after the other; an error in one does not keep the others from being done, a cancel does.

    Args:
        works: each gives the steps of one.
        tell: called with the number of a work and how it stands.

    Returns:
        The number of works that failed.
    """
    failed = 0
    for number, work in enumerate(works):
        tell(number, _("running"))
        try:
            yield from work()
            tell(number, _("done"))
        except Exception as error:  # noqa: BLE001 (whatever it is, the others are to be done)
            tell(number, str(error) or type(error).__name__)
            failed += 1
            if not isinstance(error, FluoroDenoiseError):
                logging.exception("A cine of a batch could not be denoised")
            if isinstance(error, Cancelled) and not isinstance(error, Vanished):
                for left in range(number + 1, len(works)):
                    tell(left, _("not begun"))
                text = _("Cancelled: {done} of {count} cines are denoised, the others are as they were.")
                raise Cancelled(text.format(done=number + 1 - failed, count=len(works))) from error
    return failed


class Vanished(Cancelled):
    """What one work of a batch would write to is gone; the others go on."""


def denoisingNode(node, settings: Settings, runner, progress: Callable) -> Generator:
    """The steps for a node; where it was removed meanwhile, that is its own error and not the user's wish to stop."""
    from FluoroDenoiseLib.mrml.links import is_present

    if not is_present(node):
        raise Vanished(_("It was removed from the scene."))
    try:
        yield from denoising(node, settings, runner, progress)
    except Cancelled as error:
        raise error if is_present(node) else Vanished(str(error)) from None


def denoisingSeries(files: list[str], settings: Settings, runner, progress: Callable) -> Generator:
    """The steps for a series of the DICOM database: its derived series is added to the database."""
    from FluoroDenoiseLib.jobs import files_job

    with TemporaryDirectory() as folder:
        job = files_job.submit(runner, files, Path(folder), settings.model, settings.mode, settings.device, settings.strength)
        written, left = yield from working(job, progress)
        importDerived(written, Path(folder))
    if left:
        text = _("Denoised {written} files; {count} cines or files of the series could not be: {first}")
        raise UnsuitableCine(text.format(written=len(written), count=len(left), first=left[0]))
