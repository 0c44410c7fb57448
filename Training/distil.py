"""Trains the generator to draw as the anime teacher does, from the pairs that pairs.py keeps on disk.

    python distil.py --look summer --pairs work/pairs --teachers FOLDER --start FILE --out work/summer --steps 12000

Pairs may go on growing meanwhile. State (model, average, optimisers, discriminator, step) is saved every few minutes to
OUT/state.pt, whole or not at all, and the same command goes on from there; the average is also written to
OUT/LOOK.safetensors in F16. SIGTERM saves and stops. A GPU is used where there is one. `--adversary 0.05 --adversary-from 9000` adds an LSGAN
on patches for the last steps, against blur.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import anime_teacher
from anime_teacher import LOOKS, picture
from generator import Generator
from pairs import load
from perceptual import Perceptual
from samples import tensor
from train import Average, aligned, factor_at, gradients, optimisers, similarity
from weights import read, write

# Crops are cut from drawings of whole views, so small ones teach how larger pictures are drawn, too.
SIDES = (224, 256, 256, 288, 320, 384)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--look", required=True, choices=sorted(LOOKS))
    parser.add_argument("--pairs", type=Path, required=True, help="folder that pairs.py made")
    parser.add_argument("--teachers", type=Path, required=True, help="folder of vgg19_16x_e4.npz")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--start", type=Path, help="weights to begin with")
    parser.add_argument("--steps", type=int, default=12000, help="length of the whole schedule")
    parser.add_argument("--until", type=int, help="stop at this step")
    parser.add_argument("--minutes", type=float, default=1e9, help="time budget of this run")
    parser.add_argument("--rate", type=float, default=3e-4, help="learning rate of AdamW; Muon's is ten times that")
    parser.add_argument("--perceptual", type=float, default=0.8)
    parser.add_argument("--adversary", type=float, default=0.0, help="weight of the discriminator's opinion")
    parser.add_argument("--adversary-from", type=int, default=0, help="first step with it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-minutes", type=float, default=4)
    return parser.parse_args()


def teacher_version(look: str) -> str:
    """Changes when what the look makes of a photo may have changed, so that no old target is used."""
    source = Path(anime_teacher.__file__).read_text()
    steps = source[source.index("def explained") : source.index("def resized")]
    return hashlib.sha256((steps + repr(LOOKS[look])).encode()).hexdigest()[:8]


class Pairs:
    """Photos and what a look makes of them; targets are made once and kept beside the pairs."""

    def __init__(self, folder: Path, look: str):
        self.folder, self.look = folder, look
        self.targets = folder.with_name(f"{folder.name}-{look}-{teacher_version(look)}")
        self.targets.mkdir(parents=True, exist_ok=True)
        self.names: list[str] = []
        self.listed = -math.inf

    def all(self) -> list[str]:
        if time.monotonic() - self.listed > 60:
            self.names = sorted(path.name for path in self.folder.glob("?????-*.png") if ".part" not in path.name)
            self.listed = time.monotonic()
        return self.names

    def __call__(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        photo, drawing = load(self.folder / name)
        path = self.targets / name
        if path.exists():
            return photo, cv2.imread(str(path))[..., ::-1].astype(np.float32) / 255
        target = picture(photo, drawing, LOOKS[self.look])
        part = path.with_suffix(".part.png")
        cv2.imwrite(str(part), (target[..., ::-1] * 255 + 0.5).astype(np.uint8))
        os.replace(part, path)
        return photo, target


def halved(picture: np.ndarray, side: int) -> np.ndarray:
    """A larger view seen smaller: faces in small pictures are drawn as in large ones."""
    scale = side / min(picture.shape[:2])
    size = max(side, round(picture.shape[1] * scale)), max(side, round(picture.shape[0] * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


class Batches:
    """Batches of one size: two crops, two smaller views, or one whole view."""

    def __init__(self, pairs: Pairs):
        self.pairs = pairs

    def whole(self, chance: random.Random) -> list[tuple[np.ndarray, np.ndarray]]:
        photo, target = self.pairs(chance.choice(self.pairs.all()))
        # At most half a megapixel: sizes are multiples of 8 as in most pictures' uses, and odd ones too.
        return [(photo[:704, :704], target[:704, :704])]

    def crop(self, chance: random.Random, side: int, smaller: bool) -> tuple[np.ndarray, np.ndarray] | None:
        photo, target = self.pairs(chance.choice(self.pairs.all()))
        if smaller and min(photo.shape[:2]) > 1.3 * side:
            photo, target = halved(photo, side), halved(target, side)
        height, width = photo.shape[:2]
        if min(height, width) < side:
            return None
        top, left = chance.randint(0, height - side), chance.randint(0, width - side)
        cut = slice(top, top + side), slice(left, left + side)
        return photo[cut], target[cut]

    def __call__(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        chance = random.Random(f"{seed}/{number}")
        kind = chance.random()
        if kind < 0.15:
            samples = self.whole(chance)
        else:
            smaller = kind < 0.32
            side = chance.choice((224, 256, 288) if smaller else SIDES)
            samples = []
            while len(samples) < 2:
                if sample := self.crop(chance, side, smaller):
                    samples.append(sample)
        if chance.random() < 0.5:
            samples = [(photo[:, ::-1], target[:, ::-1]) for photo, target in samples]
        return tensor([photo for photo, _ in samples]), tensor([target for _, target in samples])


def loss_of(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Pixels (raw and aligned), lines, coarse colour, structure."""
    a = aligned(x, y)
    pixels = 0.4 * (x - y).abs().mean() + 0.6 * (a - y).abs().mean()
    lines = sum((p - q).abs().mean() for p, q in zip(gradients(a), gradients(y)))
    coarse = sum((F.avg_pool2d(x, k) - F.avg_pool2d(y, k)).abs().mean() for k in (4, 16, 32))
    return pixels + 1.5 * lines + 0.4 * coarse + 0.4 * (1 - similarity(a, y))


