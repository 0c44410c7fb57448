"""What the checks of the load-testing lab share: the drills' harness, a run with its summary, and the server with known delays."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "deploy"))

from harness import Drill, Skipped, drills, output, tool, until  # noqa: E402, F401


class Run:
    """A `sakuga loadtest` that has ended."""

    def __init__(self, code: int, text: str, report: Path):
        self.code, self.text, self.report = code, text, report
        summary = report / "summary.json"
        self.summary = json.loads(summary.read_text()) if summary.exists() else {}

    @property
    def steps(self) -> list[dict]:
        return self.summary.get("steps", [])

    def count(self, name: str) -> int:
        return sum(step["counts"][name] for step in self.steps)

    @property
    def code_follows(self) -> bool:
        """98 exactly when the generator says that it was the bottleneck, else 99 exactly when an objective failed, else 0. Which of them it
        is may depend on the machine; that the code says it does not."""
        if self.summary["generator"]["complaints"]:
            return self.code == 98 and self.summary["verdict"]["outcome"] == "invalid"
        failed = any(each["verdict"] == "failed" for step in self.steps for each in step["objectives"])
        return self.code == (99 if failed else 0)


def loadtest(drill: Drill, name: str, *arguments: str) -> Run:
    """Runs it to its end, in plain lines."""
    report = drill.folder / name
    done = output(drill.arguments.sakuga, "loadtest", *arguments, "--headless", "--report", str(report), timeout=120)
    return Run(done.returncode, done.stdout + done.stderr, report)


class DelayServer:
    """delay_server.py on a free port; it ends with us."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "delay_server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
