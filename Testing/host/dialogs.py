"""Modal dialogs: in a test nobody clicks them, so answers are laid ready, and what was asked is kept.

A dialog that finds no answer fails the test, as an unexpected question should.
"""

from __future__ import annotations

from collections import deque

from Testing.host.pythonqt import QtCore, QtWidgets, of_slicer, qt, strict


class Dialogs:
    """The answers laid ready, and the questions asked so far as (class, text).

    `answer("/a/folder", qt.QMessageBox.Yes)` answers the next two dialogs, in this order. An answer that is callable is
    called with the dialog instead, so that a test can click in it.
    """

    def __init__(self):
        self.asked: list[tuple[str, str]] = []
        self._answers: deque = deque()

    def answer(self, *answers) -> None:
        """Lays answers ready."""
        self._answers.extend(answers)

    def reset(self) -> None:
        """Forgets questions and answers."""
        self.asked.clear()
        self._answers.clear()

    def ask(self, kind: str, text: str, dialog=None):
        """Notes the question and takes the next answer."""
        self.asked.append((kind, text))
        if not self._answers:
            raise AssertionError(f"Nobody is there to answer {kind}: {text}")
        answer = self._answers.popleft()
        return answer(dialog) if callable(answer) and dialog is not None else answer

    @property
    def texts(self) -> list[str]:
        """What was asked or told."""
        return [text for _, text in self.asked]


dialogs = Dialogs()


class Modal:
    """A dialog that is answered instead of shown."""

    def exec_(self):
        """Shows the dialog and waits for the user: here, takes the answer laid ready."""
        return dialogs.ask(type(self).__name__, self._question(), self)

    exec = exec_

    def _question(self):
        return self.windowTitle


class QDialog(Modal, strict(QtWidgets.QDialog)):
    """qt.QDialog."""

    _plain = QtWidgets.QDialog


class QMessageBox(Modal, strict(QtWidgets.QMessageBox)):
    """qt.QMessageBox: an answer is a standard button; a mere notice needs none."""

    _plain = QtWidgets.QMessageBox

    def exec_(self):
        """Takes the answer; a box with no other button than OK is only noted."""
        if self.standardButtons in (QtWidgets.QMessageBox.Ok, QtWidgets.QMessageBox.NoButton):
            dialogs.asked.append((type(self).__name__, self.text))
            return QtWidgets.QMessageBox.Ok
        return super().exec_()

    exec = exec_

    def _question(self):
        return self.text


@of_slicer
class ctkMessageBox(QMessageBox):
    """CTK's message box, which can be told not to come again."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._not_again, self._key = False, ""

    dontShowAgain = QtCore.Property(bool, lambda self: self._not_again, lambda self, to: setattr(self, "_not_again", to))
    dontShowAgainVisible = QtCore.Property(bool, lambda self: True, lambda self, to: None)
    dontShowAgainSettingsKey = QtCore.Property(str, lambda self: self._key, lambda self, to: setattr(self, "_key", to))


class QFileDialog(Modal, strict(QtWidgets.QFileDialog)):
    """qt.QFileDialog: an answer is a path, a list of paths, or nothing for Cancel."""

    _plain = QtWidgets.QFileDialog

    @staticmethod
    def getOpenFileName(parent=None, caption="", directory="", filter="", *options):  # noqa: A002
        """A file to read; PythonQt returns the path alone."""
        return str(dialogs.ask("getOpenFileName", caption) or "")

    @staticmethod
    def getOpenFileNames(parent=None, caption="", directory="", filter="", *options):  # noqa: A002
        """Files to read."""
        return [str(path) for path in dialogs.ask("getOpenFileNames", caption) or []]

    @staticmethod
    def getSaveFileName(parent=None, caption="", directory="", filter="", *options):  # noqa: A002
        """A file to write."""
        return str(dialogs.ask("getSaveFileName", caption) or "")

    @staticmethod
    def getExistingDirectory(parent=None, caption="", directory="", *options):
        """A folder."""
        return str(dialogs.ask("getExistingDirectory", caption) or "")


class QInputDialog(Modal, strict(QtWidgets.QInputDialog)):
    """qt.QInputDialog: an answer is the text; nothing for Cancel."""

    _plain = QtWidgets.QInputDialog

    @staticmethod
    def getText(parent, title, label, *rest):
        """A line of text; PythonQt returns the text alone, empty if cancelled."""
        return str(dialogs.ask("getText", label) or "")

    @staticmethod
    def getItem(parent, title, label, items, *rest):
        """One of some texts."""
        return str(dialogs.ask("getItem", label) or "")


for dialog in (QDialog, QMessageBox, QFileDialog, QInputDialog):
    setattr(qt, dialog.__name__, dialog)
