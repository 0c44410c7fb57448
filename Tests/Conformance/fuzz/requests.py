"""Requests of every dialect, valid except for one mutated part: the picture, the body around it, the query, or the head."""

import base64
import json
import random
from dataclasses import dataclass
from pathlib import Path

from mutations import WORDS, mutate, mutate_image

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Attempt:
    """Bytes for a connection; `is_whole`: the head is right, so an answer must come without more bytes."""

    kind: str
    data: bytes
    is_whole: bool


def pictures() -> list[bytes]:
    """The image tests' fixtures: small, of every format and kind."""
    names = sorted((ROOT / "Tests/ImagingTests/Fixtures").iterdir())
    kinds = {".jpg", ".png", ".webp", ".gif", ".tif", ".tiff", ".heic", ".avif"}
    return [data for name in names if name.suffix in kinds and len(data := name.read_bytes()) < 100_000]


class Maker:
    def __init__(self, chance: random.Random):
        self.chance = chance
        self.pictures = pictures()

    def make(self) -> Attempt:
        kind = self.chance.choice(KINDS)
        return getattr(self, kind)(kind)

    def picture(self) -> bytes:
        return self.chance.choice(self.pictures)

    def mutated_picture(self) -> bytes:
        return mutate_image(self.picture(), self.chance)

    def query(self) -> str:
        chance = self.chance
        return f"size={chance.choice([16, 17, 24, 32, 48])}&fit={chance.choice(['contain', 'cover', 'exact'])}&format={chance.choice(['jpeg', 'png', 'webp'])}"

    def request(self, kind: str, path: str, body: bytes, content_type: str = "", more: tuple[str, ...] = (), method: str = "POST") -> Attempt:
        lines = [f"{method} {path} HTTP/1.1", "Host: fuzz", "Connection: close", f"Content-Length: {len(body)}", *more]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        return Attempt(kind, "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + body, True)

    def image(self, kind: str) -> Attempt:
        return self.request(kind, f"/v1/stylize?{self.query()}", self.mutated_picture())

    def job(self, kind: str) -> Attempt:
        key = self.chance.choice(["", "Idempotency-Key: k1", f"Idempotency-Key: {self.chance.randrange(1 << 30)}"])
        return self.request(kind, f"/v1/jobs?{self.query()}", self.mutated_picture(), more=(key,) if key else ())

    def base64_text(self, picture: bytes) -> str:
        return self.chance.choice(["data:image/jpeg;base64,", "data:image/png;base64,", ""]) + base64.b64encode(picture).decode()

    def gradio(self, kind: str) -> Attempt:
        body = json.dumps({"data": [self.base64_text(self.mutated_picture())], "fn_index": 0}).encode()
        return self.request(kind, self.chance.choice(["/api/predict/", "/run/predict", "/gradio_api/run/predict"]), body, "application/json")

    def gradio_body(self, kind: str) -> Attempt:
        chance, file = self.chance, {"path": "upload", "meta": {"_type": "gradio.FileData"}, "orig_name": "a.jpg"}
        path, value = chance.choice([
            ("/api/predict/", {"data": [self.base64_text(self.picture()), None], "session_hash": "abc"}),
            ("/run/predict", {"data": ["x"]}),
            ("/gradio_api/call/predict", {"data": [file]}),
            ("/gradio_api/queue/join", {"data": [file], "fn_index": 0, "session_hash": "s1", "trigger_id": None, "event_data": None}),
            ("/gradio_api/cancel", {"session_hash": "s1", "fn_index": 0, "event_id": "0" * 32}),
            ("/gradio_api/reset", {"event_id": "0" * 32})])
        return self.request(kind, path, mutate(json.dumps(value).encode(), chance), "application/json")

    def inference(self, kind: str) -> Attempt:
        chance, picture = self.chance, self.picture()
        if chance.random() < 0.3:
            picture = mutate_image(picture, chance)
        parameters = {"size": chance.choice([16, 32, 48]), "format": "png"}
        tensor = {"name": "image", "shape": [1], "datatype": "BYTES"}
        path = chance.choice(["/v2/models/painted/infer", "/v2/models/painted/versions/1/infer"])
        if chance.random() < 0.5:
            tensor["data"] = [base64.b64encode(picture).decode()]
            body = json.dumps({"id": "1", "inputs": [tensor], "parameters": parameters}).encode()
            return self.request(kind, path, mutate(body, chance), "application/json")
        raw = len(picture).to_bytes(4, "little") + picture
        tensor["parameters"] = {"binary_data_size": len(raw)}
        head = json.dumps({"inputs": [tensor], "parameters": parameters | {"binary_data_output": True}}).encode()
        if chance.random() < 0.6:
            head = mutate(head, chance)
        length = chance.choice([len(head), len(head), len(head), 0, -1, len(head) + 10**6, "x"])
        return self.request(kind, path, head + raw, "application/octet-stream", (f"Inference-Header-Content-Length: {length}",))

    def form(self, kind: str) -> Attempt:
        chance, boundary = self.chance, "----fuzz7MA4YWxk"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="other"\r\n\r\nvalue\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        ).encode() + self.picture() + f"\r\n--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        if chance.random() < 0.2:
            content_type = mutate(content_type.encode(), chance).decode("latin-1").translate({13: "", 10: "", 0: ""})
        path = chance.choice([f"/v1/stylize?{self.query()}", f"/v1/jobs?{self.query()}", "/gradio_api/upload"])
        return self.request(kind, path, mutate(body, chance), content_type)

    def query_text(self, kind: str) -> Attempt:
        query = mutate(f"{self.query()}&quality=80&style=painted".encode(), self.chance).decode("latin-1")
        query = "".join(letter if "!" <= letter <= "~" else f"%{ord(letter) & 255:02X}" for letter in query)[:8_000]
        return self.request(kind, f"{self.chance.choice(['/v1/stylize', '/v1/jobs', '/api/predict/'])}?{query}", self.picture())

    def path(self, kind: str) -> Attempt:
        chance = self.chance
        path = chance.choice([
            "/", "/v1/styles", "/v1/jobs/" + "0" * 32, "/v1/jobs/" + "0" * 32 + "/events", "/v1/jobs/x/result", "/v2", "/v2/models/painted", "/v2/health/ready",
            "/health/ready", "/metrics", "/openapi.json", "/config", "/gradio_api/info", "/gradio_api/file=abc", "/gradio_api/call/predict/x", "/app.js"])
        mutated = mutate(path.encode(), chance).decode("latin-1")
        mutated = "/" + "".join(letter if "!" <= letter <= "~" else f"%{ord(letter) & 255:02X}" for letter in mutated)[1:8_000]
        method = chance.choice(["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
        return self.request(kind, mutated, b"", method=method)

    def head(self, kind: str) -> Attempt:
        """The head itself is mutated: who speaks so may be hung up on, and may have to say more before he is answered."""
        chance, body = self.chance, self.picture()
        more = chance.choice([
            (), ("Transfer-Encoding: chunked",), ("Expect: 100-continue",), ("X-Request-Timeout: 5",), ("X-Request-Id: abc",),
            ("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",), ("Range: bytes=0-1",), ("Upgrade: websocket", "Connection: Upgrade"),
            ("Content-Encoding: gzip",), ("Cookie: a=b",), ("Authorization: Bearer x",), ("X-Forwarded-For: 1.2.3.4",), ("Accept-Language: zh",),
            ("Last-Event-ID: done-1-0",), ("If-None-Match: *",), ("Origin: http://x",)])
        whole = self.request(kind, f"/v1/stylize?{self.query()}", body, more=more).data
        end = whole.index(b"\r\n\r\n")
        mutated = mutate(whole[:end], chance) if chance.random() < 0.8 else whole[:end] + b"\r\n" + chance.choice(WORDS) + b": " + chance.choice(WORDS)
        return Attempt(kind, mutated + whole[end:], False)

    def chunks(self, kind: str) -> Attempt:
        chance, body, parts = self.chance, self.picture(), []
        while body:
            size = chance.choice([1, 7, 100, 5_000])
            part, body = body[:size], body[size:]
            parts.append(b"%x\r\n" % len(part) + part + b"\r\n")
        data = b"".join(parts) + b"0\r\n\r\n"
        head = f"POST /v1/stylize?{self.query()} HTTP/1.1\r\nHost: fuzz\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        return Attempt(kind, head + (mutate(data, chance) if chance.random() < 0.8 else data), False)


KINDS = ["image"] * 5 + ["job", "gradio", "gradio_body", "gradio_body", "inference", "inference", "form", "form", "query_text", "path", "head", "head", "chunks"]
