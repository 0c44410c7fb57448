"""What every drill has: its arguments, its checks (one line each), its exit code."""

import argparse
import asyncio
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Skipped(Exception):
    """The machine lacks what the drill needs; the reason says what."""


class Drill:
    """Counts checks and prints each as a line. `arguments` are the command line's."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.passed = 0
        self.failed = 0
        self.random = random.Random(arguments.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="sakuga-drill-"))
        self.begin = time.monotonic()

    def check(self, holds: bool, promise: str, found: object = "") -> bool:
        """One promise: it holds or it doesn't; `found` is the figure."""
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'ok  ' if holds else 'FAIL'} {promise}" + (f": {found}" if found != "" else ""), flush=True)
        return bool(holds)

    def note(self, text: str) -> None:
        """Something worth knowing that nothing was promised about."""
        print(f"     {time.monotonic() - self.begin:6.1f} s  {text}", flush=True)


def parser(description: str) -> argparse.ArgumentParser:
    """The arguments that all drills have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--sakuga", default=os.environ.get("SAKUGA") or str(ROOT / ".build/release/sakuga"), help="the program under test")
    made.add_argument("--quick", action="store_true", help="the short form that runs in CI")
    made.add_argument("--seed", type=int, default=4, help="of everything that is drawn by chance (default: %(default)s)")
    made.add_argument("--limit", type=float, default=0, help="seconds after which the drill gives up; only there to end a hang (default: 400 if quick, else 900)")
    made.add_argument("--keep", action="store_true", help="keep the folder with the servers' logs, also when all went well")
    return made


def run(body, arguments: argparse.Namespace) -> None:
    """Runs `body(drill)` within its time, says how it went, and exits: 0 all held, 1 something did not, 77 skipped."""
    allow_many_files()
    limit = arguments.limit or (400 if arguments.quick else 900)
    drill = Drill(arguments)
    status = 0
    try:
        asyncio.run(bounded(body(drill), limit))
    except Skipped as reason:
        print(f"SKIPPED: {reason}", flush=True)
        status = 77
    except asyncio.TimeoutError:
        drill.check(False, f"the drill ends within {limit:.0f} s")
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        drill.check(False, "the drill gets to its end", error)
    if drill.failed:
        status = 1
    if drill.failed or arguments.keep:
        print(f"     logs are in {drill.folder}")
    else:
        shutil.rmtree(drill.folder, ignore_errors=True)
    print(f"{drill.passed} passed, {drill.failed} failed", flush=True)
    sys.exit(status)


async def bounded(work, seconds: float) -> None:
    """Awaits `work` for so long, and leaves no task behind. `wait_for` would cancel it only once, which may be lost (see `end`)."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        await task
    finally:
        await end(asyncio.all_tasks() - {asyncio.current_task()})


async def end(tasks) -> None:
    """Cancels tasks until they have ended: up to Python 3.11 `wait_for` may swallow a cancellation that comes together with its result."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.1)


def allow_many_files() -> None:
    """As many open files as the system lets us have; the servers that are started inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16_384 if hard == resource.RLIM_INFINITY else min(hard, 16_384)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def until(condition, seconds: float, pause: float = 0.05) -> bool:
    """Waits until `condition()`, an ordinary or an async function, is true; False when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(pause)
