#!/usr/bin/env python3
"""The wall clock jumps by a day, forward or back, while jobs wait and run: none is lost, none waits for ever.

libfaketime turns the clock of sakuga, and of Redis for its queue, while they run; what measures durations (the monotonic clock) goes on,
as when an operator sets the time.

What is promised:
- jobs without a deadline are all finished, with the right pictures, whichever way the clock jumps;
- a job with a deadline may expire by a jump forward, and says so (`expired`); it is never lost in silence;
- results are kept by the wall clock: a jump forward by more than --result-ttl removes those that were there.

    clock.py [--quick]          needs libfaketime (Debian's package `faketime`); SIP keeps it from working on macOS
"""

import glob
import os
from pathlib import Path

import drill as drills
import photos
from drill import Drill, Skipped, until
from http_client import Connection
from jobs import FINAL, Job, Order, direct, look, make_orders, picture, submit
from processes import Redis, Server, stop_all


def library() -> str:
    for pattern in ["/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1"]:
        if found := glob.glob(pattern):
            return found[0]
    raise Skipped("there is no libfaketime: `apt-get install faketime`")


class Clock:
    """The wall clock of the programs that are started with it."""

    def __init__(self, file: Path):
        self.file = file
        self.set("+0")

    def set(self, shift: str) -> None:
        # In one step: a program may read at any moment.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(shift + "\n")
        os.replace(fresh, self.file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


async def ended(jobs: list[Job], port: int, seconds: float) -> None:
    connection = Connection(port)

    async def all_ended() -> bool:
        for job in jobs:
            if job.state not in FINAL:
                await look(job, connection)
        return all(job.state in FINAL or job.state == "lost" for job in jobs)

    await until(all_ended, seconds, 0.1)
    connection.close()


async def jump(drill: Drill, store: str, shift: str, with_death: bool = False) -> None:
    """Jobs, a jump amid them (and the death of a worker just before it), what became of them."""
    name = f"{store}, {'+' if shift.startswith('+') else '−'}1 day{', a worker dies' if with_death else ''}"
    label = f"{store}{shift}{'-death' if with_death else ''}"
    clock = Clock(drill.folder / f"clock-{label}")
    redis = Redis(drill, name=f"redis-{label}", environment=clock.environment) if store == "redis" else None
    queue = redis.queue if redis else f"sqlite:{drill.folder / label}.db" if store == "sqlite" else "memory"
    server = Server(
        drill, "--queue", queue, "--claim-after", "2s", "--size", "64", "--cache", "0", "--result-ttl", "48h", name=label,
        # libfaketime adds to the environment of the first program that it is in, where Swift then doesn't find its arguments.
        before=("env",), environment=clock.environment)
    try:
        if redis:
            await redis.start()
        await server.start()
        orders, ports = make_orders(drill), lambda: [server.port]
        expected = {order: await direct(server.port, order) for order in orders}
        # Two that take long, so that both workers are busy at the jump.
        jobs = [Job(Order(photos.png(700, 700, number), "size=768&fit=exact"), f"long-{number}") for number in range(2)]
        jobs += [Job(drill.random.choice(orders), f"{label}-{number}") for number in range(20 if drill.arguments.quick else 100)]
        for job in jobs:
            await submit(job, ports, drill.random)
        with_deadline = await one_with_deadline(server, orders[0])
        await ask_until_running(jobs, server)
        if with_death:
            server.kill()
        clock.set(shift)
        drill.note(f"{name}: the clock jumps; the server's Date is now {await date(server, with_death)}")
        if with_death:
            await server.start()
        await ended(jobs + [with_deadline], server.port, 60)
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
        await direct(server.port, orders[0])
    finally:
        stop_all(server, redis)


async def one_with_deadline(server: Server, order: Order) -> Job:
    job = Job(order, "with-deadline")
    answer = await server.ask("POST", f"/v1/jobs?{order.query}", order.photo, {"X-Request-Timeout": "300"})
    job.id = answer.object.get("job")
    return job


async def ask_until_running(jobs: list[Job], server: Server) -> None:
    connection = Connection(server.port)

    async def runs() -> bool:
        await look(jobs[0], connection)
        return jobs[0].state != "queued"

    await until(runs, 20, 0.02)
    connection.close()


async def date(server: Server, is_dead: bool) -> str:
    return "unknown: it is dead" if is_dead else (await server.ask("GET", "/health/live")).headers.get("date", "not said")


async def body(drill: Drill) -> None:
    library()
    for store in ["sqlite", "redis"] if drill.arguments.quick else ["memory", "sqlite", "redis"]:
        for shift in ["+1d", "-1d"]:
            await jump(drill, store, shift)
            if store != "memory":
                await jump(drill, store, shift, with_death=True)


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
