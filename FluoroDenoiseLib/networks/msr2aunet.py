"""MSR2AU-Net, the teacher of step one: predicts a frame from its neighbours alone.

Multi-scale blocks in front of a recurrent residual attention U-Net (arXiv 2411.00830; recurrent residual units: Alom et
al. 2018, arXiv 1802.06955; additive attention gates: Oktay et al. 2018, arXiv 1804.03999).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .padding import pad_to_multiple


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    # Batch normalisation learnt fastest when tried (one seed, 120 steps) against group normalisation and none: 6 % and 8 % less
    # squared error at evaluation, although the passes of a recurrence share its statistics.
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class MultiScaleBlocks(nn.Module):
    """One block for each frame: parallel 3x3, 5x5 and 7x7 convolutions, `channels` each, concatenated.

    [N, frames, H, W] -> [N, 3 * frames * channels, H, W]. Grouped convolutions give every frame filters of its own.
    """

    def __init__(self, frames: int, channels: int) -> None:
        super().__init__()
        self.scales = nn.ModuleList(
            nn.Conv2d(frames, frames * channels, kernel, padding=kernel // 2, groups=frames) for kernel in (3, 5, 7)
        )

    def forward(self, frames: Tensor) -> Tensor:
        return torch.relu(torch.cat([scale(frames) for scale in self.scales], dim=1))


class RecurrentConvolution(nn.Module):
    """A 3x3 convolution applied once, then `recurrences` times more to the sum of its input and its own output."""

    def __init__(self, channels: int, recurrences: int) -> None:
        super().__init__()
        self.recurrences = recurrences
        self.convolution = _convolution(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        output = self.convolution(features)
        for _ in range(self.recurrences):
            output = self.convolution(features + output)
        return output


class RecurrentResidualUnit(nn.Module):
    """A 1x1 projection, then two recurrent convolutions with a residual path around both."""

    def __init__(self, inputs: int, outputs: int, recurrences: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(inputs, outputs, 1)
        self.recurrent = nn.Sequential(*(RecurrentConvolution(outputs, recurrences) for _ in range(2)))

    def forward(self, features: Tensor) -> Tensor:
        features = self.projection(features)
        return features + self.recurrent(features)


class AttentionGate(nn.Module):
    """Scales the skip features by what the coarser level asks for: skip * sigmoid(psi(relu(W_g gate + W_x skip)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = channels // 2
        self.gate = nn.Sequential(nn.Conv2d(channels, inner, 1), nn.BatchNorm2d(inner))
        self.skip = nn.Sequential(nn.Conv2d(channels, inner, 1), nn.BatchNorm2d(inner))
        self.psi = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())

    def forward(self, gate: Tensor, skip: Tensor) -> Tensor:
        return skip * self.psi(torch.relu(self.gate(gate) + self.skip(skip)))


class DecoderLevel(nn.Module):
    """Doubles the resolution, gates the skip with the result, joins both in a recurrent residual unit."""

    def __init__(self, channels: int, recurrences: int) -> None:
        super().__init__()
        self.upward = _convolution(2 * channels, channels)
        self.attention = AttentionGate(channels)
        self.unit = RecurrentResidualUnit(2 * channels, channels, recurrences)

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        gate = self.upward(functional.interpolate(coarse, scale_factor=2.0))
        return self.unit(torch.cat([self.attention(gate, skip), gate], dim=1))


class MSR2AUNet(nn.Module):
    """Predicts the centre of a window of frames without seeing it.

    The centre is left out, not replaced by pure noise: noise carries no information, costs an input, and would make
    the teacher's answer random. Blind to the whole centre frame, the network cannot copy its noise, however correlated
    within the frame. The mean of the neighbours is added to the output.

    Args:
        frames: odd length of the window, >= 3; frames - 1 neighbours are seen.
        width: channels at full resolution, even, doubled on each coarser level; each multi-scale convolution has
            half as many. The default trains on two cores; `published()` is the paper's 64..1024.
        depth: levels of resolution, >= 2.
        recurrences: t, how often a recurrent convolution is applied again.
    """

    def __init__(self, frames: int = 5, width: int = 16, depth: int = 4, recurrences: int = 2) -> None:
        super().__init__()
        if frames < 3 or frames % 2 == 0 or width < 2 or width % 2 or depth < 2 or recurrences < 0:
            raise ValueError(
                f"Found frames={frames}, width={width}, depth={depth}, recurrences={recurrences}; expected an odd number of "
                "frames >= 3, an even width, at least 2 levels and no negative recurrences."
            )
        self.frames, self.stride = frames, 2 ** (depth - 1)
        features = 3 * (frames - 1) * (width // 2)
        widths = [width * 2**level for level in range(depth)]
        self.scales = MultiScaleBlocks(frames - 1, width // 2)
        self.encoder = nn.ModuleList(
            RecurrentResidualUnit(before, after, recurrences)
            for before, after in zip([features, *widths[:-1]], widths, strict=True)
        )
        self.decoder = nn.ModuleList(DecoderLevel(channels, recurrences) for channels in reversed(widths[:-1]))
        self.output = nn.Conv2d(width, 1, 1)

    @classmethod
    def published(cls) -> MSR2AUNet:
        """The paper's size: 39.5 M parameters, 623 GMAC at 512x512 (626 with noise as fifth input in the centre's place)."""
        return cls(frames=5, width=64, depth=5, recurrences=2)

    def forward(self, window: Tensor) -> Tensor:
        """Windows [N, frames, H, W], the centre in the middle, to predictions [N, 1, H, W] in the same units."""
        rows, columns = window.shape[-2:]
        centre = self.frames // 2
        neighbours = torch.cat([window[:, :centre], window[:, centre + 1 :]], dim=1)
        change = self._change(pad_to_multiple(neighbours, self.stride))[..., :rows, :columns]
        return neighbours.mean(dim=1, keepdim=True) + change

    def _change(self, neighbours: Tensor) -> Tensor:
        features, skips = self.scales(neighbours), []
        for level, unit in enumerate(self.encoder):
            features = unit(features if level == 0 else functional.max_pool2d(features, 2))
            skips.append(features)
        for level, skip in zip(self.decoder, reversed(skips[:-1]), strict=True):
            features = level(features, skip)
        return self.output(features)
