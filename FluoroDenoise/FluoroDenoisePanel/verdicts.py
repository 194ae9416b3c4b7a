"""Whether a button can be pressed, and its tooltip: what a click would do, or what is missing. Nothing here is slow."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

Verdict = tuple[bool, str]


def canDenoise(context) -> Verdict:
    """Denoise."""
    from FluoroDenoiseLib.mrml import is_denoised, original_node

    if context.node is None:
        return False, _("Choose a cine first: open one, or take the sample.")
    if context.busy:
        return False, _("Another run is under way: wait for it, or cancel it.")
    if context.refusal:
        return False, context.refusal
    if is_denoised(context.node):
        if original_node(context.node) is None:
            return False, _("It is denoised already, and its original is not in the scene: open that again from its source.")
        return True, _("Denoise again with these settings, starting from the original.")
    return True, _("Denoise this cine in place; the original stays in the scene.")


def canRestore(context) -> Verdict:
    """Restore original."""
    able, reason = needsOriginal(context)
    return (True, _("Give the original back, bit for bit.")) if able else (False, reason)


def canSaveDicom(context) -> Verdict:
    """Derived DICOM to a folder."""
    from FluoroDenoiseLib.mrml.node_frames import NodeFrames
    from FluoroDenoiseLib.mrml.source import source_files

    able, reason = needsOriginal(context)
    if not able:
        return False, reason
    if not source_files(NodeFrames(context.node)):
        return False, _("The DICOM file of this cine is not known: import it into Slicer's DICOM database, or open it again.")
    return True, _("Write a new DICOM file that names its source, the model and the parameters.")


def canSaveToDatabase(context) -> Verdict:
    """Derived DICOM to Slicer's database."""
    able, reason = canSaveDicom(context)
    if able and not (slicer.dicomDatabase and slicer.dicomDatabase.isOpen):
        return False, _("Slicer's DICOM database is not open: open the DICOM module once.")
    return able, _("Add a derived series to the patient in Slicer's DICOM database.") if able else reason


def needsOriginal(context) -> Verdict:
    """What works on a denoised node whose original is in the scene."""
    from FluoroDenoiseLib.mrml import original_node

    able, reason = needsDenoised(context)
    if able and original_node(context.node) is None:
        return False, _("The original of this cine is not in the scene.")
    return able, reason


def needsDenoised(context) -> Verdict:
    """What works on a denoised node only."""
    from FluoroDenoiseLib.mrml import is_denoised

    if context.busy:
        return False, _("A run is under way: wait for it, or cancel it.")
    if context.node is None or not is_denoised(context.node):
        return False, _("This cine has not been denoised yet: click Denoise first.")
    return True, ""


def enable(button, verdict: Verdict) -> None:
    """Shows a verdict on its button."""
    button.enabled, button.toolTip = verdict
