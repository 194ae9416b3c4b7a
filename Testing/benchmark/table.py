"""From scores to a table: means over scenes with intervals, and how far the product is from the best peer of each scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from Testing.benchmark.measures import MEASURES

TARGETS = {"psnr": 2.0, "psnr_log": 2.0, "ssim": 0.0}
"""What `FluoroDenoise review` is to gain on the best classical peer of each scene, on average (issue: "Figures to reach")."""
OURS = ("FluoroDenoise live", "FluoroDenoise review")

Scores = Sequence[dict[str, Any]]
"""One row per method, scene, dose and noise seed: method, scene, dose, seed, ms and the measures."""


def interval(scenes: Sequence[np.ndarray] | np.ndarray) -> tuple[float, float]:
    """95% interval of the mean over scenes, by Student's t: a bootstrap of a handful of scenes is a quarter too narrow.

    Args:
        scenes: the values of each scene over its noise seeds [S], whose mean counts; an array [N] is N scenes of one seed.
    """
    means = np.array([np.mean(values) for values in scenes])
    reach = stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean() - reach), float(means.mean() + reach)


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
    cells = [_cell(rows, measure, 3 if measure in ("ssim", "vif") else 2) for measure in MEASURES]
    return f"| {method} | " + " | ".join(cells) + f" | {np.median([row['ms'] for row in rows]):.1f} |"


def _cell(rows: Scores, measure: str, digits: int) -> str:
    if any(row[measure] is None for row in rows):
        return "-"
    scenes = [np.array([row[measure] for row in one]) for one in _by_scene(rows)]
    low, high = interval(scenes)
    return f"{np.mean(np.concatenate(scenes)):.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _by_scene(rows: Scores) -> list[Scores]:
    return [[row for row in rows if row["scene"] == name] for name in dict.fromkeys(row["scene"] for row in rows)]


def gains(scores: Scores, ours: str, measure: str) -> list[np.ndarray]:
    """For each scene the differences [S] of one of our rows to the best classical peer of the same scene and noise seed."""
    return [_gains_of(rows, ours, measure) for rows in _by_scene(scores)]


def _gains_of(rows: Scores, ours: str, measure: str) -> np.ndarray:
    seeds = dict.fromkeys(row["seed"] for row in rows)
    return np.array([_gain_in([row for row in rows if row["seed"] == seed], ours, measure) for seed in seeds])


def _gain_in(rows: Scores, ours: str, measure: str) -> float:
    peers = [row[measure] for row in rows if row["method"] not in OURS]
    return next(row[measure] for row in rows if row["method"] == ours) - max(peers)


def _gain(scores: Scores, ours: str, measure: str) -> str:
    values = gains(scores, ours, measure)
    low, high = interval(values)
    mean = np.mean(np.concatenate(values))
    target = f" (target {TARGETS[measure]:+.1f})" if ours == OURS[1] else ""
    return f"- {ours}, {measure}: {mean:+.3f} [{low:+.3f}, {high:+.3f}] against each scene's best peer{target}"
