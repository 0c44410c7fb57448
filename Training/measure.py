"""Measures an anime style against its teacher on the photos held out, and says whether the bar is met.

    python measure.py --look summer --weights FILE --held-out work/held-out [--sizes work/held-out-] [--every 3]
                      [--sheet OUT.png] [--json OUT.json]

work/held-out is what `pairs.py --held-out` made (512 pixels); `--sizes PREFIX` names PREFIX256 ... PREFIX1024, made with
`--side`, for the search for checkerboards, halos, blotches and seams. Pictures are compared after aligning mean and
deviation of each channel, but for skin, whose colours are compared with the photo's as they are.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from skimage.color import deltaE_ciede2000

import artefacts
from anime_teacher import GREY, LOOKS, blur, picture, skin
from evaluate import painter
from likeness import aligned, compared
from pairs import load

BAR = {"ssim": 0.75, "psnr": 22.5, "line_energy": (0.8, 1.25), "flatness": 0.8, "skin_difference": 3.0}
FACES = Path(__file__).with_name("faces.tsv")


def line_energy(x: np.ndarray) -> float:
    """Sum of an XDoG response: how much dark line there is, blur counting as less."""
    g = x @ GREY
    difference = blur(g, 1.28) - blur(g, 0.8)
    return float(np.tanh(40 * np.maximum(difference - 0.004, 0)).sum())


def flatness(x: np.ndarray) -> float:
    """Share of the points around which 5 x 5 pixels deviate by less than 2 of 255."""
    g = (x @ GREY).astype(np.float64)
    deviation = np.sqrt(np.maximum(cv2.blur(g * g, (5, 5)) - cv2.blur(g, (5, 5)) ** 2, 0))
    return float((deviation < 2 / 255).mean())


def faces() -> dict[str, tuple[float, ...]]:
    """Hand-drawn ellipses inside the faces held out: centre and half axes, as parts of width and height."""
    if not FACES.exists():
        return {}
    with FACES.open() as file:
        return {row["name"]: tuple(float(row[key]) for key in ("x", "y", "rx", "ry")) for row in csv.DictReader(file, delimiter="\t")}


def face_mask(photo: np.ndarray, ellipse: tuple[float, ...]) -> np.ndarray:
    """The skin inside the ellipse, without eyes, brows and mouth."""
    height, width = photo.shape[:2]
    x, y, rx, ry = ellipse
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, (round(x * width), round(y * height)), (round(rx * width), round(ry * height)), 0, 0, 360, 1, -1)
    calm, features = skin(photo)
    fine = (mask > 0) & (calm > 0.5) & (features < 0.4)
    return fine if fine.sum() > 0.2 * mask.sum() else mask > 0


def skin_change(photo: np.ndarray, painted: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Lightness of the photo's face, and the mean CIEDE2000 between photo and picture on it, after a small blur."""
    a, b = (cv2.cvtColor(blur(x, 2.0), cv2.COLOR_RGB2LAB)[mask] for x in (photo, painted))
    return float(np.median(a[:, 0])), float(deltaE_ciede2000(a, b).mean())


def measured(photo: np.ndarray, target: np.ndarray, painted: np.ndarray) -> dict[str, float]:
    fair = aligned(painted, target)
    return compared(painted, target) | {
        "line_energy": line_energy(fair) / max(line_energy(target), 1.0),
        "flatness": flatness(fair) / max(flatness(target), 0.01),
    }


def thirds(changes: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Mean change on the lightest and the darkest third of the faces."""
    ordered = sorted(changes.values())
    third = max(1, len(ordered) // 3)
    dark, light = (float(np.mean([change for _, change in part])) for part in (ordered[:third], ordered[-third:]))
    return {"darkest_third": round(dark, 2), "lightest_third": round(light, 2), "difference": round(abs(dark - light), 2)}


def samples(prefix: str, look: str) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The photos of the folders PREFIX256 ... PREFIX1024, with what the look makes of them."""
    for size in artefacts.SIZES:
        for path in sorted(Path(f"{prefix}{size}").glob("*.png")):
            photo, drawing = load(path)
            yield size, photo, picture(photo, drawing, LOOKS[look])


def sheet(rows: list[list[np.ndarray]], height: int, columns: int) -> np.ndarray:
    cells = []
    for row in rows:
        side_by_side = np.hstack(row)
        width = round(side_by_side.shape[1] * height / side_by_side.shape[0])
        cells.append(cv2.resize(side_by_side, (width, height), interpolation=cv2.INTER_AREA))
    widest = max(cell.shape[1] for cell in cells)
    cells = [np.pad(cell, ((0, 0), (0, widest - cell.shape[1]), (0, 0)), constant_values=1) for cell in cells]
    cells += [np.ones_like(cells[0])] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--look", required=True, choices=sorted(LOOKS))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--sizes", help="prefix of the folders of other sizes")
    parser.add_argument("--every", type=int, default=1, help="only every so many photos, for a quick look")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--height", type=int, default=256, help="of a picture in the sheet")
    parser.add_argument("--columns", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    paint, ellipses = painter(options.weights), faces()
    figures, rows, changes, taught = {}, [], {}, {}
    for path in sorted(options.held_out.glob("*.png"))[:: options.every]:
        if ".part" in path.name:
            continue
        photo, drawing = load(path)
        target, painted = picture(photo, drawing, LOOKS[options.look]), np.clip(paint(photo), 0, 1)
        figures[path.stem] = measured(photo, target, painted)
        if path.stem in ellipses:
            mask = face_mask(photo, ellipses[path.stem])
            changes[path.stem], taught[path.stem] = skin_change(photo, painted, mask), skin_change(photo, target, mask)
        rows.append([photo, target, painted])
    mean = {key: round(float(np.mean([f[key] for f in figures.values()])), 4) for key in next(iter(figures.values()))}
    worst = sorted(figures, key=lambda name: figures[name]["ssim"])[:10]
    result = {"look": options.look, "photos": len(figures), "mean": mean, "worst": {n: round(figures[n]["ssim"], 3) for n in worst}}
    if len(changes) >= 6:
        result["skin"] = thirds(changes) | {"teacher": thirds(taught)}
    low, high = BAR["line_energy"]
    met = {
        "ssim": mean["ssim"] >= BAR["ssim"],
        "psnr": mean["psnr"] >= BAR["psnr"],
        "line_energy": low <= mean["line_energy"] <= high,
        "flatness": mean["flatness"] >= BAR["flatness"],
        "skin": "skin" in result and result["skin"]["difference"] <= BAR["skin_difference"],
    }
    if options.sizes:
        result["artefacts"] = artefacts.measured(paint, samples(options.sizes, options.look))
        met["artefacts"] = result["artefacts"]["none"]
    result["met"] = {key: bool(value) for key, value in met.items()}
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result | {"figures": figures, "skin_changes": changes}, indent=1) + "\n")
    if options.sheet:
        out = sheet(rows, options.height, options.columns)
        cv2.imwrite(str(options.sheet), (out[..., ::-1] * 255 + 0.5).astype(np.uint8))


if __name__ == "__main__":
    main()
