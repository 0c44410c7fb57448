"""The AnimeGANv2 generator in PyTorch, with the parameter names and shapes of the public checkpoints."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Padding(nn.ReflectionPad2d):
    """Reflection that stays in the precision of its input under mixed precision."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not any(self.padding):
            return x
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x)


class Convolution(nn.Sequential):
    """Reflection, convolution, norm over the whole picture, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel=3, stride=1, padding=1, groups=1, bias=False):
        super().__init__(
            Padding(padding),
            nn.Conv2d(inputs, outputs, kernel, stride, 0, groups=groups, bias=bias),
            nn.GroupNorm(1, outputs),
            nn.LeakyReLU(0.2),
        )


class InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, expansion: int):
        super().__init__()
        middle = inputs * expansion
        self.residual = inputs == outputs
        self.layers = nn.Sequential(
            Convolution(inputs, middle, 1, padding=0),
            Convolution(middle, middle, groups=middle, bias=True),
            nn.Conv2d(middle, outputs, 1, bias=False),
            nn.GroupNorm(1, outputs),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


class Generator(nn.Module):
    """N x 3 x H x W in [-1, 1] to the same shape and range. H and W may be any size from 32 on.

    Both resizes are bilinear with `align_corners` false (the card's `half_pixel`), as all models made here.
    """

    def __init__(self) -> None:
        super().__init__()
        down = (0, 1, 0, 1)
        self.block_a = nn.Sequential(
            Convolution(3, 32, 7, padding=3), Convolution(32, 64, stride=2, padding=down), Convolution(64, 64)
        )
        self.block_b = nn.Sequential(Convolution(64, 128, stride=2, padding=down), Convolution(128, 128))
        self.block_c = nn.Sequential(
            Convolution(128, 128),
            InvertedResidual(128, 256, 2),
            InvertedResidual(256, 256, 2),
            InvertedResidual(256, 256, 2),
            InvertedResidual(256, 256, 2),
            Convolution(256, 128),
        )
        self.block_d = nn.Sequential(Convolution(128, 128), Convolution(128, 128))
        self.block_e = nn.Sequential(Convolution(128, 64), Convolution(64, 64), Convolution(64, 32, 7, padding=3))
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.block_a(x)
        half = y.shape[-2:]
        y = self.block_c(self.block_b(y))
        y = self.block_d(F.interpolate(y, half, mode="bilinear", align_corners=False))
        y = self.block_e(F.interpolate(y, x.shape[-2:], mode="bilinear", align_corners=False))
        return self.out_layer(y)
