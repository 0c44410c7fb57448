#!/usr/bin/env python3
"""Redis goes away, in two ways: stopped (it takes connections and says nothing: SIGSTOP) and killed. Then it comes back.

Meanwhile direct requests are answered, /health/ready says that the queue is unavailable, jobs are refused with 503 and Retry-After; nothing is
kept for later in silence. When Redis is back the queue is taken up, and all jobs that were accepted are finished.

    redis_away.py [--quick]
"""

import asyncio
import time

import drill as drills
from drill import Drill, until
from http_client import Broken, Connection
from jobs import FINAL, LONG_MAX_WAIT, Job, direct, look, make_orders, picture, submit
from processes import Redis, Server, stop_all


async def queue_state(server: Server) -> str:
    try:
        return (await server.ask("GET", "/health/ready", timeout=5)).object.get("queue", "?")
    except Broken:
        return "silent"


async def while_away(drill: Drill, server: Server, orders: list, how: str) -> None:
    async def says_so() -> bool:
        return await queue_state(server) == "unavailable"

    begin = time.monotonic()
    drill.check(await until(says_so, 60, 0.1), f"{how}: /health/ready says that the queue is unavailable", f"after {time.monotonic() - begin:.1f} s")
    ready = await server.ask("GET", "/health/ready")
    drill.check(ready.status == 200, f"{how}: the service stays ready for direct requests", ready.status)
    slowest = 0.0
    for order in orders[:6]:
        begin = time.monotonic()
        await direct(server.port, order)
        slowest = max(slowest, time.monotonic() - begin)
    drill.check(slowest < 30, f"{how}: direct requests are answered", f"6 pictures, the slowest took {slowest:.2f} s")
    begin = time.monotonic()
    answer = await server.ask("POST", "/v1/jobs?size=64", orders[0].photo)
    drill.check(
        answer.status == 503 and int(answer.headers.get("retry-after", 0)) > 0 and answer.object.get("code") == "store_unavailable",
        f"{how}: a job is refused with 503 and Retry-After", f"{answer.status} {answer.object.get('code')} after {time.monotonic() - begin:.1f} s")

    async def metrics_say_so() -> bool:
        return (await server.metrics())["sakuga_queue_up"] == 0

    drill.check(await until(metrics_say_so, 60), f"{how}: /metrics says so too", "sakuga_queue_up 0")


async def back_again(drill: Drill, server: Server, orders: list, jobs: list[Job], expected: dict, how: str) -> None:
    async def is_ok() -> bool:
        return await queue_state(server) == "ok"

    begin = time.monotonic()
    drill.check(await until(is_ok, 90, 0.1), f"{how}: the queue is taken up when Redis is back", f"after {time.monotonic() - begin:.1f} s")
    fresh = Job(orders[1], f"fresh-{how}")
    await submit(fresh, lambda: [server.port], drill.random)
    jobs.append(fresh)
    connection = Connection(server.port)

    async def all_ended() -> bool:
        for job in jobs:
            if job.state not in FINAL:
                await look(job, connection)
        return all(job.state in FINAL for job in jobs)

    await until(all_ended, 240, 0.2)
    states = [job.state for job in jobs]
    drill.check(set(states) == {"done"}, f"{how}: all accepted jobs are finished", {state: states.count(state) for state in set(states)})
    answers = [await picture(job, connection) for job in jobs]
    right = sum(answer is not None and answer.body == expected[job.order] for job, answer in zip(jobs, answers))
    drill.check(right == len(jobs), f"{how}: with the right pictures", f"{right} of {len(jobs)}")
    connection.close()


async def body(drill: Drill) -> None:
    redis = Redis(drill)
    server = Server(drill, "--queue", redis.queue, "--claim-after", "10s", *LONG_MAX_WAIT, "--size", "64", "--cache", "0")
    count, seconds = (20, 3) if drill.arguments.quick else (200, 15)
    try:
        await redis.start()
        await server.start()
        orders = make_orders(drill)
        expected = {order: await direct(server.port, order) for order in orders}
        for how in ["Redis stopped", "Redis killed"]:
            jobs = [Job(drill.random.choice(orders), f"{how}-{number}") for number in range(count)]
            for job in jobs:
                await submit(job, lambda: [server.port], drill.random)
            # In the middle of its jobs.
            redis.pause() if how == "Redis stopped" else redis.kill()
            await while_away(drill, server, orders, how)
            await asyncio.sleep(seconds)
            if how == "Redis stopped":
                redis.go_on()
            else:
                await redis.start()
            await back_again(drill, server, orders, jobs, expected, how)
        await start_without_redis(drill, server, redis, orders)
    finally:
        stop_all(server, redis)


async def start_without_redis(drill: Drill, server: Server, redis: Redis, orders: list) -> None:
    await server.stop()
    redis.kill()
    server.begin()
    ready = await server.is_ready()
    drill.check(ready, "Redis away at the start: the service starts and is ready for direct requests")
    if ready:
        await direct(server.port, orders[0])
        await redis.start()
        job = Job(orders[0], "late")
        await asyncio.wait_for(submit(job, lambda: [server.port], drill.random), 90)
        drill.check(job.id is not None, "Redis away at the start: jobs are taken once it is there")


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
