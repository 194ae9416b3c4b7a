"""What all ways to compare have in common."""

from __future__ import annotations


class Way:
    """A way to compare: its layout is shown first, then `enter` fills it, and `leave` takes back what it put there.

    Attributes:
        layout: number of a layout of ours.
        views: names of its slice views, which look where the user looked before.
        hint: what the user is told meanwhile.
    """

    layout = 0
    views: tuple[str, ...] = ()
    hint = ""

    @staticmethod
    def missing(node) -> str:
        """Why a denoised node cannot be looked at in this way; "" where it can."""
        return ""

    def enter(self, after, before) -> None:
        """Shows a denoised node and its original."""

    def update(self, after, anew: bool) -> None:
        """The denoised node's results may have changed; anew: it was denoised again."""

    def leave(self) -> None:
        """Leaves nothing behind but hidden views."""
