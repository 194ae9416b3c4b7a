"""The verdict on a tuned model: a gain that was shown on what was held out and paid for by nobody, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from .comparing import Comparison, compare_losses
from .guard import MOST, Guard, forgetting
from .held_out import HeldOut, Tile
from .site_measures import suffers
from .site_training import blended

SHARES = (0.5, 0.25)
"""Of the way from the base to the tuned weights that are tried. Tuning shows the network a half to a tenth of the site's own
dose (`examples.STRENGTHS`); at that dose, where it will work, cines fare better half way than all the way, and those at rest
most of all."""


@dataclass(frozen=True)
class Candidate:
    """A network that may become the site's model.

    Attributes:
        network: its weights lie `share` of the way from the base's to the tuned ones.
        forgets: decibel of PSNR that it loses on images of another kind.
        score: on the watched tiles.
    """

    network: nn.Module
    share: float
    forgets: float
    score: float


@dataclass(frozen=True)
class Finding:
    """What was found about a candidate on what was held out.

    Attributes:
        candidate: the network.
        comparison: with the base.
        rows: measures on the held-out cines (`site_measures.beside`).
    """

    candidate: Candidate
    comparison: Comparison
    rows: list[dict[str, Any]]

    @property
    def reason(self) -> str | None:
        """Why there is no gain, in words; None where there is one."""
        return reason_against(self.comparison, self.candidate.forgets, suffers(self.rows))

    def as_dict(self, apart: str) -> dict[str, Any]:
        """The part of verdict.json that tells of the model; `apart` says what was held out."""
        return {
            "gain": self.reason is None,
            "sentence": sentence(self.comparison, self.reason, apart),
            "score": self.comparison.as_dict(),
            "held_out": self.rows,
            "apart": apart,
            "share": self.candidate.share,
            "forgetting_db": round(self.candidate.forgets, 3),
        }


class Judge:
    """Scores networks on what was held out.

    Args:
        base: the network before.
        held_out: tiles of the site.
        guard: images of another kind.
        device, precision: how networks are run.
        check: called often; it may raise.
    """

    def __init__(
        self,
        base: nn.Module,
        held_out: HeldOut,
        guard: Guard,
        device: torch.device,
        precision: torch.dtype,
        check: Callable[[], None],
    ) -> None:
        self._base, self._held_out, self._guard = base, held_out, guard
        self._run, self._check = (device, precision), check

    def candidates(self, tuned: nn.Module) -> list[Candidate]:
        """First the best on the watched tiles of those that forget little enough, then what lies nearer to the base.

        Where all forget too much, the one nearest to the base. The verdict is taken on other tiles, so that the choice does not
        flatter it.
        """
        before = self._guard.errors(self._base, *self._run)
        found = [self._candidate(blended(self._base, tuned, share), share, before) for share in SHARES]
        fit = [candidate for candidate in found if candidate.forgets <= MOST]
        best = min(fit, key=lambda candidate: candidate.score, default=found[-1])
        return [candidate for candidate in found if candidate.share <= best.share]

    def _candidate(self, network: nn.Module, share: float, before: np.ndarray) -> Candidate:
        forgets = forgetting(before, self._guard.errors(network, *self._run))
        return Candidate(network, share, forgets, float(self._losses(network, self._held_out.watched).mean()))

    @property
    def looks(self) -> float:
        """What a verdict costs at least, in looks at the watched tiles."""
        return len(SHARES) + 2 * len(self._held_out.judged) / len(self._held_out.watched)

    def compare(self, tuned: nn.Module) -> Comparison:
        """Base and tuned network on the tiles that nobody has looked at before."""
        tiles = self._held_out.judged
        return compare_losses(self._losses(self._base, tiles), self._losses(tuned, tiles), tiles)

    def _losses(self, network: nn.Module, tiles: list[Tile]) -> np.ndarray:
        return self._held_out.losses(network, tiles, *self._run, self._check)


def reason_against(comparison: Comparison, forgets: float, suffering: str | None) -> str | None:
    """Why there is no gain, in words; None where there is one."""
    if forgets > MOST:
        return f"it would lose {forgets:.1f} dB on images of other kinds"
    if not comparison.better:
        return "the error on what was held out did not fall beyond chance" + (
            "" if max(comparison.by_cine) < 0 else ", or not in every cine"
        )
    return suffering


def sentence(comparison: Comparison, reason: str | None, apart: str) -> str:
    """The verdict in one sentence."""
    if reason is not None:
        return f"No gain, nothing changed: {reason}."
    low, high = (-100 * value / comparison.base for value in (comparison.high, comparison.low))
    return (
        f"The model is better on this site's images: the error score on what was held out ({apart}) fell by "
        f"{-100 * comparison.difference / comparison.base:.1f}% (95% interval {low:.1f} to {high:.1f}%)."
    )
