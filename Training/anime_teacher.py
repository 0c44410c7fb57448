"""The composite teacher of the anime styles: the drawing of a CartoonGAN generator with the photo's own tones and colours.

CartoonGAN draws well (lines along contours, flat tones) and colours badly: casts, green skies, pink blotches on skin, torn
faces where its norms meet an unusual photo, a faint grid. So only its *drawing* is taken:

    photo -> CartoonGAN at two shifts, averaged (no grid)
          -> flat tones: the photo, as a local linear function of the drawing. What is flat in the drawing becomes flat;
             a blotch that the photo does not know has no weight, and the amount of every shade is the photo's
          -> lines: thin dark strokes of the drawing, kept where the photo has an edge; on skin only strong ones
          -> a look: tone, colours, light, ink

Drawings cost seconds and are kept on disk (pairs.py); looks cost a fraction of a second. Pictures are float32 RGB in
[0, 1], height x width x 3. Everything after the drawing is local, or one figure of the whole picture.

    python anime_teacher.py --teachers FOLDER OUT.png PHOTO...      writes a sheet: photo, drawing, looks
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from cartoongan import CartoonGan
from teacher import blur, painted, smoothstep

cv2.setNumThreads(1)

GREY = np.array([0.299, 0.587, 0.114], np.float32)
# Two that cancel the transposed convolutions' grid along either axis; what is left of it, the later steps do not let through.
SHIFTS = ((0, 0), (1, 3))


@dataclass(frozen=True)
class Look:
    """What distinguishes one style from another. Lightness and Lab colours are 0 to 100 and about -100 to 100."""

    ink: float  # opacity of the lines
    weight: float  # how much wider than drawn the lines are, 0 to 1 at 512 pixels
    ink_colour: tuple[float, float, float]
    lift: float  # lightness added to the midtones
    contrast: float  # 1 leaves the tones as they are; more is steeper around the middle
    cels: float  # how strongly tones gather in steps
    shade: float  # how far shading on skin becomes two tones
    saturation: float
    shadow: tuple[float, float]  # Lab a, b added to the darkest tones
    light: tuple[float, float]  # Lab a, b added to the lightest tones
    floor: float  # lightness of black
    sky: tuple[float, float]  # lightness and chroma factor - 1 given to blue
    green: float  # chroma factor - 1 given to green
    glow: float  # bloom around bright places


LOOKS = {
    # A clear summer day: bright, clean colours, fresh greens, blue with light in it, fine brown lines.
    "summer": Look(
        ink=1.0, weight=0.35, ink_colour=(0.14, 0.08, 0.12), lift=9.0, contrast=1.12, cels=0.75, shade=1.0, saturation=1.45,
        shadow=(2.0, -7.0), light=(0.0, 4.0), floor=5.0, sky=(5.0, 0.25), green=0.30, glow=0.30,
    ),
    # Deep skies and light: rich blue shadows, golden light that spills over.
    "skies": Look(
        ink=0.85, weight=0.25, ink_colour=(0.11, 0.08, 0.26), lift=-6.0, contrast=1.25, cels=0.60, shade=0.9, saturation=1.30,
        shadow=(10.0, -27.0), light=(6.0, 19.0), floor=8.0, sky=(-12.0, 0.45), green=0.0, glow=0.95,
    ),
    # Inked: strong black lines over few, flat, quiet tones.
    "inked": Look(
        ink=1.0, weight=1.1, ink_colour=(0.05, 0.05, 0.07), lift=7.0, contrast=1.50, cels=1.0, shade=1.0, saturation=0.55,
        shadow=(0.0, -3.0), light=(1.0, 10.0), floor=0.0, sky=(2.0, -0.10), green=-0.10, glow=0.0,
    ),
}


def box(x: np.ndarray, radius: int) -> np.ndarray:
    return cv2.blur(x, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT_101)


def disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


class Drawer:
    """Makes drawings with CartoonGAN's Hosoda generator."""

    def __init__(self, teachers: Path):
        self.network = CartoonGan(teachers / "cartoongan_hosoda.npz")

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """The drawing of a photo, averaged over shifts."""
        height, width = photo.shape[:2]
        total = np.zeros_like(photo)
        for down, right in SHIFTS:
            # A margin hides what the network does along borders; sizes become multiples of 4.
            bottom, end = 8 - down + -height % 4, 8 - right + -width % 4
            padded = cv2.copyMakeBorder(photo, 4 + down, bottom, 4 + right, end, cv2.BORDER_REFLECT_101)
            x = torch.from_numpy(padded.transpose(2, 0, 1)[None].copy()) * 2 - 1
            y = self.network(x)[0].permute(1, 2, 0).numpy() / 2 + 0.5
            total += y[4 + down : 4 + down + height, 4 + right : 4 + right + width]
        return np.clip(total / len(SHIFTS), 0, 1)


