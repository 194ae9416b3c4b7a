"""The shipped student: a streaming network of plain 3x3 convolutions over frame, recursive states and neighbours.

Plain dense convolutions after a pixel-unshuffle are the best use of a CPU; see Training/README.md for the measured choice.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGES = 8  # channels that `evidence_channels` makes
SHUFFLE = 2
MULTIPLE = 8  # height and width must be multiples of this


class StreamingUNet(nn.Module):
    """Residual U-Net on the pixel-unshuffled evidence.

    Args:
        widths: channels at half, quarter and eighth resolution.
        depths: 3x3 convolutions at each of the three resolutions, on the way down.
        slope: of the activations below zero. With 0, units that training once pushes below zero everywhere never learn again:
            that took both coarser resolutions out of the first models.
    """

    def __init__(
        self,
        widths: tuple[int, int, int] = (48, 80, 112),
        depths: tuple[int, int, int] = (2, 2, 3),
        slope: float = 0.0,
    ) -> None:
        super().__init__()
        first, second, third = widths
        self.enter = _convolutions(IMAGES * SHUFFLE**2, first, depths[0], slope)
        self.down_second = nn.Sequential(nn.Conv2d(first, second, 2, stride=2), _convolutions(second, second, depths[1], slope))
        self.down_third = nn.Sequential(nn.Conv2d(second, third, 2, stride=2), _convolutions(third, third, depths[2], slope))
        self.up_second = nn.ConvTranspose2d(third, second, 2, stride=2)
        self.out_second = _convolutions(second, second, 1, slope)
        self.up_first = nn.ConvTranspose2d(second, first, 2, stride=2)
        self.out_first = _convolutions(first, first, 1, slope)
        self.leave = nn.Conv2d(first, SHUFFLE**2, 3, padding=1)
        nn.init.zeros_(self.up_first.weight)  # coarser resolutions come in as they learn, and disturb nobody before
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, evidence: Tensor) -> Tensor:
        """Correction [N, 1, H, W] to the fused estimate, from `evidence` [N, 8, H, W]; H and W multiples of 8."""
        first = self.enter(F.pixel_unshuffle(evidence, SHUFFLE))
        second = self.down_second(first)
        third = self.down_third(second)
        second = self.out_second(second + self.up_second(third))
        first = self.out_first(first + self.up_first(second))
        return F.pixel_shuffle(self.leave(first), SHUFFLE)


def _convolutions(inputs: int, outputs: int, count: int, slope: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(count):
        convolution = nn.Conv2d(inputs if index == 0 else outputs, outputs, 3, padding=1)
        layers += [convolution, nn.LeakyReLU(float(slope), inplace=True)]
    return nn.Sequential(*layers)


def multiply_adds_per_pixel(network: nn.Module, channels: int = IMAGES) -> float:
    """Multiply-adds of the convolutions of one pass for every pixel of a frame, counted on a 64 x 64 input of `channels`."""
    total = 0

    def count(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        pixels = output.shape[-1] * output.shape[-2]
        taps = module.weight.numel() if isinstance(module, nn.Conv2d) else module.weight.numel() / module.stride[0] ** 2
        total += pixels * taps

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    with torch.no_grad():
        network(torch.zeros(1, channels, 64, 64))
    for hook in hooks:
        hook.remove()
    return total / 64**2
