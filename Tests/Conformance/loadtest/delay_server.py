#!/usr/bin/env python3
"""A server that answers after delays that are known, and remembers how long it really took.

    delay_server.py [FACTOR]   prints its port on a line of its own, then serves until its input ends; FACTOR (1) times the delays below

GET or POST /any: of a hundred requests 90 take 20 ms, 9 take 60 ms and 1 takes 120 ms, in a fixed order.
GET /told: the times that it really took from a request's last byte to its answer, in microseconds, as JSON, and forgets them.
"""

import asyncio
import json
import sys
import threading

FACTOR = float(sys.argv[1]) if len(sys.argv) > 1 else 1
DELAYS = [FACTOR * (0.06 if place % 11 == 5 else 0.02) for place in range(99)] + [FACTOR * 0.12]


class Server:
    def __init__(self):
        self.count = 0
        self.took = []

    async def serve(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first = head.split(b"\r\n", 1)[0].split(b" ")
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                if length:
                    await reader.readexactly(length)
                if first[1] == b"/told":
                    body = json.dumps(self.took).encode()
                    self.took = []
                else:
                    began = loop.time()
                    delay = DELAYS[self.count % len(DELAYS)]
                    self.count += 1
                    await asyncio.sleep(delay)
                    self.took.append(round((loop.time() - began) * 1e6))
                    body = b'{"data": ["picture"]}'
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


async def main():
    listening = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    # Whoever started it holds its input open; when that process is gone, so is this one.
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
