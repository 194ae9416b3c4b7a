"""The published student: a plain U-Net on the one noisy frame (Ronneberger et al. 2015, arXiv 1505.04597)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .padding import pad_to_multiple


def _double_convolution(inputs: int, middle: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, middle, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(middle, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
    )


class PlainUNet(nn.Module):
    """Maps a noisy frame to a clean one; the reference that the shipped streaming student is measured against.

    Of the published student it is public that it is a plain U-Net of five levels with bilinear upsampling, not how wide;
    width 56 has its 123 GMAC at 512x512 (122.2 counted; 13.2 M parameters). Frames should be scaled to about [0, 1], as
    published. There is no batch normalisation: without a residual path the absolute level must pass through the network,
    and normalising loses it (ten times the squared error when tried).

    Args:
        width: channels at full resolution, even, doubled on each coarser level but the last.
        depth: levels of resolution, >= 2.
    """

    def __init__(self, width: int = 56, depth: int = 5) -> None:
        super().__init__()
        if width < 2 or width % 2 or depth < 2:
            raise ValueError(f"Found width={width}, depth={depth}; expected an even width and at least two levels.")
        self.stride = 2 ** (depth - 1)
        widths = [width * 2**level for level in range(depth - 1)]
        encoded = [*widths, widths[-1]]
        decoded = [width, *widths[:-1]]
        self.encoder = nn.ModuleList(
            _double_convolution(before, after, after) for before, after in zip([1, *widths], encoded, strict=True)
        )
        self.decoder = nn.ModuleList(
            _double_convolution(2 * joined, joined, handed_on)
            for joined, handed_on in zip(reversed(widths), reversed(decoded), strict=True)
        )
        self.output = nn.Conv2d(width, 1, 1)

    def forward(self, frame: Tensor) -> Tensor:
        """Frames [N, 1, H, W] of any size to predictions of the same shape and units."""
        rows, columns = frame.shape[-2:]
        return self._denoise(pad_to_multiple(frame, self.stride))[..., :rows, :columns]

    def _denoise(self, features: Tensor) -> Tensor:
        skips = []
        for level, block in enumerate(self.encoder):
            features = block(features if level == 0 else functional.max_pool2d(features, 2))
            skips.append(features)
        for block, skip in zip(self.decoder, reversed(skips[:-1]), strict=True):
            upward = functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
            features = block(torch.cat([skip, upward], dim=1))
        return self.output(features)
