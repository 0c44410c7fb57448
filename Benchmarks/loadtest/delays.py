"""A server whose delays are known: it answers each request after a time of its list and keeps how long it really took.

    delays.py PORT        GET / answers late; GET /truth answers with mean and percentiles of all delays so far, in seconds

Python's timers are a millisecond coarse; what counts is the time the server itself measures between a request's last byte and its answer.
"""

import asyncio
import json
import random
import sys
import time

# Nine in ten around 20 ms, a few around 80 ms, one in fifty 300 ms.
CHOICE = random.Random(5)
TAKEN: list[float] = []


def delay() -> float:
    point = CHOICE.random()
    return CHOICE.uniform(0.015, 0.025) if point < 0.9 else CHOICE.uniform(0.06, 0.1) if point < 0.98 else CHOICE.uniform(0.28, 0.32)


def figures() -> dict:
    ordered = sorted(TAKEN)
    at = lambda percent: ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
    return {"count": len(ordered)} if not ordered else {
        "count": len(ordered), "mean": sum(ordered) / len(ordered), "p50": at(50), "p95": at(95), "p99": at(99), "max": ordered[-1]}


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.held = transport, b""

    def data_received(self, data):
        self.held += data
        while b"\r\n\r\n" in self.held:
            head, self.held = self.held.split(b"\r\n\r\n", 1)
            if head.startswith(b"GET /truth"):
                self.answer(json.dumps(figures()).encode())
            else:
                asyncio.get_running_loop().call_later(delay(), self.late, time.perf_counter())

    def late(self, begin):
        TAKEN.append(time.perf_counter() - begin)
        self.answer(b"late")

    def answer(self, body):
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def main():
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
