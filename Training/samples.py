"""Endless training samples: crops of scaled photos and what the teacher makes of them."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from teacher import LOOKS, anime

# Longer sides, in pixels, that photos are scaled to before cropping.
SCALES = (230, 640)


class Samples(IterableDataset):
    """Batches of (photo, painted), N x 3 x n x n in [-1, 1]; the same seed and first batch give the same ones."""

    def __init__(self, folder: Path, look: str, batch: int, smallest: int, largest: int, seed: int, first: int = 0):
        self.paths = sorted(p for p in (folder / "train").iterdir() if p.suffix in (".png", ".jpg"))
        if not self.paths:
            raise SystemExit(f"There are no photos in {folder}/train; run photos.py first.")
        self.look, self.batch, self.range = LOOKS[look], batch, (smallest, largest)
        self.seed, self.first = seed, first
        self.cache: dict[Path, np.ndarray] = {}

    def photo(self, path: Path) -> np.ndarray:
        if path not in self.cache:
            self.cache[path] = cv2.imread(str(path))[..., ::-1]
        return self.cache[path]

    def crop(self, chance: random.Random, side: int) -> np.ndarray:
        photo = self.photo(chance.choice(self.paths))
        height, width = photo.shape[:2]
        longer = SCALES[0] * (SCALES[1] / SCALES[0]) ** chance.random()
        scale = min(1.0, max(longer / max(height, width), (side + 1) / min(height, width)))
        size = max(side, round(width * scale)), max(side, round(height * scale))
        small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        top, left = chance.randint(0, size[1] - side), chance.randint(0, size[0] - side)
        crop = small[top : top + side, left : left + side].astype(np.float32) / 255
        return varied(crop[:, ::-1] if chance.random() < 0.5 else crop, chance)

    def __iter__(self):
        worker = get_worker_info()
        index, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.first + index
        while True:
            chance = random.Random(f"{self.seed}/{number}")
            side = chance.randrange(self.range[0], self.range[1] + 1, 16)
            photos = [self.crop(chance, side) for _ in range(self.batch)]
            targets = [anime(photo, self.look) for photo in photos]
            yield tensor(photos), tensor(targets)
            number += workers


def varied(photo: np.ndarray, chance: random.Random) -> np.ndarray:
    """The photo with another exposure, contrast, tint and saturation, as other cameras and hours would give."""
    out = photo
    if chance.random() < 0.7:
        out = out ** (2 ** chance.uniform(-0.6, 0.6))
        out = 0.5 + (out - 0.5) * chance.uniform(0.75, 1.15)
        out = out * np.array([chance.uniform(0.9, 1.1) for _ in range(3)], np.float32)
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * chance.uniform(0.6, 1.25)
    return np.ascontiguousarray(np.clip(out, 0, 1), dtype=np.float32)


def tensor(pictures: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).copy()) * 2 - 1
