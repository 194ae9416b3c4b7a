"""The line below the selector: what the chosen cine is, and what is odd about it, with the consequence."""

from __future__ import annotations

from collections.abc import Generator

import qt
from slicer.i18n import tr as _

from FluoroDenoiseLib.errors import FluoroDenoiseError

from .default_model import proposeModel, whyThisModel
from .node_run import working
from .packages import arePackagesThere

LOOK_AFTER_MS = 300
"""A user who leafs through the nodes does not want each to be looked at."""


class Description:
    """Says at once what the node says; the noise, and what stands in the files behind it, follow when the worker has looked."""

    def __init__(self, ui, context):
        self._ui, self._context = ui, context
        self._key = None
        self._isDue = False  # a look that had to wait for a run
        self._seen: dict = {}
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.interval = LOOK_AFTER_MS
        self._timer.timeout.connect(self._look)

    def refresh(self) -> None:
        """Describes the chosen node; has it looked at where that is not known yet."""
        node, key = self._context.node, self._stateOf(self._context.node)
        if key != self._key:
            if self._key is None or key is None or key[0] != self._key[0]:
                self._context.system = {}
            self._key, self._seen, self._context.refusal = key, {}, ""
            proposeModel(self._context)
            self._timer.stop()
            if node is not None:
                self._timer.start()
        elif self._isDue and not self._context.busy:
            self._isDue = False
            self._timer.start()
        self._ui.descriptionLabel.text = self._text(node)

    def nameSystem(self) -> None:
        """Reads the system's name now, where the worker has not done so yet: its default model is what the user expects."""
        from FluoroDenoiseLib.dicom.system import system_of
        from FluoroDenoiseLib.mrml.node_frames import NodeFrames
        from FluoroDenoiseLib.mrml.source import source_files

        files = () if self._context.system or self._context.node is None else source_files(NodeFrames(self._context.node))
        if files:
            self._context.system = system_of(files[0])
            proposeModel(self._context)

    def leaveScene(self) -> None:
        """Forgets the node, if it is gone."""
        from FluoroDenoiseLib.mrml.links import is_present

        if self._context.node is None or not is_present(self._context.node):
            self._timer.stop()
            self._key = None

    @staticmethod
    def _stateOf(node):
        """Changes whenever another description is due."""
        from FluoroDenoiseLib.mrml.links import holder_of, is_sequence

        if node is None:
            return None
        holder = holder_of(node)
        count = holder.GetNumberOfDataNodes() if is_sequence(holder) else 0
        return holder.GetID(), holder.GetAttribute("FluoroDenoise.record"), count, node.GetImageData() is None

    def _text(self, node) -> str:
        from FluoroDenoiseLib.mrml.glance import glance

        if node is None:
            return ""
        try:
            cine = glance(node)
        except FluoroDenoiseError as error:
            self._context.refusal = str(error)
            return str(error)
        warnings = cine.record.get("warnings", cine.warnings)
        seen = {"intensity": cine.intensity, "frames_per_second": cine.frames_per_second, "warnings": warnings} | self._seen
        refused = [seen["refused"]] if seen.get("refused") else []
        lines = [inWords(cine, seen["intensity"], seen["frames_per_second"]), *seen["warnings"], *refused]
        return "\n".join([*lines, *whyThisModel(self._context)])

    def _look(self) -> None:
        from FluoroDenoiseLib.mrml import is_denoised

        node, key = self._context.node, self._key
        self._isDue = node is not None and self._context.busy
        if node is None or self._context.busy or self._context.refusal or not arePackagesThere():
            return
        done = is_denoised(node)
        if done and self._context.devices:
            return

        def ended(seen, error):
            if error is None and key == self._key:
                if not done:
                    self._seen = {name: seen[name] for name in ("intensity", "frames_per_second", "warnings", "refused")}
                    self._context.refusal = seen["refused"] or ""
                self._context.devices, self._context.system = seen["devices"], seen["system"]
                proposeModel(self._context)
                self._context.refresh()

        self._context.inBackground(looking(node, self._context.logic.runner), ended)


def looking(node, runner) -> Generator:
    """The steps of having a node looked at by the worker; returns what `FluoroDenoiseLib.jobs.look_job` says."""
    from FluoroDenoiseLib.jobs import look_job
    from FluoroDenoiseLib.mrml.cine_node import cine_steps
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames
    from FluoroDenoiseLib.mrml.source import source_files, untold_files

    frames = NodeFrames(node)
    cine = yield from cine_steps(node, look_job.LOOKED_AT)
    job = look_job.submit(runner, cine, len(frames), untold_files(frames), source_files(frames))
    return (yield from working(job, lambda done, total: None))


def inWords(cine, intensity: str, rate: float | None) -> str:
    """What a cine is, in one line."""
    from FluoroDenoiseLib.commands.info import MEANING

    frames, rows, columns = cine.shape
    what = _("slices") if "slices" in cine.traits else _("frames") if frames > 1 else _("frame")
    parts = [f"{frames} {what}, {columns} x {rows}"]
    parts += [_("{rate:.3g} per second").format(rate=rate)] if rate else []
    parts += [MEANING[intensity]]
    if cine.record:
        made = {name: cine.record.get(name) for name in ("model", "mode", "strength")}
        parts.append(_("denoised: {model}, {mode}, strength {strength}").format(**made))
    return "; ".join(parts) + "."
