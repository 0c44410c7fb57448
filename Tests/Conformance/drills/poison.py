#!/usr/bin/env python3
"""A job that kills its worker: after three deaths it is dead-lettered as failed, with the reason, and the queue goes on.

The program has no such job, so the drill stands in for it: whenever the job is seen running, the process that runs it gets SIGKILL.

    poison.py [--quick]         on SQLite and on Redis
"""


import drill as drills
import photos
from drill import Drill, until
from http_client import Connection
from jobs import Job, Order, look, make_orders, submit
from processes import Redis, Server, stop_all


async def until_running(job: Job, server: Server, attempt: int) -> bool:
    """Looks every few milliseconds; true when it runs for this time, false when it has ended or nothing happens."""
    connection = Connection(server.port)

    async def runs_or_ended() -> bool:
        await look(job, connection)
        return job.document.get("attempts", 0) >= attempt and job.state == "running" or job.state in ("failed", "done", "lost")

    await until(runs_or_ended, 180, 0.01)
    connection.close()
    return job.state == "running"


async def on_store(drill: Drill, store: str) -> None:
    redis = Redis(drill) if store == "redis" else None
    queue = redis.queue if redis else f"sqlite:{drill.folder / 'poison.db'}"
    # An SQLite file gives back what ran when it is opened; in Redis a dead worker's job has to wait for so long. A worker that is only slow
    # must not count as dead.
    claim_after = "2s" if redis else "60s"
    server = Server(
        drill, "--queue", queue, "--claim-after", claim_after, "--size", "64", "--max-size", "2048", "--memory-limit", "3GB", "--threads", "1",
        "--cache", "0", name=f"poison-{store}")
    # It takes one core six seconds, so that it still runs when this drill has seen it run and kills its worker.
    poison = Job(Order(photos.png(1_000, 800, 1), "size=2048&fit=exact"), "poison")
    innocent = [Job(order, f"innocent-{number}") for number, order in enumerate(make_orders(drill)[:10])]
    try:
        if redis:
            await redis.start()
        await server.start()
        ports = lambda: [server.port]  # noqa: E731
        await submit(poison, ports, drill.random)
        deaths = 0
        while deaths < 5 and await until_running(poison, server, deaths + 1):
            server.kill()
            deaths += 1
            await server.start()
            if deaths == 1:
                for job in innocent:
                    await submit(job, ports, drill.random)
        drill.check(deaths == 3, f"{store}: the job is given to a worker three times", f"{deaths} deaths")
        error = poison.document.get("error", {})
        drill.check(poison.state == "failed" and "worker" in error.get("message", "").lower(), f"{store}: then it is dead-lettered with the reason",
                    error.get("message", poison.state))
        async def is_counted() -> bool:
            return (await server.metrics()).get('sakuga_jobs_swept_total{action="parked"}', 0) == 1
        drill.check(await until(is_counted, 60), f"{store}: it is counted in /metrics", 'sakuga_jobs_swept_total{action="parked"} 1')
        answer = await server.ask("GET", f"/v1/jobs/{poison.id}/result")
        drill.check(400 <= answer.status < 600 and answer.status != 404, f"{store}: its result says why there is none", f"{answer.status} {answer.object.get('code')}")
        connection = Connection(server.port)

        async def all_done() -> bool:
            for job in innocent:
                await look(job, connection)
            return all(job.state == "done" for job in innocent)

        drill.check(await until(all_done, 180, 0.2), f"{store}: the jobs behind it are all done", len(innocent))
        connection.close()
    finally:
        stop_all(server, redis)


async def body(drill: Drill) -> None:
    for store in ["sqlite", "redis"]:
        await on_store(drill, store)


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
