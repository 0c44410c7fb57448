"""What the serving benchmarks share: the server under test, photos that differ, users that follow a 202 to its picture, percentiles.

The generator runs on the server's machine, so it is kept light: requests are built beforehand, photos differ by a JPEG comment only, and
what it takes itself is measured and said.
"""

import asyncio
import base64
import json
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Conformance/drills"))

from drill import Drill  # noqa: E402
from http_client import Answer, Broken, Connection, request_bytes  # noqa: E402
from photos import png, with_comment  # noqa: E402
from processes import Server  # noqa: E402


async def photo(drill: Drill, width: int, height: int) -> bytes:
    """A JPEG of this size: a crop or an enlargement of the test photo, made by the program itself."""
    name = f"{width}x{height}"
    server = Server(drill, "--size", "64", name=f"photo-{name}")
    await server.start()
    try:
        side = max(width, height)
        picture = (ROOT / "Tests/Conformance/photo.jpg").read_bytes() if width == height else png(width, height, 1, grain=9)
        answer = await server.ask("POST", f"/v1/stylize?size={side}&fit={'exact' if width == height else 'contain'}&quality=88", picture)
        if answer.status != 200 or answer.headers["x-image-size"] != name:
            raise RuntimeError(f"no photo of {name}: {answer.status} {answer.headers}")
        return answer.body
    finally:
        await server.stop()


def stylize_request(jpeg: bytes, number: int, query: str) -> bytes:
    """`POST /v1/stylize` of a photo that no other request has."""
    return request_bytes("POST", f"/v1/stylize?{query}", with_comment(jpeg, b"%012d" % number), {"Content-Type": "image/jpeg"})


def gradio_request(jpeg: bytes, number: int) -> bytes:
    """`POST /api/predict` of a photo that no other request has."""
    text = "data:image/jpeg;base64," + base64.b64encode(with_comment(jpeg, b"%012d" % number)).decode()
    return request_bytes("POST", "/api/predict/", json.dumps({"data": [text]}).encode(), {"Content-Type": "application/json"})


@dataclass
class Tally:
    """What became of the requests."""

    direct: list[float] = field(default_factory=list)
    queued: list[float] = field(default_factory=list)
    fetched: int = 0
    refused: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    accepted: int = 0

    def error(self, text: str) -> None:
        self.errors.append(text)


async def follow(connection: Connection, answer: Answer, tally: Tally, until: float = float("inf")) -> None:
    """From a 202 to the picture, asking again when the server expects it to be done."""
    document, status = answer.object, answer.object["links"]["status"]
    while document["status"] in ("queued", "running"):
        if time.monotonic() > until:
            return
        await asyncio.sleep(max(0.1, document.get("eta_seconds", 0.5)))
        document = (await connection.ask("GET", status)).object
    if document["status"] != "done":
        return tally.error(f"a queued job ended as {document}")
    result = await connection.ask("GET", status + "/result")
    if result.status != 200:
        return tally.error(f"a result was answered with {result.status}")
    tally.fetched += 1


class Made:
    """Counts the pictures that the server says to have made, for clients on the line and for jobs: when a client comes for a finished job
    says nothing about the server. Of the pictures under way at either end the whole counts with the end, so a span should be long."""

    def __init__(self, server: Server):
        self.server = server

    async def begin(self) -> "Made":
        self.moment, self.count = time.monotonic(), await self.read()
        return self

    async def read(self) -> float:
        metrics = await self.server.metrics()
        return sum(value for name, value in metrics.items() if name.startswith('sakuga_stage_duration_seconds_count{') and '"infer"' in name)

    async def rate(self) -> float:
        """Pictures a second since `begin`."""
        count = await self.read()
        return (count - self.count) / (time.monotonic() - self.moment)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class Share:
    """Processor time of this process and of the server over a span."""

    def __init__(self, server: Server):
        self.server = server
        self.begin = (time.monotonic(), self.own(), server.cpu_seconds, busy_seconds())

    @staticmethod
    def own() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    @property
    def own_cores(self) -> float:
        return (self.own() - self.begin[1]) / (time.monotonic() - self.begin[0])

    def __str__(self) -> str:
        wall, own, server = time.monotonic() - self.begin[0], self.own() - self.begin[1], self.server.cpu_seconds - self.begin[2]
        others = max(0, busy_seconds() - self.begin[3] - own - server)
        return f"server {server / wall:.2f} cores, generator {own / wall:.2f} cores, others and the system itself {others / wall:.2f} cores"


def busy_seconds() -> float:
    """Processor time of everything on this machine so far."""
    fields = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / 100


def cores_taken_by_others(seconds: float = 1.0) -> float:
    """Cores that others keep busy just now."""
    begin = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - begin) / seconds
