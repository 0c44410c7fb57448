#!/usr/bin/env python3
"""Mistakes with a cluster: ports in use, nginx or Redis missing, invalid values, an instance that never becomes ready, a folder that
belongs to another, stale files, a supervisor that was killed. Each gives a message and leaves nothing behind.

    cluster_mistakes.py [--quick]
"""

import asyncio
import os
import signal
import socket
import subprocess

import drill as drills
from drill import Drill, until
from fleet import Cluster, with_long_limit


def processes(cluster: Cluster) -> list[str]:
    """Command lines that name the cluster's folder or one of its ports."""
    marks = [str(cluster.state)] + [f"--port {cluster.port + n}" for n in range(cluster.instances + 1)]
    found = subprocess.run(["ps", "-ww", "-eo", "pid=,stat=,args="], capture_output=True, text=True).stdout.splitlines()
    return [line.strip()[:120] for line in found if any(mark in line for mark in marks) and " Z" not in line[:16] and "ps -ww" not in line]


async def refused(drill: Drill, cluster: Cluster, what: str, *words: str, environment: dict | None = None, command: list[str] | None = None) -> None:
    """`up` fails with these words, and leaves nothing."""
    cluster.environment |= environment or {}
    done = await asyncio.to_thread(cluster.say, *(command or cluster.command))
    said = done.stderr + done.stdout
    drill.check(done.returncode != 0 and all(word in said for word in words), f"{what}: it says so", said.strip()[:230] if done.returncode else "it started")
    left = processes(cluster)
    drill.check(not left and not cluster.state.is_dir(), f"{what}: nothing is left", left or "")
    if done.returncode == 0 or left:
        await asyncio.to_thread(cluster.end)


async def mistakes(drill: Drill) -> None:
    taken = Cluster(drill, instances=2, name="taken")
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken.port + 2))
        other.listen()
        await refused(drill, taken, "a port is taken", f"127.0.0.1:{taken.port + 2}", "instance-2", "already in use")
    # Debian's folders for servers are looked through beside PATH, so the programs are hidden in a view of the disk.
    for program, package, flag in [("nginx", "nginx-light", "nginx"), ("redis-server", "redis-server", "redis")]:
        cluster = Cluster(drill, instances=1, name=f"no-{flag}")
        wrapped = hide(cluster, program)
        if wrapped:
            await refused(drill, wrapped, f"no {program}", program, f"apt-get install {package}")
    await refused(drill, Cluster(drill, instances=1, name="rate"), "a bad value for nginx", "nginx rejects its configuration", "often",
                  environment={"NGINX_RATE": "often"})
    await refused(drill, Cluster(drill, instances=1, name="brace"), "a value that would break out of its place", "NGINX_RATE", "must not contain",
                  environment={"NGINX_RATE": "1r/s; } server { listen 1"})
    await refused(drill, Cluster(drill, instances=2, name="never", serve=("--style", "no-such-style")), "instances that don't start", "instance-", "no-such-style")
    await refused(drill, Cluster(drill, instances=1, name="files"), "nginx' files are not there", "nginx.conf", "--nginx-files",
                  command=["up", "--nginx", "--instances", "1", "--port", str(Cluster(drill, instances=1).port), "--nginx-files", "/nowhere"])
    cluster = Cluster(drill, instances=1, name="none")
    for word in ["status", "down"]:
        done = await asyncio.to_thread(cluster.say, word)
        drill.check(done.returncode == 1 and "No cluster is running" in done.stderr, f"`{word}` without a cluster says so", done.stderr.strip())
    flat = Cluster(drill, instances=1, name="flat")
    flat.state.write_text("a file, no folder")
    await refused(drill, flat, "the folder is a file", str(flat.state), "cannot be made")


class Hidden(Cluster):
    """A cluster in a view of the disk in which a program is not there."""

    def say(self, *arguments: str, timeout: float = 450) -> subprocess.CompletedProcess:
        words = list(arguments)
        at = words.index("--") if "--" in words else len(words)
        words[at:at] = ["--state", str(self.state)]
        hide = f"for file in $(which -a {self.program} 2>/dev/null; echo /usr/sbin/{self.program}); do [ ! -e $file ] || mount --bind {self.cover} $(readlink -f $file); done; exec \"$@\""
        return subprocess.run(["unshare", "--mount", "sh", "-c", hide, "sh", self.sakuga, "cluster", *words], capture_output=True, text=True,
                              timeout=timeout, env=self.environment, stdin=subprocess.DEVNULL)


def hide(cluster: Cluster, program: str) -> Cluster | None:
    """Needs root: otherwise this one is left out."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        cluster.drill.note(f"without root {program} can't be hidden: not tried")
        return None
    cluster.__class__ = Hidden
    cluster.program, cluster.cover = program, cluster.drill.folder / "cover"
    cluster.cover.touch(mode=0o600)
    return cluster


async def supervisor_killed(drill: Drill) -> None:
    cluster = Cluster(drill, instances=2, redis=False, nginx=False, name="unsupervised", serve=("--size", "64"))
    try:
        await cluster.up()
        twice = await asyncio.to_thread(cluster.say, *cluster.command)
        drill.check(twice.returncode != 0 and "is running" in twice.stderr, "a second `up` on the folder says that one is running", twice.stderr.strip()[:120])
        await cluster.kill("supervisor")
        await until(lambda: "has died" in cluster.say("status").stdout, 60)
        status = await asyncio.to_thread(cluster.say, "status")
        drill.check(status.returncode == 2 and "has died" in status.stdout, "the supervisor is killed: `status` says so", status.stdout.splitlines()[0] if status.stdout else status.stderr)
        again = await asyncio.to_thread(cluster.say, *cluster.command)
        drill.check(again.returncode != 0 and "cluster down" in again.stderr, "and `up` says to run `down` first", again.stderr.strip()[:160])
        down = await cluster.down()
        drill.check(down.returncode == 0 and not processes(cluster) and not cluster.state.exists(), "`down` stops what it left behind", processes(cluster) or down.stderr)
    finally:
        await asyncio.to_thread(cluster.end)


async def starter_killed(drill: Drill) -> None:
    """Whoever runs `up` presses Ctrl-C, or is killed, in the middle of it."""
    cluster = Cluster(drill, instances=4, redis=False, nginx=False, name="given-up", serve=("--size", "512"))
    command = [cluster.sakuga, "cluster", "up", "--state", str(cluster.state), *cluster.command[1:]]
    up = subprocess.Popen(command, env=cluster.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    await until(lambda: (cluster.state / "pids/supervisor").exists() or up.poll() is not None, 120, 0.005)
    early = up.poll() is None
    up.send_signal(signal.SIGKILL)
    up.wait()
    gone = await until(lambda: not processes(cluster), 120, 0.1)
    if early and not gone:
        # It may have been ready at that very moment: then it is a cluster like any other.
        drill.note(f"ready before `up` was killed: {(cluster.state / 'phase').read_text()[:20] if cluster.state.exists() else ''}")
        gone = (await cluster.down()).returncode == 0 and not processes(cluster)
    drill.check(gone, "`up` is killed in the middle: nothing is left", processes(cluster))
    # Stale files of it are no obstacle.
    await cluster.up()
    drill.check(await until(cluster.all_ready, 60), "the next `up` takes the folder over")
    await asyncio.to_thread(cluster.end)


async def body(drill: Drill) -> None:
    await mistakes(drill)
    await supervisor_killed(drill)
    await starter_killed(drill)


if __name__ == "__main__":
    drills.run(body, with_long_limit(drills.parser(__doc__).parse_args()))
