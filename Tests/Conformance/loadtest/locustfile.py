"""The load that the comparison with Sakuga's own tool uses: a fixed wait, so that both ask at the same rate."""

from locust import HttpUser, constant, task


class Asker(HttpUser):
    wait_time = constant(0.1)

    @task
    def ask(self):
        with self.client.post("/api/predict/", json={"data": ["x" * 1000]}, name="/api/predict/", catch_response=True) as response:
            if not response.json().get("data"):
                response.failure("no data")
