#!/usr/bin/env python3
"""No accepted job is lost, none is done twice: server processes are killed (SIGKILL) at random instants while they take jobs and run them.

Clients send each job with an Idempotency-Key and send it again when the connection breaks; some send it again although it was taken.
SQLite has one process, which is started again after each kill; Redis has three on one queue, of which a random one is killed. A kill waits
while some job has already seen two deaths: a third one would fail it for good, as promised.

    kill.py                     1,000 jobs and ten kills on SQLite, then on Redis
    kill.py --quick             60 jobs, three kills each (CI)
    kill.py --store redis --jobs 5000 --kills 50 --seed 7
"""

import asyncio
import sqlite3

import drill as drills
from drill import Drill, until
from http_client import Connection
from jobs import FINAL, LONG_MAX_WAIT, Job, direct, look, make_orders, picture, submit
from processes import Redis, Server, stop_all

FLAGS = [*LONG_MAX_WAIT, "--size", "64", "--cache", "0", "--max-queued", "100000", "--max-queued-bytes", "1GB", "--result-bytes", "1GB"]


class Place:
    """Servers on one queue."""

    def __init__(self, drill: Drill, store: str):
        self.store = store
        self.redis = Redis(drill) if store == "redis" else None
        self.path = drill.folder / "jobs.db"
        queue = self.redis.queue if self.redis else f"sqlite:{self.path}"
        count = 3 if self.redis else 1
        # What a killed process of several had in hand waits so long for another (alone it takes it back when it starts); a worker that is
        # only slow must not count as dead.
        claim_after = "5s" if self.redis else "60s"
        self.servers = [
            Server(drill, "--queue", queue, "--claim-after", claim_after, *FLAGS, name=f"{store}-{number}") for number in range(count)]

    async def start(self) -> None:
        if self.redis:
            await self.redis.start()
        for server in self.servers:
            await server.start()

    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def living(self) -> list[Server]:
        return [server for server in self.servers if server.is_running]

    async def kept_jobs(self) -> int:
        """Jobs in the store, by the store's own tools."""
        if self.redis:
            reply = await self.redis.say("KEYS", "sakuga:{sakuga}:v2:job:*", timeout=10)
            return int(reply[1:reply.index(b"\r\n")])
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as file:
            return file.execute("SELECT count(*) FROM job").fetchone()[0]


class Watcher:
    """Asks for every job that was taken until it has ended."""

    def __init__(self, jobs: list[Job], place: Place, chance):
        self.jobs, self.place, self.chance = jobs, place, chance

    async def run(self) -> None:
        connections = {server.port: Connection(server.port) for server in self.place.servers}
        while True:
            for job in self.pending():
                living = self.place.living()
                if living:
                    await look(job, connections[self.chance.choice(living).port])
            await asyncio.sleep(0.02)

    def pending(self) -> list[Job]:
        return [job for job in self.jobs if job.id and job.state not in FINAL]

    async def near_parking(self) -> bool:
        """As the store has it now: what was last seen may be a death ago."""
        connection = Connection(self.chance.choice(self.place.living()).port)
        for job in self.pending():
            await look(job, connection)
        connection.close()
        return any(job.document.get("attempts", 0) >= 2 for job in self.pending())

    def finished(self) -> int:
        return sum(job.state in FINAL for job in self.jobs)


async def client(queue: asyncio.Queue, place: Place, drill: Drill, refusals: list[int]) -> None:
    while True:
        job = await queue.get()
        answer = await submit(job, place.ports, drill.random)
        if answer.status != 202:
            refusals.append(answer.status)
        elif drill.random.random() < 0.1:
            await submit(job, place.ports, drill.random)  # as if the answer had been lost on its way
        queue.task_done()


