#!/usr/bin/env python3
"""docs/deployment.md as an operator reads it: its blocks that begin with `# Tested` are run in one shell, in their order, on ports of the test's own.
The rest of its commands must at least be shell, and name files and subcommands that exist.

    guide.py [--quick]
"""

import os
import re
import shutil
import subprocess

from harness import ROOT, Drill, drills, output, tool
from fleet import free_block, with_long_limit

PAGE = ROOT / "docs/deployment.md"


def blocks(text: str) -> list[str]:
    """Blocks of commands: indented by four, outside lists."""
    found, block = [], []
    for line in text.splitlines() + ["end"]:
        if line.startswith("    ") or (block and not line.strip()):
            block.append(line[4:])
        elif block:
            found.append("\n".join(block).strip())
            block = []
    return [block for block in found if not block.startswith("rules:")]


def there(block: str) -> list[str]:
    """Files of the repository that a block names and that are not there."""
    names = re.findall(r"(?<![\w/.$-])((?:deploy|scripts|Tests|Models|docs)/[\w./-]+)", block)
    made_by_the_reader = {"deploy/.env"}
    return [name for name in names if name not in made_by_the_reader and not (ROOT / name.rstrip("./")).exists()]


async def body(drill: Drill) -> None:
    page = blocks(PAGE.read_text())
    bash = tool("bash", "bash")
    broken = [block.splitlines()[0] for block in page if output(bash, "-n", "-c", block).returncode]
    drill.check(not broken, "every block is shell", broken or len(page))
    missing = [name for block in page for name in there(block)]
    drill.check(not missing, "every file that is named exists", missing)
    tested = [block for block in page if block.startswith("# Tested")]
    lacking = [block.splitlines()[0] for block in tested if (need := re.match(r"# Tested: (\w+)", block)) and not shutil.which(need[1])]
    for first in lacking:
        drill.note(f"not tried here: {first}")
    for name in ["nginx", "redis-server", "curl"]:
        tool(name, {"nginx": "nginx-light"}.get(name, name))
    port = free_block(6)
    script = "\n".join(["set -eum", *(block for block in tested if block.splitlines()[0] not in lacking), "echo all-done"])
    script = script.replace("7860", str(port)).replace("anime.jpg", str(drill.folder / "anime.jpg")).replace('$PWD/.build/release', str(bin_folder(drill)))
    # Somebody who finds an instance still silent looks again.
    script = script.replace("sakuga cluster status", "until sakuga cluster status; do sleep 0.5; done")
    environment = os.environ | {"SAKUGA_MODELS": str(ROOT / "Models"), "XDG_STATE_HOME": str(drill.folder / "state"), "SAKUGA": os.path.realpath(drill.arguments.sakuga)}
    # On a machine however slow a picture is answered with a picture, not with a place in the queue.
    environment |= {"SAKUGA_MAX_WAIT": "100s", "NGINX_DIRECT_TIMEOUT": "120s"}
    log = drill.folder / "guide.log"
    try:
        with open(log, "w") as file:
            done = subprocess.run([bash, "-c", script], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=540)
    finally:
        said = log.read_text()
        if "all-done" not in said:
            print(said, flush=True)
            subprocess.run([drill.arguments.sakuga, "cluster", "down"], env=environment, capture_output=True)
    drill.check(done.returncode == 0 and "all-done" in said, "the tested blocks do what they say", said[-600:] if done.returncode else len(tested))
    drill.check((drill.folder / "anime.jpg").exists() and (drill.folder / "anime.jpg").read_bytes()[:2] == b"\xff\xd8", "and there is a picture")
    drill.check("Ready at http://127.0.0.1" in said and "The cluster has stopped." in said, "the cluster came up and went")


def bin_folder(drill: Drill):
    """A folder with the program under test, for PATH."""
    folder = drill.folder / "bin"
    folder.mkdir()
    (folder / "sakuga").symlink_to(os.path.realpath(drill.arguments.sakuga))
    return folder


if __name__ == "__main__":
    drills.run(body, with_long_limit(drills.parser(__doc__).parse_args()))
