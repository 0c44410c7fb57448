#!/usr/bin/env python3
"""The wall clock jumps by a day, forward or back, while jobs wait and run: none is lost, none waits for ever.

A preloaded shim (`wall_clock.c`) turns the clock of sakuga, and of Redis for its queue, while they run; what measures durations goes on, as when
an operator sets the time. The server starts an hour off, so that no clock is taken for another.

What is promised:
- jobs without a deadline are all finished, with the right pictures, whichever way the clock jumps;
- a job with a deadline may expire by a jump forward, and says so (`expired`); it is never lost in silence;
- results are kept by the wall clock: a jump forward by more than --result-ttl removes those that were there.

    clock.py [--quick]          on Linux; needs a C compiler
"""

import shutil
import struct
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import drill as drills
import photos
from drill import Drill, Skipped, until
from http_client import Connection
from jobs import FINAL, LONG_MAX_WAIT, Job, Order, direct, look, make_orders, picture, submit
from processes import Redis, Server, stop_all


def shim(drill: Drill) -> str:
    """The preloaded library, made from its source."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if sys.platform != "linux" or not compiler:
        raise Skipped("turning a program's clock needs Linux and a C compiler (cc or clang)")
    made = drill.folder / "wall_clock.so"
    if not made.exists():
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, Path(__file__).with_name("wall_clock.c")], check=True)
    return str(made)


class Clock:
    """The wall clock of the programs that are started with it, as seconds from the true one."""

    def __init__(self, drill: Drill, file: Path):
        file.write_bytes(struct.pack("=q", 0))
        self.file = file
        self.environment = {"LD_PRELOAD": shim(drill), "WALL_CLOCK": str(file)}
        self.set(3_600)

    def set(self, shift: int) -> None:
        # In place: the programs have the file mapped.
        with open(self.file, "r+b", buffering=0) as file:
            file.write(struct.pack("=q", shift))


async def ended(jobs: list[Job], port: int, seconds: float) -> None:
    connection = Connection(port)

    async def all_ended() -> bool:
        for job in jobs:
            if job.state not in FINAL:
                await look(job, connection)
        return all(job.state in FINAL or job.state == "lost" for job in jobs)

    await until(all_ended, seconds, 0.1)
    connection.close()


async def jump(drill: Drill, expected: dict[Order, bytes], store: str, days: int, with_death: bool = False) -> None:
    """Jobs, a jump amid them (and the death of a worker just before it), what became of them. `expected` are the pictures as direct requests
    get them, as far as they are known."""
    name = f"{store}, {days:+} day{', a worker dies' if with_death else ''}"
    label = f"{store}{days:+}{'-death' if with_death else ''}"
    clock = Clock(drill, drill.folder / f"clock-{label}")
    redis = Redis(drill, name=f"redis-{label}", environment=clock.environment) if store == "redis" else None
    queue = redis.queue if redis else f"sqlite:{drill.folder / label}.db" if store == "sqlite" else "memory"
    server = Server(
        drill, "--queue", queue, "--claim-after", "5s", *LONG_MAX_WAIT, "--size", "64", "--cache", "0", "--result-ttl", "48h", name=label,
        environment=clock.environment)
    try:
        if redis:
            await redis.start()
        await server.start()
        orders, ports = make_orders(drill), lambda: [server.port]
        for order in orders:
            expected[order] = expected.get(order) or await direct(server.port, order)
        # Two that take long, so that both workers are busy at the jump.
        jobs = [Job(Order(photos.png(700, 700, number), "size=768&fit=exact"), f"long-{number}") for number in range(2)]
        jobs += [Job(drill.random.choice(orders), f"{label}-{number}") for number in range(20 if drill.arguments.quick else 100)]
        for job in jobs:
            await submit(job, ports, drill.random)
        with_deadline = Job(orders[0], f"{label}-with-deadline")
        await submit(with_deadline, ports, drill.random, more={"X-Request-Timeout": "300"})
        await ask_until_running(jobs, server)
        if with_death:
            server.kill()
        clock.set(3_600 + days * 86_400)
        if with_death:
            await server.start()
        await ended(jobs + [with_deadline], server.port, 240)
        states = [job.state or "unknown" for job in jobs]
        drill.check(set(states) == {"done"}, f"{name}: all jobs are finished", {state: states.count(state) for state in set(states)})
        connection = Connection(server.port)
        right = 0
        for job in jobs[2:]:
            answer = await picture(job, connection)
            right += answer is not None and answer.body == expected[job.order]
        connection.close()
        drill.check(right == len(jobs) - 2, f"{name}: with the right pictures", f"{right} of {len(jobs) - 2}")
        drill.check(with_deadline.state in ("done", "expired"), f"{name}: a job with a deadline is done or says that it expired", with_deadline.state)
        off = await days_off(server)
        drill.check(abs(off - days) < 0.1, f"{name}: the server's clock did jump", f"{off:+.2f} days")
        await direct(server.port, orders[0])
    finally:
        stop_all(server, redis)


async def ask_until_running(jobs: list[Job], server: Server) -> None:
    connection = Connection(server.port)

    async def runs() -> bool:
        await look(jobs[0], connection)
        return jobs[0].state != "queued"

    await until(runs, 120, 0.02)
    connection.close()


async def days_off(server: Server) -> float:
    """How far the server's Date is from the true one."""
    said = (await server.ask("GET", "/health/live")).headers["date"]
    return (parsedate_to_datetime(said).timestamp() - time.time()) / 86_400


async def body(drill: Drill) -> None:
    expected: dict[Order, bytes] = {}
    for store in ["sqlite", "redis"] if drill.arguments.quick else ["memory", "sqlite", "redis"]:
        for days in [1, -1]:
            await jump(drill, expected, store, days)
            if store != "memory":
                await jump(drill, expected, store, days, with_death=True)


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
