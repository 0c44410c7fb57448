#!/usr/bin/env python3
"""HTTP/1.1 and HTTP/2 over TLS against the real nginx: every request arrives once and in the version that was asked for, certificates are
believed or refused, and a server that ends its connections after ten requests, or while they rest, fails nothing.

    through_nginx.py [--quick]
"""

import ssl
import time
import urllib.request
from collections import Counter
from pathlib import Path

from lab import Drill, Run, drills, loadtest, output, tool, until
from fleet import free_block
from processes import Process

NGINX = """
worker_processes 1; daemon off; user root; pid %(folder)s/nginx.pid;
events { worker_connections 512; }
http {
  log_format drill '$msec|$server_protocol|$status|$connection|$connection_requests|$request_length|$http_x_request_id';
  access_log %(folder)s/access.log drill;
  client_max_body_size 10m; client_body_temp_path %(folder)s; proxy_temp_path %(folder)s; fastcgi_temp_path %(folder)s;
  uwsgi_temp_path %(folder)s; scgi_temp_path %(folder)s; default_type application/json; ssl_session_cache off;
  server { listen 127.0.0.1:%(port)d ssl http2; ssl_certificate %(folder)s/here.pem; ssl_certificate_key %(folder)s/here.key;
           keepalive_requests %(requests)d; keepalive_timeout %(timeout)ds;
           location / { return 200 '{"data":["picture"]}'; }
           location /upload { proxy_pass http://127.0.0.1:%(plain)d; } }
  server { listen 127.0.0.1:%(elsewhere)d ssl; ssl_certificate %(folder)s/elsewhere.pem; ssl_certificate_key %(folder)s/elsewhere.key;
           location / { return 200 '{}'; } }
  server { listen 127.0.0.1:%(plain)d; access_log off; location / { return 200 '{"data":["picture"]}'; } }
}
"""
USERS = 4
LEAST = 10


class Nginx(Process):
    """nginx with certificates that it signed itself, for 127.0.0.1 and for another name."""

    def __init__(self, drill: Drill, name: str, requests: int = 100_000, timeout: int = 60):
        self.folder = drill.folder / name
        self.folder.mkdir()
        self.asked = 0
        self.port = free_block(3)
        self.elsewhere, plain = self.port + 1, self.port + 2
        for certificate, names in (("here", "IP:127.0.0.1,DNS:localhost"), ("elsewhere", "DNS:elsewhere.example")):
            sign(self.folder / certificate, names)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(NGINX % {"folder": self.folder, "requests": requests, "timeout": timeout,
                                          "port": self.port, "elsewhere": self.elsewhere, "plain": plain})
        super().__init__(drill, name, [tool("nginx", "nginx-light"), "-e", "stderr", "-p", f"{self.folder}/", "-c", str(configuration)])

    @property
    def certificate(self) -> str:
        return str(self.folder / "here.pem")

    async def start(self) -> None:
        self.begin()
        if not await until(lambda: (self.folder / "nginx.pid").exists() or not self.is_running, 60) or not self.is_running:
            await self.stop()
            raise RuntimeError(f"nginx did not start: {self.log.read_text()[-500:]}")

    def lines(self) -> list[list[str]]:
        """The access log's lines since they were asked for last, field by field."""
        # Who has an answer may be told before it is in the log; nginx' one process does one thing after the other.
        self.asked += 1
        last = f"last-{self.asked}"
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}/", headers={"X-Request-Id": last})
        urllib.request.urlopen(request, timeout=60, context=ssl._create_unverified_context()).close()
        end = time.monotonic() + 60
        while True:
            lines = [line.split("|") for line in (self.folder / "access.log").read_text().splitlines()]
            ids = [line[-1] for line in lines]
            if last in ids:
                first = ids.index(f"last-{self.asked - 1}") + 1 if self.asked > 1 else 0
                return lines[first:ids.index(last)]
            if time.monotonic() > end:
                raise RuntimeError(f"nginx has not written down its last request: {lines[-3:]}")
            time.sleep(0.02)


