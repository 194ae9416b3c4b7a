"""The report of a fine-tuning: one HTML file with nothing outside it, and no word in it of patient, hospital, date or file.

Of one frame it shows the middle: what is burned into a frame stands at its border.
"""

from __future__ import annotations

import base64
import csv
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_whole

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ccc}"
    "td:first-child,th:first-child{text-align:left}figure{display:inline-block;margin:.5em}img{max-width:18em}"
)
WIDTH, HEIGHT, MARGIN = 640, 240, 46  # of the plot, in pixels
COLUMNS = {"noise": "noise", "edges": "edges kept", "wire_kept": "planted wire kept", "ghost": "ghost of the wire"}


def write_report(folder: Path, verdict: dict[str, Any], path: Path) -> None:
    """Writes the report of a finished run in `folder` (OutputNotWritable: the file exists, or the disk refused it)."""
    text = "\n".join([_head(verdict), _score(folder, verdict), _table(verdict), _pictures(folder), _details(folder, verdict)])
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Fine-tuning</title><style>{STYLE}</style>{text}</html>\n"
    write_whole(path, lambda file: file.write(page.encode()))


def _head(verdict: dict[str, Any]) -> str:
    title = "A gain" if verdict["gain"] else "No gain"
    return f"<h1>Fine-tuning: {title}</h1><p><strong>{escape(verdict['sentence'])}</strong></p>"


def _score(folder: Path, verdict: dict[str, Any]) -> str:
    score = verdict["score"]
    interval = f"95% interval {score['low']:+.4f} to {score['high']:+.4f}"
    words = (
        f"<p>Error score on what was held out ({escape(verdict['apart'])}; lower is better): base {score['base']:.4f}, tuned "
        f"{score['tuned']:.4f}, difference {score['difference']:+.4f} ({interval}). The score is the squared error against "
        "noisy targets whose noise the network has not seen; most of it is that noise.</p>"
    )
    return f"<h2>Score</h2>{words}{_plot(folder / 'log.csv')}"


def _plot(path: Path) -> str:
    """Held-out score over minutes as SVG, the base's as a dashed line; nothing where there are fewer than two rows."""
    if not path.exists():
        return ""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(float(row["minutes"]), float(row["held_out"]), float(row["base"])) for row in csv.DictReader(file)]
    if len(rows) < 2:
        return ""
    minutes, held_out, base = np.array(rows).T
    low, high = min(held_out.min(), base.min()), max(held_out.max(), base.max())
    x = MARGIN + (minutes / minutes[-1]) * (WIDTH - 2 * MARGIN)
    y, still = (HEIGHT - MARGIN - (values - low) / max(high - low, 1e-9) * (HEIGHT - 2 * MARGIN) for values in (held_out, base))
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg role=img aria-label="score over time" width={WIDTH} height={HEIGHT} font-size=13>'
        f'<line x1={MARGIN} x2={WIDTH - MARGIN} y1={still[-1]:.1f} y2={still[-1]:.1f} stroke=#888 stroke-dasharray=6 />'
        f'<polyline points="{points}" fill=none stroke=#06c stroke-width=2 />'
        f"<text x={MARGIN} y={still[-1] - 5:.1f} fill=#666>base</text>"
        f"<text x={x[-1] + 3:.1f} y={y[-1]:.1f} fill=#06c>tuned</text>"
        f"<text x=0 y={MARGIN}>{high:.3f}</text><text x=0 y={HEIGHT - MARGIN}>{low:.3f}</text>"
        f'<text x={WIDTH - MARGIN} y={HEIGHT - 20} text-anchor=end>{minutes[-1]:.1f} min</text></svg>'
    )


def _table(verdict: dict[str, Any]) -> str:
    head = "".join(f"<th>{words}, before<th>after" for words in COLUMNS.values())
    rows = "".join(f"<tr><td>{escape(row['label'])}{_cells(row)}" for row in verdict["held_out"])
    return f"<h2>On held-out cines</h2><table><tr><th>cine{head}{rows}</table>"


def _cells(row: dict[str, Any]) -> str:
    values = [(name, row[f"{name}_{when}"]) for name in COLUMNS for when in ("before", "after")]
    return "".join(f"<td>{_in_words(name, value)}" for name, value in values)


def _in_words(name: str, value: float | None) -> str:
    """Noise in stored units, shares in percent."""
    if value is None:
        return "–"
    return f"{value:.3g}" if name == "noise" else f"{value:.1%}"


def _pictures(folder: Path) -> str:
    path = folder / "preview.npz"
    if not path.exists():
        return ""
    with np.load(path, allow_pickle=False) as file:
        images, inverted = {name: _middle(file[name]) for name in ("noisy", "before", "after")}, bool(file["inverted"])
    low, high = np.percentile(images["before"], (0.5, 99.5))
    shown = {name: _grey(image, float(low), float(high), inverted) for name, image in images.items()}
    figures = (f"<figure>{_image(image)}<figcaption>{name}</figcaption></figure>" for name, image in shown.items())
    return "<h2>The middle of a frame</h2>" + "".join(figures)


def _middle(image: np.ndarray) -> np.ndarray:
    """Three fifths of [H, W] in either direction."""
    rows, columns = (slice(length // 5, length - length // 5) for length in image.shape)
    return image[rows, columns]


def _grey(image: np.ndarray, low: float, high: float, inverted: bool) -> np.ndarray:
    grey = np.clip((image - low) / max(high - low, 1e-6), 0, 1)
    return np.rint(255 * (1 - grey if inverted else grey)).astype(np.uint8)


def _image(grey: np.ndarray) -> str:
    import cv2

    content = base64.b64encode(cv2.imencode(".png", grey)[1].tobytes()).decode()
    return f'<img alt="" src="data:image/png;base64,{content}">'


def _details(folder: Path, verdict: dict[str, Any]) -> str:
    from ..training.run_folder import read_run

    run = read_run(folder)
    facts = [
        f"Base: {Path(run.order['base']).name}; minutes: {verdict['minutes']:g}, of which {run.training_minutes:.1f} for "
        "learning.",
        f"Cines: {len(run.rows)}, with {sum(row['frames'] for row in run.rows)} frames.",
        f"Way from the base's to the tuned weights: {verdict['share']:.0%}.",
        f"On images of other kinds the model changes by {-verdict['forgetting_db']:+.2f} dB.",
        *(f"Left out: {reason}" for reason in run.left_out),
        "Research use only: not for diagnosis or treatment.",
    ]
    return "<h2>How</h2><ul>" + "".join(f"<li>{escape(fact)}" for fact in facts) + "</ul>"
