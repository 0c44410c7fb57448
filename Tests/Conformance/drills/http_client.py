"""HTTP/1.1 as the drills need it: light, asynchronous, and frank about broken connections."""

import asyncio
import json
import time


class Broken(Exception):
    """The connection ended before the answer did: the client can't know what became of its request."""


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def object(self):
        """The body as JSON; an empty object when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


def request_bytes(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: drill"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def read_answer(reader: asyncio.StreamReader, is_head: bool = False) -> Answer:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            if status >= 200:
                break
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        if is_head or status in (204, 304):
            return Answer(status, headers, b"")
        if "content-length" in headers:
            return Answer(status, headers, await reader.readexactly(int(headers["content-length"])))
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await read_chunks(reader))
        return Answer(status, headers, await reader.read())
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        raise Broken(repr(error)) from None
    except (ValueError, IndexError) as error:
        raise Broken(f"not HTTP: {error!r}") from None


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)


class Connection:
    """A connection that is made when it is needed and kept as long as the server keeps it."""

    def __init__(self, port: int, host: str = "127.0.0.1"):
        self.host, self.port = host, port
        self.reader = self.writer = None
        self.made = 0.0

    async def send(self, data: bytes, timeout: float = 60, is_head: bool = False) -> Answer:
        """Sends a whole request and reads its answer. A kept connection of which it is known that the server has closed it is made anew, as
        HTTP's clients do; one that is closed while it is used counts as broken."""
        try:
            return await asyncio.wait_for(self.exchange(data, is_head), timeout)
        except asyncio.TimeoutError:
            self.close()
            raise Broken(f"no answer within {timeout:.0f} s") from None
        except (Broken, asyncio.CancelledError):
            # Whoever is cancelled in the middle of an answer must not find its rest on this connection.
            self.close()
            raise

    async def exchange(self, data: bytes, is_head: bool) -> Answer:
        try:
            if self.writer is not None and (self.reader.at_eof() or self.reader.exception() is not None):
                self.close()
            if self.writer is None:
                self.made = time.monotonic()
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise Broken(repr(error)) from None
        answer = await read_answer(self.reader, is_head)
        if answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    async def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, timeout: float = 60) -> Answer:
        return await self.send(request_bytes(method, path, body, headers), timeout, method == "HEAD")

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
