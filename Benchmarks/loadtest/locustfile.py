"""What Locust does in Benchmarks/loadtest/run: the load that LOAD names, as its users usually write it. BODY is the file of the body."""

import json
import os

from locust import FastHttpUser, HttpUser as PlainUser, constant

LOAD = os.environ["LOAD"]
TEXT = open(os.environ["BODY"], "rb").read()
OBJECT = json.loads(TEXT)
HEADERS = {"Content-Type": "application/json"}


def ask(user):
    if LOAD == "get":
        user.client.get("/")
    elif LOAD == "post":
        user.client.post("/", data=TEXT, headers=HEADERS)
    else:
        with user.client.post("/", json=OBJECT, catch_response=True) as answer:
            if answer.status_code != 200 or not answer.json().get("data"):
                answer.failure("no data")


class HttpUser(PlainUser):
    tasks = [ask]
    wait_time = constant(0)


class FastUser(FastHttpUser):
    tasks = [ask]
    wait_time = constant(0)
