"""Progress, time left and tables."""

from __future__ import annotations

import io

import pytest

from FluoroDenoiseLib.commands import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("seconds", "done", "total", "expected"), [(10, 5, 30, "50 s left"), (60, 1, 31, "30 min left"), (3, 30, 30, "0 s left")]
)
def test_the_time_left_follows_from_the_pace(seconds, done, total, expected):
    assert console.left(seconds, done, total) == expected


def test_a_terminal_shows_a_bar_that_goes_away_at_the_end():
    stream = Terminal()
    with console.Progress("run.dcm", stream) as progress:
        progress(6, 12)
    lines = stream.getvalue().split("\r\033[K")
    assert "looking at the noise" in lines[1]
    assert lines[2].startswith("[############            ] run.dcm: frame 6/12, ")
    assert lines[-1] == ""


def test_elsewhere_a_line_appears_only_now_and_then(monkeypatch):
    now = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    stream = io.StringIO()
    with console.Progress("run.dcm", stream) as progress:
        for done in (1, 2, 3, 4):
            progress(done, 4)
    assert stream.getvalue().splitlines() == ["run.dcm: frame 2/4, 6 s left", "run.dcm: frame 4/4, 0 s left"]


def test_a_table_is_aligned_on_the_right():
    assert console.table([("level", "100", "2"), ("noise", "1", "20")]) == "  level  100   2\n  noise    1  20"
