"""From scores to a table: means over scenes with intervals, and how far the product is from the best peer of each scene.

The scenes are a crossed design, every motion in each of a few CTs. An interval over them takes each for a draw of its own; that
over noise seeds holds for these scenes alone; for new patients there is none. So the means by CT and by motion stand beside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from Testing.benchmark.measures import MEASURES

TARGETS = {"psnr": 2.0, "psnr_log": 2.0, "ssim": 0.0}
"""What `FluoroDenoise review` is to gain on the best classical peer of each scene, on average (issue: "Figures to reach")."""
DIGITS = {"psnr": 2, "psnr_log": 2, "ssim": 3, "vif": 3}
OURS = ("FluoroDenoise live", "FluoroDenoise review")

Scores = Sequence[dict[str, Any]]
"""One row per method, scene, dose and noise seed: method, scene (CT and motion), dose, seed, ms and the measures."""


def interval(scenes: Sequence[np.ndarray] | np.ndarray) -> tuple[float, float]:
    """95% interval of the mean over scenes, by Student's t: a bootstrap of a handful of scenes is a quarter too narrow.

    It takes scenes for independent draws, which scenes of one CT or one motion are not.

    Args:
        scenes: the values of each scene over its noise seeds [S], whose mean counts; an array [N] is N scenes of one seed.
    """
    means = np.array([np.mean(values) for values in scenes])
    reach = stats.t.ppf(0.975, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean() - reach), float(means.mean() + reach)


def seeds_reach(scenes: Sequence[np.ndarray] | np.ndarray) -> float | None:
    """Half of the 95% interval of the mean of fixed scenes, were only their noise drawn again; None of one seed each.

    Student's t with the variance within scenes, pooled: noise is drawn for every scene anew.

    Args:
        scenes: as for `interval`, [S] each.
    """
    degrees = sum(np.size(values) - 1 for values in scenes)
    if not degrees:
        return None
    variance = sum(np.sum((values - np.mean(values)) ** 2) for values in scenes) / degrees
    of_mean = variance * sum(1 / np.size(values) for values in scenes) / len(scenes) ** 2
    return float(stats.t.ppf(0.975, degrees) * np.sqrt(of_mean))


def with_intervals(scenes: Sequence[np.ndarray] | np.ndarray, form: str) -> str:
    """The mean of scenes [S] in a format such as ".2f", [interval over scenes], and +- over seeds where there are more."""
    low, high = interval(scenes)
    reach = seeds_reach(scenes)
    seeds = "" if reach is None else f" ±{reach:{form.lstrip('+')}}"
    return f"{np.mean([np.mean(values) for values in scenes]):{form}} [{low:{form}}, {high:{form}}]{seeds}"


def explanation(cts: int, seeds: int, scenes: str = "scenes") -> str:
    """What the intervals are, and what they are not."""
    drawn = f"; after ±: 95% over {seeds} noise seeds of these very {scenes}" if seeds > 1 else ""
    patients = f"{cts} CT{'s give' if cts > 1 else ' gives'} no interval for new patients."
    return f"In brackets: Student's 95% over {scenes}, as if each were an independent draw{drawn}. {patients}"


def markdown(scores: Scores) -> str:
    """The whole report as Markdown."""
    doses = sorted({row["dose"] for row in scores}, reverse=True)
    return "\n\n".join(_section([row for row in scores if row["dose"] == dose], dose) for dose in doses) + "\n"


def _section(scores: Scores, dose: float) -> str:
    methods = list(dict.fromkeys(row["method"] for row in scores))
    scenes, seeds = len(_by_scene(scores)), len({row["seed"] for row in scores})
    lines = [f"## {dose:g} quanta per pixel, {scenes} scenes", "", "| method | " + " | ".join(MEASURES) + " | ms/frame |"]
    lines.append("|---" * (len(MEASURES) + 2) + "|")
    lines += [_line(method, [row for row in scores if row["method"] == method]) for method in methods]
    lines += ["", explanation(len(_named(scores, _ct)), seeds), ""]
    gained = [(ours, measure) for ours in OURS if ours in methods for measure in TARGETS]
    return "\n".join(lines + [_gain(scores, *each) for each in gained] + ["", _by_ct_and_motion(scores, methods, gained)])


def _line(method: str, rows: Scores) -> str:
    cells = [_cell(rows, measure, f".{DIGITS[measure]}f") for measure in MEASURES]
    return f"| {method} | " + " | ".join(cells) + f" | {np.median([row['ms'] for row in rows]):.1f} |"


def _cell(rows: Scores, measure: str, form: str) -> str:
    if any(row[measure] is None for row in rows):
        return "-"
    return with_intervals([np.array([row[measure] for row in one]) for one in _by_scene(rows)], form)


def _by_ct_and_motion(scores: Scores, methods: list[str], gained: list[tuple[str, str]]) -> str:
    """Means of each CT over its motions and of each motion over the CTs: PSNR of every method, and what the product gains."""
    parts = _named(scores, _ct) | _named(scores, _motion)
    lines = ["Means of each CT, over motions, and of each motion, over CTs:", "", "| | " + " | ".join(parts) + " |"]
    lines.append("|---" * (len(parts) + 1) + "|")
    for method in methods:
        means = (np.mean([row["psnr"] for row in part if row["method"] == method]) for part in parts.values())
        lines.append(f"| {method}, psnr | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")
    for ours, measure in gained:
        means = (np.mean(np.concatenate(gains(part, ours, measure))) for part in parts.values())
        lines.append(f"| {ours} over best peer, {measure} | " + " | ".join(f"{mean:+.3f}" for mean in means) + " |")
    return "\n".join(lines)


def _named(scores: Scores, name: Callable[[str], str]) -> dict[str, Scores]:
    """Rows by a part of their scene's name."""
    names = dict.fromkeys(name(row["scene"]) for row in scores)
    return {one: [row for row in scores if name(row["scene"]) == one] for one in names}


def _ct(scene: str) -> str:
    return scene.rpartition(" ")[0]


def _motion(scene: str) -> str:
    return scene.rpartition(" ")[2]


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
    gained = with_intervals(gains(scores, ours, measure), "+.3f")
    target = f" (target {TARGETS[measure]:+.1f})" if ours == OURS[1] else ""
    return f"- {ours}, {measure}: {gained} against each scene's best peer{target}"
