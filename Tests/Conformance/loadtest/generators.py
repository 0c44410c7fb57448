#!/usr/bin/env python3
"""Two generators with one time to begin, as the Kubernetes Job has them, and their results as one. A third one comes too late and says so.

    generators.py [--quick]
"""

import asyncio
import datetime
import subprocess

from lab import DelayServer, Drill, Run, drills, loadtest, output


def start(drill: Drill, server: DelayServer, index: int, at: str) -> subprocess.Popen:
    """A generator as a pod of the Job runs it."""
    return subprocess.Popen(
        [drill.arguments.sakuga, "loadtest", server.address, "--get", "--steps", "2,4", "--step-time", "3s", "--drop", "0s", "--wait", "50ms", "--slo",
         "p50=30s,errors=1%", "--start-at", at, "--seed", str(index), "--headless", "--report", str(drill.folder / "reports" / str(index))],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def when(seconds: float) -> datetime.datetime:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).replace(microsecond=0)


async def body(drill: Drill) -> None:
    server = DelayServer()
    try:
        at = when(5)
        generators = [start(drill, server, index, at.strftime("%Y-%m-%dT%H:%M:%SZ")) for index in range(2)]
        # The merge is there from the beginning and waits for both.
        merging = subprocess.Popen(
            [drill.arguments.sakuga, "loadtest", "merge", str(drill.folder / "reports"), "--generators", "2", "--wait", "60s", "--report",
             str(drill.folder / "reports/all")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        parts = []
        for index, process in enumerate(generators):
            text, _ = await asyncio.to_thread(process.communicate, timeout=60)
            parts.append(Run(process.returncode, text, drill.folder / "reports" / str(index)))
        text, _ = await asyncio.to_thread(merging.communicate, timeout=60)
        whole = Run(merging.returncode, text, drill.folder / "reports/all")
        drill.check(all(part.code_follows for part in parts + [whole]), "exit codes say what was measured", [part.code for part in parts + [whole]])
        began = [datetime.datetime.fromisoformat(part.summary["started"]) for part in parts]
        drill.check(all(each >= at for each in began), "nobody begins before the time", [str(each.time()) for each in began])
        said = ["(--start-at)" in " ".join(part.summary["notes"]) for part in parts]
        # It says so a second after the time; the summary's times have whole seconds.
        late = [each >= at + datetime.timedelta(seconds=1) for each in began]
        drill.check(all(late or not said for late, said in zip(late, said)), "on time, nobody says that it is late", said)
        drill.check([step["users"] for step in whole.steps] == [4, 8], "users are added up, step by step", [step["users"] for step in whole.steps])
        for name in ("succeeded", "failed"):
            sums = [sum(step["counts"][name] for step in steps) for steps in zip(*(part.steps for part in parts))]
            drill.check([step["counts"][name] for step in whole.steps] == sums, f"{name} too", sums)
        histograms = [step["histogram"]["count"] for step in whole.steps]
        drill.check(histograms == [step["counts"]["succeeded"] for step in whole.steps], "histograms are joined", histograms)

        few = output(drill.arguments.sakuga, "loadtest", "merge", str(drill.folder / "reports/0"), str(drill.folder / "reports/1"), "--generators", "3")
        drill.check(few.returncode == 2 and "There are 2 reports, but --generators is 3" in few.stderr, "a report that is missing is told", few.stderr.strip())
        twice = output(drill.arguments.sakuga, "loadtest", "merge", str(drill.folder / "reports/0"), str(drill.folder / "reports/0"))
        drill.check(twice.returncode == 2 and "twice" in twice.stderr, "one that is given twice, too", twice.stderr.strip())
        nothing = output(drill.arguments.sakuga, "loadtest", "merge", str(drill.folder / "nowhere"))
        drill.check(nothing.returncode == 2 and "nowhere" in nothing.stderr, "and a folder that is not there", nothing.stderr.strip())

        run = loadtest(drill, "late", server.address, "--get", "--users", "1", "--wait", "50ms", "--duration", "2s", "--drop", "0s", "--start-at",
                       when(-30).strftime("%Y-%m-%dT%H:%M:%SZ"))
        notes = " ".join(run.summary["notes"])
        drill.check("(--start-at)" in notes and "(--start-at)" in run.text and run.code_follows, "who comes too late begins and says so", notes)
    finally:
        server.stop()


if __name__ == "__main__":
    arguments = drills.parser(__doc__).parse_args()
    arguments.limit = arguments.limit or 400
    drills.run(body, arguments)
