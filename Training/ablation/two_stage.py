"""A two-stage network of the class of FastDVDnet (Tassano, Delon and Veit, CVPR 2020, arXiv 1907.01361), for comparison.

Written from the paper's figure and text, for grey frames: no motion compensation; every three neighbouring frames go through
one denoising U-Net, and the three results through a second one. Never shipped.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from FluoroDenoiseLib.networks.padding import pad_to_multiple

FRAMES = 5
STRIDE = 4  # of the coarsest level
NEEDED = 0.5  # of the work, for each new frame of a cine: two of the first stage's three results are known from before


class TwoStage(nn.Module):
    """Centre frame of five, denoised: [N, 6, H, W] (five frames and a map of the noise level) to [N, 1, H, W].

    Args:
        width: channels at full resolution, doubled on each of the two coarser levels; published 32.
        entry: channels for each frame in the first convolution; published 30.
    """

    def __init__(self, width: int = 32, entry: int = 30) -> None:
        super().__init__()
        self.first, self.second = _Stage(width, entry), _Stage(width, entry)

    def forward(self, window: Tensor) -> Tensor:
        """Frames in [0, 1] and standard deviation of their noise in the same unit."""
        rows, columns = window.shape[-2:]
        padded = pad_to_multiple(window, STRIDE)
        frames, noise = padded.split((FRAMES, 1), dim=1)
        denoised = [self.first(frames[:, start : start + 3], noise) for start in range(3)]
        return self.second(torch.cat(denoised, dim=1), noise)[..., :rows, :columns]


class _Stage(nn.Module):
    """Three frames [N, 3, H, W] and a noise map to their middle one, denoised, [N, 1, H, W]."""

    def __init__(self, width: int, entry: int) -> None:
        super().__init__()
        # Grouped: each frame, with its noise map, has filters of its own before they are joined.
        self.enter = nn.Sequential(_convolution(6, 3 * entry, groups=3), _convolution(3 * entry, width))
        self.down_half = nn.Sequential(_convolution(width, 2 * width, stride=2), _double(2 * width))
        self.down_quarter = nn.Sequential(_convolution(2 * width, 4 * width, stride=2), _double(4 * width))
        self.up_half = nn.Sequential(_double(4 * width), _upward(4 * width, 2 * width))
        self.up_whole = nn.Sequential(_double(2 * width), _upward(2 * width, width))
        self.leave = nn.Sequential(_convolution(width, width), nn.Conv2d(width, 1, 3, padding=1, bias=False))

    def forward(self, frames: Tensor, noise: Tensor) -> Tensor:
        images = torch.cat([torch.cat([frames[:, k : k + 1], noise], dim=1) for k in range(3)], dim=1)
        whole = self.enter(images)
        half = self.down_half(whole)
        half = half + self.up_half(self.down_quarter(half))
        return frames[:, 1:2] - self.leave(whole + self.up_whole(half))


def _convolution(inputs: int, outputs: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _double(channels: int) -> nn.Sequential:
    return nn.Sequential(_convolution(channels, channels), _convolution(channels, channels))


def _upward(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False), nn.PixelShuffle(2))
