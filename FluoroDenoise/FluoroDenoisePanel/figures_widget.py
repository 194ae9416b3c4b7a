"""A table widget with the figures of a check; how each is measured stands in its tooltip."""

from __future__ import annotations

import qt

from .check_table import AFTER, BEFORE, Row


def prepare(table, titles: tuple[str, str] = (BEFORE, AFTER)) -> None:
    """Gives a QTableWidget its columns."""
    table.columnCount = len(titles)
    table.setHorizontalHeaderLabels(list(titles))
    table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)


def fill(table, rows: list[Row]) -> None:
    """Shows rows in place of those that were there."""
    table.rowCount = len(rows)
    for number, row in enumerate(rows):
        table.setVerticalHeaderItem(number, _item(row.measure, row.how))
        for column, text in enumerate((row.before, row.after)):
            table.setItem(number, column, _item(text, row.how))
    table.resizeRowsToContents()
    table.updateGeometry()


def _item(text: str, how: str):
    item = qt.QTableWidgetItem(text)
    item.setToolTip(how)
    return item
