"""The shipped student: a streaming network of plain 3x3 convolutions over frame, recursive states and neighbours.

Plain dense convolutions after a pixel-unshuffle are the best use of a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGES = 8  # channels that `evidence_channels` makes
WITHOUT_FUTURE = (0, 1, 2, 3, 6)  # those of them that it makes where there is no future
SHUFFLE = 2
MULTIPLE = 8  # height and width must be multiples of this
LOCAL_MEANS = 16, 32, 64, 128, 256  # pixels; halves of them divide the engine's tiles


class StreamingUNet(nn.Module):
    """Residual U-Net on the pixel-unshuffled evidence.

    Args:
        widths: channels at half, quarter and eighth resolution; or at half resolution alone.
        depths: 3x3 convolutions at each of these resolutions, on the way down.
        slope: of the activations below zero. With 0, units that training once pushes below zero everywhere never learn again:
            that took both coarser resolutions out of the first models.
        local_mean: scale in pixels, 16 times a power of 2, of the brightness that its evidence hides (`evidence_channels`).

    Raises:
        ValueError: `widths` and `depths` are not both of one or both of three resolutions, `slope` is negative, or
            `local_mean` is none of 16, 32, 64, 128, 256.
    """

    def __init__(
        self,
        widths: Sequence[int] = (48, 80, 112),
        depths: Sequence[int] = (2, 2, 3),
        slope: float = 0.0,
        local_mean: int = 16,
    ) -> None:
        super().__init__()
        self.local_mean = local_mean
        if not len(widths) == len(depths) in (1, 3):
            raise ValueError(f"Found widths {widths} and depths {depths}; expected one or three of each.")
        if slope < 0 or local_mean not in LOCAL_MEANS:
            raise ValueError(
                f"Found a slope of {slope} and local means of {local_mean} pixels; "
                f"expected 0 or more, and one of {LOCAL_MEANS}."
            )
        first = widths[0]
        self.enter = _convolutions(IMAGES * SHUFFLE**2, first, depths[0], slope, entrance=_Entrance)
        if len(widths) == 1:
            self.up_first = _Offset(first)
        else:
            self._add_coarser(widths, depths, slope)
        self.out_first = _convolutions(first, first, 1, slope)
        self.leave = nn.Conv2d(first, SHUFFLE**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def _add_coarser(self, widths: Sequence[int], depths: Sequence[int], slope: float) -> None:
        first, second, third = widths
        self.down_second = nn.Sequential(nn.Conv2d(first, second, 2, stride=2), _convolutions(second, second, depths[1], slope))
        self.down_third = nn.Sequential(nn.Conv2d(second, third, 2, stride=2), _convolutions(third, third, depths[2], slope))
        self.up_second = nn.ConvTranspose2d(third, second, 2, stride=2)
        self.out_second = _convolutions(second, second, 1, slope)
        self.up_first = nn.ConvTranspose2d(second, first, 2, stride=2)
        nn.init.zeros_(self.up_first.weight)  # coarser resolutions come in as they learn, and disturb nobody before

    def forward(self, evidence: Tensor) -> Tensor:
        """Correction [N, 1, H, W] to the fused estimate, from `evidence` [N, 8 or 5, H, W]; H and W multiples of 8.

        Evidence without a future has 5 channels; the result is what zeros in its place would give.
        """
        first = self.out_first(self._with_coarser(self.enter(evidence)))
        return F.pixel_shuffle(self.leave(first), SHUFFLE)

    def _with_coarser(self, first: Tensor) -> Tensor:
        """Half resolution and what quarter and eighth add to it."""
        if isinstance(self.up_first, _Offset):
            return self.up_first(first)
        second = self.down_second(first)
        return first + self.up_first(self.out_second(second + self.up_second(self.down_third(second))))


class _Entrance(nn.Conv2d):
    """3x3 convolution of the pixel-unshuffled evidence, as one of 6x6 pixels and stride 2: the same, and no pixel is moved."""

    def forward(self, evidence: Tensor) -> Tensor:
        weight = F.pixel_shuffle(self.weight, SHUFFLE)
        if evidence.shape[1] == len(WITHOUT_FUTURE):
            weight = weight[:, WITHOUT_FUTURE]
        return F.conv2d(evidence, weight, self.bias, stride=SHUFFLE, padding=SHUFFLE)


class _Offset(nn.Module):
    """Stands where coarser resolutions come in, for a network that has none: adds a number to each of `channels`.

    It has the name of their bias, so that a network whose coarser resolutions say nothing is one without them, to the bit.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, images: Tensor) -> Tensor:
        # A normalisation that normalises nothing: on a CPU a quarter of the time of a sum that is broadcast in channels_last.
        nothing = torch.zeros_like(self.bias), torch.ones_like(self.bias)
        return F.batch_norm(images, *nothing, bias=self.bias, eps=0.0)


def _convolutions(
    inputs: int, outputs: int, count: int, slope: float, entrance: type[nn.Conv2d] = nn.Conv2d
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(count):
        convolution = nn.Conv2d(outputs, outputs, 3, padding=1) if index else entrance(inputs, outputs, 3, padding=1)
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