class Discriminator(nn.Sequential):
    """Judges patches of about 40 pixels: drawn by the teacher, or by the generator?"""

    def __init__(self, width: int = 32):
        def layer(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
            conv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(inputs, outputs, 4, stride, 1))
            return [conv, nn.LeakyReLU(0.2)]

        super().__init__(
            *layer(3, width, 2), *layer(width, 2 * width, 2), *layer(2 * width, 4 * width, 1), nn.Conv2d(4 * width, 1, 3, 1, 1)
        )


class Adversary:
    """LSGAN: the discriminator, its optimiser, and what the generator is told."""

    def __init__(self, rate: float, device: torch.device):
        self.judge = Discriminator().to(device)
        self.optimiser = torch.optim.AdamW(self.judge.parameters(), lr=rate, betas=(0.5, 0.99))

    def learn(self, x: torch.Tensor, y: torch.Tensor) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        loss = (self.judge(y) - 1).square().mean() + self.judge(x.detach()).square().mean()
        loss.backward()
        self.optimiser.step()

    def opinion(self, x: torch.Tensor) -> torch.Tensor:
        return (self.judge(x) - 1).square().mean()

    def state(self) -> dict:
        return {"judge": self.judge.state_dict(), "optimiser": self.optimiser.state_dict()}

    def resume(self, state: dict) -> None:
        self.judge.load_state_dict(state["judge"])
        self.optimiser.load_state_dict(state["optimiser"])


class Distillation:
    """The generator, its optimisers and average, and how far it is."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.file = options, options.out / "state.pt"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = Generator().to(self.device, memory_format=torch.channels_last)
        if options.start:
            self.model.load_state_dict(read(options.start))
        self.optimisers = optimisers(self.model, "muon", options.rate)
        self.rates = [optim.param_groups[0]["lr"] for optim in self.optimisers]
        self.average = Average(self.model)
        self.perceptual = Perceptual(options.teachers / "vgg19_16x_e4.npz", self.device)
        self.adversary = Adversary(4e-4, self.device)
        self.step, self.seconds, self.clock = 0, 0.0, time.process_time()
        if self.file.exists():
            self.resume()

    def resume(self) -> None:
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.values = state["average"]
        for optim, saved in zip(self.optimisers, state["optimisers"]):
            optim.load_state_dict(saved)
        self.adversary.resume(state["adversary"])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        now = time.process_time()
        self.seconds, self.clock = self.seconds + now - self.clock, now
        state = {
            "model": self.model.state_dict(),
            "average": self.average.values,
            "optimisers": [optim.state_dict() for optim in self.optimisers],
            "adversary": self.adversary.state(),
            "step": self.step,
            "seconds": self.seconds,
            "look": self.options.look,
        }
        part = self.file.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.file)
        published = self.options.out / f"{self.options.look}.safetensors"
        write(published.with_suffix(".part"), self.average.values)
        os.replace(published.with_suffix(".part"), published)
        (self.options.out / "step").write_text(f"{self.step}\n")

    def learn(self, photo: torch.Tensor, target: torch.Tensor) -> tuple[float, float, float]:
        """One step; the loss, PSNR and SSIM after aligning."""
        factor = factor_at(self.step, self.options.steps)
        for optim, rate in zip(self.optimisers, self.rates):
            optim.param_groups[0]["lr"] = rate * factor
            optim.zero_grad(set_to_none=True)
        x, y = photo.to(self.device, memory_format=torch.channels_last), target.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16):
            out = self.model(x)
        out = out.float()
        loss = loss_of(out, y) + self.options.perceptual * self.perceptual(out, y)
        if self.options.adversary and self.step >= self.options.adversary_from:
            self.adversary.learn(out, y)
            loss = loss + self.options.adversary * self.adversary.opinion(out)
        loss.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)):
            for optim in self.optimisers:
                optim.step()
        else:
            print(f"step {self.step}: the gradient is not finite; skipped", flush=True)
        self.average.update(self.model, self.step)
        self.step += 1
        with torch.no_grad():
            a = aligned(out, y)
            return loss.item(), -10 * math.log10((a - y).square().mean().item() / 4 + 1e-9), similarity(a, y).item()


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    pairs = Pairs(options.pairs, options.look)
    while len(pairs.all()) < 16:
        print("waiting for pairs", flush=True)
        time.sleep(61)
    batches, training = Batches(pairs), Distillation(options)
    last = min(options.steps, options.until or options.steps)
    began = saved = said = time.monotonic()
    figures: list[tuple[float, float, float]] = []
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    while not stopped and training.step < last and time.monotonic() - began < options.minutes * 60:
        figures.append(training.learn(*batches(training.step, options.seed)))
        now = time.monotonic()
        if training.step % 25 == 0:
            loss, psnr, ssim = np.mean(figures, 0)
            line = {"look": options.look, "step": training.step, "loss": round(loss, 4), "psnr": round(psnr, 2), "ssim": round(ssim, 4)}
            line |= {"seconds_a_step": round((now - said) / len(figures), 2), "pairs": len(pairs.all()), "time": time.strftime("%H:%M")}
            print(json.dumps(line), flush=True)
            figures, said = [], now
        if now - saved > options.save_minutes * 60:
            training.save()
            saved = now
    training.save()
    if stopped:
        raise SystemExit("stopped; its state is saved")


if __name__ == "__main__":
    main()
