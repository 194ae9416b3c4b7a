"""What numbers the recipes' options take: a wrong one is told at once, and not when hours are spent."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError


def minutes(text: str) -> float:
    """A time above 0."""
    if not 0 < (value := _number(text)) < math.inf:
        raise ArgumentTypeError(f"found {text}; expected minutes above 0, such as 30")
    return value


def rate(text: str) -> float:
    """A learning rate, 0 or more."""
    if not 0 <= (value := _number(text)) < math.inf:
        raise ArgumentTypeError(f"found {text}; expected a learning rate of 0 or more, such as 0.001")
    return value


def share(text: str) -> float:
    """From 0 to 1."""
    if not 0 <= (value := _number(text)) <= 1:
        raise ArgumentTypeError(f"found {text}; expected a share from 0 to 1")
    return value


def count(text: str) -> int:
    """A whole number from 1 on."""
    return _whole(text, 1)


def number(text: str) -> int:
    """A whole number from 0 on: of things of which there may be none, or a seed."""
    return _whole(text, 0)


def side(text: str) -> int:
    """Pixels along a side of a cine."""
    return _whole(text, 64)


def _whole(text: str, least: int) -> int:
    if not text.strip().isdecimal() or not least <= int(text) < 2**31:
        raise ArgumentTypeError(f"found {text}; expected a whole number from {least} on")
    return int(text)


def _number(text: str) -> float:
    """NaN, which no comparison takes, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
