#!/usr/bin/env python3
"""deploy/nginx with the real nginx in front of two real instances: every promise of the configuration, by requests.

    nginx.py [--quick]
"""

import asyncio
import gzip
import json
import shutil
import signal
import ssl
import time

from harness import DEPLOY, ROOT, Answer, Broken, Connection, Drill, drills, fill, output, request_bytes, tool, until
import photos
from fleet import free_block, with_long_limit
from http_client import read_answer
from pool_server import children
from processes import Process, Server, stop_all


class Nginx(Process):
    """nginx with the templates filled in as the official image does it."""

    def __init__(self, drill: Drill, servers: list[Server], name: str = "nginx", **values: str):
        self.program = tool("nginx", "nginx-light")
        self.prefix = drill.folder / name
        self.port = free_block(3)
        self.values = {
            "SAKUGA_SERVERS": " ".join(f"server 127.0.0.1:{server.port} max_fails=3 fail_timeout=30s;" for server in servers),
            "SAKUGA_JOBS_UPSTREAM": "sakuga_by_client", "SAKUGA_EDGE": "http", "NGINX_ACCESS_LOG": "access.json", "NGINX_BODY_LIMIT": "1m",
            "NGINX_RATE": "1000r/s", "NGINX_BURST": "1000", "NGINX_ADDRESS_RATE": "1000r/s", "NGINX_ADDRESS_BURST": "1000",
            "NGINX_CONNECTIONS": "100", "NGINX_DIRECT_TIMEOUT": "120s", "NGINX_PORT": f"127.0.0.1:{self.port}",
            "NGINX_TLS_PORT": f"127.0.0.1:{self.port + 1}", "NGINX_SERVER_NAME": "_", "NGINX_STATUS": f"127.0.0.1:{self.port + 2}"} | values
        self.write()
        super().__init__(drill, name, [self.program, "-e", "stderr", "-p", f"{self.prefix}/", "-c", f"{self.prefix}/conf/nginx.conf",
                                       "-g", "daemon off; user root;"])

    def write(self) -> None:
        conf = self.prefix / "conf"
        shutil.copytree(DEPLOY / "nginx/snippets", conf / "snippets")
        shutil.copy(DEPLOY / "nginx/nginx.conf", conf)
        for template in (DEPLOY / "nginx/templates").rglob("*.template"):
            made = conf / "conf.d" / template.relative_to(DEPLOY / "nginx/templates").with_suffix("")
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(fill(template.read_text(), self.values))
        (conf / "tls").mkdir()
        made = output(tool("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                      "-keyout", str(conf / "tls/privkey.pem"), "-out", str(conf / "tls/fullchain.pem"))
        if made.returncode:
            raise RuntimeError(made.stderr)

    def test(self) -> str:
        """What `nginx -t` complains about."""
        done = output(*self.command, "-t")
        return "" if done.returncode == 0 and "[emerg]" not in done.stderr and "[warn]" not in done.stderr else done.stderr

    async def start(self) -> None:
        self.begin()

        async def answers() -> bool:
            try:
                return (await ask(self.port + 2, "GET", "/nginx/health")).status == 200
            except Broken:
                return not self.is_running

        if not await until(answers, 90) or not self.is_running:
            raise RuntimeError(f"nginx did not start: {self.log.read_text()[-500:]}")

    async def reload(self) -> None:
        """nginx forgets who failed, as the cluster does it; afterwards none of those is left that knew it."""
        before = set(children(self.pid))
        self.popen.send_signal(signal.SIGHUP)
        if not await until(lambda: before.isdisjoint(children(self.pid)), 60):
            raise RuntimeError("nginx did not take its configuration anew")

    async def lines(self, holds) -> list[dict]:
        """The lines of the access log of which `holds` is true, once there are any: nginx writes one after the client has its answer."""
        found = []

        def there() -> bool:
            whole = (self.prefix / "access.json").read_text().rpartition("\n")[0]
            found[:] = [line for line in map(json.loads, whole.splitlines()) if holds(line)]
            return bool(found)

        await until(there, 60)
        return found


async def ask(port: int, method: str, path: str, body: bytes = b"", headers: dict | None = None, timeout: float = 120) -> Answer:
    connection = Connection(port)
    try:
        return await connection.ask(method, path, body, headers, timeout)
    finally:
        connection.close()


async def pictures_and_pages(drill: Drill, nginx: Nginx, photo: bytes) -> None:
    answer = await ask(nginx.port, "POST", "/v1/stylize?size=64", photo, {"X-Request-Id": "drill-1", "Accept-Encoding": "gzip"})
    drill.check(answer.status == 200 and answer.body[:2] == b"\xff\xd8", "a picture is made", answer.status)
    drill.check("content-encoding" not in answer.headers, "pictures are not compressed again")
    drill.check(answer.headers.get("x-request-id") == "drill-1", "a client's request id goes through")
    drill.check("nginx/" not in answer.headers.get("server", ""), "the version of nginx is not told", answer.headers.get("server"))
    document = await ask(nginx.port, "GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
    drill.check(document.headers.get("content-encoding") == "gzip" and json.loads(gzip.decompress(document.body)), "JSON is compressed")
    for path in ["/", "/app.js", "/style.css"]:
        first = await ask(nginx.port, "GET", path)
        second = await kept(nginx.port, path)
        drill.check(first.status == 200 and second.headers.get("x-edge-cache") == "HIT" and first.body == second.body,
                    f"{path} comes from nginx once it has been asked for", second.headers.get("x-edge-cache"))
    again = await ask(nginx.port, "GET", "/app.js", headers={"If-None-Match": second_tag(await ask(nginx.port, "GET", "/app.js"))})
    drill.check(again.status == 304, "who has a page's file already gets 304", again.status)
    for path in ["/metrics", "/health/ready", "/health/live", "/console", "/admin/drain", "/nginx/status"]:
        found = await ask(nginx.port, "GET", path)
        drill.check(found.status == 404, f"{path} is not there for the outside", found.status)
    status = await ask(nginx.port + 2, "GET", "/nginx/status")
    drill.check(b"Active connections" in status.body, "nginx' own figures are on their own address")


async def kept(port: int, path: str) -> Answer:
    """The page as nginx has kept it. It files an answer away after the client has all of it: who asks again at once may come before that."""
    answer = None

    async def comes_from_nginx() -> bool:
        nonlocal answer
        answer = await ask(port, "GET", path)
        return answer.headers.get("x-edge-cache") == "HIT"

    await until(comes_from_nginx, 60)
    return answer


def second_tag(answer: Answer) -> str:
    return answer.headers.get("etag", "")


async def log(drill: Drill, nginx: Nginx) -> None:
    found = await nginx.lines(lambda line: line["request_id"] == "drill-1")
    drill.check(len(found) == 1 and all(line["status"] == 200 and line["path"] == "/v1/stylize" and float(line["upstream_seconds"]) > 0
                                        and line["upstream"].startswith("127.0.0.1:") for line in found),
                "a log line is JSON with the instance and its time", {key: line[key] for line in found for key in ("upstream", "upstream_seconds", "seconds")})


async def rates(drill: Drill, servers: list[Server], photo: bytes) -> None:
    """By the minute, so that it makes no difference how fast the requests come."""
    nginx = Nginx(drill, servers, "nginx-rates", NGINX_RATE="1r/m", NGINX_BURST="2", NGINX_ADDRESS_RATE="2r/m", NGINX_ADDRESS_BURST="8")
    try:
        await nginx.start()
        too_large = await ask(nginx.port, "POST", "/v1/stylize", b"x" * 1_100_000)
        drill.check(too_large.status == 413 and too_large.object.get("code") == "body_too_large", "a body over the limit is refused with reasons", too_large.status)

        async def many(count: int, headers: dict) -> list[Answer]:
            return await asyncio.gather(*(ask(nginx.port, "POST", "/v1/stylize?size=64", photo, headers) for _ in range(count)))

        alice = await many(5, {"X-API-Key": "alice"})
        statuses = [answer.status for answer in alice]
        drill.check(set(statuses) == {200, 429} and statuses.count(429) >= 2, "a key has its rate", statuses)
        refused = next((a for a in alice if a.status == 429), alice[-1])
        drill.check(refused.headers.get("retry-after") == "1" and refused.object.get("code") == "rate_limited", "429 says when to come again, as JSON")
        bob = await many(1, {"Authorization": "Bearer bob"})
        drill.check(bob[0].status == 200, "another key has its own", bob[0].status)
        made_up = [each[0].status for each in await asyncio.gather(*(many(1, {"X-API-Key": f"made-up-{number}"}) for number in range(14)))]
        drill.check(429 in made_up, "made-up keys don't get around it: the address has a rate, too", made_up.count(429))
        reads = [(await ask(nginx.port, "GET", "/v1/styles")).status for _ in range(12)]
        drill.check(set(reads) == {200}, "following up is not counted", sorted(set(reads)))
    finally:
        await nginx.stop()


async def connections(drill: Drill, servers: list[Server]) -> None:
    """A request that never ends holds its connection."""
    nginx = Nginx(drill, servers, "nginx-connections", NGINX_CONNECTIONS="8")
    held = []

    async def hold() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", nginx.port)
        writer.write(b"DELETE /v1/jobs/none HTTP/1.1\r\nHost: drill\r\nContent-Length: 1000\r\n\r\nx")
        held.append(writer)

    async def is_refused() -> bool:
        # Some more than the limit: one of them may have been refused itself, while nginx still counted a request that had just been answered.
        if len(held) < 16:
            await hold()
        for writer in held:
            writer.write(b"x")  # nginx gives up on a request of which nothing comes for 30 s
        return (await ask(nginx.port, "GET", "/v1/styles")).status == 429

    try:
        await nginx.start()
        for _ in range(7):
            await hold()
        last = await ask(nginx.port, "GET", "/v1/styles")
        refused = await until(is_refused, 60)
        drill.check(last.status == 200 and refused, "an address has so many connections and no more", [last.status, len(held)])
    finally:
        for writer in held:
            writer.close()
        await nginx.stop()


async def tls(drill: Drill, servers: list[Server], photo: bytes) -> None:
    nginx = Nginx(drill, servers, "nginx-tls", SAKUGA_EDGE="https")
    try:
        drill.check(not nginx.test(), "nginx takes the configuration with TLS", nginx.test() or "no complaint")
        await nginx.start()
        moved = await ask(nginx.port, "GET", "/?x=1")
        drill.check(moved.status == 308 and moved.headers["location"].startswith("https://"), "http is sent on to https", moved.headers.get("location"))
        for version, holds in [(ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)]:
            drill.check(await speaks(nginx.port + 1, version) == holds, f"{version.name} is {'spoken' if holds else 'refused'}")
        curl = tool("curl", "curl")
        (drill.folder / "photo.jpg").write_bytes(photo)
        done = output(curl, "-sk", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--data-binary", f"@{drill.folder}/photo.jpg",
                      f"https://127.0.0.1:{nginx.port + 1}/v1/stylize?size=64")
        drill.check(done.stdout == "2 200", "a picture over HTTP/2", done.stdout or done.stderr)
        head = output(curl, "-skI", f"https://127.0.0.1:{nginx.port + 1}/")
        drill.check("strict-transport-security" in head.stdout.lower(), "browsers are told to stay with TLS")
    finally:
        await nginx.stop()


async def speaks(port: int, version: ssl.TLSVersion) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port, ssl=context), 60)
        writer.close()
        return True
    except (OSError, ssl.SSLError, ValueError, asyncio.TimeoutError):
        return False


async def streams(drill: Drill, nginx: Nginx, photo: bytes) -> None:
    taken = await ask(nginx.port, "POST", "/v1/jobs?size=64", photo)
    drill.check(taken.status == 202, "a job is taken", taken.status)
    job = taken.object["job"]
    reader, writer = await asyncio.open_connection("127.0.0.1", nginx.port)
    writer.write(request_bytes("GET", f"/v1/jobs/{job}/events", headers={"Accept-Encoding": "gzip"}))
    answer = await asyncio.wait_for(read_answer(reader), 120)
    writer.close()
    drill.check(answer.headers.get("content-type", "").startswith("text/event-stream") and "content-encoding" not in answer.headers and b"event: done" in answer.body,
                "its events come through as they are")
    result = await ask(nginx.port, "GET", f"/v1/jobs/{job}/result")
    drill.check(result.status == 200, "its result too", result.status)


async def events_in_time(drill: Drill, nginx: Nginx, photo: bytes) -> None:
    """Events are not held back: the first one and the next are here when the job is not done yet. Others are before it; more of them if it was done too soon."""
    for ahead in (4, 16):
        # Each another photo: jobs for the same picture end together.
        taken = [await ask(nginx.port, "POST", "/v1/jobs?size=768&fit=exact", photos.with_comment(photo, b"%d of %d" % (n, ahead))) for n in range(ahead + 1)]
        jobs = [answer.object["job"] for answer in taken]
        reader, writer = await asyncio.open_connection("127.0.0.1", nginx.port)
        writer.write(request_bytes("GET", f"/v1/jobs/{jobs[-1]}/events"))
        text = b""
        for count in (1, 2):
            while text.count(b"event:") < count and (part := await asyncio.wait_for(reader.read(65_536), 120)):
                text += part
            # What was before it goes, and it moves up: something to tell.
            await ask(nginx.port, "DELETE", f"/v1/jobs/{jobs[count - 1]}")
        state = (await ask(nginx.port, "GET", f"/v1/jobs/{jobs[-1]}")).object.get("status")
        writer.close()
        for job in jobs[2:]:
            await ask(nginx.port, "DELETE", f"/v1/jobs/{job}")
        if state != "done":
            break
    drill.check(text.count(b"event:") >= 2 and state in ("queued", "running"), "an event goes out when it comes, not when the stream ends", state)


async def failures(drill: Drill, nginx: Nginx, servers: list[Server], photo: bytes) -> None:
    """One of the two is killed, then hangs; then both are away."""
    servers[0].kill()
    statuses = [(await ask(nginx.port, "POST", f"/v1/stylize?size=64&quality={50 + n}", photo)).status for n in range(12)]
    drill.check(set(statuses) == {200}, "an instance is gone: every request is answered by the other", statuses.count(200))
    retried = await nginx.lines(lambda line: "," in line["upstream"])
    drill.check(bool(retried), "the log shows who was asked in vain", retried[-1]["upstream"] if retried else "")
    await servers[0].start()
    await hang(drill, nginx, servers, photo)
    for server in servers:
        server.kill()
    await nginx.reload()
    away = await ask(nginx.port, "POST", "/v1/stylize?size=64", photo)
    drill.check(away.status == 503 and away.headers.get("retry-after") and away.object.get("code") == "unavailable", "no instance: 503 that says so", away.status)
    page = await ask(nginx.port, "GET", "/app.js")
    drill.check(page.status == 200, "the page's files are there all the same", page.headers.get("x-edge-cache"))


async def hang(drill: Drill, nginx: Nginx, servers: list[Server], photo: bytes) -> None:
    """The instance that this client's jobs go to falls silent. Where the other one is slow, too, nginx must not give up on it: the request is repeated with a longer timeout."""
    job = (await nginx.lines(lambda line: line["method"] == "POST" and line["path"] == "/v1/jobs"))[-1]
    silent = next(server for server in servers if job["upstream"].endswith(f":{server.port}"))
    silent.pause()
    for silence in (10, 25):
        pictures, jobs, found = await asked_in_vain(drill, servers, photo, silence)
        if pictures and jobs:
            break
    silent.go_on()
    drill.check(pictures, "an instance hangs: its requests are asked of the other", found)
    drill.check(jobs, "jobs with a key too", found)


async def asked_in_vain(drill: Drill, servers: list[Server], photo: bytes, silence: int) -> tuple[bool, bool, str]:
    """Pictures and jobs of an nginx that gives up on an instance after so many seconds: whether all were answered, some of them by the second that was asked."""
    nginx = Nginx(drill, servers, f"nginx-{silence}", NGINX_DIRECT_TIMEOUT=f"{silence}s")
    try:
        await nginx.start()
        begin = time.monotonic()
        answers = await asyncio.gather(
            *(ask(nginx.port, "POST", f"/v1/stylize?size=64&quality={silence + n}", photo) for n in range(8)),
            *(ask(nginx.port, "POST", "/v1/jobs?size=64", photo, {"Idempotency-Key": f"k-{silence}-{n}"}) for n in range(4)))
        statuses, took = [answer.status for answer in answers], time.monotonic() - begin
        retried = {path: await nginx.lines(lambda line, path=path: line["path"] == path and "," in line["upstream"]) for path in ("/v1/stylize", "/v1/jobs")}
        return (set(statuses[:8]) == {200} and bool(retried["/v1/stylize"]), set(statuses[8:]) == {202} and bool(retried["/v1/jobs"]),
                f"{statuses}, {took:.1f} s for the slowest")
    finally:
        await nginx.stop()


async def body(drill: Drill) -> None:
    photo = (ROOT / "Tests/Conformance/photo.jpg").read_bytes()
    servers = [Server(drill, "--size", "64", "--threads", "1", "--max-wait", "60s", "--trusted-proxies", "127.0.0.1", name=f"instance-{n}") for n in (1, 2)]
    nginx = Nginx(drill, servers)
    try:
        drill.check(not nginx.test(), "nginx takes the configuration without a warning", nginx.test() or "no complaint")
        for server in servers:
            await server.start()
        await nginx.start()
        await pictures_and_pages(drill, nginx, photo)
        await log(drill, nginx)
        await streams(drill, nginx, photo)
        await events_in_time(drill, nginx, photo)
        await rates(drill, servers, photo)
        await connections(drill, servers)
        await tls(drill, servers, photo)
        await failures(drill, nginx, servers, photo)
        drill.check(await nginx.stop() == 0, "nginx ends when asked")
    finally:
        await nginx.stop()  # killed, it would leave its workers
        stop_all(*servers)


if __name__ == "__main__":
    drills.run(body, with_long_limit(drills.parser(__doc__).parse_args()))
