"""Photo, teacher and model side by side at full size: python show.py LOOK WEIGHTS OUT.png PAIR.png..."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from anime_teacher import LOOKS, picture
from evaluate import painter
from pairs import load


def main() -> None:
    look, weights, out, *paths = sys.argv[1:]
    torch.set_num_threads(1)
    paint, rows = painter(Path(weights)), []
    for path in paths:
        photo, drawing = load(Path(path))
        rows.append(np.hstack([photo, picture(photo, drawing, LOOKS[look]), np.clip(paint(photo), 0, 1)]))
    width = max(row.shape[1] for row in rows)
    sheet = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=1) for row in rows])
    cv2.imwrite(out, (sheet[..., ::-1] * 255 + 0.5).astype(np.uint8))


if __name__ == "__main__":
    main()
