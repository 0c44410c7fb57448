#!/usr/bin/env python3
"""Gradio's own Python client, unmodified, against a running service.

    client_test.py URL PHOTO [--small-queue URL]

Prints a line a test and exits with 1 where one fails. The service at URL runs without a result cache (`--cache 0`); the one of
--small-queue, if given, with one place in its queue, and slow (`--max-queued 1 --cache 0 --threads 1 --size 1024`).
"""

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from gradio_client.utils import QueueError, Status

VERSION_2 = "version 2 (🔺 robustness,🔻 stylization)"
VERSION_1 = "version 1 (🔺 stylization, 🔻 robustness)"
TIMEOUT = 300  # seconds; what takes longer hangs
TRIES = 10

_folder = Path(tempfile.mkdtemp(prefix="sakuga-gradio-"))
_numbers = itertools.count()


def picture(path: str) -> bytes:
    """The bytes of a downloaded result, which must be a whole JPEG."""
    data = Path(path).read_bytes()
    assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9", f"{path} is no whole JPEG"
    return data


def another(photo: str) -> str:
    """The same photo in other bytes: what follows a JPEG's end is not looked at, but makes each upload different."""
    copy = _folder / f"photo {next(_numbers)}.jpg"
    copy.write_bytes(Path(photo).read_bytes() + os.urandom(16))
    return str(copy)


def connect(url: str) -> Client:
    # Of itself the client gives the server five seconds for an answer.
    return Client(url, verbose=False, download_files=str(_folder / "results"), httpx_kwargs={"timeout": TIMEOUT})


def until(what: str, happens) -> None:
    """Waits for something that must happen soon."""
    end = time.monotonic() + TIMEOUT
    while not happens():
        assert time.monotonic() < end, f"{what} did not happen in {TIMEOUT} s"
        time.sleep(0.01)


def test_the_app_is_described(url: str, photo: str) -> None:
    client = connect(url)
    info = client.view_api(print_info=False, return_format="dict")
    names = [parameter["parameter_name"] for parameter in info["named_endpoints"]["/predict"]["parameters"]]
    assert names == ["img", "ver"], names
    text = client.view_api(print_info=False, return_format="str")
    assert "/predict" in text and "img" in text and "ver" in text, text


def test_a_photo_becomes_a_picture(url: str, photo: str) -> None:
    client = connect(url)
    by_name = picture(client.predict(handle_file(photo), api_name="/predict"))
    assert picture(client.predict(handle_file(photo))) == by_name, "without api_name"
    assert picture(client.predict(handle_file(photo), VERSION_2, api_name="/predict")) == by_name, "version 2 is the default"
    assert picture(client.predict(ver=VERSION_1, img=handle_file(photo), api_name="/predict")), "by keyword"


def test_names_that_need_care(url: str, photo: str) -> None:
    copy = _folder / "a photo, of é & 'b' #1 100%.jpg"
    shutil.copy(photo, copy)
    assert picture(connect(url).predict(handle_file(str(copy)), api_name="/predict"))


def test_the_place_in_the_queue_and_progress(url: str, photo: str) -> None:
    client = connect(url)
    seen: dict[Status, list] = {}
    # A client that is kept waiting by its machine sees only the last of several messages, so there are more tries than one.
    for _ in range(TRIES):
        jobs = [client.submit(handle_file(another(photo)), api_name="/predict") for _ in range(6)]
        while not all(job.done() for job in jobs):
            for job in jobs:
                status = job.status()
                seen.setdefault(status.code, []).append(status)
            time.sleep(0.005)
        for job in jobs:
            picture(job.result(timeout=TIMEOUT))
        waiting = seen.get(Status.IN_QUEUE, [])
        ranks, has_time = {status.rank for status in waiting}, any(status.eta for status in waiting)
        is_drawn = Status.PROCESSING in seen or Status.PROGRESS in seen
        if 0 in ranks and len(ranks) > 1 and has_time and is_drawn:
            break
    assert 0 in ranks and len(ranks) > 1, f"ranks seen: {ranks}"
    assert has_time, "no estimated time"
    assert is_drawn, f"seen: {list(seen)}"
    steps = [unit for status in seen.get(Status.PROGRESS, []) for unit in status.progress_data]
    assert all(unit.unit == "layers" and 0 <= unit.index <= unit.length for unit in steps), steps


def test_cancelling_a_waiting_job(url: str, photo: str) -> None:
    client = connect(url)
    for _ in range(TRIES):
        jobs = [client.submit(handle_file(another(photo)), api_name="/predict") for _ in range(8)]
        last = jobs[-1]
        until("the last job waits", lambda: last.status().code == Status.IN_QUEUE or last.done())
        in_time = cancelled(last)
        for job in jobs[:-1]:
            picture(job.result(timeout=TIMEOUT))
        if in_time:
            return
    raise AssertionError(f"not one of {TRIES} jobs could be cancelled in time")


