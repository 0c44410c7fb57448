"""Precomputes views of photos and their drawings, the expensive half of the anime teacher, in files that all looks share.

    python pairs.py --teachers FOLDER --photos FOLDER --portraits FOLDER --out FOLDER --count 1500
    python pairs.py ... --held-out          whole views of the photos held out, for measuring

OUT/00000-portrait.png is a view with its drawing to the right of it. View number i depends on the seed and i alone; what is
there is kept, so the same command goes on where it was stopped, and a larger count adds to it. Views are whole photos
and crops, 288 to 640 pixels, now and then larger.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from anime_teacher import Drawer, resized
from samples import varied

SPLIT = Path(__file__).with_name("anime_split.tsv")


def rows(split: str) -> list[dict[str, str]]:
    with SPLIT.open() as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["split"] == split]


class Photos:
    """The photos of the split's rows, wherever they lie."""

    def __init__(self, scenes: Path, portraits: Path, more: list[Path]):
        self.files = {file.stem: file for folder in (scenes / "held-out", scenes / "train", portraits, *more) for file in folder.iterdir()}

    def __call__(self, name: str) -> np.ndarray:
        return cv2.imread(str(self.files[name]))


def window(chance: random.Random, kind: str, name: str, height: int, width: int) -> tuple[int, int, int, int]:
    """Top, left, height and width of the part of a photo that a view shows: all of it, most of it, or a square."""
    # The Congress's portraits share one backdrop: little of it is shown.
    closely = name.startswith("uscongress")
    if chance.random() < (0.25 if closely else 0.5):
        return 0, 0, height, width
    shorter = min(height, width)
    side = int(shorter * (chance.uniform(0.55, 0.85) if closely else chance.uniform(0.45, 1.0)))
    lowest = min(height - side, int(0.3 * height)) if kind == "portrait" else height - side
    left = (width - side) // 2 + int((width - side) * chance.uniform(-0.4, 0.4)) if closely else chance.randint(0, width - side)
    return chance.randint(0, max(0, lowest)), left, side, side


def view(chance: random.Random, photo: np.ndarray, row: dict[str, str]) -> np.ndarray:
    """A part of a photo at some size; a quarter of them at another exposure and tint."""
    top, left, height, width = window(chance, row["kind"], row["name"], *photo.shape[:2])
    part = photo[top : top + height, left : left + width]
    longest = chance.choice((352, 416, 448, 512, 512, 576, 640))
    if chance.random() < 0.05:
        longest = 896
    # Never enlarged by much: the generator would learn to sharpen.
    out = resized(part, min(longest, int(1.15 * max(height, width))))
    if chance.random() < 0.5:
        out = out[:, ::-1]
    often = 0.5 if row["name"].startswith("uscongress") else 0.25
    return varied(out, chance) if chance.random() < often else np.ascontiguousarray(out)


def save(path: Path, photo: np.ndarray, drawing: np.ndarray) -> None:
    both = (np.hstack([photo, drawing])[..., ::-1] * 255 + 0.5).astype(np.uint8)
    part = path.with_suffix(".part.png")
    cv2.imwrite(str(part), both)
    part.rename(path)


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Photo and drawing, float RGB in [0, 1]."""
    both = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]).astype(np.float32) / 255
    middle = both.shape[1] // 2
    return np.ascontiguousarray(both[:, :middle]), np.ascontiguousarray(both[:, middle:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teachers", type=Path, required=True, help="folder of cartoongan_hosoda.npz")
    parser.add_argument("--photos", type=Path, required=True, help="folder that photos.py made")
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="further folders of photos")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--side", type=int, default=512, help="longer side of the photos held out")
    parser.add_argument("--every", type=int, default=1, help="only every so many of the photos held out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    photos, draw = Photos(options.photos, options.portraits, options.more), Drawer(options.teachers)
    if options.held_out:
        for row in rows("held-out")[:: options.every]:
            path = options.out / f"{row['name']}.png"
            if not path.exists():
                photo = resized(photos(row["name"]), options.side)
                save(path, photo, draw(photo))
        return
    train = rows("train")
    kinds = {kind: [row for row in train if row["kind"] == kind] for kind in ("scene", "portrait")}
    for number in range(options.count):
        chance = random.Random(f"{options.seed}/{number}")
        row = chance.choice(kinds["scene" if chance.random() < 0.5 else "portrait"])
        path = options.out / f"{number:05d}-{row['kind']}.png"
        if path.exists():
            continue
        photo = view(chance, photos(row["name"]), row)
        save(path, photo, draw(photo))
        if number % 25 == 0:
            print(f"view {number}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
