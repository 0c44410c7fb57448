from locust import HttpUser, task, between
import base64
def load_image_as_base64(image_path):
    with open(image_path, "rb") as f:
        return "data:image/jpeg;base64," + base64.b64encode(f.read()).decode()
class AnimeGANUser(HttpUser):
    wait_time = between(1, 3)
    def on_start(self):
        self.image_data = load_image_as_base64("test.jpg")
    @task
    def style_transfer(self):
        payload = {"data": [self.image_data]}
        headers = {"Content-Type": "application/json"}
        with self.client.post("/api/predict/", json=payload, headers=headers, catch_response=True) as resp:
            if resp.status_code == 200:
                try:
                    result = resp.json()
                    if "data" in result and len(result["data"]) > 0:
                        resp.success()
                    else:
                        resp.failure("No output image returned")
                except Exception as e:
                    resp.failure(f"Parse error: {e}")
            else:
                resp.failure(f"HTTP {resp.status_code}")
