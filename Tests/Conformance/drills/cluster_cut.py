#!/usr/bin/env python3
"""An instance is cut off: the four have a network namespace each, behind a bridge, and the wire of one is pulled under steady load.

Nobody is told: packets to it are simply lost. What is promised: fewer than 1 % of the requests fail meanwhile, none after the wire is back; within 15 s
of that the instance gets requests again.

Needs root, ip and unshare; all networks are made in a namespace of the drill's own, which goes with it.

    cluster_cut.py              a cut of 30 s at 70 % of the capacity
    cluster_cut.py --quick      6 s, at half of it (CI)
"""

import asyncio
import os
import subprocess
import sys
import time

import drill as drills
from cluster import FREELY, serve
from drill import ROOT, Drill, Skipped, until
from fleet import Cluster, Load, capacity, errors, need, with_long_limit, soon

INSTANCES = 4
INSIDE = "SAKUGA_DRILL_NETWORK"


def address(number: int) -> str:
    """Of an instance, from 1; 0 is the bridge's."""
    return f"10.86.0.{10 + number}" if number else "10.86.0.1"


def in_own_network(arguments) -> None:
    """Starts this program again in namespaces of its own, with an empty /run for the names of the networks below."""
    if INSIDE in os.environ:
        return
    need("ip", "unshare")
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0 or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        print("SKIPPED: making network namespaces needs root", flush=True)
        sys.exit(77)
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def ip(words: str) -> None:
    done = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
    if done.returncode:
        raise Skipped(f"`ip {words}` does not work here: {done.stderr.strip()}")


def make_networks() -> None:
    """A bridge, and a namespace with a wire to it for each instance."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    ip("link set lo up")
    ip("link add fleet type bridge")
    ip(f"addr add {address(0)}/24 dev fleet")
    ip("link set fleet up")
    for number in range(1, INSTANCES + 1):
        ip(f"netns add sakuga-{number}")
        ip(f"link add wire-{number} type veth peer name inside-{number}")
        ip(f"link set wire-{number} master fleet up")
        ip(f"link set inside-{number} netns sakuga-{number}")
        ip(f"-n sakuga-{number} link set lo up")
        ip(f"-n sakuga-{number} addr add {address(number)}/24 dev inside-{number}")
        ip(f"-n sakuga-{number} link set inside-{number} up")


def program(drill: Drill, sakuga: str) -> str:
    """What the cluster runs in place of sakuga: it enters the namespace that the address belongs to."""
    path = drill.folder / "in-network"
    path.write_text(
        '#!/bin/sh\n# serve --host ADDRESS …\nnumber=$((${3##*.} - 10))\n'
        f'exec ip netns exec "sakuga-$number" "{sakuga}" "$@"\n')
    path.chmod(0o755)
    return str(path)


async def body(drill: Drill) -> None:
    make_networks()
    cut, calm = (6, 2) if drill.arguments.quick else (30, 10)
    size = 64 if drill.arguments.quick else 256
    hosts = [word for number in range(1, INSTANCES + 1) for word in ("--instance-hosts", address(number))]
    sakuga = os.path.realpath(drill.arguments.sakuga)
    cluster = Cluster(
        drill, "--program", program(drill, sakuga), *hosts, "--redis-host", address(0), instances=INSTANCES, environment=FREELY,
        serve=serve(drill, size))
    jpeg = (ROOT / "Tests/Conformance/photo.jpg").read_bytes()
    try:
        await cluster.up()
        query = f"size={size}"
        able = await capacity(cluster.port, query, jpeg, 2 * INSTANCES, 3 if drill.arguments.quick else 15)
        rate = able * (0.5 if drill.arguments.quick else 0.7)
        drill.note(f"capacity {able:.1f} pictures/s, load {rate:.1f}/s")
        load = Load(cluster.port, rate, query, jpeg)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(calm)
        victim = drill.random.randrange(INSTANCES) + 1
        before = await cluster.pictures_of(victim, address(victim))
        begin = time.monotonic()
        ip(f"link set wire-{victim} down")
        await asyncio.sleep(cut)
        ip(f"link set wire-{victim} up")
        whole = time.monotonic()
        seen = max(before, await cluster.pictures_of(victim, address(victim)))

        async def is_back() -> bool:
            now = await cluster.pictures_of(victim, address(victim))
            return (now > seen or 0 < now < seen) and await cluster.all_ready()

        back = await until(is_back, 120, 0.2)
        end, within = time.monotonic(), soon(drill)
        drill.check(back and end - whole <= within, f"an instance is cut off: it gets requests again within {within} s of the wire being back", f"after {end - whole:.1f} s")
        await asyncio.sleep(2 * calm)
        await drills.end([running])
        await load.settle()
        during, later = load.between(begin, end), load.between(end, time.monotonic())
        wrong = sum(sample.is_error for sample in during)
        drill.check(wrong <= 0.01 * len(during), "an instance is cut off: under 1 % of the requests fail meanwhile", errors(during))
        drill.check(not any(sample.is_error for sample in later), "an instance is cut off: none afterwards", errors(later))
        drill.note(f"requests that had to be asked of another instance after a silence: {sum(sample.seconds > 1 for sample in during)}")
        drill.check(await load.queued_left() == 0, "requests that became jobs are all done", len(load.jobs))
    finally:
        await asyncio.to_thread(cluster.end)


def main() -> None:
    arguments = drills.parser(__doc__).parse_args()
    in_own_network(arguments)
    drills.run(body, with_long_limit(arguments))


if __name__ == "__main__":
    main()
