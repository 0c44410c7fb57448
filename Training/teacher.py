"""The painted-anime teacher: a classical filter that the generator is trained to imitate, with three named looks.

Every step is local or a single figure of the whole picture, because that is what the generator can learn: it normalises
every layer over the whole picture (so it is blind to contrast), and sees about a hundred pixels around each point.

    photo -> exposure -> soft smoothing -> painted patches -> tones -> colours -> ink -> glow

Pictures are float32 RGB in [0, 1], height x width x 3.

    python teacher.py OUT.jpg PHOTO...      writes a sheet of photos and all looks
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

cv2.setNumThreads(1)


@dataclass(frozen=True)
class Look:
    """What distinguishes one style from another. Amounts are 0 to 1 where not said otherwise."""

    paint: float  # how much of the painted patches replaces the smoothed photo
    lift: float  # exponent of the tone curve: below 1 brightens the midtones
    bands: float  # how strongly tones gather in soft bands
    saturation: float  # factor of the chroma
    shadow: tuple[float, float]  # Lab a, b added to the darkest tones
    light: tuple[float, float]  # Lab a, b added to the lightest tones
    floor: float  # lightness of black
    ink: float  # opacity of the lines
    ink_colour: tuple[float, float, float]
    ink_level: float  # contrast at which a line is half drawn; lower draws more
    azure: float  # how far blues are pulled to a clear sky blue
    glow: float  # bloom around bright places


LOOKS = {
    # Bright painted day: clear colours, violet-blue shadows, warm light, thin soft lines.
    "day": Look(
        paint=0.75, lift=0.80, bands=0.45, saturation=1.38, shadow=(3.0, -9.0), light=(0.5, 5.0), floor=0.07,
        ink=0.62, ink_colour=(0.24, 0.16, 0.27), ink_level=0.020, azure=0.5, glow=0.45,
    ),
    # Inked comic: flatter tones, more and darker lines, strong colours.
    "ink": Look(
        paint=0.85, lift=0.86, bands=0.75, saturation=1.30, shadow=(1.0, -3.0), light=(0.0, 4.0), floor=0.04,
        ink=0.92, ink_colour=(0.07, 0.06, 0.10), ink_level=0.014, azure=0.2, glow=0.15,
    ),
    # Dusk: darker, cool violet shadows and amber lights.
    "dusk": Look(
        paint=0.75, lift=1.30, bands=0.40, saturation=1.05, shadow=(9.0, -26.0), light=(11.0, 18.0), floor=0.08,
        ink=0.62, ink_colour=(0.10, 0.08, 0.24), ink_level=0.020, azure=0.0, glow=0.70,
    ),
}


def smoothstep(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def blur(x: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(x, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)


def exposure(x: np.ndarray) -> np.ndarray:
    """Brings the contrast around mid-grey to that of a usual photo: the generator cannot see what it was."""
    spread = float(np.sqrt(np.mean((x - 0.5) ** 2)))
    gain = np.clip(0.26 / max(spread, 0.02), 0.65, 1.9)
    wide = 0.5 + (x - 0.5) * gain
    # Black stays nearly black where the contrast is lowered.
    return np.clip(wide - max(0.0, 0.5 - 0.5 * float(gain)) * (1 - x) ** 3, 0, 1).astype(np.float32)


def smoothed(x: np.ndarray) -> np.ndarray:
    """The photo without grain and fine texture, edges kept."""
    for _ in range(2):
        x = cv2.bilateralFilter(x, 7, 0.09, 3, borderType=cv2.BORDER_REFLECT_101)
    return x


@lru_cache(maxsize=4)
def sectors(radius: int) -> tuple[np.ndarray, ...]:
    """Eight overlapping wedges of a disc, each summing to 1."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    disc = np.exp(-(x * x + y * y) / (2 * (0.45 * radius) ** 2)) * (x * x + y * y <= (radius + 0.5) ** 2)
    angle = np.arctan2(y, x)
    wedges = []
    for k in range(8):
        turn = np.abs((angle - k * np.pi / 4 + np.pi) % (2 * np.pi) - np.pi)
        w = np.clip(1 - turn / (np.pi / 2.6), 0, None) ** 1.5
        w[radius, radius] = 0.6
        w = w * disc
        wedges.append((w / w.sum()).astype(np.float32))
    return tuple(wedges)


