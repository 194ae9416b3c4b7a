"""Recipes end in a sentence and an exit code, whatever stops them."""

from __future__ import annotations

import pytest

from FluoroDenoiseLib.errors import UnsuitableCine
from Training.plainly import plainly


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UnsuitableCine("Found nothing."), UnsuitableCine.exit_code, "Found nothing."),
        (KeyboardInterrupt(), 8, "Stopped. What was finished is kept; the same command goes on."),
        (NotADirectoryError(20, "Not a directory", "runs/ablation"), 5, "The system refused runs/ablation: Not a directory."),
    ],
)
def test_what_stops_a_recipe_is_one_sentence(error, code, said, capsys):
    with pytest.raises(SystemExit) as ended, plainly():
        raise error
    assert (ended.value.code, capsys.readouterr().err.strip()) == (code, said)


def test_a_recipe_that_keeps_nothing_says_so_when_it_is_stopped(capsys):
    with pytest.raises(SystemExit), plainly(stopped="Stopped. Nothing was written."):
        raise KeyboardInterrupt
    assert capsys.readouterr().err.strip() == "Stopped. Nothing was written."


def test_a_fault_of_the_code_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), plainly():
        raise ZeroDivisionError
