"""A base model's network learns on from a site's examples; the best of its averaged weights are kept as it goes."""

from __future__ import annotations

import copy
import math
import time
from pathlib import Path

from torch import nn

from .batches import Examples
from .checkpoints import load_checkpoint, save_checkpoint
from .held_out import HeldOut
from .processes import Processes
from .student import StudentTraining
from .timed import Schedule

BEST = "best.safetensors"
REPORTED = 15.0  # seconds between two scores, checkpoints and rows of the log
HALF_WAY = 0.5
"""From the base to the averaged weights: part of what a few short cines teach is what is theirs alone; half of the way has a
quarter of that error, and more than half of what is gained."""
RATE, BATCH, BATCH_ON_GPU = 3e-4, 4, 16
# Where no other frame supports a pixel, much noise is left to learn from, and a few cines do not average it out: to count such
# pixels more, or to choose crops for what moves, costs more than it gains. Planted wires teach that wires are kept.
EXTRA_WEIGHT, CHOSEN = 0.0, 0.0


class SiteTraining(StudentTraining):
    """Fine-tuning of a network: the averaged weights of the best score are kept, none the worse for what follows them.

    The verdict may fall short of the whole way to them (`verdict.SHARES`), and so may what is told and shown as it goes: the
    whole way alone would tell of a loss where a gain is found in the end.

    The schedule is gone through whatever the scores, so that the time left that the user is told holds.

    Args:
        network: with the weights of the base; it is trained itself.
        examples: of the site.
        held_out: tiles to score on.
        folder: for the checkpoint and the best weights.
        schedule: how long and how.
        processes: that share each batch.
    """

    extra_weight = EXTRA_WEIGHT
    exploded = math.inf

    def __init__(
        self, network: nn.Module, examples: Examples, held_out: HeldOut, folder: Path, schedule: Schedule, processes: Processes
    ) -> None:
        self._base = copy.deepcopy(network).to(processes.device).eval()
        super().__init__(network, examples, held_out, folder, schedule, processes)
        self._best = load_checkpoint(folder / BEST) or {"score": math.inf, "weights": self._base.state_dict()}
        self.shown: nn.Module = self._base

    def score(self) -> float:
        """Of what is shown, on the watched tiles: the averaged weights or those half way; its time counts as training time."""
        began = time.monotonic()
        whole = copy.deepcopy(self.averaged.module)
        half = blended(self._base, whole, HALF_WAY)
        score, beside = self.score_of(whole), self.score_of(half)
        self.shown = whole if score <= beside else half
        self.seconds += time.monotonic() - began
        if score < self._best["score"]:
            self._best = {"score": score, "weights": whole.state_dict()}
            save_checkpoint(self._folder / BEST, self._best)
        return min(score, beside)

    def score_of(self, network: nn.Module) -> float:
        """`score` of another network; the time that it takes is not counted."""
        held_out: HeldOut = self._held_out
        return float(held_out.losses(network, held_out.watched, self._processes.device, self.precision).mean())

    def best(self) -> nn.Module:
        """The network with the weights of the best score of the whole way."""
        network = copy.deepcopy(self._base)
        network.load_state_dict(self._best["weights"])
        return network


def blended(base: nn.Module, tuned: nn.Module, share: float) -> nn.Module:
    """Weights between those of the base (0) and the tuned network (1): part of the gain at less forgetting.

    Averaging in weight space: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, eq. 1.
    """
    network = copy.deepcopy(tuned)
    both = tuned.state_dict()
    network.load_state_dict({name: value.lerp(both[name], share) for name, value in base.state_dict().items()})
    return network
