#!/usr/bin/env python3
"""A worker pool keeps its promises: workers that are killed or hang are replaced, updates lose no request and undo themselves, nothing
outlives a killed supervisor, the number of workers follows the load, and what is wrong is said.

    pool.py                       every part with 4 workers and long loads
    pool.py --quick               every part with 2 workers (CI)
    pool.py --part update         one part: death, hang, update, reload, orphans, scale, mistakes
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from typing import Callable

import drill as drills
from drill import ROOT, Drill, until
from jobs import FINAL, Job, look, make_orders, submit
from http_client import Connection
from pool_server import Crowd, Pool, is_alive, stop_process
from processes import stop_all


def size(drill: Drill) -> int:
    return 2 if drill.arguments.quick else 4


async def begin(drill: Drill, pool: Pool, count: int) -> None:
    started = time.monotonic()
    await pool.start(180)
    drill.note(f"{pool.log.stem}: first answer {time.monotonic() - started:.2f} s after the start")
    drill.check(await pool.has(count), f"{pool.log.stem}: all workers serve", count)


async def finish(drill: Drill, pool: Pool) -> None:
    """TERM: everybody finishes; nothing is left."""
    workers = pool.children()
    drill.check(await pool.stop(120) == 0, f"{pool.log.stem}: ends properly when asked")
    drill.check(await until(lambda: not any(is_alive(worker) for worker in workers), 60), f"{pool.log.stem}: no worker is left")
    drill.check(not os.path.exists(pool.control), f"{pool.log.stem}: no socket is left")


async def death(drill: Drill) -> None:
    """kill -9 of a worker under load: what it had in hand is all that fails; queued jobs lose nothing."""
    count = size(drill)
    pool = Pool(drill, str(count), name="death")
    try:
        await begin(drill, pool, count)
        clients = count * 2
        crowd = Crowd(pool, clients)
        jobs = [Job(order, f"job-{number}") for number, order in enumerate(make_orders(drill, 2) * (1 if drill.arguments.quick else 5))]
        sending = [asyncio.create_task(submit(job, lambda: [pool.port], drill.random)) for job in jobs]
        await crowd.see(clients * 2)
        workers = await pool.serving()
        victim = drill.random.choice(list(workers.values()))
        crowd.forget()
        killed = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        # What it does until it hears of that, the taking of a connection included, is its own.
        await until(lambda: not is_alive(victim), 60, 0.001)
        gone = time.monotonic()

        async def is_replaced() -> bool:
            now = await pool.serving()
            return len(now) == count and victim not in now.values()

        drill.check(await until(is_replaced, 120, 0.1), "death: the dead worker is replaced", f"{time.monotonic() - killed:.1f} s")
        await crowd.see(clients * 4)
        # Which of the connections were the dead worker's is for the system to say. Each client has one request in hand.
        drill.check(len({failure.client for failure in crowd.failures}) == len(crowd.failures),
                    "death: only requests in the dead worker's hands fail", f"{len(crowd.failures)} of {len(crowd.answers) + len(crowd.failures)}")
        late = [failure for failure in crowd.failures if failure.connected > gone]
        drill.check(not late, "death: none fails on a connection made after that", late[:3] or "")
        await crowd.leave()
        await asyncio.gather(*sending)
        connection = Connection(pool.port)

        async def all_done() -> bool:
            for job in jobs:
                if job.state not in FINAL:
                    await look(job, connection)
            return all(job.state in FINAL for job in jobs)

        await until(all_done, 180, 0.2)
        states = sorted({job.state for job in jobs})
        drill.check(states == ["done"], "death: every queued job is done", f"{len(jobs)} jobs, {states}")
        # A worker whose pool does not answer in time shows its own figures; asked so often on new connections, every worker has its turn.
        drill.check(await until(lambda: metrics_agree(pool, lambda found: found.get("sakuga_pool_worker_deaths_total") == 1), 60),
                    "death: the metrics count it")
        drill.check(await until(lambda: metrics_agree(pool, lambda found: owners(found) == {str(slot) for slot in range(count)}), 60),
                    "death: the metrics show every worker whoever is asked", sorted(owners(await pool.metrics())))
        await finish(drill, pool)
    finally:
        stop_all(pool)


async def metrics_agree(pool: Pool, holds: Callable[[dict[str, float]], bool]) -> bool:
    """Whether eight looks at the metrics in a row show it."""
    for _ in range(8):
        if not holds(await pool.metrics()):
            return False
    return True


def owners(metrics: dict[str, float]) -> set[str]:
    """The workers that have figures there."""
    return {name.split('worker="')[1].split('"')[0] for name in metrics if 'worker="' in name}


async def hang(drill: Drill) -> None:
    """SIGSTOP: a worker that does not answer is killed and replaced, the others go on."""
    count = size(drill)
    pool = Pool(drill, str(count), "--hang-timeout", "8s", name="hang")
    try:
        await begin(drill, pool, count)
        crowd = Crowd(pool, count * 2)
        await crowd.see(count * 2)
        victim = list((await pool.serving()).values())[0]
        stopped = time.monotonic()
        stop_process(victim)
        gone = await until(lambda: not is_alive(victim), 120)
        drill.check(gone, "hang: the hanging worker is killed", f"{time.monotonic() - stopped:.1f} s")
        drill.check(await pool.has(count), "hang: and replaced")
        replaced = time.monotonic()
        await crowd.see(count * 4)
        late = [failure for failure in crowd.failures if failure.begin > replaced]
        drill.check(not late, "hang: nothing fails after that", late[:3] or "")
        await crowd.leave()
        await finish(drill, pool)
    finally:
        stop_all(pool)


def corrupt_models(drill: Drill) -> str:
    """A folder of models with one, `corrupt`, whose weights are not those of its card."""
    folder = drill.folder / "Models"
    shutil.copytree(ROOT / "Models", folder)
    card = (folder / "painted.json").read_text().replace('"painted"', '"corrupt"')
    (folder / "corrupt.json").write_text(card)
    weights = bytearray((folder / "painted.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 0xFF
    (folder / "corrupt.safetensors").write_bytes(weights)
    return str(folder)


async def update(drill: Drill) -> None:
    """Rolling to another binary, to a broken one and to a corrupt model, under load: no request fails."""
    count = size(drill)
    pool = Pool(drill, str(count), name="update", environment={"SAKUGA_MODELS": corrupt_models(drill)})
    broken = drill.folder / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    try:
        await begin(drill, pool, count)
        crowd = Crowd(pool, count * 2)
        await crowd.see(count * 2)
        first = await pool.serving()
        crowd.forget()
        for words, what in [(["--binary", str(broken)], "a broken program"), (["--style", "corrupt"], "a corrupt model")]:
            reply = await pool.ctl_later("update", *words)
            drill.check(reply.returncode == 1, f"update: {what} is refused and undone", reply.stderr.strip().splitlines()[-1:])
            drill.check(await pool.serving() == first, f"update: the workers from before go on after {what}")
        begun = time.monotonic()
        reply = await pool.ctl_later("update", "--binary", pool.command[0])
        drill.check(reply.returncode == 0, "update: all workers are replaced", f"{time.monotonic() - begun:.1f} s")
        now = await pool.serving()
        drill.check(not set(now.values()) & set(first.values()) and len(now) == count, "update: by others", now)
        reply = await pool.ctl_later("rollback")
        drill.check(reply.returncode == 0, "update: and back")
        await crowd.see(count * 2)
        drill.check(not crowd.failures, "update: no request failed", f"{len(crowd.answers)} answers" if not crowd.failures else crowd.failures[:5])
        await crowd.leave()
        await finish(drill, pool)
    finally:
        stop_all(pool)


async def reload(drill: Drill) -> None:
    """HUP, USR2 and --max-requests replace workers one by one without a failed request."""
    count = size(drill)
    pool = Pool(drill, str(count), "--max-requests", "150", name="reload")
    try:
        await begin(drill, pool, count)
        first = await pool.serving()
        crowd = Crowd(pool, count * 2)
        for later, (number, name) in enumerate([(signal.SIGHUP, "HUP"), (signal.SIGUSR2, "USR2")], 2):
            pool.popen.send_signal(number)

            # Workers are also replaced for having answered their share, so new processes alone don't say that a roll is over.
            async def is_over() -> bool:
                return (await pool.status())["generation"]["number"] == later and len(await pool.serving()) == count

            drill.check(await until(is_over, 180, 0.2), f"reload: {name} replaces every worker")
        before = set((await pool.serving()).values())
        renewed = await until(lambda: pool_changed(pool, before), 240, 0.2)
        drill.check(renewed, "reload: a worker that has answered its share is replaced")
        drill.check(not crowd.failures, "reload: no request failed", f"{len(crowd.answers)} answers" if not crowd.failures else crowd.failures[:5])
        await crowd.leave()
        drill.check((await pool.status())["deaths"] == 0, "reload: nobody died", first)
        await finish(drill, pool)
    finally:
        stop_all(pool)


async def pool_changed(pool: Pool, before: set[int]) -> bool:
    now = set((await pool.serving()).values())
    return bool(now - before)


async def orphans(drill: Drill) -> None:
    """kill -9 of the supervisor: no worker lingers, not even a stopped one, and the next start finds nothing in its way."""
    count = size(drill)
    pid_file = drill.folder / "pool.pid"
    pool = Pool(drill, str(count), "--pid-file", str(pid_file), name="orphans")
    try:
        await begin(drill, pool, count)
        drill.check(pid_file.read_text().strip() == str(pool.pid), "orphans: the pid file names the supervisor")
        workers = pool.children()
        stop_process(workers[0])
        killed = time.monotonic()
        pool.kill()
        gone = await until(lambda: not any(is_alive(worker) for worker in workers), 60)
        drill.check(gone, "orphans: no worker outlives its supervisor", f"{time.monotonic() - killed:.2f} s")
        drill.check(os.path.exists(pool.control) and pid_file.exists(), "orphans: socket and pid file are left behind")
        await begin(drill, pool, count)
        await finish(drill, pool)
        drill.check(not pid_file.exists(), "orphans: the pid file goes with the pool")
    finally:
        stop_all(pool)


async def scale(drill: Drill) -> None:
    """1..N follows the load up and down, and stays where it is in between."""
    # More workers than cores are never all busy.
    most = max(2, min(size(drill), len(os.sched_getaffinity(0))))
    # What the pool goes by is how long a newcomer would wait: others in the line before it count once each, so each client must be another. Jobs in
    # the queue would keep the workers busy long after their clients have left.
    pool = Pool(
        drill, f"1..{most}", "--scale-down-after", "8s", "--threads", str(most), "--overload", "reject", "--trusted-proxies", "127.0.0.1",
        name="scale")
    try:
        await begin(drill, pool, 1)
        # Pictures large enough to make people wait on any machine: with small ones the clients, not the server, would be what is busy.
        # So many may have to wait for long on a slow one: "come again later" is an answer, too.
        photo = (ROOT / "Tests/Conformance/photo.jpg").read_bytes()
        crowd = Crowd(pool, most * 24, pause=0, side=384, photo=photo, accepts=(200, 503))
        begun = time.monotonic()
        drill.check(await all_come(pool, crowd, most), "scale: a heavy load brings all workers", f"{time.monotonic() - begun:.1f} s after it began")
        changes = set()
        for _ in range(10 if drill.arguments.quick else 40):
            changes.add((await pool.status())["target"])
            await asyncio.sleep(0.25)
        drill.check(changes == {most}, "scale: a steady load changes nothing", sorted(changes))
        drill.check(not crowd.failures, "scale: no request failed on the way up", crowd.failures[:3] or len(crowd.answers))
        await crowd.leave()
        begun = time.monotonic()
        drill.check(await pool.has(1, 240), "scale: quiet sends them home", f"{time.monotonic() - begun:.1f} s after the load ended")
        reply = await pool.ctl_later("scale", "2")
        drill.check(reply.returncode == 0 and await pool.has(2), "scale: by hand")
        drill.check((await pool.ctl_later("scale", "0")).returncode != 0, "scale: no workers at all is refused")
        reply = await pool.ctl_later("drain")
        drill.check(reply.returncode == 0 and await until(lambda: not pool.is_running, 180), "scale: ctl drain ends the pool")
    finally:
        stop_all(pool)


async def all_come(pool: Pool, crowd: Crowd, most: int) -> bool:
    """Waits until all workers serve. Their cores are busy at once where the machine is theirs; where others take its time they are not, and it is the
    waiting that brings them (a third of --max-wait): then there are more clients, up to a limit."""
    looked = time.monotonic()

    async def are_there() -> bool:
        nonlocal looked
        status = await pool.status()
        serving = [worker for worker in status["workers"] if worker["state"] == "serving"]
        if len(serving) == most == len(status["workers"]):
            return True
        if time.monotonic() > looked + 5 and len(crowd.tasks) < 600:
            looked = time.monotonic()
            if status["target"] < most and min((worker["predictedWait"] for worker in serving), default=99) < 20:
                crowd.grow(40)
        return False

    return await until(are_there, 240, 0.2)


async def mistakes(drill: Drill) -> None:
    """What is wrong is said, with a failure, and nothing is left half started."""
    pool = Pool(drill, "2", name="mistakes")
    try:
        await begin(drill, pool, 2)
        other = drill.folder / "other.sock"
        file = drill.folder / "a-file"
        file.write_text("no socket")
        port = ["--port", str(pool.port)]
        wrong = [
            ("a port in use", [*port, "--control", str(other)], "listen"),
            ("a control socket in use", ["--port", "0", "--control", pool.control], "another process"),
            ("a control path that is a file", ["--port", "0", "--control", str(file)], "not a socket"),
            ("a control path without a folder", ["--port", "0", "--control", "/nowhere/here.sock"], "socket"),
            ("a pid file that can't be written", ["--port", "0", "--control", str(other), "--pid-file", "/nowhere/pid"], "pid-file"),
            ("an unknown style", ["--port", "0", "--control", str(other), "--style", "nonsense"], "nonsense"),
            ("no number of workers", ["--port", "0", "--workers", "8..2"], "workers"),
            ("a worker that never becomes ready", ["--port", "0", "--control", str(other), "--start-timeout", "0s"], "start-timeout"),
        ]
        for what, words, said in wrong:
            begun = time.monotonic()
            reply = await asyncio.to_thread(
                subprocess.run, [pool.command[0], "serve", "--workers", "2", *words], capture_output=True, text=True, timeout=180,
                env=pool.environment)
            told = said in reply.stderr.lower() or said in reply.stderr
            drill.check(reply.returncode != 0 and told, f"mistakes: {what} is said", f"{time.monotonic() - begun:.1f} s: " + reply.stderr.strip()[-160:])
        drill.check(not other.exists() and file.read_text() == "no socket", "mistakes: nothing is left behind")
        drill.check((await pool.ctl_later("update", "--binary", "/nowhere")).returncode != 0, "mistakes: ctl refuses a program that is none")
        nobody = subprocess.run([pool.command[0], "ctl", "status", "--control", str(other)], capture_output=True, text=True, timeout=120)
        drill.check(nobody.returncode != 0 and str(other) in nobody.stderr, "mistakes: ctl says when nobody is there", nobody.stderr.strip()[:160])
        mode = os.stat(pool.control).st_mode & 0o777
        drill.check(mode == 0o600, "mistakes: the control socket is its owner's", oct(mode))
        await finish(drill, pool)
    finally:
        stop_all(pool)


PARTS = {part.__name__: part for part in [death, hang, update, reload, orphans, scale, mistakes]}


async def body(drill: Drill) -> None:
    for name, part in PARTS.items():
        if drill.arguments.part in (name, "all"):
            await part(drill)


def main() -> None:
    parser = drills.parser(__doc__)
    parser.add_argument("--part", choices=[*PARTS, "all"], default="all")
    drills.run(body, parser.parse_args())


if __name__ == "__main__":
    main()
