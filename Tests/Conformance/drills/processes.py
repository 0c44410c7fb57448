"""The real programs that a drill starts, kills and starts again: sakuga and redis-server."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from drill import ROOT, Drill, Skipped, until
from http_client import Answer, Broken, Connection


GIVEN: set[int] = set()


def free_port() -> int:
    """A port that is free now and that nobody here has been given, below those that the system gives to clients: one of those could be
    taken by anybody's connection before the server that is to have it is there, or between two of its lives."""
    for _ in range(200):
        port = random.randrange(11_000, 19_900)
        if port in GIVEN:
            continue
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
            GIVEN.add(port)
            return port
        except OSError:
            continue
    raise RuntimeError("no free port was found")


class Process:
    """A program that keeps its command line and its log over several lives."""

    def __init__(self, drill: Drill, name: str, command: list[str], environment: dict[str, str] | None = None):
        self.command = command
        self.environment = {"SAKUGA_MODELS": str(ROOT / "Models")} | os.environ | (environment or {})
        self.log = drill.folder / f"{name}.log"
        self.popen: subprocess.Popen | None = None
        self.kills = 0

    def begin(self) -> None:
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd=self.log.parent)

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def kill(self) -> None:
        """As a power cut for this process: nothing is flushed, nobody is told."""
        if self.is_running:
            self.popen.kill()
            self.popen.wait()
            self.kills += 1

    async def stop(self, seconds: float = 60) -> int | None:
        """Asks it to end; its exit status, or None when it had to be killed."""
        if not self.is_running:
            return self.popen.returncode if self.popen else 0
        self.popen.terminate()
        if await until(lambda: self.popen.poll() is not None, seconds):
            return self.popen.returncode
        self.popen.kill()
        self.popen.wait()
        return None

    def pause(self) -> None:
        self.popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.popen.send_signal(signal.SIGCONT)


class Server(Process):
    """`sakuga serve` on a port that stays the same over its lives."""

    def __init__(self, drill: Drill, *flags: str, name: str = "sakuga", before: tuple[str, ...] = (), environment: dict[str, str] | None = None):
        sakuga = drill.arguments.sakuga
        if not os.access(sakuga, os.X_OK):
            raise Skipped(f"there is no program {sakuga}: build it with `swift build -c release`, or name it with --sakuga")
        self.port = free_port()
        super().__init__(drill, name, [*before, str(Path(sakuga).resolve()), "serve", "--port", str(self.port), *flags], environment)
        self.drill = drill

    async def start(self, seconds: float = 180) -> None:
        """Starts it and waits until it is ready."""
        self.begin()
        if not await self.is_ready(seconds):
            raise RuntimeError(f"sakuga serve did not become ready; see {self.log}")

    async def is_ready(self, seconds: float = 180) -> bool:
        async def ready() -> bool:
            if not self.is_running:
                return True
            try:
                return (await self.ask("GET", "/health/ready", timeout=5)).status == 200
            except Broken:
                return False

        return await until(ready, seconds, 0.03) and self.is_running

    async def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, timeout: float = 60) -> Answer:
        """On a connection of its own."""
        connection = Connection(self.port)
        try:
            return await connection.ask(method, path, body, headers, timeout)
        finally:
            connection.close()

    async def metrics(self) -> dict[str, float]:
        """The lines of /metrics, labels included in the names."""
        text = (await self.ask("GET", "/metrics")).body.decode()
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Redis(Process):
    """A redis-server (or valkey-server) of this drill's own that writes each change to the disk before it answers."""

    def __init__(self, drill: Drill, *flags: str, name: str = "redis", before: tuple[str, ...] = (), environment: dict[str, str] | None = None):
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if not program:
            raise Skipped("there is no redis-server: `scripts/setup --tests` installs it")
        self.port = free_port()
        folder = drill.folder / name
        folder.mkdir()
        super().__init__(
            drill, name,
            [*before, program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes",
             "--appendfsync", "always", "--save", "", *flags], environment)

    @property
    def queue(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self, seconds: float = 90) -> None:
        self.begin()
        if not await until(self.answers, seconds):
            raise RuntimeError(f"redis-server did not start; see {self.log}")

    async def say(self, *words: str, timeout: float = 5) -> bytes:
        """One command; the reply as it is on the wire, as far as it comes at once."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            parts = [f"*{len(words)}\r\n"] + [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
            writer.write("".join(parts).encode())
            return await asyncio.wait_for(reader.read(1 << 20), timeout)
        finally:
            writer.close()

    async def answers(self) -> bool:
        try:
            return (await self.say("PING")).startswith(b"+PONG")
        except (OSError, asyncio.TimeoutError):
            return False


def stop_all(*processes: Process | None) -> None:
    """At a drill's end, however it ended."""
    for process in processes:
        if process is not None and process.is_running:
            process.popen.send_signal(signal.SIGCONT)
            process.popen.kill()
            process.popen.wait()


