"""Starts the service as it will run, asks it over HTTP, and stops it as its platform will."""

import json
import os
import re
import subprocess
import sys

import httpx2


def test_starts_answers_and_stops() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app"],
        env={**os.environ, "HOST": "127.0.0.1", "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        try:
            assert service.stdout is not None
            logs = (json.loads(line) for line in service.stdout)
            addresses = (re.search(r"http://[\d.]+:\d+", log["message"]) for log in logs)
            address = next(found.group() for found in addresses if found)

            assert httpx2.get(f"{address}/").json() == "hello"
            assert httpx2.get(f"{address}/health/ready").status_code == 200
            request = next(log for log in logs if log["message"] == "request")
            assert (request["method"], request["route"], request["status"]) == ("GET", "/", 200)

            service.terminate()
            assert any(log["message"] == "Application shutdown complete." for log in logs)
        finally:
            service.kill()
