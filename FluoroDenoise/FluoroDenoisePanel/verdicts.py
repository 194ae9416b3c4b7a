"""Whether a button can be pressed, and its tooltip: what a click would do, or what is missing. Nothing here is slow."""

from __future__ import annotations

from slicer.i18n import tr as _

Verdict = tuple[bool, str]


def canDenoise(context) -> Verdict:
    """Denoise."""
    from FluoroDenoiseLib.mrml import is_denoised

    if context.node is None:
        return False, _("Choose a cine first: open one, or take the sample.")
    if context.busy:
        return False, _("Another run is under way: wait for it, or cancel it.")
    if context.refusal:
        return False, context.refusal
    if is_denoised(context.node):
        return True, _("Denoise again with these settings, starting from the original.")
    return True, _("Denoise this cine in place; the original stays in the scene.")


def canRestore(context) -> Verdict:
    """Restore original."""
    able, reason = needsDenoised(context)
    return (True, _("Give the original back, bit for bit.")) if able else (False, reason)


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
