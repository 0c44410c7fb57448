#!/usr/bin/env python3
"""Malicious clients: other clients are served meanwhile, and afterwards memory and descriptors are released.

Half-open connections (a head that never ends), clients at a byte per second (in heads and bodies), clients that disconnect within a body, while
they wait or within a response, clients that never read. All come from one address, as the other clients do.

    hostile.py                  2,000 half-open, 500 slow, 300 of each kind of vanishing, 100 that never read; about three minutes
    hostile.py --quick          a tenth of that (CI)
"""

import asyncio
import socket
import time

import drill as drills
import photos
from drill import Drill, until
from http_client import Broken, Connection, request_bytes
from processes import Server, stop_all


class Honest:
    """A client that asks for a picture again and again; remembers how long each took."""

    def __init__(self, server: Server, photo: bytes, host: str = "127.0.0.1"):
        self.server, self.photo, self.host = server, photo, host
        self.seconds: list[float] = []
        self.problems: list[str] = []

    async def run(self) -> None:
        connection = None
        while True:
            # Now and then a new connection, as new people come.
            if connection is None or len(self.seconds) % 5 == 0:
                if connection is not None:
                    connection.close()
                connection = Connection(self.server.port, self.host)
            begin = time.monotonic()
            try:
                answer = await connection.ask("POST", "/v1/stylize?size=64", self.photo)
                if answer.status not in (200, 202):
                    self.problems.append(f"{answer.status} {answer.body[:100]!r}")
                self.seconds.append(time.monotonic() - begin)
            except Broken as problem:
                self.problems.append(str(problem))
            await asyncio.sleep(0.2)


async def idle(server: Server, seconds: float = 240) -> bool:
    """Nothing runs and nothing waits. Those who vanished after they were told 202 have jobs all the same, and these are finished."""
    async def is_idle() -> bool:
        metrics = await server.metrics()
        return not any(metrics[name] for name in ["sakuga_running_jobs", "sakuga_waiting_jobs", "sakuga_queue_jobs", "sakuga_queue_running_jobs"])

    return await until(is_idle, seconds, 0.2)


async def served(drill: Drill, server: Server, photo: bytes, what: str, attack, host: str = "127.0.0.1") -> None:
    """Two honest clients while `attack` goes on."""
    await idle(server)
    honest = [Honest(server, photo, host) for _ in range(2)]
    tasks = [asyncio.create_task(one.run()) for one in honest]
    begin = time.monotonic()
    try:
        await attack
        await asyncio.sleep(1)
        await until(lambda: all(one.seconds or one.problems for one in honest), 60)
    finally:
        await drills.end(tasks)
    seconds = sorted(second for one in honest for second in one.seconds)
    problems = [problem for one in honest for problem in one.problems]
    worst = f"{len(seconds)} pictures in {time.monotonic() - begin:.0f} s, the slowest took {seconds[-1]:.2f} s" if seconds else "no picture"
    drill.check(all(one.seconds for one in honest) and not problems and seconds[-1] < 30, f"honest clients are served beside {what}", problems[:2] or worst)


async def opened(port: int, first: bytes, host: str = "127.0.0.1", source: str | None = None):
    """A connection on which this much was sent; None when the server does not take it."""
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(host, port, local_addr=(source, 0) if source else None), 10)
        writer.write(first)
        return reader, writer
    except (OSError, asyncio.TimeoutError):
        return None


def is_shut(reader: asyncio.StreamReader) -> bool:
    """Whether the server hung up: in good order, or by a reset, as the system does where it had not read all that was sent."""
    return reader.at_eof() or reader.exception() is not None


async def open_many(port: int, count: int, first: bytes, **where) -> list:
    pairs = []
    for start in range(0, count, 100):
        pairs += await asyncio.gather(*[opened(port, first, **where) for _ in range(min(100, count - start))])
    return [pair for pair in pairs if pair]


def abandon(pairs: list, hard: bool = False) -> None:
    """Closes them; `hard`: with a reset, as a machine that loses its network does when it comes back."""
    for _, writer in pairs:
        if hard:
            writer.transport.abort()
        else:
            writer.close()


async def half_open(drill: Drill, server: Server, count: int, seconds: float) -> None:
    pairs = await open_many(server.port, count, b"POST /v1/stylize HTTP/1.1\r\nHost: x\r\nX-Never")
    drill.note(f"{len(pairs)} half-open connections; the server has {server.open_files} files open, {server.resident_bytes / 1e6:.0f} MB")
    await asyncio.sleep(seconds)
    shut = sum(is_shut(reader) for reader, _ in pairs)
    if seconds > 31:
        drill.check(shut == len(pairs), "heads that don't end within 30 s are hung up on", f"{shut} of {len(pairs)}")
    abandon(pairs)


async def drip(port: int, begin: bytes, rest: bytes, seconds: float) -> bool:
    """Sends `rest` a byte a second; whether the server hung up or answered meanwhile."""
    pair = await opened(port, begin)
    if not pair:
        return True
    reader, writer = pair
    end = time.monotonic() + seconds
    try:
        for byte in rest:
            if is_shut(reader) or time.monotonic() > end:
                break
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)
        return is_shut(reader)
    except OSError:
        return True
    finally:
        writer.close()


