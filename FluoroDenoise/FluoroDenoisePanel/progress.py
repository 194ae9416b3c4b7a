"""Progress of a run in the application: frames done, and a way to stop."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _


class FrameProgress:
    """A progress dialog that keeps the application alive while frames are denoised."""

    def __init__(self):
        self._dialog = slicer.util.createProgressDialog(
            labelText=_("Denoising..."), windowTitle="FluoroDenoise", windowModality=qt.Qt.ApplicationModal
        )

    def __enter__(self):
        return self

    def show(self, done, total):
        """Shows that `done` of `total` frames are ready."""
        self._dialog.maximum = total
        self._dialog.labelText = _("Frame {done} of {total}").format(done=done, total=total)
        self._dialog.value = done
        slicer.app.processEvents()

    def cancelled(self) -> bool:
        """Did the user ask to stop?"""
        return self._dialog.wasCanceled

    def __exit__(self, *error):
        self._dialog.close()