def explained(target: np.ndarray, guide: np.ndarray, radius: int, slack: float) -> np.ndarray:
    """The target as a local linear function of the guide's three channels (a guided filter with a colour guide)."""
    mean_g, mean_t = box(guide, radius), box(target, radius)
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    cov = box(np.dstack([guide[..., i] * guide[..., j] for i, j in pairs[:3]]), radius)
    cov = np.dstack([cov, box(np.dstack([guide[..., i] * guide[..., j] for i, j in pairs[3:]]), radius)])
    cov -= np.dstack([mean_g[..., i] * mean_g[..., j] for i, j in pairs])
    aa, ab, ac, bb, bc, cc = (cov[..., i] for i in range(6))
    aa, bb, cc = aa + slack, bb + slack, cc + slack
    # The inverse of the symmetric 3 x 3 matrix, by cofactors.
    iaa, iab, iac = bb * cc - bc * bc, ac * bc - ab * cc, ab * bc - ac * bb
    ibb, ibc, icc = aa * cc - ac * ac, ab * ac - aa * bc, aa * bb - ab * ab
    determinant = aa * iaa + ab * iab + ac * iac
    out = np.empty_like(target)
    for channel in range(target.shape[2]):
        t = target[..., channel]
        shared = box(guide * t[..., None], radius) - mean_g * mean_t[..., channel : channel + 1]
        x, y, z = (shared[..., i] for i in range(3))
        factors = np.dstack([iaa * x + iab * y + iac * z, iab * x + ibb * y + ibc * z, iac * x + ibc * y + icc * z])
        factors /= determinant[..., None]
        offset = mean_t[..., channel] - (factors * mean_g).sum(2)
        out[..., channel] = (box(factors, radius) * guide).sum(2) + box(offset, radius)
    return out


def evened(x: np.ndarray, radius: int, slack: float) -> np.ndarray:
    """One channel blurred between its edges (a guided filter by itself)."""
    mean = box(x, radius)
    variance = np.maximum(box(x * x, radius) - mean * mean, 0)
    factor = variance / (variance + slack)
    return box(factor, radius) * x + box(mean - factor * mean, radius)


