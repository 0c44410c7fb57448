#!/usr/bin/env python3
"""deploy/kubernetes: each overlay as `kubectl kustomize` makes it, each object against Kubernetes' schema (kubernetes-validate, offline), and
the names by which objects find each other.

    kubernetes.py [--quick]
"""

import datetime
import os
import re

import yaml

from harness import DEPLOY, Drill, Skipped, drills, output, tool

OVERLAYS = ["plain", "redis", "keda"]
# KEDA's are not in Kubernetes' own schemas.
FOREIGN = {"ScaledObject"}


def rendered(overlay: str) -> list[dict]:
    kubectl = tool("kubectl", "kubernetes-client")
    done = output(kubectl, "kustomize", str(DEPLOY / "kubernetes/overlays" / overlay))
    if done.returncode:
        raise RuntimeError(f"overlay {overlay}: {done.stderr.strip()}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def schema_complaints(document: dict) -> list[str]:
    try:
        import kubernetes_validate
    except ImportError:
        raise Skipped("the Python package kubernetes-validate is not installed: scripts/python-environment does it") from None
    try:
        kubernetes_validate.validate(document, "1.31", strict=True)
        return []
    except Exception as problem:  # noqa: BLE001 - the package's errors have no common base
        return [f"{document['kind']} {document['metadata']['name']}: {str(problem).splitlines()[0]}"]


def fits(selector: dict, labels: dict) -> bool:
    return all(labels.get(name) == value for name, value in selector.items())


async def check(drill: Drill, overlay: str) -> None:
    objects = rendered(overlay)
    complaints = [line for document in objects if document["kind"] not in FOREIGN for line in schema_complaints(document)]
    drill.check(not complaints, f"{overlay}: every object is as Kubernetes 1.31's schema has it", complaints or len(objects))
    found = {(document["kind"], document["metadata"]["name"]): document for document in objects}
    outside = [key for key, document in found.items() if key[0] != "Namespace" and document["metadata"].get("namespace") != "sakuga"]
    drill.check(not outside, f"{overlay}: everything is in one namespace", outside)
    pods = found["Deployment", "sakuga"]["spec"]["template"]
    labels, container = pods["metadata"]["labels"], pods["spec"]["containers"][0]
    selecting = {"Service": found["Service", "sakuga"]["spec"]["selector"],
                 "PodDisruptionBudget": found["PodDisruptionBudget", "sakuga"]["spec"]["selector"]["matchLabels"],
                 "NetworkPolicy": found["NetworkPolicy", "sakuga"]["spec"]["podSelector"]["matchLabels"],
                 "Deployment": found["Deployment", "sakuga"]["spec"]["selector"]["matchLabels"],
                 **{f"topology spread by {each['topologyKey']}": each["labelSelector"]["matchLabels"] for each in pods["spec"]["topologySpreadConstraints"]}}
    lost = [kind for kind, selector in selecting.items() if not fits(selector, labels)]
    drill.check(not lost, f"{overlay}: what selects the pods finds them", lost or len(selecting))
    maps = [source["configMapRef"]["name"] for source in container["envFrom"]]
    drill.check(all(("ConfigMap", name) in found for name in maps), f"{overlay}: the settings that the pods take are there", maps)
    drill.check(all(container.get(f"{kind}Probe") for kind in ("startup", "readiness", "liveness")) and container["resources"]["limits"]["memory"] == "512Mi",
                f"{overlay}: the pods have probes and limits")
    secure = pods["spec"]["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    drill.check(secure and pods["spec"]["terminationGracePeriodSeconds"] > 60, f"{overlay}: no root, nothing to write, time to finish")
    scaler = found.get(("ScaledObject" if overlay == "keda" else "HorizontalPodAutoscaler", "sakuga"))
    drill.check(scaler is not None and scaler["spec"]["scaleTargetRef"]["name"] == "sakuga" and "replicas" not in found["Deployment", "sakuga"]["spec"],
                f"{overlay}: one autoscaler, and nobody else who says how many")
    if overlay == "keda":
        triggers = {trigger["type"]: trigger["metadata"] for trigger in scaler["spec"]["triggers"]}
        drill.check(set(triggers) == {"prometheus", "cpu"} and "sakuga_queue_jobs" in triggers["prometheus"]["query"] and int(triggers["prometheus"]["threshold"]) > 0,
                    "keda: the length of the queue comes from Prometheus", triggers)
    drill.check((overlay == "keda") == (("HorizontalPodAutoscaler", "sakuga") not in found), f"{overlay}: KEDA's and Kubernetes' own don't meet")
    paths = [path["path"] for key, document in found.items() if key[0] == "Ingress" for rule in document["spec"]["rules"] for path in rule["http"]["paths"]]
    drill.check("/v1" in paths and not any(path.startswith(("/metrics", "/health")) for path in paths), f"{overlay}: health and metrics are not for the outside", paths)
    await settings(drill, overlay, found, container)


async def settings(drill: Drill, overlay: str, found: dict, container: dict) -> None:
    environment = {}
    for source in container["envFrom"]:
        environment |= found["ConfigMap", source["configMapRef"]["name"]]["data"]
    environment |= {each["name"]: each.get("value", "secret") for each in container.get("env", [])}
    environment = {name: value.replace("$(REDIS_PASSWORD)", "secret") for name, value in environment.items()}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAKUGA_") or name == "SAKUGA_MODELS"}
    done = output(drill.arguments.sakuga, "serve", "--print-settings", env=clean | {name: str(value) for name, value in environment.items()})
    drill.check(done.returncode == 0, f"{overlay}: the program takes the settings", done.stderr.strip() or "")
    if overlay != "plain":
        drill.check("redis://" in done.stdout, f"{overlay}: the pods share the queue")


async def generators(drill: Drill) -> None:
    """The Job of many load generators: its objects, that they find each other, and that the program takes their command lines."""
    objects = rendered("loadtest")
    complaints = [line for document in objects for line in schema_complaints(document)]
    drill.check(not complaints, "loadtest: every object is as Kubernetes 1.31's schema has it", complaints or len(objects))
    found = {(document["kind"], document["metadata"]["name"]): document for document in objects}
    drill.check(all(document["metadata"].get("namespace") == "sakuga" for document in objects), "loadtest: everything is in the service's namespace")
    job, merge = found["Job", "sakuga-loadtest"]["spec"], found["Job", "sakuga-loadtest-merge"]["spec"]
    values = found["ConfigMap", "sakuga-loadtest"]["data"]
    counts = [job["completions"], job["parallelism"], int(values["GENERATORS"])]
    drill.check(job["completionMode"] == "Indexed" and len(set(counts)) == 1, "loadtest: all generators run at once, and the merge waits for all", counts)
    drill.check(job["backoffLimitPerIndex"] == 0 and merge["backoffLimit"] == 0, "loadtest: a verdict is not tried again")
    base = {(document["kind"], document["metadata"]["name"]): document for document in rendered("plain")}
    instance = base["Deployment", "sakuga"]["spec"]["template"]["metadata"]["labels"]
    generator = job["template"]["metadata"]["labels"]
    out, into = found["NetworkPolicy", "sakuga-loadtest"]["spec"], found["NetworkPolicy", "sakuga-loadtest-in"]["spec"]
    drill.check(fits(out["podSelector"]["matchLabels"], generator) and fits(out["egress"][0]["to"][0]["podSelector"]["matchLabels"], instance)
                and fits(into["podSelector"]["matchLabels"], instance) and fits(into["ingress"][0]["from"][0]["podSelector"]["matchLabels"], generator),
                "loadtest: the network lets generators to the service, and nowhere else")
    drill.check(not fits(base["Service", "sakuga"]["spec"]["selector"], generator), "loadtest: generators get no requests themselves")
    drill.check(values["TARGET"] == f"http://{base['Service', 'sakuga']['metadata']['name']}", "loadtest: the target is the service", values["TARGET"])
    for name, spec in (("generator", job), ("merge", merge)):
        pod = spec["template"]["spec"]
        container = pod["containers"][0]
        claims = {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
        drill.check(all(("PersistentVolumeClaim", claim) in found for claim in claims) and len(claims) == 1, f"loadtest: the {name}'s volume is there", claims)
        drill.check(pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"] and pod["restartPolicy"] == "Never",
                    f"loadtest: the {name} has no root and nothing to write but the report")
        drill.check("$(" not in " ".join(filled(container["args"], values | {"INDEX": "3"})), f"loadtest: the {name}'s command line has all its values")
    # The program parses the command line; then there is no service of that name here, or no report.
    start = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    here = values | {"START_AT": start, "INDEX": "3", "TARGET": "http://127.0.0.1:1"}
    command = [word.replace("/reports", str(drill.folder)) for word in filled(job["template"]["spec"]["containers"][0]["args"], here)]
    done = output(drill.arguments.sakuga, *command)
    drill.check(done.returncode == 3, "loadtest: the program takes the generator's command line", done.stderr.strip()[-300:])
    command = [word.replace("/reports", str(drill.folder)) for word in filled(merge["template"]["spec"]["containers"][0]["args"], here)]
    done = output(drill.arguments.sakuga, *command, "--wait=0s")
    drill.check(done.returncode == 2 and "--generators is 4" in done.stderr, "loadtest: and the merge's", done.stderr.strip()[-300:])


def filled(arguments: list[str], values: dict[str, str]) -> list[str]:
    """As the kubelet does it."""
    return [re.sub(r"\$\((\w+)\)", lambda found: values.get(found[1], found[0]), word) for word in arguments]


async def body(drill: Drill) -> None:
    for overlay in OVERLAYS:
        await check(drill, overlay)
    await generators(drill)


if __name__ == "__main__":
    drills.run(body, drills.parser(__doc__).parse_args())