async def drips(drill: Drill, server: Server, photo: bytes, count: int, seconds: float) -> None:
    body = request_bytes("POST", "/v1/stylize?size=64", photo)
    mark = body.index(b"\r\n\r\n") + 4
    heads = [drip(server.port, b"POST /v1/stylize HTTP/1.1\r\n", b"X-Slow: " + b"s" * 200, seconds) for _ in range(count // 2)]
    bodies = [drip(server.port, body[:mark], body[mark:mark + 400], seconds) for _ in range(count - count // 2)]
    ends = await asyncio.gather(*heads, *bodies)
    if seconds > 35:
        drill.check(all(ends[:count // 2]), "heads at a byte a second are hung up on after 30 s", f"{sum(ends[:count // 2])} of {count // 2}")
    drill.note(f"{count} clients at a byte a second for {seconds:.0f} s")


async def vanish_in_body(server: Server, photo: bytes, count: int) -> None:
    data = request_bytes("POST", "/v1/stylize?size=64", photo)
    for _ in range(0, count, 50):
        pairs = await open_many(server.port, 50, data[:len(data) // 2])
        await asyncio.sleep(0.1)
        abandon(pairs, hard=True)


async def vanish_in_wait(server: Server, photo: bytes, count: int) -> None:
    """They ask for large pictures and are gone before those are done."""
    data = request_bytes("POST", "/v1/stylize?size=384&fit=exact", photo)
    for number in range(0, count, 50):
        pairs = await open_many(server.port, 50, data)
        await asyncio.sleep(0.4)
        abandon(pairs, hard=number % 100 == 0)


async def vanish_in_reply(server: Server, photo: bytes, count: int) -> None:
    data = request_bytes("GET", "/openapi.json") * 20
    for _ in range(0, count, 50):
        pairs = await open_many(server.port, 50, data)
        for reader, _ in pairs:
            try:
                await asyncio.wait_for(reader.read(100), 5)
            except (OSError, asyncio.TimeoutError):
                pass
        abandon(pairs, hard=True)


async def never_read(drill: Drill, server: Server, count: int, seconds: float) -> None:
    """They ask for a long reply again and again and take none of it."""
    loop, sockets = asyncio.get_running_loop(), []
    data = request_bytes("GET", "/openapi.json") * 200
    for _ in range(count):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        one.setblocking(False)
        try:
            await asyncio.wait_for(loop.sock_connect(one, ("127.0.0.1", server.port)), 10)
            await asyncio.wait_for(loop.sock_sendall(one, data), 5)
        except (OSError, asyncio.TimeoutError):
            pass
        sockets.append(one)
    most = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        most = max(most, server.resident_bytes)
        await asyncio.sleep(0.5)
    drill.check(most < 500_000_000, "replies that nobody reads don't pile up", f"{most / 1e6:.0f} MB at most")
    if seconds > 35:
        gone = server.open_files
        drill.note(f"after {seconds:.0f} s the server has {gone} files open")
    for one in sockets:
        one.close()


async def figures(server: Server) -> tuple[float, float]:
    metrics = await server.metrics()
    return metrics["process_open_fds"], metrics["process_resident_memory_bytes"]


async def body(drill: Drill) -> None:
    quick, share = drill.arguments.quick, 10 if drill.arguments.quick else 1
    photo = photos.png(96, 72, drill.arguments.seed)
    server = Server(drill, "--size", "64", "--cache", "0", "--max-connections", "4096")
    try:
        await server.start()
        # A round of each, so that what is allocated once is allocated.
        for warm in [vanish_in_body(server, photo, 50), vanish_in_wait(server, photo, 50), vanish_in_reply(server, photo, 50)]:
            await warm
        await idle(server)
        files, memory = await figures(server)
        drill.note(f"before: {files:.0f} files, {memory / 1e6:.0f} MB")
        slow = drips(drill, server, photo, 500 // share, 8 if quick else 40)
        open_ones = half_open(drill, server, 2_000 // share, 5 if quick else 35)
        await served(drill, server, photo, f"{2_000 // share} half-open connections and {500 // share} at a byte a second",
                     asyncio.gather(slow, open_ones))
        await served(drill, server, photo, "clients that vanish in mid-body", vanish_in_body(server, photo, 300 // share))
        await served(drill, server, photo, "clients that vanish while they wait", vanish_in_wait(server, photo, 300 // share))
        await served(drill, server, photo, "clients that vanish in mid-reply", vanish_in_reply(server, photo, 300 // share))
        await served(drill, server, photo, "clients that never read", never_read(drill, server, 100 // share, 5 if quick else 40))
        await afterwards(drill, server, photo, files, memory)
    finally:
        stop_all(server)


async def afterwards(drill: Drill, server: Server, photo: bytes, files: float, memory: float) -> None:
    async def back() -> bool:
        return (await figures(server))[0] <= files + 8

    async def given_back() -> bool:
        return (await figures(server))[1] < memory + 60e6

    async def is_made() -> bool:
        # Not at once where the machine has just been so slow that the server expects three seconds of it.
        return (await server.ask("POST", "/v1/stylize?size=64", photo)).status == 200

    drill.check(await idle(server), "nothing runs or waits for clients that have gone")
    drill.check(await until(back, 120, 0.5), "descriptors are given back", f"{(await figures(server))[0]:.0f} open, {files:.0f} before")
    drill.check(await until(given_back, 60, 0.5), "memory is given back, but for 60 MB that the allocator may keep",
                f"{(await figures(server))[1] / 1e6:.0f} MB, {memory / 1e6:.0f} MB before")
    drill.check(await until(is_made, 60, 0.5), "a picture is made as before")


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
