"""Looks for what a network does wrong in its pictures: checkerboards, halos, colour blotches, seams.

    artefacts_test.py SAKUGA STYLE PHOTO...

Paints square photos with the program at several sizes and compares each figure with its limit. There is no teacher here: what
a picture should be is taken from the photo, its colours mapped by the polynomial that comes closest to the picture. Each measure
must also find an artefact that was put in, or it would prove nothing. Prints a line for each picture; exits with 1 where a figure is beyond its limit.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

# Longer sides, and how many of the photos are painted in each: large pictures cost most and differ least.
SIZES = {256: 3, 384: 3, 512: 3, 768: 1, 1024: 1}
LIMITS = {"checkerboard": 0.0025, "halo": 0.02, "blotch": 0.08, "seam": 0.03, "border": 1.5}


def grey(picture):
    return picture @ np.array([0.299, 0.587, 0.114])


def blurred(x, radius):
    """Mean over squares of 2 * radius + 1, the picture reflected at its border."""
    side = 2 * radius + 1
    for axis in (0, 1):
        pad = [(radius + 1, radius) if a == axis else (0, 0) for a in range(x.ndim)]
        total = np.cumsum(np.pad(x, pad, mode="symmetric"), axis=axis)
        upper, lower = (np.take(total, range(a, a + x.shape[axis]), axis=axis) for a in (side, 0))
        x = (upper - lower) / side
    return x


def extremes(x, radius):
    """The smallest and the largest value within radius."""
    low, high = x, x
    for axis in (0, 1):
        pad = [(radius, radius) if a == axis else (0, 0) for a in range(2)]
        lows, highs = (np.pad(t, pad, mode="edge") for t in (low, high))
        shifts = [range(k, k + x.shape[axis]) for k in range(2 * radius + 1)]
        low = np.min([np.take(lows, s, axis=axis) for s in shifts], axis=0)
        high = np.max([np.take(highs, s, axis=axis) for s in shifts], axis=0)
    return low, high


def expected(photo, painted):
    """The photo with its colours mapped to the picture's, by the polynomial of second order that fits best."""
    def terms(p):
        r, g, b = np.moveaxis(p, -1, 0)
        return np.stack([np.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, g * b, b * r], -1)

    some = (slice(2, None, 5), slice(2, None, 5))
    factors, *_ = np.linalg.lstsq(
        terms(blurred(photo, 2)[some]).reshape(-1, 10), blurred(painted, 2)[some].reshape(-1, 3), rcond=None)
    return terms(photo) @ factors


def checkerboard(painted, _):
    """Amplitude of what repeats every 2 or 4 pixels all over the picture."""
    fine = grey(painted) - blurred(grey(painted), 2)
    h, w = (n // 4 * 4 for n in fine.shape)
    tile = fine[:h, :w].reshape(h // 4, 4, w // 4, 4).mean((0, 2))
    return np.abs(tile - tile.mean()).max()


def halo(painted, like):
    """How much brighter than everything around it a picture gets at strong edges; ink is dark and no halo."""
    g = grey(like)
    low, high = extremes(g, 4)
    edges = high - low > 0.3
    over = grey(painted) - np.maximum(high, extremes(blurred(grey(painted), 4), 4)[1])
    return np.percentile(np.maximum(over[edges], 0), 99) if edges.sum() > 100 else 0.0


def blotch(painted, like):
    """The largest wrong colour over patches as large as a twelfth of the picture."""
    error = painted - like
    wide = blurred(error - error.mean(-1, keepdims=True), painted.shape[0] // 24)
    return np.percentile(np.linalg.norm(wide, axis=-1), 99)


def seam(painted, like):
    """The largest step from one row or column to the next that runs through the whole picture and not through the photo."""
    error = grey(painted) - grey(like)
    return max(np.abs(np.median(np.diff(error, axis=axis), axis=1 - axis)).max() for axis in (0, 1))


def border(painted, like):
    """The error along the border compared with that inside."""
    error = np.abs(grey(painted) - grey(like))
    edge = np.concatenate([error[:3].ravel(), error[-3:].ravel(), error[:, :3].ravel(), error[:, -3:].ravel()])
    near = np.concatenate([error[8:24].ravel(), error[-24:-8].ravel(), error[:, 8:24].ravel(), error[:, -24:-8].ravel()])
    return edge.mean() / (near.mean() + 0.02)


MEASURES = {"checkerboard": checkerboard, "halo": halo, "blotch": blotch, "seam": seam, "border": border}


def with_artefact(painted, kind):
    """The picture with a faint artefact of that kind."""
    out = painted.copy()
    side = len(out)
    if kind == "checkerboard":
        out[1::2, ::2] += 0.02
    elif kind == "halo":
        out += 1.5 * (out - blurred(out, 2))
    elif kind == "blotch":
        out[: side // 4, : side // 4] += np.array([0.3, -0.15, -0.15])
    elif kind == "seam":
        out[side // 2 :] += 0.06
    else:
        out[:3] += 0.3
        out[:, -3:] += 0.3
    return out


def paint(sakuga, style, photo, side, folder):
    """The photo in that size, and what the program makes of just these pixels."""
    small, result = folder / "photo.png", folder / "painted.png"
    Image.open(photo).convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(small)
    command = [sakuga, "stylize", small, "-o", result, "--size", f"{side}x{side}", "--fit", "exact", "--style", style]
    subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)
    pictures = [np.asarray(Image.open(file).convert("RGB"), np.float64) / 255 for file in (small, result)]
    result.unlink()
    return pictures


def main():
    sakuga, style, *photos = sys.argv[1:]
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for side, count in SIZES.items():
            for photo in photos[:count]:
                original, painted = paint(sakuga, style, photo, side, Path(folder))
                like = expected(original, painted)
                figures = {kind: float(measure(painted, like)) for kind, measure in MEASURES.items()}
                where = f"{style}, {Path(photo).name}, {side} px"
                print(where, {kind: round(figure, 4) for kind, figure in figures.items()}, flush=True)
                wrong += [f"{where}: {k} {v:.4f}, over {LIMITS[k]}" for k, v in figures.items() if v > LIMITS[k]]
                if side == 512:
                    made = {kind: float(MEASURES[kind](with_artefact(painted, kind), like)) for kind in MEASURES}
                    wrong += [f"{where}: a made {k} of {v:.4f} was not found" for k, v in made.items() if v <= LIMITS[k]]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
