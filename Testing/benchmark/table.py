"""From scores to a table: means over scenes with intervals, and how far the product is from the best peer of each scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from Testing.benchmark.measures import MEASURES

RESAMPLED = 2000
TARGETS = {"psnr": 2.0, "psnr_log": 2.0, "ssim": 0.0}
"""What `FluoroDenoise review` is to gain on the best classical peer of each scene, on average (issue: "Figures to reach")."""
OURS = ("FluoroDenoise live", "FluoroDenoise review")

Scores = Sequence[dict[str, Any]]
"""One row per method, scene, dose and noise seed: method, scene, dose, seed, ms and the measures."""


def interval(values: np.ndarray) -> tuple[float, float]:
    """95% bootstrap interval of the mean of [N] values, seeded."""
    draws = np.random.default_rng(0).integers(len(values), size=(RESAMPLED, len(values)))
    return tuple(float(v) for v in np.percentile(values[draws].mean(1), (2.5, 97.5)))


def markdown(scores: Scores) -> str:
    """The whole report as Markdown."""
    doses = sorted({row["dose"] for row in scores}, reverse=True)
    return "\n\n".join(_section([row for row in scores if row["dose"] == dose], dose) for dose in doses) + "\n"


def _section(scores: Scores, dose: float) -> str:
    methods = list(dict.fromkeys(row["method"] for row in scores))
    scenes = len({row["scene"] for row in scores})
    lines = [f"## {dose:g} quanta per pixel, {scenes} scenes", "", "| method | " + " | ".join(MEASURES) + " | ms/frame |"]
    lines.append("|---" * (len(MEASURES) + 2) + "|")
    lines += [_line(method, [row for row in scores if row["method"] == method]) for method in methods]
    return "\n".join(lines + [""] + [_gain(scores, ours, measure) for ours in OURS if ours in methods for measure in TARGETS])


def _line(method: str, rows: Scores) -> str:
    cells = [_cell([row[measure] for row in rows], 3 if measure in ("ssim", "vif") else 2) for measure in MEASURES]
    return f"| {method} | " + " | ".join(cells) + f" | {np.median([row['ms'] for row in rows]):.1f} |"


def _cell(values: list[float | None], digits: int) -> str:
    if any(value is None for value in values):
        return "-"
    low, high = interval(np.array(values))
    return f"{np.mean(values):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def gains(scores: Scores, ours: str, measure: str) -> np.ndarray:
    """[scenes x seeds] difference of one of our rows to the best classical peer of the same scene and seed."""
    cells = list(dict.fromkeys((row["scene"], row["seed"]) for row in scores))
    return np.array([_gain_in([r for r in scores if (r["scene"], r["seed"]) == cell], ours, measure) for cell in cells])


def _gain_in(rows: Scores, ours: str, measure: str) -> float:
    peers = [row[measure] for row in rows if row["method"] not in OURS]
    return next(row[measure] for row in rows if row["method"] == ours) - max(peers)


def _gain(scores: Scores, ours: str, measure: str) -> str:
    values = gains(scores, ours, measure)
    low, high = interval(values)
    target = f" (target {TARGETS[measure]:+.1f})" if ours == OURS[1] else ""
    return f"- {ours}, {measure}: {values.mean():+.3f} [{low:+.3f}, {high:+.3f}] against each scene's best peer{target}"
