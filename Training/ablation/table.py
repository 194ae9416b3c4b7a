"""The table as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

COLUMNS = (
    "trained with",
    "PSNR dB",
    "PSNR log dB",
    "SSIM",
    "wire kept",
    "ghost",
    "ms/frame, one core",
    "kMAC/px",
    "parameters",
    "minutes",
    "steps",
    "seeds",
)
SPECS = {"psnr": ".2f", "psnr_log": ".2f", "ssim": ".3f", "kept": ".0%", "ghost": ".1%"}


def markdown(rows: list[list[dict[str, Any]]]) -> str:
    """One line for each row, in their order, from its results with one seed or several."""
    head = [_cells(COLUMNS), "|" + "---|" * len(COLUMNS)]
    return "\n".join([*head, *(_line(seeds) for seeds in rows)]) + "\n"


def with_interval(values: list[float], spec: str) -> str:
    """A value, or of several their mean and half of its 95% interval (Student's t, of seeds as drawn independently)."""
    if len(values) == 1:
        return f"{values[0]:{spec}}"
    from scipy.stats import t

    half = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return f"{np.mean(values):{spec}} \u00b1 {half:{spec}}"


def _line(seeds: list[dict[str, Any]]) -> str:
    figures = [with_interval([one["figures"][key] for one in seeds], spec) for key, spec in SPECS.items()]
    return _cells([seeds[0]["label"], *figures, *_cost(seeds), str(len(seeds))])


def _cells(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _cost(seeds: list[dict[str, Any]]) -> list[str]:
    first = seeds[0]
    if not first["steps"]:
        return ["-"] * 5
    milliseconds = np.mean([one["figures"]["ms"] for one in seeds])
    steps = np.mean([one["steps"] for one in seeds])
    macs, parameters = f"{first['macs'] / 1000:.1f}", f"{first['parameters'] / 1e6:.2f} M"
    return [f"{milliseconds:.0f}", macs, parameters, f"{first['minutes']:g}", f"{steps:.0f}"]
