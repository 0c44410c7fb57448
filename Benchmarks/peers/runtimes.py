"""One peer, in a process of its own: loads its model, runs it, prints what `sakuga bench --format json` prints.

    python runtimes.py NAME --models FOLDER --size WIDTHxHEIGHT --threads N --runs N
    python runtimes.py NAME --models FOLDER --size WIDTHxHEIGHT --threads N --input IN.npy --output OUT.npy

A runtime is a function from (models folder, height, width, threads) to (its version, a function from array to array).
Each imports its own library inside, so that one peer's memory is not counted for another. All compute in fp32.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np


def pytorch(models: Path, height: int, width: int, threads: int, channels_last: bool = False):
    import torch

    torch.set_num_threads(threads)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = torch.jit.load(models / "generator.pt").eval().to(memory_format=layout)

    def run(array):
        # The optimiser of TorchScript would spend seconds in the second run and gain nothing here: this is eager PyTorch.
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            return network(torch.from_numpy(array).to(memory_format=layout)).contiguous().numpy()

    return torch.__version__, run


def pytorch_channels_last(models: Path, height: int, width: int, threads: int):
    return pytorch(models, height, width, threads, channels_last=True)


def onnxruntime(models: Path, height: int, width: int, threads: int):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(models / "generator.onnx", options, providers=["CPUExecutionProvider"])
    return ort.__version__, lambda array: session.run(["output"], {"input": array})[0]


def openvino(models: Path, height: int, width: int, threads: int):
    import openvino as ov

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(models / "generator.onnx", "CPU", settings)
    request = compiled.create_infer_request()

    def run(array):
        request.infer({0: array})
        return request.get_output_tensor(0).data

    return ov.__version__.split("-")[0], run


def ncnn(models: Path, height: int, width: int, threads: int):
    import ncnn as library

    network = library.Net()
    network.opt.num_threads = threads
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    network.opt.use_bf16_storage = False
    for code in (network.load_param(str(models / "generator.ncnn.param")), network.load_model(str(models / "generator.ncnn.bin"))):
        if code != 0:
            raise RuntimeError(f"ncnn cannot load its model: code {code}")

    def run(array):
        with network.create_extractor() as extractor:
            extractor.input("in0", library.Mat(array[0]))
            code, output = extractor.extract("out0")
            if code != 0:
                raise RuntimeError(f"ncnn failed: code {code}")
            return np.array(output)[None]

    return library.__version__, run


def mnn(models: Path, height: int, width: int, threads: int):
    import MNN

    network = MNN.Interpreter(str(models / "generator.mnn"))
    session = network.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    source, answer = network.getSessionInput(session), network.getSessionOutput(session)
    shape = (1, 3, height, width)

    def run(array):
        source.copyFrom(MNN.Tensor(shape, MNN.Halide_Type_Float, array, MNN.Tensor_DimensionType_Caffe))
        network.runSession(session)
        # The output is copied out in plain layout, as every other runtime hands it over.
        plain = MNN.Tensor(shape, MNN.Halide_Type_Float, np.empty(shape, np.float32), MNN.Tensor_DimensionType_Caffe)
        answer.copyToHostTensor(plain)
        return np.array(plain.getNumpyData()).reshape(shape)

    return MNN.version(), run


RUNTIMES = {
    "pytorch": pytorch, "pytorch-nhwc": pytorch_channels_last, "onnxruntime": onnxruntime,
    "openvino": openvino, "ncnn": ncnn, "mnn": mnn,
}


def timed(run, array: np.ndarray, runs: int) -> list[float]:
    run(array)  # plans are made and memory is touched in the first run, as in `sakuga bench`
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        run(array)
        times.append((time.perf_counter() - started) * 1000)
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=RUNTIMES)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--size", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--input", type=Path)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))

    version, run = RUNTIMES[arguments.name](arguments.models, height, width, arguments.threads)
    report = {"runtime": arguments.name, "version": version, "height": height, "width": width, "threads": arguments.threads}
    if arguments.input:
        np.save(arguments.output, run(np.load(arguments.input)))
    else:
        array = np.random.default_rng(1).uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        times = timed(run, array, arguments.runs)
        report |= {
            "runs": len(times), "min_ms": min(times), "median_ms": statistics.median(times), "max_ms": max(times),
        }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
