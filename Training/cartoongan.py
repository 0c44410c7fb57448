"""CartoonGAN's generator (Chen, Lai, Liu, CVPR 2018), run from an .npz file of its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


class CartoonGan:
    """N x 3 x H x W, RGB in [-1, 1], to the same; H and W are multiples of 4. Computes in bfloat16."""

    def __init__(self, weights: Path, precision: torch.dtype = torch.bfloat16):
        self.precision = precision
        self.weights: dict[str, torch.Tensor] = {}
        for name, value in np.load(weights).items():
            tensor = torch.from_numpy(value.astype(np.float32))
            if tensor.ndim == 4 and min(tensor.shape[:2]) > 1:
                tensor = tensor.to(precision, memory_format=torch.channels_last)
            elif name.endswith(".bias"):
                tensor = tensor.reshape(-1).to(precision)
            else:
                tensor = tensor.reshape(1, -1, 1, 1)
            self.weights[name] = tensor

    def convolution(self, x: torch.Tensor, name: str, stride: int = 1, padding: int = 1) -> torch.Tensor:
        padded = F.pad(x, (padding,) * 4, "reflect")
        return F.conv2d(padded, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], stride)

    def plain(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], padding=1)

    def larger(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.conv_transpose2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], 2, 1, 1)

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        """Instance norm with the statistics of the whole picture, computed in float."""
        deviation, mean = torch.std_mean(x.float(), (2, 3), keepdim=True, correction=0)
        gain = self.weights[f"{name}.scale"] / (deviation + 1e-9)
        shift = self.weights[f"{name}.shift"] - mean * gain
        return torch.addcmul(shift.to(x.dtype), x, gain.to(x.dtype))

    @torch.inference_mode()
    def __call__(self, photo: torch.Tensor) -> torch.Tensor:
        conv, norm = self.convolution, self.norm
        y = photo.flip(1).to(self.precision, memory_format=torch.channels_last)
        y = F.relu(norm(conv(y, "conv01_1", padding=3), "in01_1"))
        y = F.relu(norm(conv(conv(y, "conv02_1", 2), "conv02_2"), "in02_1"))
        y = F.relu(norm(conv(conv(y, "conv03_1", 2), "conv03_2"), "in03_1"))
        for block in range(4, 12):
            inner = F.relu(norm(conv(y, f"conv{block:02d}_1"), f"in{block:02d}_1"))
            y = y + norm(conv(inner, f"conv{block:02d}_2"), f"in{block:02d}_2")
        y = F.relu(norm(conv(self.larger(y, "deconv01_1"), "deconv01_2"), "in12_1"))
        y = F.relu(norm(conv(self.larger(y, "deconv02_1"), "deconv02_2"), "in13_1"))
        return torch.tanh(conv(y, "deconv03_1", padding=3)).flip(1).float()
