"""Where the network runs: Auto, and what the worker has found on this machine."""

from __future__ import annotations

from slicer.i18n import tr as _


class DeviceChoice:
    """The device selector. The names of devices are known from the first run on: only the worker imports torch."""

    def __init__(self, ui, context):
        self._ui, self._context = ui, context
        self._shown = None
        ui.deviceSelector.connect("activated(int)", self._onChosen)

    def refresh(self) -> None:
        """Shows the devices that are known by now, and the one that is chosen."""
        devices = self._context.devices
        if devices != self._shown:
            self._fill(devices)
        if self._context.parameterNode:
            self._ui.deviceSelector.currentIndex = self._placeOf(self._context.parameterNode.device)

    def _placeOf(self, device: str) -> int:
        """Of a device in the list; one that a scene from another computer names is shown as what it is."""
        if (place := self._ui.deviceSelector.findData(device)) >= 0:
            return place
        absent = _("{device} (not on this computer)") if self._shown else "{device}"
        self._ui.deviceSelector.addItem(absent.format(device=device), device)
        return self._ui.deviceSelector.count - 1

    def _fill(self, devices: dict[str, str]) -> None:
        self._shown = dict(devices)
        self._ui.deviceSelector.clear()
        first = next(iter(devices.values()), "")
        self._ui.deviceSelector.addItem(_("Auto ({device})").format(device=first) if first else _("Auto"), "auto")
        for name, words in (devices or {"cpu": _("CPU")}).items():
            self._ui.deviceSelector.addItem(words, name)

    def _onChosen(self, index: int) -> None:
        self._context.parameterNode.device = self._ui.deviceSelector.itemData(index)
