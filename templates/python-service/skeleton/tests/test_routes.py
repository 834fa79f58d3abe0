from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield client


def test_says_hello(client: TestClient) -> None:
    response = client.get("/")

    assert response.status_code == 200
    assert response.json() == "hello"


def test_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_is_not_ready_before_it_has_started() -> None:
    client = TestClient(create_app())

    assert client.get("/health/ready").status_code == 503


def test_counts_requests_by_route(client: TestClient) -> None:
    client.get("/")
    client.get("/nothing")

    metrics = client.get("/metrics").text

    counted = 'http_request_duration_seconds_count{method="GET",route="/",status="200"} 1.0'
    assert counted in metrics
    assert "nothing" not in metrics
