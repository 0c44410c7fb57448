#!/usr/bin/env python3
"""deploy/compose.yaml: its files exist, the program has its settings, nginx' templates use its variables,
addresses agree with each other, limits are those of the documents. (The tests have no Docker engine: see docs/deployment.md.)

    compose.py [--quick]
"""

import os
import re

import yaml

from harness import DEPLOY, Drill, drills, output


def interpolate(text: str) -> str:
    """As Compose does it, with nothing set."""
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: found[2] or "", text)


async def body(drill: Drill) -> None:
    raw = (DEPLOY / "compose.yaml").read_text()
    compose = yaml.safe_load(interpolate(raw))
    services = compose["services"]
    for profile, prefix in [("redis", "sakuga-"), ("plain", "plain-")]:
        workers = [service for name, service in services.items() if name.startswith(prefix)]
        drill.check(len(workers) == 4 and all(profile in worker["profiles"] for worker in workers), f"profile {profile}: four workers", len(workers))
        limits = {(w["deploy"]["resources"]["limits"]["cpus"], w["deploy"]["resources"]["limits"]["memory"]) for w in workers}
        drill.check(limits == {("1", "512M")}, f"profile {profile}: each has 1 CPU and 512 MB", limits)
        addresses = {w["networks"]["fleet"]["ipv4_address"] for w in workers}
        edge = services["nginx" if profile == "redis" else "nginx-plain"]
        asked = set(re.findall(r"server (\S+):7860 max_fails=3 fail_timeout=30s;", edge["environment"]["SAKUGA_SERVERS"]))
        drill.check(addresses == asked and len(asked) == 4, f"profile {profile}: nginx asks these four", sorted(asked))
        trusted = {w["environment"]["SAKUGA_TRUSTED_PROXIES"] for w in workers}
        drill.check(trusted == {edge["networks"]["fleet"]["ipv4_address"] + "/32"}, f"profile {profile}: the workers believe nginx, and only it", trusted)
        drill.check(sorted(name for name, s in services.items() if profile in s["profiles"] and name in ("prometheus", "grafana")) == ["grafana", "prometheus"],
                    f"profile {profile}: Prometheus and Grafana are there")
        await settings(drill, profile, workers[0]["environment"])
    drill.check("redis" not in [name for name, s in services.items() if "plain" in s["profiles"]], "profile plain has no Redis")
    redis = services["redis"]["command"]
    drill.check(redis[redis.index("--appendonly") + 1] == "yes" and "noeviction" in redis, "Redis keeps jobs on the disk and drops none")
    hardened = [name for name, s in services.items() if name != "grafana" and not (s.get("read_only") and s.get("cap_drop") == ["ALL"])]
    drill.check(not hardened, "roots are read-only and no capabilities are left", hardened)
    templates = {name for path in (DEPLOY / "nginx/templates").rglob("*.template")
                 for line in path.read_text().splitlines() if not line.startswith("#") for name in re.findall(r"\$\{((?:SAKUGA|NGINX)_\w+)\}", line)}
    given = set(services["nginx"]["environment"])
    drill.check(templates == given, "nginx gets the variables that its templates ask for, and no others", templates ^ given)
    missing = [mount for service in services.values() for mount in service.get("volumes", [])
               if mount.startswith("./") and not (DEPLOY / mount.split(":")[0]).exists()]
    drill.check(not missing, "every folder that is mounted exists", missing)
    targets = yaml.safe_load((DEPLOY / "prometheus/prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    drill.check({target.split(":")[0] for target in targets} == addresses, "Prometheus asks the workers", targets)
    asked_for = {name for name in re.findall(r"(?<!\$)\$\{(\w+)", raw)}
    named = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    drill.check(asked_for - named <= {"NGINX_DIRECT_TIMEOUT"} and named <= asked_for, "env.example names what can be set", asked_for ^ named)


async def settings(drill: Drill, profile: str, environment: dict[str, str]) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAKUGA_") or name == "SAKUGA_MODELS"}
    done = output(drill.arguments.sakuga, "serve", "--print-settings", env=clean | {name: str(value) for name, value in environment.items()})
    taken = {line.split()[-1] for line in done.stdout.splitlines()}
    drill.check(done.returncode == 0 and set(environment) <= taken, f"profile {profile}: the program takes these settings", done.stderr.strip() or sorted(environment))


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
