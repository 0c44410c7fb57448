"""A perceptual distance: features of VGG-19, 16 times smaller (Collaborative Distillation), up to conv4_1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

LAYERS = ("conv11", "conv12", None, "conv21", "conv22", None, "conv31", "conv32", "conv33", "conv34", None, "conv41")
FEATURES = ("conv11", "conv21", "conv31", "conv41")


class Perceptual:
    def __init__(self, weights: Path, device: torch.device):
        self.weights = {name: torch.from_numpy(value.astype(np.float32)).to(device) for name, value in np.load(weights).items()}

    def convolution(self, x: torch.Tensor, name: str, padding: int = 1) -> torch.Tensor:
        padded = F.pad(x, (padding,) * 4, "reflect") if padding else x
        return F.conv2d(padded, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"].reshape(-1))

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Features of pictures in [-1, 1], from fine to coarse."""
        y, found = self.convolution((x + 1) / 2, "conv0", 0), []
        for name in LAYERS:
            y = F.relu(self.convolution(y, name)) if name else F.max_pool2d(y, 2)
            if name in FEATURES:
                found.append(y)
        return found

    def __call__(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Mean difference of the features, each relative to their usual size in the target."""
        with torch.no_grad():
            wanted = self.features(target)
        return sum((p - q).abs().mean() / (q.abs().mean() + 1e-6) for p, q in zip(self.features(x), wanted)) / len(FEATURES)
