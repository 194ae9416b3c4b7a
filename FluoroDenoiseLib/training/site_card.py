"""What the card of a site's model says: base, training, the site's noise, the verdict; and nothing of patient or hospital."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..models.cards import kind_of
from ..models.zoo import Model
from .run_folder import Run

LEVELS = 12  # at which the mean law is given


def facts(base: Model, run: Run, noise: Sequence[dict[str, Any]], steps: int, verdict: dict[str, Any]) -> dict[str, Any]:
    """The card's entries beside those that `export.export_model` writes.

    Args:
        base: the model that was tuned.
        run: what was ordered, and of how many cines.
        noise: `site_clips.Clips.noise` of each cine.
        steps: of training.
        verdict: as in verdict.json.
    """
    return {
        "purpose": base.card.get("purpose", "Fluoroscopy. Research use only."),
        "kind": kind_of(base.card),
        "training": _training(base, run, steps),
        "site_noise": site_noise(noise),
        "figures_on_held_out_cines": {name: verdict[name] for name in ("score", "held_out", "forgetting_db", "apart")},
        "limits": [
            "Tuned to the cines of one site: other systems, protocols and doses may fare worse than with the base model.",
            *base.card.get("limits", []),
        ],
    }


def _training(base: Model, run: Run, steps: int) -> dict[str, Any]:
    return {
        "data": f"Noisy cines of one site: {len(run.rows)}, with {sum(row['frames'] for row in run.rows)} frames, "
        "those held out to judge by included.",
        "objective": "recorruption with the estimated covariance (training/losses/recorruption.py)",
        "minutes": round(run.training_minutes, 1),
        "steps": steps,
        "seed": run.order["seed"],
        "base": {"name": base.name, "sha256": base.sha256},
    }


def site_noise(noise: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over cines: law, covariance, correlation, recursion, fixed pattern, stripes. None: not found in any."""
    return {
        **_law(noise),
        "covariance": np.mean([one["covariance"] for one in noise], axis=0).round(4).tolist(),
        "correlation": _mean_of(noise, "correlation", "down", "right"),
        "vendor_recursion": _mean([one["vendor_recursion"] for one in noise]),
        "fixed_pattern": _mean([one["fixed_pattern"] for one in noise]),
        "stripes": _mean_of(noise, "stripes", "rows", "columns"),
    }


def _law(noise: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Mean deviation at levels over the range of all cines; each cine speaks of its own levels only."""
    low, high = min(one["levels"][0] for one in noise), max(one["levels"][-1] for one in noise)
    levels = np.linspace(low, high, LEVELS)
    outside = {"left": np.nan, "right": np.nan}
    sigma = np.array([np.interp(levels, one["levels"], one["sigma"], **outside) for one in noise])
    known = np.isfinite(sigma).any(axis=0)
    means = np.nanmean(sigma[:, known], axis=0)
    return {"levels": _short(levels[known]), "sigma": _short(means)}


def _mean_of(noise: Sequence[dict[str, Any]], name: str, *parts: str) -> dict[str, float | None]:
    return {part: _mean([one[name][part] for one in noise if one[name]]) for part in parts}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 3) if known else None


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
