"""Tells whether the cores run at full speed: multiply-adds a second on all of them at once, and how steady that is.

A busy or throttled machine shows in two ways: some bursts are much slower than the best one, or other processes take time.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

STEADY = 0.9  # a median burst below this share of the best one is a disturbed machine
IDLE_BUSY = 0.1  # more of the cores than this in use before we begin is a busy one

BURST = """
import json, os, sys, time
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {int(sys.argv[1])})
a = np.ones((384, 384), np.float32)
a @ a
rates = []
finish = time.perf_counter() + 1.0
while time.perf_counter() < finish:
    started = time.perf_counter()
    a @ a
    rates.append(384**3 / (time.perf_counter() - started) / 1e9)
print(json.dumps(rates))
"""


def processor_time() -> tuple[float, float] | None:
    """Seconds of all cores together since boot, and those of them in use; None where the system does not say."""
    if not Path("/proc/stat").exists():
        return None
    fields = [int(field) / os.sysconf("SC_CLK_TCK") for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(fields), sum(fields) - fields[3] - fields[4]


def share_of_others(before, after, own_seconds: float = 0) -> float | None:
    """Which share of the machine was used between two `processor_time`s by others than a process of `own_seconds`."""
    if before is None or after is None:
        return None
    return max(0.0, after[1] - before[1] - own_seconds) / max(0.01, after[0] - before[0])


def calibrate(threads: int) -> dict:
    """Runs a second of matrix products on as many cores as the benchmark uses, all at once."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    before = processor_time()
    time.sleep(1)
    busy = share_of_others(before, processor_time())
    bursts = [
        subprocess.Popen([sys.executable, "-c", BURST, str(core)], stdout=subprocess.PIPE, text=True)
        for core in cores[:threads]
    ]
    per_core = [sorted(json.loads(burst.communicate()[0])) for burst in bursts]
    steadiness = min(rates[len(rates) // 2] / rates[-1] for rates in per_core)
    return {
        "busy_before": busy, "best_gmac_per_s": [round(rates[-1], 1) for rates in per_core],
        "steadiness": round(steadiness, 3),
        "quiet": steadiness >= STEADY and (busy is None or busy <= IDLE_BUSY),
    }


def describe(result: dict) -> str:
    rates = " and ".join(f"{rate:.0f}" for rate in result["best_gmac_per_s"])
    busy = "" if result["busy_before"] is None else f"; others use {result['busy_before']:.0%} of the machine"
    verdict = "quiet" if result["quiet"] else "BUSY: do not trust these timings"
    return f"cores: {rates} GMAC/s at best, the median burst at {result['steadiness']:.0%} of that{busy}: {verdict}"
