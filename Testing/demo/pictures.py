"""Before, after and what was removed, side by side: the slice views' pictures with labels, and a short movie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GROUND, INK, FAINT, ACCENT = (18, 20, 23), (240, 240, 240), (150, 156, 163), (255, 190, 60)
GAP, MARGIN = 12, 20
MOVIE_WIDTH, GREYS = 400, 64
"""Pixels of each half of the movie, and its grey levels: a GIF of noise does not compress, and is to stay small."""


@dataclass(frozen=True)
class Column:
    """One column of the picture: a label, a remark beside it, and pictures [height, width, 3] from top to bottom."""

    label: str
    remark: str
    pictures: tuple[np.ndarray, ...]


def compose(columns: list[Column], box: tuple[int, int, int, int], title: str, notes: list[str]) -> Image.Image:
    """The columns side by side under a title, over notes.

    Args:
        box: left, top, right, bottom, in pixels of the first picture of each column, of the part that the second one magnifies.
    """
    widths = [column.pictures[0].shape[1] for column in columns]
    heights = [picture.shape[0] for picture in columns[0].pictures]
    top = MARGIN + 44
    bottom = top + 30 + sum(heights) + GAP * len(heights)
    size = (2 * MARGIN + sum(widths) + GAP * (len(widths) - 1), bottom + 24 * len(notes) + MARGIN)
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, INK, _font(24))
    left = MARGIN
    for column, width in zip(columns, widths, strict=True):
        _paste(sheet, draw, column, (left, top), box)
        left += width + GAP
    for line, note in enumerate(notes):
        draw.text((MARGIN, bottom + 24 * line), note, FAINT if line else INK, _font(16))
    return sheet


def _paste(sheet: Image.Image, draw: ImageDraw.ImageDraw, column: Column, at: tuple[int, int], box: tuple[int, ...]) -> None:
    left, top = at
    draw.text((left, top), column.label, ACCENT, _font(20))
    draw.text((left + draw.textlength(column.label, _font(20)) + 12, top + 3), column.remark, FAINT, _font(16))
    top += 30
    for number, picture in enumerate(column.pictures):
        sheet.paste(Image.fromarray(picture), (left, top))
        if number == 0:
            draw.rectangle([left + box[0], top + box[1], left + box[2], top + box[3]], outline=ACCENT)
        top += picture.shape[0] + GAP


def write_movie(path: Path, frames: list[tuple[np.ndarray, np.ndarray]], seconds: float, labels: tuple[str, str]) -> None:
    """An endless GIF of pairs of pictures [height, width, 3], before | after."""
    pages = [_page(pair, labels) for pair in frames]
    # Browsers slow down anything faster than 50 frames per second, and GIF counts hundredths.
    duration = max(20, round(seconds * 100) * 10)
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=duration, loop=0, optimize=True)


def _page(pair: tuple[np.ndarray, np.ndarray], labels: tuple[str, str]) -> Image.Image:
    halves = [Image.fromarray(picture).convert("L") for picture in pair]
    height = round(MOVIE_WIDTH * halves[0].height / halves[0].width)
    page = Image.new("L", (2 * MOVIE_WIDTH + GAP, height + 28), GROUND[0])
    draw = ImageDraw.Draw(page)
    for number, (half, label) in enumerate(zip(halves, labels, strict=True)):
        left = number * (MOVIE_WIDTH + GAP)
        page.paste(half.resize((MOVIE_WIDTH, height), Image.Resampling.LANCZOS), (left, 28))
        draw.text((left + 4, 4), label, 235, _font(16))
    return page.quantize(GREYS, dither=Image.Dither.NONE)


def _font(size: int) -> ImageFont.ImageFont:
    return ImageFont.load_default(size)
