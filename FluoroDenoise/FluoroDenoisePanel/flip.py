"""Before in place of after, in every slice view, and back: fast enough for a key, while the cine plays."""

from __future__ import annotations

from .views import composites


class Flip:
    """Slicer's views show another volume; the original plays in step, so nothing else is needed.

    Attributes:
        showsOriginal: True while views that showed the denoised cine show its original.
    """

    def __init__(self):
        self.showsOriginal = False
        self._flipped: list = []

    def toOriginal(self, pairs: list) -> None:
        """Shows the originals; pairs: denoised nodes with their originals (`FluoroDenoiseLib.mrml.before_after.pairs`)."""
        self.showsOriginal = True
        originals = {after.GetID(): (after, before) for after, before in pairs}
        for composite in composites():
            after, before = originals.get(composite.GetBackgroundVolumeID(), (None, None))
            if after is not None and composite.GetForegroundVolumeID() != before.GetID():
                composite.SetBackgroundVolumeID(before.GetID())
                self._flipped.append((composite, before.GetID(), after))

    def back(self) -> None:
        """Shows the denoised again, also where a restored original has left the view empty."""
        self.showsOriginal = False
        for composite, before, after in self._flipped:
            if after.GetScene() is not None and composite.GetBackgroundVolumeID() in (before, None):
                composite.SetBackgroundVolumeID(after.GetID())
        self._flipped.clear()
