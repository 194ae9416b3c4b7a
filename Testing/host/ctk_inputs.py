"""CTK's input widgets: a slider with its number, a number box, a path with its browse button, a message box."""

from __future__ import annotations

from Testing.host.pythonqt import Look, QtCore, QtWidgets, of_slicer, qt

STEPS = 10000


def forwarded(kind: type, name: str, part: str) -> QtCore.Property:
    """A property that is one of an inner widget's."""
    return QtCore.Property(
        kind, lambda self: getattr(getattr(self, part), name), lambda self, to: setattr(getattr(self, part), name, to)
    )


@of_slicer
class ctkDoubleSpinBox(Look, QtWidgets.QWidget):
    """A number with buttons."""

    valueChanged = QtCore.Signal(float)
    editingFinished = QtCore.Signal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._box = qt.QDoubleSpinBox()
        row(self, self._box)
        self._box.valueChanged.connect(self.valueChanged)
        self._box.editingFinished.connect(self.editingFinished)

    value = forwarded(float, "value", "_box")
    minimum = forwarded(float, "minimum", "_box")
    maximum = forwarded(float, "maximum", "_box")
    singleStep = forwarded(float, "singleStep", "_box")
    decimals = forwarded(int, "decimals", "_box")
    suffix = forwarded(str, "suffix", "_box")
    prefix = forwarded(str, "prefix", "_box")
    readOnly = forwarded(bool, "readOnly", "_box")


@of_slicer
class ctkSliderWidget(Look, QtWidgets.QWidget):
    """A slider beside its number."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._box = qt.QDoubleSpinBox()
        self._slider = qt.QSlider(QtCore.Qt.Horizontal)
        self._slider.minimum, self._slider.maximum = 0, STEPS
        row(self, self._slider, self._box)
        self._slider.valueChanged.connect(self._slid)
        self._box.valueChanged.connect(self._typed)
        self.tracking = True

    def _slid(self, step):
        self._box.value = self._box.minimum + step / STEPS * (self._box.maximum - self._box.minimum)

    def _typed(self, value):
        self._place_handle()
        self.valueChanged.emit(value)

    def _place_handle(self):
        span = self._box.maximum - self._box.minimum
        blocked = self._slider.blockSignals(True)
        self._slider.value = round((self._box.value - self._box.minimum) / span * STEPS) if span else 0
        self._slider.blockSignals(blocked)

    def _limit(self, name, value):
        setattr(self._box, name, value)
        self._place_handle()

    value = forwarded(float, "value", "_box")
    minimum = QtCore.Property(float, lambda self: self._box.minimum, lambda self, value: self._limit("minimum", value))
    maximum = QtCore.Property(float, lambda self: self._box.maximum, lambda self, value: self._limit("maximum", value))
    decimals = forwarded(int, "decimals", "_box")
    singleStep = forwarded(float, "singleStep", "_box")
    pageStep = QtCore.Property(float, lambda self: self._page, lambda self, value: setattr(self, "_page", value))
    suffix = forwarded(str, "suffix", "_box")
    prefix = forwarded(str, "prefix", "_box")
    spinBoxVisible = QtCore.Property(
        bool, lambda self: not self._box.isHidden(), lambda self, to: setattr(self._box, "visible", to)
    )
    tracking = QtCore.Property(bool, lambda self: self._tracking, lambda self, to: setattr(self, "_tracking", to))
    _page = 1.0
    _tracking = True

    def reset(self):
        """Back to the lower limit."""
        self.value = self.minimum

    def setValue(self, value):
        """A slot."""
        self.value = value


@of_slicer
class ctkPathLineEdit(Look, QtWidgets.QWidget):
    """A path with its history and a browse button."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)

    # ctkPathLineEdit::Filter
    Dirs, Files, Drives, NoSymLinks, AllDirs, Readable, Writable, Executable = 1, 2, 4, 8, 0x400, 0x10, 0x20, 0x40

    def __init__(self, parent=None):
        super().__init__(parent)
        self._combo = qt.QComboBox()
        self._combo.editable = True
        self._combo.sizePolicy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self._browse = qt.QToolButton()
        self._browse.text = "..."
        self._filters, self._names, self._label, self._key = 0, [], "", ""
        row(self, self._combo, self._browse)
        self._combo.editTextChanged.connect(self.currentPathChanged)
        self._browse.clicked.connect(self.browse)

    def _path(self):
        return self._combo.currentText

    def setCurrentPath(self, path):
        """Shows this path."""
        self._combo.setEditText(str(path))

    def comboBox(self):
        """The inner combo box."""
        return self._combo

    def browse(self):
        """Asks for a path."""
        ask = qt.QFileDialog.getOpenFileName if self._filters & self.Files else qt.QFileDialog.getExistingDirectory
        chosen = ask(self, self._label)
        if chosen:
            self.setCurrentPath(chosen)

    def addCurrentPathToHistory(self):
        """Offers the path again, later."""
        if self._path() and self._combo.findText(self._path()) < 0:
            self._combo.insertItem(0, self._path())

    currentPath = QtCore.Property(str, _path, setCurrentPath)
    filters = QtCore.Property(int, lambda self: self._filters, lambda self, to: setattr(self, "_filters", int(to)))
    nameFilters = QtCore.Property("QStringList", lambda self: self._names, lambda self, to: setattr(self, "_names", list(to)))
    label = QtCore.Property(str, lambda self: self._label, lambda self, to: setattr(self, "_label", to))
    settingKey = QtCore.Property(str, lambda self: self._key, lambda self, to: setattr(self, "_key", to))
    showBrowseButton = forwarded(bool, "visible", "_browse")


def row(widget, *parts) -> None:
    """Puts parts side by side, without margins."""
    layout = qt.QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