async def kill_and_restart(drill: Drill, place: Place, watcher: Watcher, batch: list[Job], queue: asyncio.Queue) -> None:
    """Lets a batch of jobs in, kills a server somewhere in between, starts it again."""
    for job in batch:
        queue.put_nowait(job)
    await asyncio.sleep(drill.random.uniform(0.02, 0.5 if drill.arguments.quick else 1.0))

    async def may_die() -> bool:
        return not await watcher.near_parking()

    await until(may_die, 180)
    victim = drill.random.choice(place.servers)
    waiting, running = len(watcher.pending()), sum(job.state == "running" for job in watcher.jobs)
    victim.kill()
    drill.note(f"{place.store}: kill {sum(server.kills for server in place.servers)}: {waiting} jobs open, {running} seen running, {queue.qsize()} unsent")
    await asyncio.sleep(drill.random.uniform(0, 0.3))
    await victim.start()
    # Those who died with it have their turn before the next one dies.
    before = watcher.finished()
    await until(lambda: watcher.finished() >= before + len(batch) // 3 or not watcher.pending(), 180)


async def storm(drill: Drill, place: Place, jobs: list[Job], kills: int) -> list[int]:
    """All jobs sent, all kills done, all jobs ended (or time over); the refusals that clients got."""
    queue: asyncio.Queue = asyncio.Queue()
    refusals: list[int] = []
    watcher = Watcher(jobs, place, drill.random)
    tasks = [asyncio.create_task(client(queue, place, drill, refusals)) for _ in range(8)] + [asyncio.create_task(watcher.run())]
    size = -(-len(jobs) // kills)
    try:
        for number in range(kills):
            await kill_and_restart(drill, place, watcher, jobs[number * size:(number + 1) * size], queue)
        await queue.join()
        await until(lambda: watcher.finished() == len(jobs), drill.arguments.limit or 300)
    finally:
        await drills.end(tasks)
    return refusals


async def compare(drill: Drill, place: Place, jobs: list[Job], expected: dict) -> None:
    """Every result against the picture made directly; the store against the clients' count."""
    connection = Connection(place.servers[0].port)
    wrong, gone = 0, 0
    for job in jobs:
        await look(job, connection)
        answer = await picture(job, connection)
        gone += answer is None or answer.status != 200
        wrong += answer is not None and answer.status == 200 and answer.body != expected[job.order]
    name, states = place.store, {job.state for job in jobs}
    drill.check(states == {"done"}, f"{name}: every accepted job is done", {state: sum(j.state == state for j in jobs) for state in states})
    for job in [job for job in jobs if job.state != "done"][:5]:
        drill.note(f"{name}: {job.document}")
    drill.check(all(len(job.repeated_ids) == 1 for job in jobs), f"{name}: one key gives one job, however often it is sent",
                f"{sum(job.tries for job in jobs)} requests for {len(jobs)} jobs")
    drill.check(all(len(job.finishes) == 1 for job in jobs), f"{name}: no job ends twice")
    kept = await place.kept_jobs()
    drill.check(kept == len(jobs), f"{name}: the store holds these jobs and no others", kept)
    drill.check(wrong == gone == 0, f"{name}: every result is byte for byte the directly made picture", f"{wrong} differ, {gone} missing")
    repeated = sum(job.document.get("attempts", 1) > 1 for job in jobs)
    drill.note(f"{name}: {repeated} jobs were begun more than once")


async def on_store(drill: Drill, store: str) -> None:
    place = Place(drill, store)
    kills = drill.arguments.kills or (3 if drill.arguments.quick else 10)
    count = drill.arguments.jobs or (60 if drill.arguments.quick else 1_000)
    orders = make_orders(drill)
    jobs = [Job(drill.random.choice(orders), f"{store}-{number}") for number in range(count)]
    try:
        await place.start()
        expected = {order: await direct(place.servers[0].port, order) for order in orders}
        refusals = await storm(drill, place, jobs, kills)
        drill.check(sum(server.kills for server in place.servers) == kills, f"{store}: processes killed", kills)
        drill.check(not refusals, f"{store}: every job is taken in the end", refusals or count)
        await compare(drill, place, [job for job in jobs if job.id], expected)
        statuses = [await server.stop() for server in place.servers]
        drill.check(statuses == [0] * len(statuses), f"{store}: the servers end properly when asked", statuses)
    finally:
        stop_all(*place.servers, place.redis)


async def body(drill: Drill) -> None:
    for store in ["sqlite", "redis"] if drill.arguments.store == "both" else [drill.arguments.store]:
        await on_store(drill, store)


def main() -> None:
    parser = drills.parser(__doc__)
    parser.add_argument("--store", choices=["sqlite", "redis", "both"], default="both")
    parser.add_argument("--jobs", type=int, help="jobs on each store (default: 1000, quick: 60)")
    parser.add_argument("--kills", type=int, help="kills on each store (default: 10, quick: 3)")
    drills.run(body, parser.parse_args())


if __name__ == "__main__":
    main()
