"""A cluster as `sakuga cluster` makes it (real nginx, real Redis, several instances), and a steady load on it."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import photos
from drill import ROOT, Drill, Skipped, until
from http_client import Answer, Broken, Connection, request_bytes


def free_block(count: int) -> int:
    """The first of so many ports that are free now, below those that the system gives to clients."""
    for _ in range(200):
        first = random.randrange(20_000, 31_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise RuntimeError("no block of free ports was found")


def with_long_limit(arguments):
    """The arguments with a longer time limit for the drill: many processes start at once, which takes long on a slow machine."""
    arguments.limit = arguments.limit or (600 if arguments.quick else 1_200)
    return arguments


def soon(drill: Drill) -> int:
    """Seconds within which all has to be as before a fault. The short form runs beside who knows what on machines that others share."""
    return 60 if drill.arguments.quick else 15


def need(*programs: str) -> None:
    """Skips the drill where a program is missing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in programs:
        if not shutil.which(program, path=path):
            raise Skipped(f"there is no {program}: scripts/cluster installs nginx and Redis, iproute2 has ip, util-linux unshare")


class Cluster:
    """`sakuga cluster up` on free ports with a folder of the drill's own."""

    def __init__(self, drill: Drill, *flags: str, instances: int = 4, serve: tuple[str, ...] = (), nginx: bool = True, redis: bool = True,
                 environment: dict[str, str] | None = None, name: str = "cluster"):
        if not os.access(drill.arguments.sakuga, os.X_OK):
            raise Skipped(f"there is no program {drill.arguments.sakuga}: build it with `swift build -c release`, or name it with --sakuga")
        need(*(["nginx"] if nginx else []), *(["redis-server"] if redis else []))
        self.sakuga = str(Path(drill.arguments.sakuga).resolve())
        self.drill, self.instances = drill, instances
        self.port = free_block(instances + 3)
        self.state = drill.folder / name
        self.environment = os.environ | {"SAKUGA_MODELS": str(ROOT / "Models")} | (environment or {})
        self.command = ["up", "--instances", str(instances), "--port", str(self.port), *(["--nginx"] if nginx else []),
                        *(["--redis"] if redis else []), "--nginx-files", str(ROOT / "deploy/nginx"), *flags, "--", *serve]

    def say(self, *arguments: str, timeout: float = 450) -> subprocess.CompletedProcess:
        """Runs `sakuga cluster …` on this cluster; blocks."""
        words = list(arguments)
        at = words.index("--") if "--" in words else len(words)
        words[at:at] = ["--state", str(self.state)]
        return subprocess.run(
            [self.sakuga, "cluster", *words], capture_output=True, text=True, timeout=timeout, env=self.environment,
            stdin=subprocess.DEVNULL)

    async def up(self) -> str:
        done = await asyncio.to_thread(self.say, *self.command)
        if done.returncode:
            raise RuntimeError(f"`sakuga cluster up` failed: {done.stderr or done.stdout}")
        return done.stdout

    async def down(self) -> subprocess.CompletedProcess:
        return await asyncio.to_thread(self.say, "down")

    async def status(self) -> dict[str, dict]:
        """The lines of `status` by name; empty when there is no cluster."""
        done = await asyncio.to_thread(self.say, "status", "--format", "json")
        return {line["name"]: line for line in json.loads(done.stdout)["lines"]} if done.stdout else {}

    async def all_ready(self) -> bool:
        lines = await self.status()
        return bool(lines) and all(line["state"] == "ready" for line in lines.values())

    async def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Kills a process of the cluster by its pid file; the pid."""
        pid = int((self.state / "pids" / name).read_text().split()[0])
        os.kill(pid, number)
        return pid

    def port_of(self, number: int) -> int:
        """Where instance `number`, from 1, listens."""
        return self.port + number

    async def pictures_of(self, number: int, host: str = "127.0.0.1") -> float:
        """Direct requests that an instance has answered with a picture since its start; -1 while it is away."""
        connection = Connection(self.port_of(number), host)
        try:
            text = (await connection.ask("GET", "/metrics", timeout=2)).body.decode()
        except Broken:
            return -1
        finally:
            connection.close()
        line = 'sakuga_http_requests_total{method="POST",route="/v1/stylize",status="200"} '
        return sum(float(found[len(line):]) for found in text.splitlines() if found.startswith(line))

    def end(self) -> None:
        """At a drill's end, however it ended; the logs stay with the drill's."""
        for log in [*self.state.glob("logs/*"), *self.state.glob("nginx/access.json")]:
            shutil.copy(log, self.drill.folder / f"{self.state.name}-{log.name}")
        self.say("down")
        for file in (self.state / "pids").glob("*") if self.state.exists() else []:
            try:
                os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
            except (OSError, ValueError, IndexError):
                pass


@dataclass
class Sample:
    """One request of the load."""

    begin: float
    seconds: float
    status: int
    problem: str = ""

    @property
    def is_error(self) -> bool:
        return self.status not in (200, 202)


@dataclass
class Load:
    """Requests at even times whether or not earlier ones were answered (an open loop), each photo different."""

    port: int
    rate: float
    query: str
    jpeg: bytes
    samples: list[Sample] = field(default_factory=list)
    tasks: set = field(default_factory=set)
    idle: list = field(default_factory=list)
    jobs: list = field(default_factory=list)
    under_way: dict = field(default_factory=dict)
    number: int = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        begin = time.monotonic()
        for count in range(1_000_000):
            due = begin + count / self.rate
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = asyncio.create_task(self.one())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def one(self) -> None:
        self.number += 1
        body = photos.with_comment(self.jpeg, b"load %012d" % self.number)
        # A kept connection that nginx closes just now is the client's affair; new ones are for the drill to be sure of.
        connection, begin = Connection(self.port), time.monotonic()
        self.under_way[id(connection)] = begin
        try:
            answer = await connection.send(request_bytes("POST", f"/v1/stylize?{self.query}", body, {"Content-Type": "image/jpeg"}), 60)
            self.samples.append(Sample(begin, time.monotonic() - begin, answer.status, "" if answer.status == 200 else answer.body[:200].decode("latin-1")))
            if answer.status == 202:
                self.jobs.append(answer.object.get("job"))
        except Broken as problem:
            self.samples.append(Sample(begin, time.monotonic() - begin, 0, str(problem)))
        finally:
            del self.under_way[id(connection)]
            connection.close()

    async def settle_some(self, moment: float) -> None:
        """Waits for the answers to what was asked before `moment`."""
        await until(lambda: not any(begun < moment for begun in self.under_way.values()), 60, 0.05)

    async def settle(self) -> None:
        """Waits for the answers that are outstanding."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=60)

    def between(self, begin: float, end: float) -> list[Sample]:
        return [sample for sample in self.samples if begin <= sample.begin < end]

    async def queued_left(self) -> int:
        """Of the requests that became jobs, how many are not done in the end."""
        left = set(self.jobs)

        async def all_done() -> bool:
            connection = Connection(self.port)
            try:
                for job in list(left):
                    answer = await connection.ask("GET", f"/v1/jobs/{job}", timeout=10)
                    if answer.object.get("status") == "done":
                        left.discard(job)
            except Broken:
                pass
            finally:
                connection.close()
            return not left

        await until(all_done, 240, 0.5)
        return len(left)


async def capacity(port: int, query: str, jpeg: bytes, users: int, seconds: float) -> float:
    """Pictures a second of a closed loop that keeps all instances busy."""
    end, done = time.monotonic() + seconds, []

    async def user(number: int) -> None:
        connection, count = Connection(port), 0
        while time.monotonic() < end:
            count += 1
            body = photos.with_comment(jpeg, b"able %06d %06d" % (number, count))
            try:
                answer = await connection.send(request_bytes("POST", f"/v1/stylize?{query}", body), 60)
            except Broken:
                continue
            if answer.status == 200:
                done.append(time.monotonic())
        connection.close()

    begin = time.monotonic()
    await asyncio.gather(*(user(number) for number in range(users)))
    return len(done) / (time.monotonic() - begin)


def errors(samples: list[Sample]) -> str:
    """How many, of how many, and what kinds."""
    wrong = [sample for sample in samples if sample.is_error]
    kinds = sorted({f"{sample.status} {sample.problem[:90]}".strip() for sample in wrong})
    slowest = max((sample.seconds for sample in samples), default=0)
    return f"{len(wrong)} of {len(samples)}, the slowest took {slowest:.2f} s" + (f" ({'; '.join(kinds[:3])})" if kinds else "")
