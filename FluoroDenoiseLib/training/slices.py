"""CT slices to learn from: two noisy reconstructions of one scan, whose quanta were dealt out. No clean slice has a place here.

The network is shown one part of the dose and held against the other. Their noise is independent, so the squared error against
the other part is, up to a constant, the one against the clean slice (Lehtinen et al., ICML 2018, section 2).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from ..cine import Cine
from ..errors import UnreadableInput
from ..networks.evidence import PLANES
from ..networks.streaming import IMAGES
from ..noise.slice_analysis import analyse_slices
from ..passes import neighbouring_slices
from ..simulation.ct import as_cine
from ..stabilised import StabilisedFrames
from .batches import FUTURE, PAST, Examples, hide
from .example_files import write_example_files
from .examples import example_of
from .sequences import DAMAGED
from .student import predict
from .timed import TimedTraining

MISJUDGED = 0.08  # relative error of the noise level; scanners differ more from the expected law than cines from theirs
ALONE = 0.15  # share of examples that lack a side: first and last slices


class NoisyPairs:
    """The pairs of noisy stacks in a folder of .npz files (frames, others, spacing), read one at a time; nothing else is read.

    Raises:
        UnreadableInput: the folder holds no such file, or none with a pair.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.glob("[!.]*.npz"))  # what is hidden was cut short by a kill
        if not self._paths:
            raise UnreadableInput(f"Found no slices (*.npz) in {folder}; make them first: python -m Training.make_slices.")
        if not any(map(_holds_a_pair, self._paths)):
            raise UnreadableInput(
                f"Found no pair of slices in the {len(self._paths)} files of {folder}; "
                "expected what Training.make_slices writes."
            )

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, index: int) -> str:
        """Name of a stack, without folder and suffix."""
        return self._paths[index].stem

    def __getitem__(self, index: int) -> tuple[Cine, Cine]:
        path = self._paths[index]
        try:
            with np.load(path, allow_pickle=False) as file:
                if "others" not in file.files:
                    raise UnreadableInput(f"{path.name} holds no pair of slices; expected what Training.make_slices writes.")
                shown, others = file["frames"], file["others"]
                _refuse_no_pair(shown, others, path.name)
                spacing = tuple(float(x) for x in file["spacing"])
                return as_cine(shown, spacing), as_cine(others, spacing)
        except DAMAGED as error:
            raise UnreadableInput(f"{path.name} is damaged ({error}); delete it and make it anew.") from error


def _refuse_no_pair(shown: np.ndarray, others: np.ndarray, name: str) -> None:
    if shown.shape != others.shape:
        raise UnreadableInput(f"{name} holds slices {shown.shape} and {others.shape}; expected two parts of one scan.")
    if not (np.isfinite(shown).all() and np.isfinite(others).all()):
        raise UnreadableInput(f"{name} holds NaN or infinity; delete it and make it anew.")


def _holds_a_pair(path: Path) -> bool:
    """Whether a file can be read and tells of both parts of a dose."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {"frames", "others", "spacing"} <= set(file.files)
    except DAMAGED:
        return False


def make_slice_examples(shown: Cine, other: Cine, rng: np.random.Generator) -> np.ndarray:
    """Examples [N, 8, H, W] float16 (see `examples.example_of`) of the slices shown; targets are those of the other part."""
    analysis = analyse_slices(shown)
    frames = StabilisedFrames(shown, analysis)
    misjudged = np.float32(math.exp(MISJUDGED * rng.standard_normal()))
    sides = neighbouring_slices(frames, both=True)
    targets = (analysis.stabiliser.forward(slice_) for slice_ in other.frames)
    return np.stack(
        [
            example_of(frames[t][0], target, misjudged * frames[t][1], *side)
            for t, (target, side) in enumerate(zip(targets, sides, strict=True))
        ]
    )


def write_slice_examples(pairs: NoisyPairs, folder: Path, seed: int) -> list[str]:
    """Writes NNNN.npy for each stack into `folder` (see `write_example_files`) and says what was left out, and why."""
    return write_example_files(pairs, folder, lambda k: make_slice_examples(*pairs[k], np.random.default_rng((seed, k))))


class SliceTraining(TimedTraining):
    """The streaming network learns CT slices from `Examples` of them."""

    channels = IMAGES

    def loss(self, network: nn.Module, batch: Tensor) -> Tensor:
        """Mean square of the difference to the other part of the dose, against that of what is shown.

        In units of the whole crop's noise as it is: where the map falls short of it, a few crops would drown all others.
        """
        planes, target = batch[:, :PLANES], batch[:, PLANES:]
        shown = (planes[:, :1] - target).square().mean(dim=(1, 2, 3), keepdim=True)
        return ((predict(network, planes, self.precision) - target).square() / shown).mean()

    def draw(self, source: Examples, rng: np.random.Generator) -> Tensor:
        """A batch in which some slices are the first or the last of their stack."""
        batch = super().draw(source, rng)
        for example in batch:
            if rng.random() < ALONE:
                hide(example, PAST if rng.random() < 0.5 else FUTURE)
        return batch
