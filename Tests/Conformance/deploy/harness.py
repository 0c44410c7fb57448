"""What the checks of deploy/ share: the harness of the drills, and where things lie."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
sys.path.insert(0, str(ROOT / "Tests/Conformance/drills"))

import drill as drills  # noqa: E402, F401
from drill import Drill, Skipped, until  # noqa: E402, F401
from http_client import Answer, Broken, Connection, request_bytes  # noqa: E402, F401


def tool(name: str, package: str) -> str:
    """The path of a program, or the check is skipped and says which Debian package has it."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skipped(f"there is no {name}: install the package {package}")
    return found


def output(*command: str, timeout: float = 180, **more) -> subprocess.CompletedProcess:
    """What a program says."""
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, **more)


def fill(text: str, values: dict[str, str]) -> str:
    """As `envsubst` does it in nginx' image: the names that there are values for, and no others."""
    for name, value in values.items():
        text = text.replace("${" + name + "}", value)
    return text
