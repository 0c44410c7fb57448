#!/usr/bin/env python3
"""A stranger's address takes at most half of --max-connections; others are served all the while.

Loopback is not limited so, and no other address of this machine is anybody's to try. So the drill makes itself a network namespace (root, or
a system that lets users make them) with an address for documentation (192.0.2.1) in it, where nothing else can be reached.

    one_address.py              twenty seconds; --quick changes nothing
"""

import asyncio
import os
import subprocess
import sys
import time

import drill as drills
import photos
from drill import Drill, Skipped
from hostile import abandon, is_shut, open_many, served
from processes import Server, stop_all

STRANGER = "192.0.2.1"
INSIDE = "SAKUGA_DRILL_NAMESPACE"
LIMIT = 200


def enter_namespace() -> str | None:
    """Runs this program again in a network of its own. Comes back with the reason if that can't be had."""
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    network = f"ip link set lo up && ip address add {STRANGER}/32 dev lo"
    try:
        trial = subprocess.run([*unshare, "sh", "-c", network], capture_output=True, text=True)
    except OSError as error:
        return str(error)
    if trial.returncode:
        return trial.stderr.strip() or "no network namespace"
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, "sh", "-c", f'{network} && exec "$@"', "sh", sys.executable, *sys.argv])


async def body(drill: Drill) -> None:
    if INSIDE not in os.environ:
        raise Skipped(f"a network namespace can't be made here: {enter_namespace()}")
    photo = photos.png(96, 72, drill.arguments.seed)
    server = Server(drill, "--host", "0.0.0.0", "--size", "64", "--max-connections", str(LIMIT))
    try:
        await server.start()
        pairs = await open_many(server.port, 300, b"GET / HTTP/1.1\r\nX-Never", host=STRANGER, source=STRANGER)
        # The server takes them from the backlog one after the other before it can close those that are too many. It gives a head
        # that never ends 30 s, so what is closed before that is closed for its number.
        end = time.monotonic() + 20
        while (kept := sum(not is_shut(reader) for reader, _ in pairs)) > LIMIT // 2 and time.monotonic() < end:
            await asyncio.sleep(0.25)
        drill.check(0 < kept <= LIMIT // 2, "one address holds at most half of --max-connections", f"{kept} of {LIMIT}, 300 asked for")
        await served(drill, server, photo, "an address that takes all it can", asyncio.sleep(2))
        abandon(pairs)
    finally:
        stop_all(server)


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
