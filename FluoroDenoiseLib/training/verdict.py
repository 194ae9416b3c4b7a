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

SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of the way from the base to the tuned weights that are tried: short of the whole way cines may fare better, since less is
left of what the targets' noise taught."""
FADING = 1e-4
"""Of the noise's variance, by which the error of what is at rest in a cine may rise: 0.05 dB where that error is a hundredth of
it, as in long cines, and less elsewhere."""


@dataclass(frozen=True)
class Candidate:
    """A network that may become the site's model.

    Attributes:
        network: its weights lie `share` of the way from the base's to the tuned ones.
        forgets: decibel of PSNR that it loses on images of another kind.
        fades: by how much what is at rest came out further from frames that no network was shown, in the cine where it is most.
        score: on the watched tiles.
    """

    network: nn.Module
    share: float
    forgets: float
    fades: float
    score: float

    @property
    def paid_for(self) -> tuple[str, ...]:
        """Measures that may become worse: more noise may be left where what is at rest comes out nearer to frames that no
        network was shown. It is detail then that is less smoothed, whatever the estimate of the noise is worth.
        """
        return ("noise",) if self.fades < -FADING else ()

    @property
    def harmless(self) -> bool:
        """Whether what it costs elsewhere, and at rest, is little enough."""
        return self.forgets <= MOST and self.fades <= FADING


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
        return reason_against(self.comparison, self.candidate, self.suffering)

    @property
    def suffering(self) -> str | None:
        """What users see become worse, in words; None where nothing does."""
        return suffers(self.rows, but=self.candidate.paid_for)

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
            "fades": round(self.candidate.fades, 6),
        }


class Judge:
    """Scores networks on what was held out.

    Args:
        base: the network before.
        held_out: tiles of the site.
        still: tiles of what is at rest there (see `still_examples`).
        guard: images of another kind.
        device, precision: how networks are run.
        check: called often; it may raise.
    """

    def __init__(
        self,
        base: nn.Module,
        held_out: HeldOut,
        still: HeldOut,
        guard: Guard,
        device: torch.device,
        precision: torch.dtype,
        check: Callable[[], None],
    ) -> None:
        self._base, self._held_out, self._still, self._guard = base, held_out, still, guard
        self._run, self._check = (device, precision), check

    def candidates(self, tuned: nn.Module) -> list[Candidate]:
        """First the best on the watched tiles of those that do little harm elsewhere, then what lies nearer to the base.

        Where all do too much, the one nearest to the base. The verdict is taken on other tiles, so that the choice does not
        flatter it.
        """
        before = self._guard.errors(self._base, *self._run), self._losses_at_rest(self._base)
        found = [self._candidate(blended(self._base, tuned, share), share, *before) for share in SHARES]
        fit = [candidate for candidate in found if candidate.harmless]
        best = min(fit, key=lambda candidate: candidate.score, default=found[-1])
        return [candidate for candidate in found if candidate.share <= best.share]

    def _candidate(self, network: nn.Module, share: float, before: np.ndarray, at_rest: np.ndarray) -> Candidate:
        forgets = forgetting(before, self._guard.errors(network, *self._run))
        fades = most_in_a_cine(self._losses_at_rest(network) - at_rest, self._still.tiles)
        return Candidate(network, share, forgets, fades, float(self._losses(network, self._held_out.watched).mean()))

    def base_score(self) -> float:
        """Of the base, on the watched tiles: one look."""
        return float(self._losses(self._base, self._held_out.watched).mean())

    @property
    def looks(self) -> float:
        """What a verdict costs at least, in looks at the watched tiles."""
        at_rest = (1 + len(SHARES)) * len(self._still.tiles) * self._still.per_tile / self._held_out.per_tile
        return len(SHARES) + (2 * len(self._held_out.judged) + at_rest) / len(self._held_out.watched)

    def compare(self, tuned: nn.Module) -> Comparison:
        """Base and tuned network on the tiles that nobody has looked at before."""
        tiles = self._held_out.judged
        return compare_losses(self._losses(self._base, tiles), self._losses(tuned, tiles), tiles)

    def _losses_at_rest(self, network: nn.Module) -> np.ndarray:
        return self._still.losses(network, self._still.tiles, *self._run, self._check)

    def _losses(self, network: nn.Module, tiles: list[Tile]) -> np.ndarray:
        return self._held_out.losses(network, tiles, *self._run, self._check)


def most_in_a_cine(rises: np.ndarray, tiles: list[Tile]) -> float:
    """The largest mean of `rises` [N] over the tiles of a cine, NaN left out; 0 where nothing is known."""
    known = [(tile.cine, rise) for tile, rise in zip(tiles, rises, strict=True) if np.isfinite(rise)]
    means = [np.mean([rise for cine, rise in known if cine == one]) for one in {cine for cine, _ in known}]
    return float(max(means, default=0.0))


def reason_against(comparison: Comparison, candidate: Candidate, suffering: str | None) -> str | None:
    """Why there is no gain, in words; None where there is one."""
    if candidate.forgets > MOST:
        return f"it would lose {candidate.forgets:.1f} dB on images of other kinds"
    if candidate.fades > FADING:
        return "faint detail at rest would come out worse"
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
        f"The model is better on this site's images: the error score on what was held out ({apart}), most of which is noise of "
        f"the frames themselves, fell by {-100 * comparison.difference / comparison.base:.2f}% "
        f"(95% interval {low:.2f} to {high:.2f}%)."
    )
