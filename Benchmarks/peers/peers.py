"""Times Sakuga and the peers in turns, each turn a process of its own, and prints one table a size. `run` starts it.

A round gives every runtime one turn, so that a slow spell of the machine falls on all of them; what is printed is the
median over the rounds of each turn's median. Before the timing each runtime answers the same picture once: its output is
compared to PyTorch's, and the peak resident memory of that process is kept.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibrate import IDLE_BUSY, calibrate, describe, processor_time, share_of_others

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODELS = ROOT / ".build-peers"
PEERS = ["pytorch", "pytorch-nhwc", "onnxruntime", "openvino", "ncnn", "mnn"]
REFERENCE = "pytorch"
TURN_LIMIT = 600  # seconds; a turn that takes longer is a fault, not a measurement

# Largest |difference| to PyTorch on [-1, 1]. Sakuga's is its promise; peers only have to compute the same network.
SAKUGA_LIMIT = 2e-4
PEER_LIMIT = 1e-2


def parse_size(text: str) -> tuple[int, int]:
    """`640x360` is width x height, `512` a square, as for `sakuga bench --size`."""
    width, _, height = text.partition("x")
    return int(width), int(height or width)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/peers/run", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="+", default=["256x256", "512x512", "1024x768", "500x333"], metavar="WIDTHxHEIGHT")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each runtime (default 5)")
    parser.add_argument("--runs", type=int, default=3, help="timed runs in a turn, after one to warm up (default 3)")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS, help="default: all")
    parser.add_argument("--weights", type=Path, default=ROOT / "Models" / "painted.safetensors")
    parser.add_argument("--align-corners", choices=["true", "false"], default="true")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "peers.json", help="where the JSON goes")
    return parser.parse_args()


class Case:
    """One size in one convention: the exported models, the commands that run them, the picture they all see."""

    def __init__(self, arguments: argparse.Namespace, size: str):
        self.arguments = arguments
        self.width, self.height = parse_size(size)
        self.size = f"{self.width}x{self.height}"
        self.folder = MODELS / f"{self.size}-{'corners' if arguments.align_corners == 'true' else 'half-pixel'}"
        self.input = self.folder / "input.npy"

    def prepare(self) -> None:
        """Exports the models, unless they are there and were made from these weights by this program."""
        sources = [self.arguments.weights, HERE / "export.py", HERE / "requirements.txt", ROOT / "Tests/Golden/generator.py"]
        made_from = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
        stamp = self.folder / "made-from"
        if not stamp.exists() or stamp.read_text() != made_from:
            print(f"exporting the models for {self.size} ...", file=sys.stderr, flush=True)
            run_to_end([
                sys.executable, HERE / "export.py", "--weights", self.arguments.weights, "--size", self.size,
                "--align-corners", self.arguments.align_corners, "--folder", self.folder])
            stamp.write_text(made_from)
        random = np.random.default_rng(7)
        y, x = np.mgrid[0:self.height, 0:self.width] / max(self.height, self.width)
        waves = [np.sin(2 * np.pi * (fx * x + fy * y)) for fx, fy in random.uniform(0.5, 6, (3, 2))]
        picture = np.stack(waves) * 0.7 + random.normal(0, 0.05, (3, self.height, self.width))
        np.save(self.input, np.clip(picture, -1, 1)[None].astype(np.float32))

    def command(self, name: str, sakuga: Path | None, extra: list) -> list[str]:
        common = ["--size", self.size, "--threads", self.arguments.threads, *extra]
        if name == "sakuga":
            command = [sakuga, "bench", "--weights", self.arguments.weights.resolve(),
                       "--align-corners", self.arguments.align_corners, "--format", "json", *common]
        else:
            command = [sys.executable, HERE / "runtimes.py", name, "--models", self.folder, *common]
        return [str(part) for part in command]


@dataclass
class Ended:
    """A command that ran to its end: what it printed, its peak resident memory, what others did meanwhile."""

    printed: str
    peak_rss_bytes: int
    others: float | None


def run_to_end(command: list) -> Ended:
    command = [str(part) for part in command]
    before = processor_time()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        alarm = threading.Timer(TURN_LIMIT, process.kill)
        alarm.start()
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        alarm.cancel()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {process.returncode}:\n{printed}")
    return Ended(
        printed, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        share_of_others(before, processor_time(), usage.ru_utime + usage.ru_stime))


def printed_object(printed: str) -> dict:
    """The first JSON object that starts a line; some runtimes greet on standard output before it."""
    return json.JSONDecoder().raw_decode(printed, ("\n" + printed).index("\n{"))[0]


def check_and_measure_memory(case: Case, names: list[str], sakuga: Path | None) -> dict[str, dict]:
    """Every runtime's answer to the same picture, compared to PyTorch's, and what memory one picture takes."""
    answers, results = {}, {}
    for name in dict.fromkeys([REFERENCE, *names]):
        output = case.folder / f"output-{name}.npy"
        output.unlink(missing_ok=True)
        ended = run_to_end(case.command(name, sakuga, ["--input", case.input, "--output", output]))
        answers[name] = np.load(output)
        if name in names:
            error = float(np.abs(answers[name].astype(np.float64) - answers[REFERENCE]).max())
            limit = SAKUGA_LIMIT if name == "sakuga" else PEER_LIMIT
            results[name] = {
                "peak_rss_bytes": ended.peak_rss_bytes, "largest_error": error, "agrees": bool(error <= limit), "turns": [],
            }
    return results


def take_turns(case: Case, results: dict[str, dict], sakuga: Path | None) -> None:
    arguments = case.arguments
    for number in range(arguments.rounds):
        # Each round starts with another runtime, so that none always follows the same neighbour's heat.
        names = list(results)
        names = names[number % len(names):] + names[:number % len(names)]
        for name in names:
            ended = run_to_end(case.command(name, sakuga, ["--runs", arguments.runs]))
            turn = printed_object(ended.printed) | {"others": ended.others}
            results[name]["turns"].append(turn)
            print(f"  {case.size} round {number + 1} of {arguments.rounds}: {name:12} {turn['median_ms']:8.1f} ms",
                  file=sys.stderr, flush=True)
    for result in results.values():
        turns = result["turns"]
        result["version"] = turns[0].get("version") or turns[0].get("isa", "")
        result["median_ms"] = statistics.median(turn["median_ms"] for turn in turns)
        result["min_ms"] = min(turn["min_ms"] for turn in turns)
        result["max_ms"] = max(turn["max_ms"] for turn in turns)


def table(case: Case, results: dict[str, dict]) -> str:
    """Fastest first; the ratio says how many times longer than Sakuga (without it: than the fastest)."""
    order = sorted(results, key=lambda name: results[name]["median_ms"])
    yardstick = "sakuga" if "sakuga" in results else order[0]
    lines = [
        f"{case.width} x {case.height} pixels, {case.arguments.threads} threads, align_corners {case.arguments.align_corners}",
        f"{'runtime':14}{'version':18}{'median ms':>10}{'min':>9}{'max':>9}{'/ ' + yardstick:>15}"
        f"{'peak MB':>9}{'max error':>11}",
    ]
    for name in order:
        result = results[name]
        ratio = result["median_ms"] / results[yardstick]["median_ms"]
        lines.append(
            f"{name:14}{result['version']:18}{result['median_ms']:10.1f}{result['min_ms']:9.1f}{result['max_ms']:9.1f}"
            f"{ratio:14.2f}x{result['peak_rss_bytes'] / 1e6:9.0f}{result['largest_error']:11.1e}"
            + ("" if result["agrees"] else "  DISAGREES"))
    turns = [turn for result in results.values() for turn in result["turns"]]
    disturbed = sum((turn["others"] or 0) > IDLE_BUSY for turn in turns)
    if disturbed:
        lines.append(f"{disturbed} of {len(turns)} turns were disturbed: other processes used over {IDLE_BUSY:.0%} of the machine.")
    return "\n".join(lines)


def find_sakuga() -> Path | None:
    named = os.environ.get("SAKUGA")
    program = Path(named) if named else ROOT / ".build" / "release" / "sakuga"
    if os.access(program, os.X_OK):
        return program.resolve()
    if named:
        sys.exit(f"SAKUGA names {named}, which is no program.")
    print(f"There is no {program}: only the peers are timed (`swift build -c release --product sakuga` builds it).")
    return None


def processor() -> str:
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def main() -> int:
    arguments = parse_arguments()
    sakuga = find_sakuga()
    names = (["sakuga"] if sakuga else []) + arguments.peers
    if not names:
        sys.exit("There is nothing to time: no peers were named and no sakuga is built.")
    print(f"{processor()}, {os.cpu_count()} cores")
    before = calibrate(arguments.threads)
    print(describe(before), flush=True)
    report = {
        "date": time.strftime("%Y-%m-%d"), "processor": processor(), "cores": os.cpu_count(),
        "threads": arguments.threads, "align_corners": arguments.align_corners == "true",
        "rounds": arguments.rounds, "runs": arguments.runs, "calibration": [before], "sizes": [],
    }
    for size in arguments.sizes:
        case = Case(arguments, size)
        case.prepare()
        results = check_and_measure_memory(case, names, sakuga)
        take_turns(case, results, sakuga)
        print("\n" + table(case, results), flush=True)
        report["sizes"].append({"width": case.width, "height": case.height, "results": results})
    report["calibration"].append(calibrate(arguments.threads))
    print("\nafterwards, " + describe(report["calibration"][1]))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(report, indent=1) + "\n")
    print(f"written to {arguments.output}")
    agree = all(result["agrees"] for size in report["sizes"] for result in size["results"].values())
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
