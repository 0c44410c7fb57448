"""Writes the golden files in data/: what PyTorch answers on data/weights.safetensors. See README.md."""

import copy
import hashlib
import json
import platform
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from generator import CONVENTIONS, load_generator

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
WEIGHTS = DATA / "weights.safetensors"

SIZES = [(16, 16), (64, 48), (97, 131), (256, 256)]  # height, width
FULL_UP_TO = 32768  # elements; a larger intermediate activation is sampled, the output never is
SAMPLES = 4096
SAMPLE_STEP = 2654435761  # odd and close to 2^32 over the golden ratio: spreads over channels, rows and columns
LIMIT = 2e-4  # what the engine is held to; PyTorch itself must be far inside


def make_input(height: int, width: int, seed: int) -> np.ndarray:
    """A smooth, colourful field with a few hard edges and some noise; uint8, (1, 3, H, W)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    picture = np.zeros((3, height, width))
    for channel in range(3):
        for _ in range(4):
            fx, fy = random.uniform(0.5, 5, 2)
            picture[channel] += random.uniform(0.1, 0.3) * np.sin(2 * np.pi * (fx * x + fy * y + random.uniform()))
    for _ in range(3):
        centre_x, centre_y, radius = random.uniform(0, 1), random.uniform(0, 1), random.uniform(0.08, 0.25)
        disc = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
        picture += disc * random.uniform(-0.5, 0.5, (3, 1, 1))
    picture += random.normal(0, 0.04, picture.shape)
    return np.clip(np.rint((picture + 1) * 127.5), 0, 255).astype(np.uint8)[None]


def sample_indices(count: int) -> np.ndarray:
    """Flat C-order indices of the kept values: (k * SAMPLE_STEP) mod count for k in 0 ..< SAMPLES."""
    return (np.arange(SAMPLES, dtype=np.uint64) * np.uint64(SAMPLE_STEP)) % np.uint64(count)


def save(path: Path, array: np.ndarray) -> str:
    with path.open("wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return path.relative_to(DATA).as_posix()


def write_case(convention: str, single, double, height: int, width: int, seed: int) -> dict:
    folder = DATA / convention / f"{height}x{width}"
    folder.mkdir(parents=True)
    picture = make_input(height, width, seed)
    # float32 throughout, so that a reader repeats it exactly: u8 / 127.5 - 1.
    x = torch.from_numpy(picture).float() / 127.5 - 1
    with torch.inference_mode():
        answers, truths = single.stages(x), double.stages(x.double())

    case = {
        "convention": convention, "height": height, "width": width, "seed": seed,
        "input": {"file": save(folder / "input.npy", picture), "shape": list(picture.shape)},
        "stages": {},
    }
    for name, answer in answers.items():
        values = answer.numpy()
        sampled = name != "output" and values.size > FULL_UP_TO
        kept = values.ravel()[sample_indices(values.size)] if sampled else values
        error = (answer.double() - truths[name]).abs().max().item()
        case["stages"][name] = {
            "file": save(folder / f"{name}.npy", kept), "shape": list(values.shape), "sampled": sampled,
            "mean": float(values.mean(dtype=np.float64)), "standard_deviation": float(values.std(dtype=np.float64)),
            "minimum": float(values.min()), "maximum": float(values.max()),
            "largest_error_to_float64": error,
        }
        print(f"{convention:14} {height:4}x{width:<4} {name:12} {str(list(values.shape)):22}"
              f" sd {values.std():7.4f}  max |float32 - float64| {error:.2e}")
    worst = case["stages"]["output"]["largest_error_to_float64"]
    if worst > LIMIT / 4:
        sys.exit(f"PyTorch's float32 output is {worst:.1e} from float64: too far to be a reference for {LIMIT:.0e}.")
    return case


def main() -> None:
    shutil.rmtree(DATA, ignore_errors=True)
    cases = []
    for convention, align_corners in CONVENTIONS.items():
        single = load_generator(WEIGHTS, align_corners)
        double = copy.deepcopy(single).double()
        for seed, (height, width) in enumerate(SIZES, start=1):
            cases.append(write_case(convention, single, double, height, width, seed))
    manifest = {
        "made_by": "Tests/Golden/make_golden.py",
        "weights": {"file": "Tests/Golden/data/weights.safetensors", "sha256": hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()},
        "torch": torch.__version__, "numpy": np.__version__, "machine": platform.machine(),
        "input": "float32(u8) / 127.5 - 1",
        "sampling": {"count": SAMPLES, "step": SAMPLE_STEP, "rule": "flat C-order index k is (k * step) mod element count"},
        "cases": cases,
    }
    (DATA / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    total = sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file())
    print(f"{len(cases)} cases, {total / 1e6:.1f} MB in {DATA}")


if __name__ == "__main__":
    main()
