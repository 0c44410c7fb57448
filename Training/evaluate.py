"""Measures a model against the teacher on the held-out photos, and looks for artefacts at several sizes.

    python evaluate.py --look day --weights FILE --photos work/photos [--sheet OUT.jpg] [--json OUT.json] [--quick]

FILE is a safetensors file or the state.pt of a training. Prints PSNR and SSIM for each category, the worst photo, and
whether the bar is met; exits with 1 where it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import torch

import artefacts
from generator import Generator
from likeness import compared
from photos import listed
from teacher import LOOKS, anime, square
from weights import read

SIDE = 512
BAR = {"psnr": 25.0, "ssim": 0.85, "worst_psnr": 21.0}


def painter(weights: Path):
    """A function from a float RGB picture in [0, 1] to the model's picture."""
    model = Generator().eval()
    model.load_state_dict(read(weights))

    def paint(photo: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(photo.transpose(2, 0, 1)[None].copy()) * 2 - 1
        with torch.inference_mode():
            return ((model(x)[0].permute(1, 2, 0) + 1) / 2).numpy()

    return paint


def summary(figures: dict[str, dict[str, float]], categories: dict[str, str]) -> dict:
    groups = defaultdict(list)
    for name, figure in figures.items():
        groups[categories[name]].append(figure)

    def mean(of: list[dict[str, float]]) -> dict[str, float]:
        return {key: round(float(np.mean([one[key] for one in of])), 4) for key in of[0]}

    worst = min(figures, key=lambda name: figures[name]["psnr"])
    average = mean(list(figures.values()))
    met = average["psnr"] >= BAR["psnr"] and average["ssim"] >= BAR["ssim"]
    met = met and figures[worst]["psnr"] >= BAR["worst_psnr"]
    return {
        "average": average,
        "worst": {"photo": worst, **{key: round(value, 4) for key, value in figures[worst].items()}},
        "categories": {name: mean(of) for name, of in sorted(groups.items())},
        "meets_bar": bool(met),
    }


def write_sheet(path: Path, rows: list[list[np.ndarray]], side: int) -> None:
    small = [[cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in row] for row in rows]
    # Two photos a row keep the sheet short.
    half = (len(small) + 1) // 2
    small[half:] += [[np.ones_like(small[0][0])] * 3] * (2 * half - len(small))
    sheet = np.vstack([np.hstack([*left, *right]) for left, right in zip(small[:half], small[half:])])
    cv2.imwrite(str(path), (sheet[..., ::-1] * 255 + 0.5).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 82])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--look", required=True, choices=sorted(LOOKS))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, help="JPEG with photo, teacher and model in a row for each photo")
    parser.add_argument("--side", type=int, default=192, help="size of the pictures in the sheet")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without the search for artefacts")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    paint = painter(options.weights)
    held_out = [row for row in listed() if row["split"] == "held-out"]
    figures, rows = {}, []
    for row in held_out:
        photo = square(cv2.imread(str(options.photos / "held-out" / f"{row['name']}.png")), SIDE)
        target, painted = anime(photo, LOOKS[options.look]), paint(photo)
        figures[row["name"]] = compared(painted, target)
        rows.append([photo, target, painted])
        print(row["name"], {key: round(value, 3) for key, value in figures[row["name"]].items()}, flush=True)
    result = summary(figures, {row["name"]: row["category"] for row in held_out})
    if not options.quick:
        photos = [options.photos / "held-out" / f"{row['name']}.png" for row in held_out]
        result["artefacts"] = artefacts.measured(paint, artefacts.samples(photos, LOOKS[options.look]))
        result["meets_bar"] = result["meets_bar"] and result["artefacts"]["none"]
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps({**result, "photos": figures}, indent=2) + "\n")
    if options.sheet:
        write_sheet(options.sheet, rows, options.side)
    sys.exit(0 if result["meets_bar"] else 1)


if __name__ == "__main__":
    main()
