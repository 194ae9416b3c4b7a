"""What is learnt from and what is held out to judge by: other patients or series where there are, else other cines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..noise.recursion import MIN_FRAMES
from .site_cines import ALONE

SHARE = 0.2  # of the cines that is held out
LAST = 1 / 3  # of the frames, where there is one cine only
FEWEST_OF_ONE = 2 * MIN_FRAMES  # of a single cine: both what is learnt from and what is held out must be a cine


@dataclass(frozen=True)
class Split:
    """What is learnt from and what is held out: (number of the cine, first frame, end of its frames) each.

    Attributes:
        learnt, held_out: parts of cines.
        apart: in words, how much is held out, and by what the two are apart.
    """

    learnt: tuple[tuple[int, int, int], ...]
    held_out: tuple[tuple[int, int, int], ...]
    apart: str


def split(groups: list[str], frames: list[int]) -> Split:
    """Holds out about a fifth of the cines.

    Args:
        groups: of each cine (`Origin.group`); cines of one (patient, else series) are never on both sides where there are
            several.
        frames: of each cine.
    """
    if len(groups) == 1:
        return _one_cine(frames[0])
    chosen = _groups_to_hold_out(groups) if len(set(groups)) > 1 else None
    count = max(1, round(SHARE * len(groups)))
    held = {k for k, group in enumerate(groups) if group in chosen} if chosen else set(range(len(groups) - count, len(groups)))
    learnt, out = (tuple((k, 0, n) for k, n in enumerate(frames) if (k in held) is side) for side in (False, True))
    return Split(learnt, out, f"{len(out)} {'cine' if len(out) == 1 else 'cines'} of {_apart(groups, chosen)}")


def _apart(groups: list[str], chosen: set[str] | None) -> str:
    if any(group.startswith(ALONE) for group in groups):
        return "other files, whose patients are not known"
    return "other patients or series" if chosen else "the same patient or series"


def _groups_to_hold_out(groups: list[str]) -> set[str]:
    """Small groups first, until they hold a fifth of the cines; one group at least is left to learn from."""
    sizes = sorted(Counter(groups).items(), key=lambda item: item[1])  # of equals the first that was given
    chosen: set[str] = set()
    for group, _ in sizes[:-1]:
        if sum(other in chosen for other in groups) >= SHARE * len(groups):
            break
        chosen.add(group)
    return chosen


def _one_cine(frames: int) -> Split:
    end = frames - max(round(LAST * frames), MIN_FRAMES)
    return Split(((0, 0, end),), ((0, end, frames),), "later frames of the same cine")
