"""Measured rows survive: an interruption, another model, and a disk that is full."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from FluoroDenoiseLib.errors import OutputNotWritable
from Testing.benchmark.rows import Rows, publish, slices_fingerprint, table

PLACES = [{"a": 1}, {"a": 2}]


@pytest.fixture
def measured():
    return []


@pytest.fixture
def measure(measured):
    def of(place):
        measured.append(place["a"])
        return {"b": 2 * place["a"]}

    return of


def test_rows_are_measured_once_and_again_when_something_else_made_them(tmp_path, measured, measure):
    Rows(tmp_path / "r.json", "one").fill(PLACES[:1], measure)
    found = Rows(tmp_path / "r.json", "one").fill(PLACES, measure)
    assert ([row["b"] for row in found], measured) == ([2, 4], [1, 2])
    Rows(tmp_path / "r.json", "other").fill(PLACES, measure)
    assert measured == [1, 2, 1, 2]
    assert table({"a": lambda row: str(row["a"])}, found) == "| a |\n|---|\n| 1 |\n| 2 |"


def test_rows_of_one_model_are_still_there_after_another_was_measured(tmp_path, measured, measure):
    for model in ("one", "other", "one", "other"):
        Rows(tmp_path / "r.json", model).fill(PLACES, measure)
    assert measured == [1, 2, 1, 2]


def test_each_row_may_have_a_maker_of_its_own(tmp_path, measured, measure):
    for model in ("one", "other"):
        Rows(tmp_path / "r.json", lambda place, model=model: model if place["a"] == 2 else "peers").fill(PLACES, measure)
    assert measured == [1, 2, 2]


def test_two_runs_at_once_lose_none_of_each_others_rows(tmp_path, measured, measure):
    path = tmp_path / "r.json"

    def meanwhile(place):
        Rows(path, "other").fill(PLACES, measure)
        return measure(place)

    Rows(path, "one").fill(PLACES[:1], meanwhile)
    Rows(path, "one").fill(PLACES[:1], measure)
    Rows(path, "other").fill(PLACES, measure)
    assert measured == [1, 2, 1]


def test_an_interruption_costs_one_row(tmp_path, measured, measure):
    def stopped(place):
        if place["a"] == 2:
            raise KeyboardInterrupt
        return measure(place)

    with pytest.raises(KeyboardInterrupt):
        Rows(tmp_path / "r.json", "one").fill(PLACES, stopped)
    Rows(tmp_path / "r.json", "one").fill(PLACES, measure)
    assert measured == [1, 2]


def test_figures_of_peers_on_slices_outlive_a_model_and_ours_do_not():
    first, second = (SimpleNamespace(model=SimpleNamespace(sha256=name)) for name in "ab")
    assert len({slices_fingerprint(first), slices_fingerprint(second), slices_fingerprint()}) == 3
    assert slices_fingerprint(first) == slices_fingerprint(first)


def test_a_report_is_printed_even_where_it_cannot_be_written(tmp_path, capsys):
    with pytest.raises(OutputNotWritable):
        publish(tmp_path / "absent" / "r.md", "hours of work")
    assert "hours of work" in capsys.readouterr().out
