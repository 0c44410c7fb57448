#!/usr/bin/env python3
"""deploy/prometheus, deploy/grafana and KEDA's trigger: promtool takes the rules and their tests, every metric that a rule, a panel or the
trigger names is one that the service has, with its labels, and every expression of the dashboard and the trigger is PromQL.

    monitoring.py [--quick]
"""

import json
import re
import subprocess

import yaml

from harness import DEPLOY, ROOT, Drill, drills, output, tool
from processes import Server, stop_all

# Not the service's: Prometheus' own.
ITS_OWN = {"up"}


def names(expression: str) -> set[str]:
    """The metrics that an expression names: words before a brace or a bracket, or that look like ours."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    return set(re.findall(r"\b(?:sakuga|process)_[a-z_]+\b", bare)) | ({"up"} if re.search(r"\bup\{", bare) else set())


def labels(expression: str) -> set[str]:
    """Labels in braces and after by."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    found = {word for part in re.findall(r"\{([^}]*)\}", bare) for word in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", part)}
    return found | {word.strip() for part in re.findall(r"\bby \(([^)]*)\)", bare) for word in part.split(",")}


async def exposed(drill: Drill) -> tuple[set[str], set[str]]:
    """Names and labels that a real server shows, after a request and a refusal, and those that are only declared."""
    server = Server(drill, "--size", "64")
    try:
        await server.start()
        await server.ask("POST", "/v1/stylize", (ROOT / "Tests/Conformance/photo.jpg").read_bytes())
        await server.ask("POST", "/v1/stylize", b"no picture")
        text = (await server.ask("GET", "/metrics")).body.decode()
    finally:
        await server.stop()
        stop_all(server)
    found = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}
    # Counters of what has not happened yet are not shown; their names and labels stand in the source.
    source = "\n".join(path.read_text() for path in (ROOT / "Sources/Serving/Metrics").glob("*.swift"))
    found |= set(re.findall(r'"(sakuga_[a-z_]+)"', source))
    return found, set(re.findall(r'[{,](\w+)="', text)) | set(re.findall(r'\("(\w+)",', source)) | {"job", "instance"}


async def body(drill: Drill) -> None:
    promtool = tool("promtool", "prometheus")
    for words in [("check", "config", "prometheus.yaml"), ("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")]:
        done = output(promtool, *words, cwd=DEPLOY / "prometheus")
        drill.check(done.returncode == 0, f"promtool {' '.join(words)}", done.stderr.strip()[-300:] if done.returncode else "")
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
    tested = (DEPLOY / "prometheus/alerts.test.yaml").read_text()
    untested = [rule["alert"] for rule in rules if not re.search(rf"alertname: {rule['alert']}\n\s+exp_alerts:\n", tested)]
    drill.check(not untested, "every alert is seen to fire in a test", untested or len(rules))
    dashboard = json.loads((DEPLOY / "grafana/dashboards/sakuga.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [note["expr"] for note in dashboard["annotations"]["list"]]
    scaler = yaml.safe_load((DEPLOY / "kubernetes/overlays/keda/scaledobject.yaml").read_text())
    queries = [trigger["metadata"]["query"] for trigger in scaler["spec"]["triggers"] if trigger["type"] == "prometheus"]
    found, known = await exposed(drill)
    for what, those in [("alert", [rule["expr"] for rule in rules]), ("panel", expressions), ("KEDA trigger", queries)]:
        unknown = {name for expression in those for name in names(expression)} - found - ITS_OWN
        drill.check(not unknown, f"every metric that {'an' if what == 'alert' else 'a'} {what} names is at /metrics", unknown or len(those))
        strange = {label for expression in those for label in labels(expression)} - known - {"le", ""}
        drill.check(not strange, f"and every label ({what}s)", strange or "")
    drill.check(is_promql(drill, promtool, expressions + queries), "every expression of the dashboard and of KEDA's trigger is PromQL", len(expressions))
    ids = [panel["id"] for panel in dashboard["panels"]]
    drill.check(len(ids) == len(set(ids)) and all(panel["targets"] for panel in dashboard["panels"]), "panels have ids of their own and something to show", len(ids))
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"][0]["uid"]
    used = {target["datasource"]["uid"] for panel in dashboard["panels"] for target in panel["targets"]}
    drill.check(used == {source}, "panels ask the source that is provisioned", used)


def is_promql(drill: Drill, promtool: str, expressions: list[str]) -> bool:
    """By rules made of them: Grafana's own words stand for something."""
    plain = [re.sub(r"\$__rate_interval", "1m", expression).replace("$instance", ".*") for expression in expressions]
    file = drill.folder / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": [
        {"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(plain)]}]}))
    done = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True)
    if done.returncode:
        drill.note(done.stderr.strip())
    return done.returncode == 0


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