def skin(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much each point's colour is that of skin, light or dark, 0 to 1, with small holes filled; and the features in it: eyes, mouths."""
    side = min(photo.shape[:2])
    ycc = cv2.cvtColor(blur(photo, side / 300), cv2.COLOR_RGB2YCrCb)
    y, cr, cb = ycc[..., 0], ycc[..., 1] - 0.5, ycc[..., 2] - 0.5
    # Skin of all tones has one hue, from rosy to golden; dark skin has less chroma.
    hue, chroma = np.degrees(np.arctan2(-cb, cr)), np.hypot(cr, cb)
    mask = smoothstep((hue + 4) / 16) * smoothstep((72 - hue) / 12) * smoothstep((chroma - 0.018) / 0.022)
    mask = (mask * smoothstep((0.235 - chroma) / 0.06) * smoothstep((y - 0.08) / 0.12)).astype(np.float32)
    radius = max(3, round(side / 45))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(max(1, radius // 4)))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(radius))
    closed = blur(smoothstep(closed * 1.4), radius / 3)
    # Inside skin, what has another colour or differs much within a short distance is an eye, a brow, a nostril or a mouth.
    inside = smoothstep((blur(closed, radius) - 0.55) / 0.25) * closed
    near = disc(max(1, round(side / 170)))
    spread = (cv2.dilate(y, near) - cv2.erode(y, near)) / (0.4 + 0.6 * box(y, radius))
    features = np.maximum(smoothstep((spread - 0.20) / 0.16), smoothstep((closed - mask) * 1.5)) * inside
    return closed, np.clip(blur(cv2.dilate(features, near), side / 170), 0, 1)


def flat_tones(photo: np.ndarray, drawing: np.ndarray, calm: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """The photo's tones and colours, flat where the drawing is flat, with the crisp patches of a brush."""
    side = min(photo.shape[:2])
    quiet = cv2.bilateralFilter(photo, 7, 0.08, 3, borderType=cv2.BORDER_REFLECT_101)
    guide = cv2.bilateralFilter(drawing, 7, 0.10, 2.5, borderType=cv2.BORDER_REFLECT_101)
    fine = explained(quiet, guide, max(4, round(side / 50)), 0.0010)
    wide = explained(quiet, guide, max(8, round(side / 20)), 0.0010)
    out = (0.30 * fine + 0.70 * wide).astype(np.float32)
    even = cv2.bilateralFilter(out, 11, 0.09, 5, borderType=cv2.BORDER_REFLECT_101)
    out = out + (0.6 + 0.4 * calm)[..., None] * (even - out)
    patches = painted(out, 5 if side >= 400 else 4)
    out = out + (0.85 * (1 - eyes))[..., None] * (patches - out)
    # On skin the drawing may not deepen a shade by much: that tears faces.
    even = blur(quiet, side / 170)
    out = out + (calm * (1 - eyes))[..., None] * (np.maximum(out, even - 0.06) - out)
    clear = quiet + 0.6 * (quiet - blur(quiet, side / 200))
    return np.clip(out + (0.8 * eyes)[..., None] * (clear - out), 0, 1).astype(np.float32)


def strokes(photo: np.ndarray, drawing: np.ndarray, tones: np.ndarray, calm: np.ndarray) -> np.ndarray:
    """Lines, 0 to 1: thin dark strokes of the drawing, and contours of its patches, where the photo has an edge."""
    side = min(photo.shape[:2])
    grey = drawing @ GREY
    radius = 2 if side < 400 else 3
    dark = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc(radius)) - grey
    seen = blur(photo @ GREY, 0.9)
    reach = np.ones((5, 5), np.uint8)
    contrast = cv2.dilate(seen, reach) - cv2.erode(seen, reach)
    # In the dark, small steps are edges too.
    contrast = contrast / (0.35 + 0.65 * np.sqrt(np.maximum(box(seen, 4), 0)))
    gate = smoothstep((contrast - 0.035 - 0.030 * calm) / (0.05 + 0.04 * calm))
    # On skin a line is weak where the photo itself is not darker than around.
    darker = smoothstep((blur(seen, side / 110) - seen - 0.002) / (0.012 + 0.04 * box(seen, 4)))
    gate = gate * (1 - 0.5 * calm * (1 - darker))
    drawn = smoothstep((dark - 0.03 - 0.01 * calm) / (0.13 + 0.04 * calm))
    even = tones @ GREY
    contour = smoothstep((blur(even, 1.8) - blur(even, 0.8) - 0.008) / 0.020)
    return without_specks(np.maximum(drawn, 0.9 * contour) * gate * (1 - 0.10 * calm), calm)


def without_specks(ink: np.ndarray, calm: np.ndarray) -> np.ndarray:
    """The lines without what is too short for one: grain, and on skin stubble, pores and gaps between teeth."""
    side = min(ink.shape)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 0.15).astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    on_skin = np.bincount(labels.ravel(), calm.ravel(), len(area)) / area
    least = (side / 512) * (14 + 34 * on_skin)
    keep = smoothstep((area / least - 0.7) / 0.6).astype(np.float32)
    keep[0] = 1
    return ink * keep[labels]


def wider(ink: np.ndarray, amount: float) -> np.ndarray:
    """Lines widened by a fraction of two pixels, or by more."""
    while amount > 0:
        part = min(1.0, amount)
        ink = ink + part * (cv2.dilate(ink, disc(1)) - ink)
        amount -= part
    return ink


def stepped(lightness: np.ndarray, amount: np.ndarray, count: int = 5) -> np.ndarray:
    """Lightness (0 to 1) gathered softly in steps."""
    q = lightness * count
    f = q - np.floor(q)
    return lightness + amount * ((np.floor(q) + smoothstep((f - 0.5) * 2.2 + 0.5)) / count - lightness)


def shaded(tones: np.ndarray, calm: np.ndarray, skin_amount: float, amount: float) -> np.ndarray:
    """Cel shading: light and shade in two tones around what is usual nearby, much the same step on light things and on dark.

    Skin is compared with skin alone. Slow gradients such as skies have no shade, and stay.
    """
    lab = cv2.cvtColor(tones, cv2.COLOR_RGB2LAB)
    light, side = lab[..., 0], min(tones.shape[:2])
    fine = blur(light, side / 110)
    # Nor beside strong edges, where it would be a halo.
    near = max(3, round(side / 28))
    spread = np.sqrt(np.maximum(box(light * light, near) - box(light, near) ** 2, 0))
    plain = amount * (1 - calm) * (1 - smoothstep((spread - 8) / 8))
    usual_skin = blur(light * calm, side / 14) / (blur(calm, side / 14) + 1e-3)
    for usual, weight in ((evened(light, max(4, round(side / 16)), 60.0), plain), (usual_skin, skin_amount * calm)):
        off = fine - usual
        # Eyes, brows and deep shadows stay what they are.
        weight = weight * (1 - smoothstep((np.abs(off) - 14) / 12))
        lab[..., 0] += weight * (usual + 6.0 * np.tanh(off / 2.2) - light)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def daylight(photo: np.ndarray) -> np.ndarray:
    """A dim photo made lighter, a glaring one darker, by part of what is missing: the generator cannot see exposure."""
    mean = float(np.clip((photo @ GREY).mean(), 0.05, 0.95))
    power = np.clip((np.log(0.50) / np.log(mean)) ** 0.4, 0.78, 1.2)
    return photo ** np.float32(power)


def graded(tones: np.ndarray, look: Look, calm: np.ndarray) -> np.ndarray:
    """The look's tone curve and colours. Skin keeps its hue, and light and dark skin are lifted alike."""
    lab = cv2.cvtColor(tones, cv2.COLOR_RGB2LAB)
    light, a, b = lab[..., 0] / 100, lab[..., 1], lab[..., 2]
    middle = 4 * light * (1 - light)
    steep = light + (look.contrast - 1) * (1 - 0.5 * calm) * (light - 0.5) * middle
    # No steps in skies and mist.
    around = max(4, round(min(tones.shape[:2]) / 24))
    spread = np.sqrt(np.maximum(box(light * light, around) - box(light, around) ** 2, 0))
    steps = look.cels * 0.5 * smoothstep((spread - 0.02) / 0.06)
    light = stepped(steep, steps) + 0.01 * look.lift * np.sqrt(np.clip(middle, 0, 1)) * (1 - 0.8 * calm * (1 - light))
    blue = smoothstep((-b - 6) / 22) * (1 - calm)
    green = smoothstep((-a - 4) / 16) * smoothstep((b + 2) / 14) * (1 - calm)
    light = light + 0.01 * look.sky[0] * blue * middle
    chroma = 1 + (look.saturation - 1) * (1 - 0.75 * calm) + look.sky[1] * blue + look.green * green
    # Strong colours need no help.
    chroma = 1 + (chroma - 1) * np.clip(1.25 - np.hypot(a, b) / 90, 0.1, 1)
    # Blue loses its violet.
    a = a - 0.25 * blue * np.clip(-b, 0, 60) * (1 - smoothstep((-a - 2) / 20)) * (look.sky[1] > 0)
    dark, bright = (1 - light) ** 2 * (1 - 0.6 * calm), np.clip(light, 0, 1) ** 2 * (1 - 0.5 * calm)
    a = a * chroma + look.shadow[0] * dark + look.light[0] * bright
    b = b * chroma + look.shadow[1] * dark + look.light[1] * bright
    light = look.floor + (100 - look.floor) * light
    return np.clip(cv2.cvtColor(np.dstack([light, a, b]).astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)


def picture(photo: np.ndarray, drawing: np.ndarray, look: Look) -> np.ndarray:
    """The anime picture of a photo, from its drawing."""
    side = min(photo.shape[:2])
    calm, holes = skin(photo)
    photo = daylight(photo)
    tones = flat_tones(photo, drawing, calm, holes)
    out = graded(shaded(tones, calm * (1 - holes), look.shade, 0.7 * look.cels), look, calm)
    # A line is as wide in a large picture as in a small one seen larger.
    ink = strokes(photo, drawing, tones, calm)
    wide = wider(ink, look.weight * side / 512 + max(0.0, side / 512 - 1))
    # Eyes and mouths keep fine lines.
    ink = ink + (1 - 0.8 * holes) * (wide - ink)
    ink = (look.ink * min(1.0, 0.6 + 0.4 * side / 400) * blur(ink, 0.5))[..., None]
    out = out * (1 - ink) + (0.25 * out + 0.65 * np.array(look.ink_colour, np.float32)) * ink
    glow = blur(np.clip(out - 0.70, 0, 1), side / 40)
    out = 1 - (1 - out) * (1 - look.glow * glow)
    return np.clip(out, 0, 1).astype(np.float32)


def resized(photo: np.ndarray, longer: int) -> np.ndarray:
    """An 8-bit BGR picture, as decoded, as float RGB with that longer side."""
    scale = longer / max(photo.shape[:2])
    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(photo, size, interpolation=how)[..., ::-1].astype(np.float32) / 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teachers", type=Path, required=True, help="folder of cartoongan_hosoda.npz")
    parser.add_argument("--longer", type=int, default=512)
    parser.add_argument("--height", type=int, default=320, help="of a row in the sheet")
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", nargs="+")
    options = parser.parse_args()
    torch.set_num_threads(1)
    draw = Drawer(options.teachers)
    rows = []
    for path in options.photos:
        photo = resized(cv2.imread(path), options.longer)
        drawing = draw(photo)
        row = np.hstack([photo, drawing] + [picture(photo, drawing, look) for look in LOOKS.values()])
        rows.append(cv2.resize(row, (round(row.shape[1] * options.height / row.shape[0]), options.height), interpolation=cv2.INTER_AREA))
    width = max(row.shape[1] for row in rows)
    sheet = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=1) for row in rows])
    cv2.imwrite(str(options.out), (sheet[..., ::-1] * 255 + 0.5).astype(np.uint8))


if __name__ == "__main__":
    main()