def painted(x: np.ndarray, radius: int = 5) -> np.ndarray:
    """Generalised Kuwahara filter: every point takes the colour of its calmest neighbouring wedges, like a brush."""
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    four = np.dstack([x, grey * grey])
    total = np.zeros_like(x)
    weight = np.zeros(grey.shape, np.float32)
    for wedge in sectors(radius):
        mean = cv2.filter2D(four, -1, wedge, borderType=cv2.BORDER_REFLECT_101)
        g = mean[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
        variance = np.maximum(mean[..., 3] - g * g, 0)
        w = 1 / (1e-4 + variance) ** 1.5
        total += w[..., None] * mean[..., :3]
        weight += w
    return total / weight[..., None]


def skin(x: np.ndarray) -> np.ndarray:
    """How much each point's colour is that of skin, 0 to 1, in soft patches."""
    ycc = cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb)
    cr, cb = ycc[..., 1] - 0.5, ycc[..., 2] - 0.5
    distance = ((cr - 0.085) / 0.045) ** 2 + ((cb + 0.075) / 0.045) ** 2
    mask = np.exp(-0.5 * distance) * smoothstep((ycc[..., 0] - 0.25) / 0.25)
    return blur(mask.astype(np.float32), 3)


def lines(x: np.ndarray, level: np.ndarray | float) -> np.ndarray:
    """Ink, 0 to 1: the dark side of edges and dark strokes, by a difference of Gaussians."""
    g = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)
    dog = blur(g, 1.9) - blur(g, 0.9)
    return smoothstep((dog - 0.5 * level) / level)


def banded(lightness: np.ndarray, amount: np.ndarray, n: int = 5) -> np.ndarray:
    """Tones gathered softly in n bands."""
    q = lightness * n
    f = q - np.floor(q)
    return lightness + amount * ((np.floor(q) + smoothstep((f - 0.5) * 1.6 + 0.5)) / n - lightness)


def graded(x: np.ndarray, look: Look, calm: np.ndarray) -> np.ndarray:
    """Tone curve, soft bands and the look's colours."""
    lab = cv2.cvtColor(x, cv2.COLOR_RGB2LAB)
    lightness = np.clip(lab[..., 0] / 100, 0, 1) ** look.lift
    lightness = banded(lightness, look.bands * (1 - 0.6 * calm))
    chroma = look.saturation - 0.22 * calm
    a, b = lab[..., 1] * chroma, lab[..., 2] * chroma
    # Blue turns to azure: less violet, a little lighter.
    blue = smoothstep((-lab[..., 2] - 4) / 24) * look.azure
    a = a - blue * 0.25 * np.clip(-lab[..., 2], 0, 60) * (1 - smoothstep((-a - 2) / 20))
    lightness = lightness + 0.10 * blue * lightness * (1 - lightness)
    dark, bright = (1 - lightness) ** 2, lightness**2
    a = a + look.shadow[0] * dark + look.light[0] * bright
    b = b + look.shadow[1] * dark + look.light[1] * bright
    lightness = look.floor + (1 - look.floor) * lightness
    out = cv2.cvtColor(np.dstack([lightness * 100, a, b]).astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.clip(out, 0, 1)


def anime(photo: np.ndarray, look: Look) -> np.ndarray:
    """The photo painted in that look."""
    x = smoothed(exposure(photo))
    calm = skin(x)
    patches = painted(x)
    base = x + look.paint * (patches - x)
    # Skin is smoothed once more, where it is already calm.
    even = cv2.bilateralFilter(base, 11, 0.06, 5, borderType=cv2.BORDER_REFLECT_101)
    base = base + calm[..., None] * (even - base)
    out = graded(base, look, calm)
    ink = lines(0.5 * x + 0.5 * patches, look.ink_level * (1 + 0.8 * calm))
    k = (look.ink * blur(ink, 0.6))[..., None]
    colour = np.array(look.ink_colour, np.float32)
    out = out * (1 - k) + (0.30 * out + 0.55 * colour) * k
    halo = blur(np.clip(out - 0.72, 0, 1), 9)
    out = 1 - (1 - out) * (1 - look.glow * halo)
    return np.clip(out, 0, 1).astype(np.float32)


def square(picture: np.ndarray, side: int) -> np.ndarray:
    """A decoded file's middle square (the upper one of a tall picture: faces are there) in that size."""
    shorter = min(picture.shape[:2])
    top, left = (picture.shape[0] - shorter) // 8, (picture.shape[1] - shorter) // 2
    cut = picture[top : top + shorter, left : left + shorter, ::-1].astype(np.float32) / 255
    how = cv2.INTER_AREA if shorter > side else cv2.INTER_CUBIC
    return np.clip(cv2.resize(cut, (side, side), interpolation=how), 0, 1)


def sheet(out: str, photos: list[str], side: int = 512) -> None:
    rows = []
    for path in photos:
        photo = square(cv2.imread(path), side)
        rows.append(np.hstack([photo] + [anime(photo, look) for look in LOOKS.values()]))
    cv2.imwrite(out, (np.vstack(rows)[..., ::-1] * 255 + 0.5).astype(np.uint8))


if __name__ == "__main__":
    sheet(sys.argv[1], sys.argv[2:])
