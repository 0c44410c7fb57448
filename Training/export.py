"""Writes a trained model into Models/: the weights, the card that the program reads, and the card that people read.

    python export.py --look day --weights work/day/state.pt --measured work/day/evaluation.json \\
        --photos work/photos --models ../Models

`--measured` is what evaluate.py wrote with --json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import torch

from evaluate import painter
from teacher import square
from weights import read, write

# Whose picture stands for a style on the page: Chelsea, a cat, by Stefan van der Walt (CC0).
SITTER = "held-out/skimage-chelsea.png"

# What people read about each look; the model's name is what the command line calls it.
STYLES = {
    "day": {
        "name": "painted",
        "title": {"en": "Painted day", "zh": "明亮彩绘"},
        "description": {
            "en": "Bright brushwork, clear colours, violet shadows and thin lines.",
            "zh": "明亮的笔触、清澈的色彩、紫色的阴影与细线条。",
        },
        "says": "A bright, painted day: texture turns to flat brushwork, colours are clear, shadows lean to violet, light to "
        "warm, edges get thin soft lines.",
        "judged": "Good: skies and other plain surfaces turn smooth and clear, rock, roofs and foliage become brushwork, lines "
        "stay clean; faces keep eyes, mouth and teeth, skin has no blotches. Less good: it paints with restraint, nearer to a "
        "coloured photo than to a drawn frame; ginger fur and warm wood turn a strong orange; night scenes with rows of small "
        "lit windows are its weakest and come out a little soft. Only one portrait was among the photos trained on, so try it on "
        "your faces, above all dark skin, before you rely on it.",
    },
    "ink": {
        "name": "comic",
        "title": {"en": "Inked comic", "zh": "墨线漫画"},
        "description": {
            "en": "Flat tones in bands, strong colours and dark ink lines.",
            "zh": "分层的平涂、浓烈的色彩与深色墨线。",
        },
        "says": "An inked comic: tones gather in flat bands, colours are strong, edges and dark strokes get dark ink lines.",
        "judged": "Good: the most drawn of the three; outlines of people, roofs, mountains and clouds are clear and dark, skies stay "
        "even, faces keep their features and get an inked hair line. Less good: fur, gravel, grass and stone break into many small ink "
        "strokes; small mouths and teeth turn a little hard and dark; the bands of tone are softer than the teacher's; ginger fur and "
        "warm wood turn a strong orange. Night scenes are sharp, but small lit windows get noisy outlines. Only one portrait was among "
        "the photos trained on, so try it on your faces, above all dark skin, before you rely on it.",
    },
    "dusk": {
        "name": "dusk",
        "title": {"en": "Dusk", "zh": "黄昏"},
        "description": {
            "en": "Cool blue shadows, amber light and a soft glow.",
            "zh": "冷蓝的阴影、琥珀色的光与柔和的辉光。",
        },
        "says": "Dusk: darker tones, cool blue shadows, amber light, a soft glow around what is bright.",
        "judged": "Good: closest to its teacher, calm colours, skies that go from blue to a warm horizon, night scenes that keep their lights; "
        "faces keep their features and get no blotches. Less good: it is the mildest of the three, on photos in full daylight more a "
        "colour grade than a drawing; white surfaces turn pinkish and dark clothes bluish, as meant; a "
        "picture that is nearly all bright sky stays too bright for dusk. Only one portrait was among the photos trained on, so try "
        "it on your faces, above all dark skin, before you rely on it.",
    },
}

# Every style here descends from the first one; said in each card, because it bears on the figures and on the photos.
DESCENT = """
**Where it comes from.** The training did not begin with random numbers but with an earlier style, and that one at the very first with a weak
style of this project, which had imitated another filter for 40 minutes on 50 photos: wallpapers of Debian's `lomiri-wallpapers`,
`mate-backgrounds` (GPL-2+) and `plasma-workspace-wallpapers` (LGPL-3), sample pictures of scikit-image and scikit-learn. `comic` and `dusk`
began with `painted`, its last colours fitted to their looks (`regrade.py`). Some of the photos
held out now, from these packages, may have been among them; those that cannot have been are the ones from gcompris, kivy and palapeli.
"""


def card(style: dict, digest: str, largest: int) -> dict:
    return {
        "convention": "half_pixel",
        "description": style["description"],
        "licence": "Apache-2.0",
        "name": style["name"],
        "sha256": digest,
        "source": f"Made in the Sakuga project; see {style['name']}.md",
        "title": style["title"],
        "trainedSize": largest,
    }


def table(result: dict) -> str:
    lines = ["| Photos held out | PSNR | SSIM | PSNR, nothing aligned |", "| --- | --- | --- | --- |"]
    rows = [*result["categories"].items(), ("**all**", result["average"])]
    lines += [f"| {name} | {f['psnr']:.1f} dB | {f['ssim']:.3f} | {f['raw_psnr']:.1f} dB |" for name, f in rows]
    worst = result["worst"]
    lines.append(f"| worst: {worst['photo']} | {worst['psnr']:.1f} dB | {worst['ssim']:.3f} | {worst['raw_psnr']:.1f} dB |")
    return "\n".join(lines)


def artefacts(result: dict) -> str:
    found = result.get("artefacts")
    if not found:
        return ""
    sizes = sorted({int(size) for figures in found["worst"].values() for size in figures})
    lines = [f"| Artefact, worst at | {' | '.join(map(str, sizes))} | limit |", "| --- |" + " --- |" * (len(sizes) + 1)]
    for kind, figures in found["worst"].items():
        cells = [f"{float(figures.get(str(size), figures.get(size, 0))):.3f}" for size in sizes]
        lines.append(f"| {kind} | {' | '.join(cells)} | {found['limits'][kind]:.3f} |")
    return "\n".join(lines) + "\n"


def write_thumbnail(file: Path, weights: Path, photos: Path) -> None:
    picture = painter(weights)(square(cv2.imread(str(photos / SITTER)), 320))
    small = cv2.resize(picture, (144, 144), interpolation=cv2.INTER_AREA)[..., ::-1]
    cv2.imwrite(str(file), (small * 255 + 0.5).clip(0, 255).astype("uint8"), [cv2.IMWRITE_JPEG_QUALITY, 80])


def page(style: dict, look: str, state: dict, result: dict) -> str:
    met = "meets" if result["meets_bar"] else "does not meet"
    spent = state["spent"]
    within = "; artefacts within limits that were set between what the first models showed and what was put in on purpose"
    clean = within if "artefacts" in result else ""
    default = ": the default style" if look == "day" else ""
    return f"""# {style['name']}{default}

