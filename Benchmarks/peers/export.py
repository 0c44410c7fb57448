"""Writes the generator at one fixed size in every form that the peers read: TorchScript, ONNX, MNN, ncnn.

    python export.py --weights FILE.safetensors --size WIDTHxHEIGHT --align-corners true|false --folder FOLDER

OpenVINO and ONNX Runtime read the ONNX file. A fixed size is what lets each runtime plan as well as it can.
"""

import argparse
import subprocess
import sys
import warnings
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Golden"))
from generator import load_generator  # noqa: E402


def quietly(command: list[str], folder: Path) -> None:
    """Runs a converter in the folder; its chatter is shown only when it fails."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{result.stdout}{result.stderr}")


def export(weights: Path, width: int, height: int, align_corners: bool, folder: Path) -> None:
    generator = load_generator(weights, align_corners)
    example = torch.zeros(1, 3, height, width)
    pnnx = Path(sys.executable).parent / "pnnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(generator, example, check_trace=False).save(folder / "generator.pt")
        torch.onnx.export(
            generator, (example,), folder / "generator.onnx", dynamo=True, external_data=False, verbose=False,
            input_names=["input"], output_names=["output"],
        )
    # MNN's own command installs a package and reports to its maker over the network; the converter under it does not.
    quietly(
        [sys.executable, "-c", "import sys, _tools; _tools.mnnconvert(sys.argv)", "-f", "ONNX",
         "--modelFile", "generator.onnx", "--MNNModel", "generator.mnn", "--bizCode", "sakuga"], folder)
    # fp16=0: ncnn's converter would store the weights in half precision, and the comparison is in fp32.
    quietly([str(pnnx), "generator.pt", f"inputshape=[1,3,{height},{width}]", "fp16=0"], folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--size", required=True)
    parser.add_argument("--align-corners", choices=["true", "false"], required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    export(arguments.weights, width, height, arguments.align_corners == "true", arguments.folder)


if __name__ == "__main__":
    main()
