"""Clients that send jobs as careful clients do, and remember what they were promised."""

import asyncio
from dataclasses import dataclass, field
from typing import Callable

import photos
from drill import Drill
from http_client import Answer, Broken, Connection

FINAL = {"done", "failed", "cancelled", "expired"}
# For servers that answer `direct` with pictures on any machine: a request that is expected to take longer than this is queued.
LONG_MAX_WAIT = ["--max-wait", "300s"]
QUERIES = [
    "size=64", "size=96&format=png", "size=128&quality=70", "size=80&format=webp", "size=64&fit=cover&format=png", "size=256&fit=exact"]


@dataclass(frozen=True)
class Order:
    """A photo and what is to become of it."""

    photo: bytes
    query: str


@dataclass
class Job:
    """An order under way; `id` from its first 202 on."""

    order: Order
    key: str
    id: str | None = None
    tries: int = 0
    repeated_ids: set[str] = field(default_factory=set)
    document: dict = field(default_factory=dict)
    finishes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def state(self) -> str:
        return self.document.get("status", "")


def make_orders(drill: Drill, photos_count: int = 4) -> list[Order]:
    """Every photo with every query."""
    made = [photos.png(100 + 13 * number, 90 - 7 * number, drill.arguments.seed * 100 + number) for number in range(photos_count)]
    return [Order(photo, query) for photo in made for query in QUERIES]


async def direct(port: int, order: Order) -> bytes:
    """The picture as a direct request gets it."""
    connection = Connection(port)
    try:
        answer = await connection.ask("POST", f"/v1/stylize?{order.query}", order.photo, {"Cache-Control": "no-store"}, timeout=300)
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"a direct request was answered with {answer.status}: {answer.body[:300]!r}")
    return answer.body


async def submit(job: Job, ports: Callable[[], list[int]], chance, pause: float = 0.1, more: dict[str, str] | None = None) -> Answer:
    """Sends the job again and again with its key until a server takes it (or refuses it for good); remembers every id it is told."""
    while True:
        job.tries += 1
        connection = Connection(chance.choice(ports()))
        try:
            answer = await connection.ask(
                "POST", f"/v1/jobs?{job.order.query}", job.order.photo, {"Idempotency-Key": job.key} | (more or {}), timeout=30)
        except Broken:
            await asyncio.sleep(pause)
            continue
        finally:
            connection.close()
        if answer.status == 202:
            job.id = answer.object["job"]
            job.repeated_ids.add(job.id)
        if answer.status != 503:
            return answer
        await asyncio.sleep(pause)


async def look(job: Job, connection: Connection) -> None:
    """Asks for the job's state once; a server that is away says nothing about the job."""
    try:
        answer = await connection.ask("GET", f"/v1/jobs/{job.id}", timeout=20)
    except Broken:
        return
    if answer.status == 200:
        job.document = answer.object
        if job.state in FINAL:
            job.finishes.add((job.state, job.document.get("finished_at", "")))
    elif answer.status == 404:
        job.document = {"status": "lost"}


async def picture(job: Job, connection: Connection) -> Answer | None:
    """Its result, asked for until a server answers and does not say that the store is away; None when none answers."""
    answer = None
    for _ in range(50):
        try:
            answer = await connection.ask("GET", f"/v1/jobs/{job.id}/result", timeout=20)
            if answer.status != 503:
                break
        except Broken:
            pass
        await asyncio.sleep(0.1)
    return answer
