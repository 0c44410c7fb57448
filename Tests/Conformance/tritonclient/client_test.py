#!/usr/bin/env python3
"""Asks a running server for pictures with tritonclient, unmodified: client_test.py URL PHOTO.

Prints one line a check; the exit code is 1 if any fails.
"""

import base64
import json
import sys
import urllib.request
from urllib.parse import urlparse

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

failures = 0


def check(what: str, good: bool, seen: object = "") -> None:
    global failures
    failures += not good
    print(f"{'ok    ' if good else 'FAILED'} {what}{'' if good else f': {seen!r}'}", flush=True)


def picture_input(photo: bytes) -> http.InferInput:
    tensor = http.InferInput("image", [1], "BYTES")
    tensor.set_data_from_numpy(np.array([photo], dtype=np.object_), binary_data=True)
    return tensor


def main(url: str, photo: bytes) -> None:
    client = http.InferenceServerClient(urlparse(url).netloc, network_timeout=120)
    check("is_server_live", client.is_server_live())
    check("is_server_ready", client.is_server_ready())
    check("server metadata names the binary extension", "binary_tensor_data" in client.get_server_metadata()["extensions"])

    style = json.load(urllib.request.urlopen(url + "/v1/styles"))["styles"][0]["name"]
    check("is_model_ready", client.is_model_ready(style))
    check("is_model_ready with the version", client.is_model_ready(style, "1"))
    check("an unknown model is not ready", not client.is_model_ready("nobody"))
    metadata = client.get_model_metadata(style)
    check("model metadata", metadata["name"] == style and metadata["inputs"][0]["datatype"] == "BYTES", metadata)

    answer = client.infer(style, [picture_input(photo)], request_id="seven", parameters={"size": 256})
    picture = answer.as_numpy("image")[0]
    check("infer gives a JPEG", picture[:3] == b"\xff\xd8\xff", picture[:16])
    check("the id comes back", answer.get_response()["id"] == "seven", answer.get_response())
    size = answer.get_output("image")["parameters"]
    check("the size asked for", max(size["width"], size["height"]) == 256, size)

    wanted = http.InferRequestedOutput("image", binary_data=True)
    raw = client.infer(style, [picture_input(photo)], outputs=[wanted], parameters={"size": 256})
    check("a requested output gives the same picture", raw.as_numpy("image")[0] == picture)

    pending = [client.async_infer(style, [picture_input(photo)], parameters={"size": 128, "quality": 50 + i}) for i in range(6)]
    pictures = {p.get_result().as_numpy("image")[0][:3] for p in pending}
    check("async_infer, six at once", pictures == {b"\xff\xd8\xff"}, pictures)

    check_text(url, style, photo, picture)
    check_errors(client, style, photo)


def check_text(url: str, style: str, photo: bytes, expected: bytes) -> None:
    """Base64 in JSON both ways, as curl would send it; the same picture as through the binary extension."""
    body = {"parameters": {"size": 256}, "inputs": [
        {"name": "image", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(photo).decode()]}]}
    request = urllib.request.Request(
        f"{url}/v2/models/{style}/infer", json.dumps(body).encode(), {"Content-Type": "application/json"})
    output = json.load(urllib.request.urlopen(request))["outputs"][0]
    check("base64 in JSON gives the same picture", base64.b64decode(output["data"][0]) == expected)


def check_errors(client: http.InferenceServerClient, style: str, photo: bytes) -> None:
    def error_of(model: str, image: bytes, **parameters: object) -> str:
        try:
            client.infer(model, [picture_input(image)], parameters=parameters or None)
        except InferenceServerException as error:
            return error.message()
        return "no error"

    check("no picture is an error that says so", "text" in error_of(style, b"hello, this is no picture"))
    check("an unknown model is named", "nobody" in error_of("nobody", photo))
    check("a size out of range is named", "size=9" in error_of(style, photo, size=9))


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        main(sys.argv[1].rstrip("/"), file.read())
    print(f"{failures} failed" if failures else "all passed")
    sys.exit(failures != 0)
