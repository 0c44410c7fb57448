#!/usr/bin/env python3
"""The disk of the SQLite queue fills up while jobs wait and run; then there is room again.

Jobs are refused with 503 and Retry-After, direct requests are answered, what was accepted stays. After a SIGKILL on the full disk the
program either starts or says why not. With room again all accepted jobs are finished, each once, with the right picture.

    disk_full.py [--quick]      needs root: it mounts a small file system in memory (tmpfs), seen by this drill only
"""

import asyncio
import ctypes
import os
import subprocess
import time
from pathlib import Path

import drill as drills
from drill import Drill, Skipped, until
from http_client import Connection
from jobs import FINAL, LONG_MAX_WAIT, Job, direct, look, make_orders, picture, submit
from processes import Server, stop_all

MEGABYTE = 1_000_000


def mount_small_disk(folder: Path, megabytes: int) -> None:
    """In a mount namespace of this process's own, so that nothing is left when it ends, however it ends."""
    if os.geteuid() != 0:
        raise Skipped("mounting a small file system needs root: run this drill as root")
    clone_new_namespace = 0x00020000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_new_namespace) != 0:
        raise Skipped("this machine allows no mount namespace (unshare failed), so there is no small disk to fill")
    folder.mkdir()
    for command in [["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", f"size={megabytes}M", "tmpfs", str(folder)]]:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 and "tmpfs" in command:
            raise Skipped(f"this machine does not let us mount: {done.stderr.strip()}")


def fill(ballast: Path) -> None:
    """Until there is no room for one byte more."""
    with open(ballast, "ab", buffering=0) as file:
        for size in [65_536, 4_096, 1]:
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


async def body(drill: Drill) -> None:
    disk = drill.folder / "disk"
    mount_small_disk(disk, 24)
    ballast = disk / "ballast"
    server = Server(drill, "--queue", f"sqlite:{disk / 'jobs.db'}", *LONG_MAX_WAIT, "--size", "64", "--cache", "0")
    orders, port = make_orders(drill), lambda: [server.port]
    jobs: list[Job] = []
    try:
        await server.start()
        expected = {order: await direct(server.port, order) for order in orders}
        for number in range(30 if drill.arguments.quick else 150):
            jobs.append(Job(drill.random.choice(orders), f"before-{number}"))
            await submit(jobs[-1], port, drill.random)
        fill(ballast)
        await on_full_disk(drill, server, orders, jobs, ballast)
        await killed_on_full_disk(drill, server, ballast)
        ballast.unlink(missing_ok=True)
        if not server.is_running:
            await server.start()
        await with_room(drill, server, orders, jobs, expected)
    finally:
        stop_all(server)
        subprocess.run(["umount", "--lazy", str(disk)], capture_output=True)


async def on_full_disk(drill: Drill, server: Server, orders: list, jobs: list[Job], ballast: Path) -> None:
    """As many jobs are sent as it takes: freed pages of the file may have room for a few."""
    refusal = None
    end = time.monotonic() + 120
    number = 0
    while refusal is None and time.monotonic() < end:
        number += 1
        job = Job(orders[number % len(orders)], f"full-{number}")
        connection = Connection(server.port)
        answer = await connection.ask("POST", f"/v1/jobs?{job.order.query}", job.order.photo, {"Idempotency-Key": job.key})
        connection.close()
        if answer.status == 202:
            job.id = answer.object["job"]
            jobs.append(job)
            fill(ballast)
        else:
            refusal = answer
    drill.check(
        refusal is not None and refusal.status == 503 and "retry-after" in refusal.headers and refusal.object.get("code") == "store_unavailable",
        "a job is refused with 503 and Retry-After when the disk is full",
        f"{refusal.status} {refusal.object.get('code')} after {number - 1} that still had room" if refusal else f"{number} were taken")
    for order in orders[:6]:
        await direct(server.port, order)
    drill.check(server.is_running, "direct requests are answered on a full disk", "6 pictures")
    state = (await server.ask("GET", "/health/ready")).object
    drill.note(f"/health/ready says {state}")
    await asyncio.sleep(2)


async def killed_on_full_disk(drill: Drill, server: Server, ballast: Path) -> None:
    server.kill()
    fill(ballast)
    size = server.log.stat().st_size
    server.begin()
    ready = await server.is_ready()
    said = server.log.read_bytes()[size:].decode(errors="replace").strip().splitlines()
    drill.check(
        ready or not server.is_running and any("space" in line or "full" in line for line in said),
        "started on a full disk it runs, or says that the disk is full", "it runs" if ready else said[-1:] or "it said nothing")
    if server.is_running and not ready:
        server.kill()


async def with_room(drill: Drill, server: Server, orders: list, jobs: list[Job], expected: dict) -> None:
    fresh, begin = Job(orders[0], "after"), time.monotonic()
    await asyncio.wait_for(submit(fresh, lambda: [server.port], drill.random), 90)
    jobs.append(fresh)
    drill.check(fresh.id is not None, "with room again jobs are taken", f"after {time.monotonic() - begin:.1f} s")
    connection = Connection(server.port)

    async def all_ended() -> bool:
        for job in jobs:
            if job.state not in FINAL:
                await look(job, connection)
        return all(job.state in FINAL for job in jobs)

    await until(all_ended, 240, 0.2)
    states = [job.state or "unknown" for job in jobs]
    drill.check(set(states) == {"done"}, "all accepted jobs are finished", {state: states.count(state) for state in set(states)})
    answers = [await picture(job, connection) for job in jobs]
    right = sum(answer is not None and answer.body == expected[job.order] for job, answer in zip(jobs, answers))
    drill.check(right == len(jobs), "with the right pictures", f"{right} of {len(jobs)}")
    connection.close()


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
