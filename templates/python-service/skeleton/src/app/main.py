"""The routes of the service and what they need."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

from fastapi import FastAPI, Request, Response, status
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest

logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens what the service needs before it says that it is ready, and closes it at the end."""
    app.state.ready = True
    yield
    app.state.ready = False


def create_app() -> FastAPI:
    app = FastAPI(title="${{ values.name }}", lifespan=lifespan)
    app.state.ready = False
    add_metrics(app)

    @app.get("/")
    async def hello() -> str:
        """The first route, to be replaced by what the service is for."""
        return "hello"

    @app.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        # It must not look at other services: their failure is no reason to restart this one.
        return Response()

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> Response:
        ready: bool = app.state.ready
        return Response(
            status_code=status.HTTP_200_OK if ready else status.HTTP_503_SERVICE_UNAVAILABLE
        )

    return app


def add_metrics(app: FastAPI) -> None:
    """Counts, times and logs every request, and shows the figures at /metrics."""
    registry = CollectorRegistry()
    duration = Histogram(
        "http_request_duration_seconds",
        "How long requests took",
        ["method", "route", "status"],
        registry=registry,
    )

    @app.middleware("http")
    async def record(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        start = perf_counter()
        status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
        try:
            response = await call_next(request)
            status_code = response.status_code
            return response
        finally:
            # The route as it is written, so that labels stay few; none for what does not exist.
            route = getattr(request.scope.get("route"), "path", "")
            if route and route != "/metrics" and not route.startswith("/health/"):
                seconds = perf_counter() - start
                duration.labels(request.method, route, str(status_code)).observe(seconds)
                fields = {
                    "method": request.method,
                    "route": route,
                    "status": status_code,
                    "seconds": round(seconds, 6),
                }
                logger.info("request", extra={"fields": fields})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
