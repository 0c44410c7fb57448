#!/usr/bin/env python3
"""deploy/systemd: `systemd-analyze verify` finds nothing, `systemd-analyze security` finds it well sandboxed, and the program accepts the settings file.

    systemd.py [--quick]
"""

import os
import re
import shutil

from harness import DEPLOY, Drill, drills, output, tool


async def body(drill: Drill) -> None:
    analyze = tool("systemd-analyze", "systemd")
    for name in ["sakuga.service", "sakuga.socket"]:
        # With a program that exists: where ours would be installed there may be none.
        text = (DEPLOY / "systemd" / name).read_text().replace("/usr/local/bin/sakuga", os.path.realpath(drill.arguments.sakuga))
        (drill.folder / name).write_text(text)
    done = output(analyze, "verify", str(drill.folder / "sakuga.service"), str(drill.folder / "sakuga.socket"))
    said = [line for line in (done.stdout + done.stderr).splitlines() if "sakuga" in line]
    drill.check(done.returncode == 0 and not said, "systemd takes the units without a complaint", said or "")
    done = output(analyze, "security", "--offline=true", str(drill.folder / "sakuga.service"))
    exposure = re.search(r"exposure level[^:]*: ([0-9.]+)", done.stdout)
    if exposure:
        drill.check(float(exposure[1]) <= 2.0, "the service is shut in (0 is the best, 10 the worst)", exposure[1])
    service = (DEPLOY / "systemd/sakuga.service").read_text()
    for line in ["Type=notify", "WatchdogSec=", "ProtectSystem=strict", "DynamicUser=yes", "Requires=sakuga.socket"]:
        drill.check(line in service, f"the unit says {line}")
    shutil.copy(DEPLOY / "systemd/sakuga.yaml", drill.folder)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAKUGA_") or name == "SAKUGA_MODELS"}
    done = output(drill.arguments.sakuga, "serve", "--config", str(drill.folder / "sakuga.yaml"), "--print-settings", env=clean)
    drill.check(done.returncode == 0, "the program takes the settings file", done.stderr.strip())


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
