"""The rows of the ablation table: what is trained, in the order in which one thing is added to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from FluoroDenoiseLib.training.losses.total import StepTwoLoss

from .place import Place
from .published import PUBLISHED, TEACHER, UNCOMPENSATED, WITHOUT_CENTRE, step_one, step_two
from .recorrupted import recorrupted
from .single_frame import single_frame
from .supervised import SUPERVISED, TWO_STAGE, supervised, two_stage
from .trained import Trained


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        name: what `--rows` and the results call it.
        label: what the table calls it.
        train: trains it, goes on with it, or finds it finished.
        against_clean: the folder of its training against clean frames, for which the sequences must be made again; or "".
    """

    name: str
    label: str
    train: Callable[[Place], Trained]
    against_clean: str = ""


def rows(cts: list[Path]) -> list[Row]:
    """All rows; `cts` are the CTs of the training sequences, which the rows trained against clean frames need."""
    same = "the same network against clean frames"
    return [
        Row("noisy", "nothing: the noisy frames", lambda _: Trained(lambda cine: cine, macs=0, parameters=0, steps=0)),
        Row(TEACHER, "step one: the blind teacher alone", step_one),
        _student("distillation", "+ distillation (single-frame student from here on)", _terms()),
        _student("recursion", "+ recursion without motion compensation", _terms(recursion=1.0), recursive=UNCOMPENSATED),
        _student("motion", "+ recursion with motion compensation", _terms(recursion=1.0)),
        _student("no-centre", "the same, the frame itself left out of R", _terms(recursion=1.0), recursive=WITHOUT_CENTRE),
        _student("cross-fusion", "+ cross-fusion, in the pixels", _terms(recursion=1.0, cross_fusion=1.0)),
        _student("edges", "+ edge loss, which takes the cross-fusion over", _edges()),
        _student("edges-normalised", "the same, M divided by its mean", replace(_edges(), normalised=True)),
        _student("published", "+ Fourier term: the published method", _whole()),
        _student("published-width", "the same, student as wide as published", _whole(), width=PUBLISHED),
        _student("published-normalised", "the published method, M divided by its mean", replace(_whole(), normalised=True)),
        Row("single-frame", "the single-frame student, recorruption in place of these losses", single_frame),
        Row("ours-live", "ours, live", partial(recorrupted, mode="live")),
        Row("ours", "ours, review", partial(recorrupted, mode="review")),
        Row("supervised-live", f"{same}, live", partial(supervised, cts=cts, mode="live"), SUPERVISED),
        Row("supervised", f"{same}, review", partial(supervised, cts=cts, mode="review"), SUPERVISED),
        Row("two-stage", "FastDVDnet-class network against clean frames", partial(two_stage, cts=cts), TWO_STAGE),
    ]


def _student(name: str, label: str, terms: StepTwoLoss, **settings: int) -> Row:
    return Row(name, label, partial(step_two, name=name, terms=terms, **settings))


def _terms(recursion: float = 0.0, cross_fusion: float = 0.0, edges: float = 0.0, fourier: float = 0.0) -> StepTwoLoss:
    """The published losses, distillation always among them."""
    return StepTwoLoss(1.0, recursion, cross_fusion, edges, fourier, published=True)


def _edges() -> StepTwoLoss:
    return _terms(recursion=1.0, edges=1.0)


def _whole() -> StepTwoLoss:
    return replace(_edges(), fourier=1.0)
