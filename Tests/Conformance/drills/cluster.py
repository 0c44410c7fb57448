#!/usr/bin/env python3
"""A cluster of four behind nginx under steady load: any instance, or Redis, is killed (SIGKILL); instances are restarted one after another.

What is promised: fewer than 1 % of the requests fail during the fault and none after it; within 15 s all processes are ready again and the
one that was killed gets requests; an orderly restart fails none; `down` leaves no process, port or file.

    cluster.py                  at 70 % of the capacity that was measured before, a minute for each fault
    cluster.py --quick          at half of it, some seconds each (CI)
    cluster.py --instances 8 --load 0.9
"""

import asyncio
import signal
import time

import drill as drills
from drill import ROOT, Drill, until
from fleet import Cluster, Load, capacity, errors, with_long_limit, soon
from pool_server import is_alive

# nginx must not be what limits.
FREELY = {"NGINX_RATE": "1000r/s", "NGINX_BURST": "1000", "NGINX_ADDRESS_RATE": "1000r/s", "NGINX_ADDRESS_BURST": "1000"}


async def fault(drill: Drill, cluster: Cluster, load: Load, what: str, victim: str, number: int = signal.SIGKILL) -> None:
    """One fault under the load."""
    calm, after = (2, 3) if drill.arguments.quick else (10, 30)
    await asyncio.sleep(calm)
    begin = time.monotonic()
    pid = await cluster.kill(victim, number)

    async def is_back() -> bool:
        lines = await cluster.status()
        if not lines or any(line["state"] != "ready" for line in lines.values()) or lines[victim]["pid"] == pid:
            return False
        return not victim.startswith("instance") or await cluster.pictures_of(int(victim[9:])) > 0

    back = await until(is_back, 120, 0.1)
    end, within = time.monotonic(), soon(drill)
    drill.check(back and end - begin <= within, f"{what}: back to full strength within {within} s", f"after {end - begin:.1f} s")
    await asyncio.sleep(after)
    last = time.monotonic()
    await load.settle_some(last)
    during, later = load.between(begin, end), load.between(end, last)
    wrong = sum(sample.is_error for sample in during)
    allowed = 0 if number == signal.SIGTERM else 0.01 * max(1, len(during))
    drill.check(wrong <= allowed, f"{what}: {'no request fails' if not allowed else 'under 1 % of the requests fail meanwhile'}", errors(during))
    drill.check(not any(sample.is_error for sample in later), f"{what}: none afterwards", errors(later))


def serve(drill: Drill, size: int) -> tuple[str, ...]:
    """The instances' flags. A machine may be slow for a while: in the short form that is no reason to give jobs to others or, while Redis may be
    away, to send anybody to the queue. (nginx asks another instance after 15 s.)"""
    limits = ("--claim-after", "5s", "--max-wait", "14s") if drill.arguments.quick else ("--claim-after", "2s")
    return ("--cache", "0", "--size", str(size), *limits)


async def body(drill: Drill) -> None:
    size = 64 if drill.arguments.quick else 256
    cluster = Cluster(drill, instances=drill.arguments.instances, environment=FREELY, serve=serve(drill, size))
    jpeg = (ROOT / "Tests/Conformance/photo.jpg").read_bytes()
    try:
        begin = time.monotonic()
        await cluster.up()
        drill.note(f"{drill.arguments.instances} instances, nginx and Redis are ready after {time.monotonic() - begin:.2f} s")
        query = f"size={size}"
        able = await capacity(cluster.port, query, jpeg, 2 * drill.arguments.instances, 3 if drill.arguments.quick else 15)
        rate = able * (drill.arguments.load or (0.5 if drill.arguments.quick else 0.7))
        drill.note(f"capacity {able:.1f} pictures/s, load {rate:.1f}/s")
        load = Load(cluster.port, rate, query, jpeg)
        running = asyncio.create_task(load.run())
        victim = drill.random.randrange(drill.arguments.instances) + 1
        await fault(drill, cluster, load, "an instance is killed", f"instance-{victim}")
        await fault(drill, cluster, load, "Redis is killed", "redis")
        await fault(drill, cluster, load, "an instance is stopped and started again", f"instance-{victim % drill.arguments.instances + 1}", signal.SIGTERM)
        await fault(drill, cluster, load, "an instance hangs", f"instance-{victim}", signal.SIGSTOP) if not drill.arguments.quick else None
        await drills.end([running])
        await load.settle()
        drill.check(await load.queued_left() == 0, "requests that became jobs are all done", len(load.jobs))
        drill.note(f"in all: {errors(load.samples)}")
        await leaves_nothing(drill, cluster)
    finally:
        await asyncio.to_thread(cluster.end)


async def leaves_nothing(drill: Drill, cluster: Cluster) -> None:
    pids = [line["pid"] for line in (await cluster.status()).values()]
    done = await cluster.down()
    drill.check(done.returncode == 0, "`down` ends well", done.stderr.strip())
    left = [pid for pid in pids if is_alive(pid)]
    drill.check(not left, "`down` leaves no process", left)
    drill.check(not cluster.state.exists(), "`down` leaves no file")


def main() -> None:
    parser = drills.parser(__doc__)
    parser.add_argument("--instances", type=int, default=4)
    parser.add_argument("--load", type=float, default=0, help="share of the capacity (default: 0.7, quick: 0.5)")
    drills.run(body, with_long_limit(parser.parse_args()))


if __name__ == "__main__":
    main()