def test_cancelling_a_running_job(url: str, photo: str) -> None:
    client = connect(url)
    for _ in range(TRIES):
        job = client.submit(handle_file(another(photo)), api_name="/predict")
        until("the job runs", lambda: job.status().code in (Status.PROCESSING, Status.PROGRESS) or job.done())
        in_time = cancelled(job)
        assert picture(client.predict(handle_file(photo), api_name="/predict")), "the client goes on"
        if in_time:
            return
    raise AssertionError(f"not one of {TRIES} jobs could be cancelled in time")


def cancelled(job) -> bool:
    """Cancels a job and says whether the client raises what it should. It doesn't if the picture was there before (it takes a tenth of
    a second to say that it cancels), nor if it then gets no processor for as long as the server puts off telling the end: two seconds."""
    job.cancel()
    try:
        picture(job.result(timeout=TIMEOUT))
    except CancelledError:
        return True
    except AppError as error:
        assert "cancelled" in str(error), error
    return False


def test_errors_are_raised_as_gradios(url: str, photo: str) -> None:
    broken = _folder / "broken.jpg"
    broken.write_bytes(b"this is not a photo")
    client = connect(url)
    for bad in (handle_file(str(broken)), None):
        try:
            result = client.predict(bad, api_name="/predict")
        except AppError as error:
            assert len(str(error)) > 15, error
        else:
            raise AssertionError(f"{bad} gave {result}")
    assert picture(client.predict(handle_file(photo), api_name="/predict")), "the client goes on"


def test_many_threads(url: str, photo: str) -> None:
    client = connect(url)
    expected = picture(client.predict(handle_file(photo), api_name="/predict"))

    def some(_) -> None:
        for _ in range(5):
            assert picture(client.predict(handle_file(photo), api_name="/predict")) == expected

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(some, range(16)))


def curl(*arguments: str) -> str:
    outcome = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--max-time", str(TIMEOUT), *arguments], capture_output=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr.decode() + outcome.stdout.decode()
    return outcome.stdout.decode()


def test_the_curl_flow(url: str, photo: str) -> None:
    for prefix in ("/gradio_api", ""):
        path = json.loads(curl("-F", f"files=@{photo}", f"{url}{prefix}/upload"))[0]
        calls = {
            "call/predict": {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, VERSION_2]},
            "call/v2/predict": {"img": {"path": path}, "ver": VERSION_2},
        }
        for route, body in calls.items():
            call = f"{url}{prefix}/{route}"
            event = json.loads(curl("-H", "Content-Type: application/json", "-d", json.dumps(body), call))["event_id"]
            for _ in range(2):
                text = curl("-N", f"{call}/{event}")
                assert text.startswith("event: ") and "event: complete\ndata: [" in text, text
                file = json.loads(text.split("event: complete\ndata: ")[1])[0]
                result = _folder / "result.jpg"
                curl("-o", str(result), file["url"])
                assert len(picture(str(result))) == file["size"]
    text = curl("-N", f"{url}/gradio_api/call/predict/0123456789abcdef0123456789abcdef")
    assert text == 'event: error\ndata: "404: Not Found"\n\n', text


def test_a_full_queue_is_a_queue_error(url: str, photo: str) -> None:
    client = connect(url)
    stop = threading.Event()
    errors: list[BaseException] = []

    def press(_) -> None:
        while not stop.is_set():
            try:
                picture(client.predict(handle_file(another(photo)), api_name="/predict"))
            except QueueError as error:
                errors.append(error)
                stop.set()

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(press, number) for number in range(8)]
        until("the queue is full", lambda: stop.is_set() or all(future.done() for future in done))
        stop.set()
        for future in done:
            future.result(timeout=TIMEOUT)
    assert errors and "full" in str(errors[0]), errors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("photo")
    parser.add_argument("--small-queue", metavar="URL")
    parser.add_argument("--only", metavar="WORD", default="")
    options = parser.parse_args()
    small = options.small_queue
    full, running = test_a_full_queue_is_a_queue_error, test_cancelling_a_running_job
    tests = {}
    for name, test in globals().items():
        if name.startswith("test_") and (small or test is not full):
            tests[name[5:].replace("_", " ")] = test, small if small and test in (full, running) else options.url
    failed = 0
    for title, (test, url) in tests.items():
        if options.only not in title:
            continue
        begin = time.monotonic()
        try:
            test(url.rstrip("/"), options.photo)
            print(f"passed  {title} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {title}", flush=True)
            traceback.print_exc()
    shutil.rmtree(_folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
