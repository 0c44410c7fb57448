"""The AnimeGANv2 generator in PyTorch: the reference that Sakuga's engine is compared to.

Module names follow the public checkpoints, so that `load_state_dict(strict=True)` accepts their files.
It is written for reading; nothing in it is fast.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

# The two bilinear conventions found in published checkpoints, by the name the golden folders use.
CONVENTIONS = {"align_corners": True, "half_pixel": False}

SAME = 1  # one pixel on each side: keeps the size under a 3x3 kernel
HALVE = (0, 1, 0, 1)  # left, right, top, bottom: the public model pads only right and bottom before stride 2


class ConvNormAct(nn.Sequential):
    """Reflection padding, convolution, one-group norm, LeakyReLU(0.2): all four numbered as in the checkpoints."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, padding=SAME, groups=1, bias=False):
        super().__init__(
            nn.ReflectionPad2d(padding),
            nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=bias),
            nn.GroupNorm(1, outputs),
            nn.LeakyReLU(0.2),
        )


class InvertedResidual(nn.Module):
    """Widen with 1x1, depthwise 3x3 (the only convolution with a bias), narrow with 1x1; add the input where it fits."""

    def __init__(self, inputs, outputs, expansion=2):
        super().__init__()
        wide = inputs * expansion
        self.adds_input = inputs == outputs
        self.layers = nn.Sequential(
            ConvNormAct(inputs, wide, kernel=1, padding=0),
            ConvNormAct(wide, wide, groups=wide, bias=True),
            nn.Conv2d(wide, outputs, 1, bias=False),
            nn.GroupNorm(1, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.adds_input else y


class Generator(nn.Module):
    """RGB in [-1, 1], (N, 3, H, W), to RGB in [-1, 1] of the same size."""

    def __init__(self, align_corners: bool):
        super().__init__()
        self.align_corners = align_corners
        self.block_a = nn.Sequential(
            ConvNormAct(3, 32, kernel=7, padding=3),
            ConvNormAct(32, 64, stride=2, padding=HALVE),
            ConvNormAct(64, 64),
        )
        self.block_b = nn.Sequential(
            ConvNormAct(64, 128, stride=2, padding=HALVE),
            ConvNormAct(128, 128),
        )
        self.block_c = nn.Sequential(
            ConvNormAct(128, 128),
            InvertedResidual(128, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            InvertedResidual(256, 256),
            ConvNormAct(256, 128),
        )
        self.block_d = nn.Sequential(ConvNormAct(128, 128), ConvNormAct(128, 128))
        self.block_e = nn.Sequential(
            ConvNormAct(128, 64),
            ConvNormAct(64, 64),
            ConvNormAct(64, 32, kernel=7, padding=3),
        )
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def resize(self, x: Tensor, size) -> Tensor:
        # The size is always given, never a scale factor: for exact doubling the two agree, and for odd
        # sizes only this one returns to the size that was asked for.
        return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=self.align_corners)

    def stages(self, x: Tensor) -> dict[str, Tensor]:
        """Every named activation on the way, in order; the last one, `output`, is the picture."""
        a = self.block_a(x)
        b = self.block_b(a)
        c = self.block_c(b)
        d = self.block_d(self.resize(c, a.shape[-2:]))
        e = self.block_e(self.resize(d, x.shape[-2:]))
        before_tanh = self.out_layer[0](e)
        return {
            "block_a": a, "block_b": b, "block_c": c, "block_d": d,
            "before_tanh": before_tanh, "output": self.out_layer[1](before_tanh),
        }

    def forward(self, x: Tensor) -> Tensor:
        return self.stages(x)["output"]


def load_generator(weights: Path, align_corners: bool) -> Generator:
    """The generator with the weights of a safetensors file, widened to float32, ready for inference."""
    generator = Generator(align_corners)
    state = {name: tensor.float() for name, tensor in load_file(weights).items()}
    generator.load_state_dict(state, strict=True)
    return generator.eval().requires_grad_(False)