| | |
| --- | --- |
| network | AnimeGANv2 generator, 2,143,552 parameters, stored as F16 under the public PyTorch names |
| bilinear convention | `align_corners` false (scale factor 2), in the card `half_pixel` |
| licence | Apache-2.0; made in this project |
| trained | to imitate the look `{look}` of [Training/teacher.py](../Training/teacher.py), a classical filter: {spent['earlier'] + spent['step']:,} steps, \
{spent['seen']:,} crops of at most {state['largest']} px, {spent['seconds'] / 60:.0f} minutes of {state['device']} |
| begun from | {spent['start']} |
| photos | {state['photos']} freely licensed ones, listed with author and licence in [Training/DATA.md](../Training/DATA.md) |

**What it does.** {style['says']}

**How it looks,** judged by eye on the sheet below. {style['judged']}

**Measured** against the teacher at 512 x 512 on photos that it did not see in this training, after aligning mean and deviation of each channel (the
network cannot see contrast). It {met} the bar: 25 dB and 0.85 on average, none under 21 dB{clean}.

{table(result)}

{artefacts(result)}{"" if spent["start"] == "random numbers" else DESCENT}
![Photo, teacher, model](../docs/images/style-{style['name']}.jpg)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--look", required=True, choices=sorted(STYLES))
    parser.add_argument("--weights", type=Path, required=True, help="the state.pt of a training")
    parser.add_argument("--measured", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True, help="folder that photos.py made")
    parser.add_argument("--models", type=Path, required=True)
    options = parser.parse_args()
    style = STYLES[options.look]
    state = torch.load(options.weights, map_location="cpu", weights_only=True)
    if state["look"] != options.look:
        raise SystemExit(f"{options.weights} was trained for the look {state['look']}, not {options.look}.")
    result = json.loads(options.measured.read_text())
    file = options.models / f"{style['name']}.safetensors"
    write(file, read(options.weights))
    file.chmod(0o644)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    about = json.dumps(card(style, digest, state["largest"]), indent=2, ensure_ascii=False).replace('": ', '" : ')
    file.with_suffix(".json").write_text(about + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(page(style, options.look, state, result), encoding="utf-8")
    write_thumbnail(file.with_suffix(".jpg"), options.weights, options.photos)
    print(f"{file}: {result['average']['psnr']:.2f} dB, {result['average']['ssim']:.3f}; sha256 {digest}")


if __name__ == "__main__":
    main()
