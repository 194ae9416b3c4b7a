"""Denoiser: the whole path of a cine, for review (may look ahead) and live (frame by frame)."""


class Denoiser:
    """Placeholder while the house is built."""
