"""The table as Markdown."""

from __future__ import annotations

from typing import Any

HEAD = (
    "| trained with | PSNR dB | PSNR log dB | SSIM | wire kept | ghost | ms/frame | kMAC/px | parameters | minutes | steps |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def markdown(results: list[dict[str, Any]]) -> str:
    """One line for each result, in their order."""
    return "\n".join([HEAD, *(_line(result) for result in results)]) + "\n"


def _line(result: dict[str, Any]) -> str:
    figures = result["figures"]
    cells = [
        result["label"],
        f"{figures['psnr']:.2f}",
        f"{figures['psnr_log']:.2f}",
        f"{figures['ssim']:.3f}",
        f"{figures['kept']:.0%}",
        f"{figures['ghost']:.1%}",
        *_cost(result),
    ]
    return "| " + " | ".join(cells) + " |"


def _cost(result: dict[str, Any]) -> list[str]:
    if not result["steps"]:
        return ["-"] * 5
    macs, parameters = f"{result['macs'] / 1000:.1f}", f"{result['parameters'] / 1e6:.2f} M"
    return [f"{result['figures']['ms']:.0f}", macs, parameters, f"{result['minutes']:g}", f"{result['steps']}"]
