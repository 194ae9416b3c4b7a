"""CTK's collapsible containers, drawn as Slicer draws them."""

from __future__ import annotations

from Testing.host.pythonqt import Look, QtCore, QtGui, QtWidgets, of_slicer


@of_slicer
class ctkCollapsibleButton(Look, QtWidgets.QAbstractButton):
    """A header that shows or hides what lies below it."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, *arguments):
        text = [word for word in arguments if isinstance(word, str)]
        super().__init__(*(other for other in arguments if not isinstance(other, str)))
        self._hidden_by_us = set()
        self.text = "".join(text)
        self.checkable = self.checked = True
        self.setContentsMargins(0, self._header_height(), 0, 0)
        self.toggled.connect(self._show_or_hide)

    def _is_collapsed(self):
        return not self.checked

    def _collapse(self, collapsed):
        self.checked = not collapsed

    collapsed = QtCore.Property(bool, _is_collapsed, _collapse)

    def _show_or_hide(self, shown):
        if shown:
            for child in self._hidden_by_us:
                child.show()
            self._hidden_by_us = set()
        else:
            children = [child for child in self.children() if isinstance(child, QtWidgets.QWidget)]
            self._hidden_by_us = {child for child in children if not child.isHidden()}
            for child in self._hidden_by_us:
                child.hide()
        self.updateGeometry()
        self.contentsCollapsed.emit(not shown)

    def _header_height(self):
        return max(self.fontMetrics().height() + 8, 22)

    def sizeHint(self):
        hint = self.layout().totalSizeHint() if self.checked and self.layout() else QtCore.QSize(0, 0)
        return hint.expandedTo(QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text) + 40, self._header_height()))

    def minimumSizeHint(self):
        hint = self.layout().totalMinimumSize() if self.checked and self.layout() else QtCore.QSize(0, 0)
        return hint.expandedTo(QtCore.QSize(40, self._header_height()))

    def hitButton(self, position):
        return position.y() < self._header_height()

    def paintEvent(self, event):
        painter = QtWidgets.QStylePainter(self)
        header = QtCore.QRect(0, 0, self.width, self._header_height())
        self._draw_header(painter, header)
        if self.checked:
            self._draw_frame(painter, self.rect.adjusted(0, header.height() // 2, -1, -1), header)

    def _draw_header(self, painter, header):
        button = QtWidgets.QStyleOptionButton()
        button.initFrom(self)
        button.rect = header
        button.state |= QtWidgets.QStyle.State_Raised
        painter.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, button)
        arrow = QtWidgets.QStyle.PE_IndicatorArrowDown if self.checked else QtWidgets.QStyle.PE_IndicatorArrowRight
        button.rect = QtCore.QRect(header.left() + 6, header.top() + (header.height() - 10) // 2, 10, 10)
        painter.drawPrimitive(arrow, button)
        painter.setPen(self.palette.color(QtGui.QPalette.ButtonText))
        painter.drawText(header.adjusted(22, 0, -4, 0), QtCore.Qt.AlignVCenter | QtCore.Qt.AlignLeft, self.text)

    def _draw_frame(self, painter, frame, header):
        painter.setPen(self.palette.color(QtGui.QPalette.Mid))
        painter.setClipRect(self.rect.adjusted(0, header.height(), 0, 0))
        painter.drawRect(frame)


@of_slicer
class ctkCollapsibleGroupBox(Look, QtWidgets.QGroupBox):
    """A titled box that shows or hides what lies in it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.checkable = self.checked = True
        self.toggled.connect(self._show_or_hide)

    def _is_collapsed(self):
        return not self.checked

    def _collapse(self, collapsed):
        self.checked = not collapsed

    collapsed = QtCore.Property(bool, _is_collapsed, _collapse)

    def _show_or_hide(self, shown):
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.setParent(self)
                child.show() if shown else child.hide()
