#!/usr/bin/env python3
"""Jobs through the cluster's Redis while instances are killed at random: each is finished once, with the picture that a direct request gets.

Clients send each job with an Idempotency-Key through nginx, and again when the connection breaks. A kill waits while some job has already seen
two deaths: a third one would fail it for good, as promised.

    cluster_jobs.py             1,000 jobs, ten kills
    cluster_jobs.py --quick     80 jobs, three kills (CI)
"""

import asyncio

import drill as drills
from cluster import FREELY
from drill import Drill, until
from fleet import Cluster, with_long_limit
from http_client import Connection
from jobs import Job, direct, look, make_orders, picture, submit
from kill import Watcher


class Entrance:
    """The cluster as its clients see it, for the watcher of jobs: one server that is always there."""

    def __init__(self, port: int):
        self.port = port
        self.servers = [self]

    def living(self) -> list:
        return [self]


async def client(queue: asyncio.Queue, port: int, drill: Drill, refusals: list[int]) -> None:
    while True:
        job = await queue.get()
        answer = await submit(job, lambda: [port], drill.random)
        if answer.status != 202:
            refusals.append(answer.status)
        elif drill.random.random() < 0.1:
            await submit(job, lambda: [port], drill.random)  # as if the answer had been lost on its way
        queue.task_done()


async def kills(drill: Drill, cluster: Cluster, watcher: Watcher, feeder: asyncio.Task, count: int) -> int:
    """Kills random instances while jobs are open; how many were killed."""
    done = 0

    async def may_kill() -> bool:
        return not await watcher.near_parking()

    for _ in range(count):
        await asyncio.sleep(drill.random.uniform(0.2, 1.0 if drill.arguments.quick else 3.0))
        if not await until(may_kill, 180):
            break
        victim = f"instance-{drill.random.randrange(cluster.instances) + 1}"
        # Where jobs take a blink of an eye there are moments without any.
        await until(lambda: watcher.pending() or feeder.done(), 60, 0.001)
        waiting = len(watcher.pending())
        if not waiting:
            break
        await cluster.kill(victim)
        done += 1
        drill.note(f"kill {done}: {victim}; {waiting} jobs open")
        await until(cluster.all_ready, 120, 0.1)
    return done


async def kept_jobs(cluster: Cluster) -> int:
    """Jobs in the store, by Redis' own word."""
    settings = dict(line.split(" ", 1) for line in (cluster.state / "redis/redis.conf").read_text().splitlines() if line)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(settings["port"]))
    writer.write(f"AUTH {settings['requirepass']}\r\nKEYS sakuga:{{sakuga}}:v2:job:*\r\n".encode())
    replies = [await asyncio.wait_for(reader.readline(), 60) for _ in range(2)]
    writer.close()
    return int(replies[1].removeprefix(b"*"))


async def body(drill: Drill) -> None:
    count = drill.arguments.jobs or (80 if drill.arguments.quick else 1_000)
    # A machine may be slow: no job is to be given to another for that, and no direct request to the queue or to another instance.
    cluster = Cluster(drill, instances=4, environment=FREELY | {"NGINX_DIRECT_TIMEOUT": "120s"}, serve=(
        "--size", "64", "--cache", "0", "--claim-after", "5s", "--max-wait", "60s", "--max-queued", "100000", "--max-queued-bytes", "1GB",
        "--result-bytes", "1GB"))
    try:
        await cluster.up()
        orders = make_orders(drill)
        expected = {order: await direct(cluster.port, order) for order in orders}
        jobs = [Job(drill.random.choice(orders), f"cluster-{number}") for number in range(count)]
        watcher, queue, refusals = Watcher(jobs, Entrance(cluster.port), drill.random), asyncio.Queue(), []
        tasks = [asyncio.create_task(client(queue, cluster.port, drill, refusals)) for _ in range(8)] + [asyncio.create_task(watcher.run())]
        feeder = asyncio.create_task(feed(queue, jobs, 4 if drill.arguments.quick else 40))
        try:
            killed = await kills(drill, cluster, watcher, feeder, 3 if drill.arguments.quick else 10)
            await feeder
            await queue.join()
            await until(lambda: watcher.finished() == len(jobs), 300)
        finally:
            await drills.end([*tasks, feeder])
        drill.check(killed > 0, "instances were killed while jobs were open", killed)
        await compare(drill, cluster, jobs, expected, refusals)
    finally:
        await asyncio.to_thread(cluster.end)


async def feed(queue: asyncio.Queue, jobs: list[Job], seconds: float) -> None:
    """All jobs, at even times."""
    for job in jobs:
        queue.put_nowait(job)
        await asyncio.sleep(seconds / len(jobs))


async def compare(drill: Drill, cluster: Cluster, jobs: list[Job], expected: dict, refusals: list[int]) -> None:
    connection, wrong = Connection(cluster.port), 0
    for job in jobs:
        await look(job, connection)
        answer = await picture(job, connection)
        wrong += answer is None or answer.status != 200 or answer.body != expected[job.order]
    connection.close()
    states = {state: sum(job.state == state for job in jobs) for state in {job.state for job in jobs}}
    drill.check(not refusals, "every job is taken in the end", refusals or len(jobs))
    drill.check(set(states) == {"done"}, "every job is done", states)
    drill.check(all(len(job.repeated_ids) == 1 for job in jobs), "one key gives one job, however often it is sent",
                f"{sum(job.tries for job in jobs)} requests for {len(jobs)} jobs")
    drill.check(all(len(job.finishes) == 1 for job in jobs), "no job ends twice")
    kept = await kept_jobs(cluster)
    drill.check(kept == len(jobs), "Redis holds these jobs and no others", kept)
    drill.check(wrong == 0, "every result is byte for byte the directly made picture", f"{wrong} are not")
    drill.note(f"{sum(job.document.get('attempts', 1) > 1 for job in jobs)} jobs were begun more than once")


def main() -> None:
    parser = drills.parser(__doc__)
    parser.add_argument("--jobs", type=int, help="(default: 1000, quick: 80)")
    drills.run(body, with_long_limit(parser.parse_args()))


if __name__ == "__main__":
    main()
