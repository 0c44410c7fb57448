"""Reads and writes the generator's weights."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def read(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a safetensors file, or the running average in a state that training saved."""
    if path.suffix == ".safetensors":
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    return torch.load(path, map_location="cpu", weights_only=True)["average"]


def write(path: Path, weights: dict[str, torch.Tensor]) -> None:
    """The weights as F16 safetensors, with the bilinear convention in the metadata."""
    half = {name: tensor.half().contiguous() for name, tensor in weights.items()}
    save_file(half, path, metadata={"align_corners": "false"})
