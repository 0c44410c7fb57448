"""How alike two pictures are, blind to what the generator cannot see."""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity


def aligned(picture: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The picture with the target's mean and deviation in each channel: the generator is blind to contrast."""
    mean, deviation = picture.mean((0, 1)), picture.std((0, 1)) + 1e-6
    same = (picture - mean) / deviation * target.std((0, 1)) + target.mean((0, 1))
    return np.clip(same, 0, 1).astype(np.float32)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((a - b) ** 2) + 1e-12))


def compared(painted: np.ndarray, target: np.ndarray) -> dict[str, float]:
    fair = aligned(painted, target)
    return {
        "psnr": psnr(fair, target),
        "ssim": float(structural_similarity(fair, target, channel_axis=2, data_range=1.0)),
        "raw_psnr": psnr(painted, target),
    }
