"""What Locust does in Benchmarks/loadtest/run: the load that LOAD names, as its users usually write it. BODY is the file of the body."""

import json
import os

from locust import FastHttpUser, HttpUser as PlainUser, constant, task

LOAD = os.environ["LOAD"]
TEXT = open(os.environ["BODY"], "rb").read()
OBJECT = json.loads(TEXT)
HEADERS = {"Content-Type": "application/json"}


class Asking:
    abstract = True
    wait_time = constant(0)

    @task
    def ask(self):
        if LOAD == "get":
            self.client.get("/")
        elif LOAD == "post":
            self.client.post("/", data=TEXT, headers=HEADERS)
        else:
            with self.client.post("/", json=OBJECT, catch_response=True) as answer:
                if answer.status_code != 200 or not answer.json().get("data"):
                    answer.failure("no data")


class HttpUser(Asking, PlainUser):
    pass


class FastUser(Asking, FastHttpUser):
    pass
