"""Fits only the last colours of a model to a look: the quickest way from one style to the first checkpoint of another.

    python regrade.py --start FILE --photos work/photos --looks day,ink,dusk --out work

Only the last norm's gain and offset and the last 1 x 1 convolution change (192 of 2,143,552 numbers), so one forward pass over a
hundred crops is all it needs. Writes OUT/LOOK-start.safetensors.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from generator import Generator
from samples import Samples, tensor
from teacher import LOOKS, anime
from weights import read, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--looks", default="day,ink,dusk")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--crops", type=int, default=90)
    parser.add_argument("--side", type=int, default=192)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(7)
    chance = random.Random(7)
    model = Generator().eval().to(memory_format=torch.channels_last)
    model.load_state_dict(read(options.start))
    before: list[torch.Tensor] = []
    norm = model.block_e[2][2]
    norm.register_forward_pre_hook(lambda _, inputs: before.append(inputs[0].float()))
    samples = Samples(options.photos, "day", 1, options.side, options.side, 7)
    features, targets = [], {look: [] for look in options.looks.split(",")}
    for _ in range(options.crops):
        photo = samples.crop(chance, options.side)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            model(tensor([photo]).to(memory_format=torch.channels_last))
        normal = F.group_norm(before.pop(), 1)[0].flatten(1)
        chosen = torch.randperm(normal.shape[1])[:2500]
        features.append(normal[:, chosen])
        for look, kept in targets.items():
            kept.append(tensor([anime(photo, LOOKS[look])])[0].flatten(1)[:, chosen])
    x = torch.cat(features, 1).clone()
    for look, kept in targets.items():
        fit(model, norm, x, torch.cat(kept, 1))
        write(options.out / f"{look}-start.safetensors", model.state_dict())
        model.load_state_dict(read(options.start))


def fit(model: Generator, norm: torch.nn.GroupNorm, x: torch.Tensor, y: torch.Tensor) -> None:
    gain, offset = norm.weight.detach().clone(), norm.bias.detach().clone()
    last = model.out_layer[0].weight.detach()[:, :, 0, 0].clone()
    numbers = [t.requires_grad_() for t in (gain, offset, last)]
    optim = torch.optim.Adam(numbers, lr=0.02)
    steps = 400
    for step in range(steps):
        optim.param_groups[0]["lr"] = 0.02 * (1 - step / steps)
        some = torch.randint(0, x.shape[1], (20000,))
        out = torch.tanh(last @ F.leaky_relu(gain[:, None] * x[:, some] + offset[:, None], 0.2))
        loss = (out - y[:, some]).square().mean()
        optim.zero_grad()
        loss.backward()
        optim.step()
        if step in (0, steps - 1):
            print(f"step {step}: {-10 * torch.log10(loss / 4).item():.2f} dB", flush=True)
    with torch.no_grad():
        norm.weight.copy_(gain)
        norm.bias.copy_(offset)
        model.out_layer[0].weight.copy_(last[:, :, None, None])


if __name__ == "__main__":
    main()