def sign(path: Path, names: str) -> None:
    made = output(tool("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=drill", "-addext",
                  f"subjectAltName={names}", "-keyout", f"{path}.key", "-out", f"{path}.pem")
    if made.returncode:
        raise RuntimeError(made.stderr)


def load(drill: Drill, nginx: Nginx, name: str, path: str, *arguments: str) -> tuple[Run, list[list[str]]]:
    """A run and what nginx saw of it. Where the machine stood still for most of the run, it is done again."""
    for attempt in range(5):
        run = loadtest(drill, f"{name}-{attempt}", f"https://127.0.0.1:{nginx.port}{path}", "--ca", nginx.certificate, "--users", str(USERS), "--drop", "0s",
                       *arguments)
        lines = nginx.lines()
        if run.count("succeeded") > LEAST or run.count("failed") > 0:
            break
    return run, lines


def arrived_once(drill: Drill, run: Run, lines: list[list[str]], what: str, protocol: str) -> None:
    """What the summary counts is what nginx saw. Requests that ended at the very end may be in its log alone: no more than one a user
    before the step's end by the clock, and those after it."""
    drill.check(bool(run.steps) and run.code_follows, f"{what}: the exit code says what was measured", (run.code, run.text[-600:] if not run.steps else ""))
    drill.check(run.count("failed") == 0 and run.count("succeeded") > LEAST, f"{what}: nothing fails", (run.count("succeeded"), run.summary.get("failures")))
    drill.check({line[1] for line in lines} == {protocol} and {line[2] for line in lines} == {"200"}, f"{what}: nginx saw {protocol} and answered all",
                Counter((line[1], line[2]) for line in lines))
    ids = [line[6] for line in lines]
    drill.check(len(set(ids)) == len(ids) and all(each.startswith("sakuga-") for each in ids), f"{what}: no request came twice", len(ids))
    start = float(output("date", "-d", run.steps[0]["started"], "+%s").stdout)
    # The summary's times have whole seconds.
    before = sum(float(line[0]) <= start + run.steps[0]["seconds"] - 1 for line in lines)
    drill.check(before - USERS <= run.count("succeeded") <= len(lines), f"{what}: all that nginx answered is counted",
                f"{before} − {USERS} ≤ {run.count('succeeded')} ≤ {len(lines)}")


async def versions(drill: Drill, nginx: Nginx, most: int) -> None:
    """HTTP/1.1 and HTTP/2, on connections that nginx ends after `most` requests."""
    for flag, protocol in (("", "HTTP/1.1"), ("--http2", "HTTP/2.0")):
        what = f"{protocol}, {most} requests a connection"
        run, lines = load(drill, nginx, f"{most}{flag}", "/x", "--get", "--wait", "20ms", "--duration", "3s", "--slo", "errors=0%", *([flag] if flag else []))
        arrived_once(drill, run, lines, what, protocol)
        connections, highest = len({line[3] for line in lines}), max((int(line[4]) for line in lines), default=0)
        if most > len(lines):
            drill.check(connections == USERS, f"{what}: each user keeps its connection", connections)
        else:
            drill.check(highest <= most and connections >= len(lines) / most, f"{what}: users make new ones", (connections, highest))


async def closing(drill: Drill) -> None:
    """Connections that rest for a second are closed, just when users who wait for a second ask again."""
    nginx = Nginx(drill, "nginx-short-timeout", timeout=1)
    await nginx.start()
    try:
        for flag, protocol in (("", "HTTP/1.1"), ("--http2", "HTTP/2.0")):
            what = f"{protocol}, connections closed while they rest"
            run, lines = load(drill, nginx, f"short-timeout{flag}", "/x", "--get", "--wait", "0.95..1.05", "--duration", "5s", "--slo", "errors=0%",
                              *([flag] if flag else []))
            arrived_once(drill, run, lines, what, protocol)
    finally:
        await nginx.stop()


async def other_ways(drill: Drill, nginx: Nginx) -> None:
    """Large bodies, and connections that are not kept."""
    body = drill.folder / "body"
    body.write_bytes(b"x" * 300_000)
    for flag, protocol in (("", "HTTP/1.1"), ("--http2", "HTTP/2.0")):
        what = f"{protocol}, 300 kB sent"
        run, lines = load(drill, nginx, f"upload{flag}", "/upload", "--method", "POST", "--body", f"@{body}", "--wait", "50ms", "--duration", "2s",
                          *([flag] if flag else []))
        arrived_once(drill, run, lines, what, protocol)
        drill.check(all(int(line[5]) >= 300_000 for line in lines), f"{what}: whole", min((int(line[5]) for line in lines), default=0))
    run, lines = load(drill, nginx, "apart", "/x", "--get", "--no-keep-alive", "--wait", "100ms", "--duration", "2s")
    arrived_once(drill, run, lines, "connections that are not kept", "HTTP/1.1")
    drill.check({line[4] for line in lines} == {"1"}, "connections that are not kept: one for each request", len(lines))


async def certificates(drill: Drill, nginx: Nginx) -> None:
    here, elsewhere = f"https://127.0.0.1:{nginx.port}", f"https://127.0.0.1:{nginx.elsewhere}"
    own, other = nginx.certificate, str(nginx.folder / "elsewhere.pem")
    for what, arguments, code, words in [
        ("a certificate that nobody vouches for", [here], 3, "--ca"),
        ("one that another authority vouches for", [here, "--ca", other], 3, "certificate"),
        ("one that is made out to another name", [elsewhere, "--ca", other], 3, "another host name"),
        ("a server without HTTP/2", [elsewhere, "--insecure", "--http2"], 3, "HTTP/2"),
        ("a file of certificates that is not there", [here, "--ca", "/nowhere.pem"], 2, "/nowhere.pem"),
    ]:
        for flag in ([], ["--http2"]) if here in arguments else ([],):
            run = loadtest(drill, "refused", *arguments, "--get", "--duration", "3s", *flag)
            said = [line for line in run.text.splitlines() if line.startswith("Error: ")]
            drill.check(run.code == code and len(said) == 1 and words in said[0] and not run.steps, f"{what} is refused{' (HTTP/2)' if flag else ''}",
                        (run.code, run.text.strip()[-300:]))
    drill.check(not nginx.lines(), "and nothing was asked")
    for what, arguments in [("any certificate, where that is said", [elsewhere, "--insecure"]), ("one by its file", [here, "--ca", own])]:
        run = loadtest(drill, what[:3], *arguments, "--get", "--users", "1", "--wait", "100ms", "--duration", "2s", "--drop", "0s")
        drill.check(run.count("succeeded") > 0 and run.count("failed") == 0 and run.code_follows, f"{what}, is believed", (run.code, run.text[-300:]))
    nginx.lines()


async def body(drill: Drill) -> None:
    for most in (100_000, 10):
        nginx = Nginx(drill, f"nginx-{most}", requests=most)
        await nginx.start()
        try:
            await versions(drill, nginx, most)
            if most > 10:
                await other_ways(drill, nginx)
                await certificates(drill, nginx)
        finally:
            await nginx.stop()
    await closing(drill)


if __name__ == "__main__":
    arguments = drills.parser(__doc__).parse_args()
    # Each of its runs has a time of its own; this is for a machine on which all are slow.
    arguments.limit = arguments.limit or 500
    drills.run(body, arguments)
