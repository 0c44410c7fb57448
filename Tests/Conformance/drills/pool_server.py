"""A worker pool as the drills see it: its workers' processes, what `sakuga ctl` says, and clients that never pause for long."""

import asyncio
import contextlib
import json
import os
import signal
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import photos
from drill import Drill, end, until
from http_client import Broken, Connection
from processes import Server

FLAGS = ["--size", "64", "--cache", "0", "--max-queued", "10000", "--max-queued-bytes", "1GB", "--max-wait", "30s",
         # A machine may be slow: nobody is to be killed, and no job given to another, for that.
         "--claim-after", "5s",
         "--hang-timeout", "60s", "--start-timeout", "180s"]


class Pool(Server):
    """`sakuga serve --workers` with a control socket of its own."""

    def __init__(self, drill: Drill, workers: str, *flags: str, name: str = "pool", environment: dict[str, str] | None = None):
        self.control = str(drill.folder / f"{name}.sock")
        super().__init__(drill, "--workers", workers, "--control", self.control, *FLAGS, *flags, name=name, environment=environment)

    def ctl(self, *words: str) -> subprocess.CompletedProcess:
        """`sakuga ctl` as a person runs it."""
        return subprocess.run(
            [self.command[0], "ctl", *words, "--control", self.control], capture_output=True, text=True, timeout=300, env=self.environment)

    async def ctl_later(self, *words: str) -> subprocess.CompletedProcess:
        return await asyncio.to_thread(self.ctl, *words)

    async def status(self) -> dict:
        """What `ctl status --json` prints, asked for as it does: a program for each look would be a load of its own."""
        reader, writer = await asyncio.open_unix_connection(self.control)
        try:
            question = json.dumps({"status": {}}).encode()
            writer.write(struct.pack(">IBQ", len(question) + 9, 0, 1) + question)
            length, kind, _ = struct.unpack(">IBQ", await asyncio.wait_for(reader.readexactly(13), 60))
            reply = await asyncio.wait_for(reader.readexactly(length - 9), 60)
        finally:
            writer.close()
        if kind != 1:
            raise RuntimeError(f"status: {reply.decode()}")
        return json.loads(reply)

    async def serving(self) -> dict[int, int]:
        """The processes of the workers that serve, by their places."""
        return {worker["slot"]: worker["process"] for worker in (await self.status())["workers"] if worker["state"] == "serving"}

    async def has(self, count: int, seconds: float = 180) -> bool:
        """Whether so many serve, before the time is over."""
        async def enough() -> bool:
            try:
                return len(await self.serving()) == count and len((await self.status())["workers"]) == count
            except OSError:
                return False  # The workers may be there before the control socket is.

        return await until(enough, seconds, 0.2)

    def children(self) -> list[int]:
        """All processes that the supervisor has started, by the system's word."""
        return children(self.pid)


def children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(folder.name))
    return found


def is_alive(process: int) -> bool:
    """Not gone, and no zombie that somebody has yet to bury. One whose first thread has ended before others has its sockets still."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state not in "ZX" or len(os.listdir(f"/proc/{process}/task")) > 1
    except OSError:
        return False


def stop_process(process: int) -> None:
    os.kill(process, signal.SIGSTOP)


@dataclass
class Failure:
    """A request without its picture: when it was sent, what went wrong, whose it was, when its connection was made."""

    begin: float
    problem: str
    client: int
    connected: float


class Crowd:
    """Clients that ask for one picture after another: half of them on kept connections, half on a new one each time. A pool that trusts
    this machine as a proxy takes each for a client of its own."""

    def __init__(self, pool: Pool, clients: int, pause: float = 0.02, side: int = 64, photo: bytes = b"", accepts: tuple[int, ...] = (200,)):
        self.accepts = accepts
        self.pool, self.pause, self.path = pool, pause, f"/v1/stylize?size={side}"
        self.photo = photo or photos.png(side * 5 // 4, side, 5)
        self.answers: list[tuple[float, float, int]] = []
        self.failures: list[Failure] = []
        self.tasks: list[asyncio.Task] = []
        self.grow(clients)

    def grow(self, clients: int) -> None:
        """So many more of them."""
        self.tasks += [asyncio.create_task(self.client(len(self.tasks) + number)) for number in range(clients)]

    async def client(self, number: int) -> None:
        with contextlib.closing(Connection(self.pool.port)) as connection:
            await self.ask_again_and_again(number, connection, keeps=number % 2 == 0)

    async def ask_again_and_again(self, number: int, connection: Connection, keeps: bool) -> None:
        headers = {"Cache-Control": "no-store", "X-Forwarded-For": f"10.0.{number // 256}.{number % 256}"}
        answered = 0.0
        while True:
            begin = time.monotonic()
            # A worker that is to end listens to its connections for three seconds more: who was kept from asking in that time makes a new one.
            if begin > answered + 1:
                connection.close()
            try:
                answer = await connection.ask("POST", self.path, self.photo, headers, timeout=120)
                answered = time.monotonic()
                if not keeps:
                    connection.close()
                if answer.status in self.accepts:
                    self.answers.append((begin, answered - begin, answer.status))
                    # Who is told when to come again comes then: a load of refusals alone would be none for the workers.
                    await asyncio.sleep(float(answer.headers.get("retry-after", 0)) if answer.status == 503 else 0)
                else:
                    self.failures.append(Failure(begin, f"status {answer.status}", number, connection.made))
            except Broken as error:
                self.failures.append(Failure(begin, str(error), number, connection.made))
            await asyncio.sleep(self.pause)

    def forget(self) -> None:
        self.answers, self.failures = [], []

    async def see(self, count: int, seconds: float = 180) -> None:
        """Waits for so many more answers."""
        goal = len(self.answers) + count
        if not await until(lambda: len(self.answers) >= goal, seconds):
            raise RuntimeError(f"{count} answers did not come within {seconds:.0f} s; failures: {self.failures[:3]}")

    async def leave(self) -> None:
        await end(self.tasks)
