"""Trains the generator to imitate one look of the teacher.

    python train.py --look day --photos work/photos --out work/day --minutes 120 [--start FILE]

Every sample is a fresh crop at a random scale, exposure and tint, painted by the teacher on the spot. State is saved
every few minutes and at the end to OUT/state.pt; the same command goes on from there. A GPU is used where there is
one; mixed precision (bfloat16) is used on it and on processors that compute in bfloat16.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from generator import Generator
from muon import Muon
from samples import Samples
from weights import read


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--look", required=True, help="day, ink or dusk")
    parser.add_argument("--photos", type=Path, required=True, help="folder that photos.py made")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--start", type=Path, help="weights to begin with (.safetensors or state.pt)")
    parser.add_argument("--minutes", type=float, default=60, help="time budget of this run")
    parser.add_argument("--steps", type=int, default=2000, help="length of the whole schedule: the rate falls to its end")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--smallest", type=int, default=112, help="smallest crop in pixels")
    parser.add_argument("--largest", type=int, default=176, help="largest crop in pixels")
    parser.add_argument("--optimiser", choices=["adam", "muon"], default="muon")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="learning rate of AdamW; Muon's is ten times that")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1, help="processes that make samples")
    parser.add_argument("--save-minutes", type=float, default=5)
    parser.add_argument("--precision", choices=["mixed", "full"], default="mixed")
    return parser.parse_args()


def gradients(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def similarity(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean SSIM of pictures in [-1, 1], over windows of 7 x 7."""
    def mean(t: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(t, 7, 1)

    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = 0.02**2, 0.06**2
    return (((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean()


def aligned(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x with one gain and one offset a picture, so that its mean and deviation are those of y."""
    with torch.no_grad():
        mx, my = (t.mean((1, 2, 3), keepdim=True) for t in (x, y))
        sx, sy = (t.std((1, 2, 3), keepdim=True) for t in (x, y))
        gain = (sy / (sx + 0.02)).clamp(0.5, 2)
    return (x - mx) * gain + my


def loss_of(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Pixels (raw and aligned), edges, coarse colour, structure."""
    a = aligned(x, y)
    error = 0.35 * (x - y).abs().mean() + 0.65 * (a - y).abs().mean() + 1.5 * (a - y).square().mean()
    edges = sum((p - q).abs().mean() for p, q in zip(gradients(a), gradients(y)))
    coarse = sum((F.avg_pool2d(x, k) - F.avg_pool2d(y, k)).abs().mean() for k in (4, 16))
    return error + 0.5 * edges + 0.35 * coarse + 0.25 * (1 - similarity(a, y))


class Average:
    """Running average of the weights; what is evaluated and published."""

    def __init__(self, model: torch.nn.Module):
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self, model: torch.nn.Module, step: int) -> None:
        keep = min(0.995, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                self.values[name].lerp_(value, 1 - keep)


def optimisers(model: Generator, kind: str, rate: float) -> list[torch.optim.Optimizer]:
    """AdamW for all, or Muon for the matrices of the convolutions and AdamW for the rest."""
    matrices, others = [], []
    for p in model.parameters():
        matrix = kind == "muon" and p.ndim == 4 and min(p.shape[:2]) > 3
        (matrices if matrix else others).append(p)
    adam = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.99), weight_decay=0)
    return [Muon(matrices, lr=10 * rate), adam] if matrices else [adam]


def factor_at(step: int, steps: int) -> float:
    """The learning rate's factor: warm-up, a plateau, then down to a fiftieth."""
    progress = min(1, step / steps)
    fall = 1 if progress < 0.3 else 0.5 * (1 + math.cos(math.pi * (progress - 0.3) / 0.7))
    return min(1, (step + 1) / 50) * max(0.02, fall)


class Training:
    """The model, its optimisers and average, and what has been spent on them."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.file = options.out / "state.pt"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # Processor time where a processor computes: it may share it with others.
        self.clock = time.monotonic if self.device.type == "cuda" else time.process_time
        self.began = self.clock()
        self.model = Generator().to(self.device, memory_format=torch.channels_last)
        self.spent = {"step": 0, "earlier": 0, "seen": 0, "seconds": 0.0, "start": "random numbers"}
        if options.start:
            self.begin(options.start)
        self.optimisers = optimisers(self.model, options.optimiser, options.rate)
        self.rates = [optim.param_groups[0]["lr"] for optim in self.optimisers]
        self.average = Average(self.model)
        if self.file.exists():
            self.resume()

    def begin(self, start: Path) -> None:
        """Takes the weights of a file; a state's own history counts on."""
        self.model.load_state_dict(read(start))
        self.spent["start"] = start.name
        if start.suffix == ".pt":
            before = torch.load(start, map_location="cpu", weights_only=True)["spent"]
            self.spent = {**before, "step": 0, "earlier": before["earlier"] + before["step"]}

    def resume(self) -> None:
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.values = state["average"]
        for optim, saved in zip(self.optimisers, state["optimisers"]):
            optim.load_state_dict(saved)
        self.spent = state["spent"]

    def save(self, photos: int) -> None:
        now = self.clock()
        self.spent["seconds"] += now - self.began
        self.began = now
        name = torch.cuda.get_device_name() if self.device.type == "cuda" else "a processor"
        state = {
            "model": self.model.state_dict(),
            "average": self.average.values,
            "optimisers": [optim.state_dict() for optim in self.optimisers],
            "spent": self.spent,
            "look": self.options.look,
            "largest": self.options.largest,
            "photos": photos,
            "device": name,
        }
        part = self.file.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.file)

    def step(self, photo: torch.Tensor, target: torch.Tensor) -> tuple[float, float]:
        """One step; the loss, and the mean square error after aligning, of pictures in [0, 1]."""
        factor = factor_at(self.spent["step"], self.options.steps)
        for optim, rate in zip(self.optimisers, self.rates):
            optim.param_groups[0]["lr"] = rate * factor
            optim.zero_grad(set_to_none=True)
        x = photo.to(self.device, non_blocking=True).to(memory_format=torch.channels_last)
        y = target.to(self.device, non_blocking=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.precision == "mixed"):
            out = self.model(x)
        out = out.float()
        loss = loss_of(out, y)
        loss.backward()
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)):
            raise SystemExit(f"The gradient is not finite; go on from {self.file} with a lower --rate.")
        for optim in self.optimisers:
            optim.step()
        self.average.update(self.model, self.spent["step"])
        self.spent["step"] += 1
        self.spent["seen"] += len(x)
        with torch.no_grad():
            return loss.item(), (aligned(out, y) - y).square().mean().item() / 4

    def report(self, losses: list[float], errors: list[float], seconds: float) -> None:
        line = {
            "step": self.spent["step"],
            "loss": round(sum(losses) / len(losses), 4),
            "psnr": round(-10 * math.log10(sum(errors) / len(errors)), 2),
            "seconds_a_step": round(seconds / len(losses), 3),
        }
        print(json.dumps(line), flush=True)


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    started = saved = said = time.monotonic()
    training = Training(options)
    first = training.spent["step"]
    samples = Samples(options.photos, options.look, options.batch, options.smallest, options.largest, options.seed, first)
    ahead = 4 if options.workers else None
    losses, errors = [], []
    for photo, target in DataLoader(samples, batch_size=None, num_workers=options.workers, prefetch_factor=ahead):
        loss, error = training.step(photo, target)
        losses.append(loss)
        errors.append(error)
        now = time.monotonic()
        if len(losses) == 50:
            training.report(losses, errors, now - said)
            losses, errors, said = [], [], now
        done = training.spent["step"] >= options.steps or now - started > options.minutes * 60
        if done or now - saved > options.save_minutes * 60:
            training.save(len(samples.paths))
            saved = now
        if done:
            break


if __name__ == "__main__":
    main()
