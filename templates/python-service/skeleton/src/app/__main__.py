"""Reads the configuration and runs the service."""

import os

import uvicorn

from app import logs
from app.main import create_app


def main() -> None:
    uvicorn.run(
        create_app(),
        host=os.environ.get("HOST", "0.0.0.0"),
        port=int(os.environ.get("PORT", "8080")),
        log_config=logs.config(),
        # Requests are logged by the service itself, with fields.
        access_log=False,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
