"""Figures for what goes wrong in pictures that a network paints: checkerboards, halos, colour blotches, seams.

Each is a comparison with the teacher's picture at the same size, so that texture of the photo is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from likeness import aligned
from teacher import Look, anime

SIZES = (256, 384, 512, 768, 1024)
# Between what the first three styles show on the photos held out and what artefacts show that were put into the teacher's own pictures: halos of an
# unsharp mask 0.19; every other pixel brighter by 0.03, 0.021; a border brighter by 0.1, 2.4; a tinted patch (0.12, -0.06, -0.06), 9 to 15. The
# last limit is the weak one: a sky of another blue all over counts as much as a patch. Tests/Conformance/styles looks for patches alone.
LIMITS = {"checkerboard": 0.006, "halo": 0.10, "blotch": 10.0, "seam": 1.6}


def grey(x: np.ndarray) -> np.ndarray:
    return x @ np.array([0.299, 0.587, 0.114], np.float32)


def checkerboard(painted: np.ndarray, target: np.ndarray) -> float:
    """Strength of patterns that repeat every 2 or 4 pixels, beyond the teacher's: amplitude in [0, 1]."""
    def pattern(x: np.ndarray) -> float:
        g = grey(x)
        fine = g - cv2.GaussianBlur(g, (0, 0), 2)
        h, w = (n // 4 * 4 for n in fine.shape)
        tiles = fine[:h, :w].reshape(h // 4, 4, w // 4, 4).mean((0, 2))
        return float(np.abs(tiles - tiles.mean()).max())

    return max(0.0, pattern(painted) - pattern(target))


def halo(painted: np.ndarray, target: np.ndarray) -> float:
    """Mean overshoot beyond the teacher's own range near strong edges."""
    p, t = grey(painted), grey(target)
    kernel = np.ones((9, 9), np.uint8)
    low, high = cv2.erode(t, kernel), cv2.dilate(t, kernel)
    edges = cv2.dilate(((high - low) > 0.35).astype(np.uint8), kernel) > 0
    if edges.sum() < 100:
        return 0.0
    over = np.maximum(p - high, 0) + np.maximum(low - p, 0)
    return float(np.percentile(over[edges], 99))


def blotch(painted: np.ndarray, target: np.ndarray) -> float:
    """Largest error of colour (Lab a, b) over patches as large as a twelfth of the picture: 99th percentile."""
    labs = [cv2.cvtColor(x.astype(np.float32), cv2.COLOR_RGB2LAB)[..., 1:] for x in (painted, target)]
    sigma = max(painted.shape[:2]) / 24
    error = cv2.GaussianBlur(labs[0] - labs[1], (0, 0), sigma)
    return float(np.percentile(np.linalg.norm(error, axis=2), 99))


def seam(painted: np.ndarray, target: np.ndarray) -> float:
    """Error along the border compared with the error inside."""
    error = np.abs(grey(painted) - grey(target))
    border = np.concatenate([error[:4].ravel(), error[-4:].ravel(), error[:, :4].ravel(), error[:, -4:].ravel()])
    return float(border.mean() / (error[16:-16, 16:-16].mean() + 0.01))


MEASURES = {"checkerboard": checkerboard, "halo": halo, "blotch": blotch, "seam": seam}


def measured(paint, samples: Iterable[tuple[int, np.ndarray, np.ndarray]]) -> dict:
    """The worst figure of each kind at each size, and whether all are within limits. Samples are size, photo and the teacher's picture."""
    worst = {kind: {} for kind in MEASURES}
    for size, photo, target in samples:
        painted = aligned(paint(photo), target)
        for kind, measure in MEASURES.items():
            worst[kind][size] = round(max(worst[kind].get(size, 0.0), measure(painted, target)), 4)
    none = all(max(figures.values()) <= LIMITS[kind] for kind, figures in worst.items())
    return {"none": none, "limits": LIMITS, "worst": worst}


def samples(photos: list[Path], look: Look) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Photos in all sizes, others at each, with what the classical teacher makes of them."""
    for index, size in enumerate(SIZES):
        for path in photos[index::5]:
            photo = cv2.imread(str(path))
            scale = size / max(photo.shape[:2])
            shape = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
            photo = cv2.resize(photo, shape, interpolation=cv2.INTER_AREA)[..., ::-1].astype(np.float32) / 255
            yield size, photo, anime(np.ascontiguousarray(photo), look)
