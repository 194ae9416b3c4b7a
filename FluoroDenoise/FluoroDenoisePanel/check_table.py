"""The figures of a check as a person reads them, each with how it was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

BEFORE, AFTER = _("Before"), _("After")
STRUCTURE = 0.1
"""Score from which what was removed is called structure (see `FluoroDenoiseLib.quality.removed.judge`)."""


@dataclass(frozen=True)
class Row:
    """One measure: its name, its values before and after as text ("" where there is none), and how it was measured."""

    measure: str
    before: str
    after: str
    how: str


def rowsOf(check: Any) -> list[Row]:
    """The rows of a `FluoroDenoiseLib.jobs.check_job.Check`."""
    m = check.measures
    return [
        Row(_("Noise"), _number(m["noise_before"]), _number(m["noise_after"]), m["how"]),
        Row(_("Noise removed"), "", _decibels(m["noise_reduction_db"]), _("20 log10 of the ratio of the two noises above.")),
        Row(
            _("Flicker"),
            _number(m["flicker_before"]),
            _number(m["flicker_after"]),
            _("Standard deviation of the difference of neighbouring frames in flat blocks, divided by the root of two."),
        ),
        Row(
            _("Edges kept"),
            "",
            _share(m["edges_kept"]),
            _("Slope along the strongest edges, after over before; edges are found in the original's neighbouring frames."),
        ),
        Row(
            _("Moving kept"),
            "",
            _share(m["moving_kept"]),
            _("How much is left of what passed through one frame and is in neither neighbour, such as a moving wire."),
        ),
        Row(
            _("Ghost"),
            "",
            _share(m["ghost"]),
            _("How much of what passed through a frame is seen at the same place one frame later."),
        ),
        Row(
            _("Brightness changed"),
            "",
            f"{100 * m['mean_change'] + 0.0:+.2f}%",
            _("Change of the mean in flat blocks, as a share of it; where values are signed, of the grey span."),
        ),
        Row(
            _("Structure removed"),
            "",
            _inFrames(check.frames),
            _("Frames in which original minus denoised holds connected lines or blobs that noise does not make."),
        ),
    ]


def asColumns(rows: list[Row]) -> dict[str, list[str]]:
    """The rows as columns of a table node."""
    columns = {_("Measure"): "measure", BEFORE: "before", AFTER: "after", _("How it is measured"): "how"}
    return {title: [getattr(row, name) for row in rows] for title, name in columns.items()}


def warningOf(check: Any) -> str:
    """What the user must know of a check: that structure may have been removed; "" where nothing speaks for it."""
    if check.frames:
        return _("Structure may have been removed in {frames}. Look at it before and after.").format(
            frames=_inFrames(check.frames)
        )
    return check.measures["residual_structure"]["verdict"] if check.measures["residual_structure"]["score"] >= STRUCTURE else ""


def _number(value: float | None) -> str:
    return _("not measurable") if value is None else f"{value:.3g}"


def _share(value: float | None) -> str:
    return _("nothing to measure") if value is None else f"{100 * value:.0f}%"


def _decibels(value: float | None) -> str:
    return _("not measurable") if value is None else f"{value:.1f} dB"


def _inFrames(frames: list[int]) -> str:
    """'frame 3', 'frames 3, 7-9' (counted from 1), or 'none'."""
    if not frames:
        return _("none")
    breaks = [i for i in range(1, len(frames)) if frames[i] != frames[i - 1] + 1]
    runs = [frames[start:end] for start, end in zip([0, *breaks], [*breaks, len(frames)], strict=True)]
    texts = [f"{run[0] + 1}" if len(run) == 1 else f"{run[0] + 1}-{run[-1] + 1}" for run in runs]
    named = _("frame {numbers}") if len(frames) == 1 else _("frames {numbers}")
    return named.format(numbers=", ".join(texts))
