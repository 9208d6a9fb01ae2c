"""A service on the tiny run, and a client that needs no port."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from unseen.serve.app import Service, make_app
from unseen.serve.guard import Door
from unseen.serve.limits import Limits
from unseen.serve.project import Project

HOST = "http://127.0.0.1"
FRAMES = "ws://127.0.0.1/v1/frames"


@contextmanager
def serving(
    run: Path | None, limits: Limits | None = None, door: Door | None = None, project: Path | None = None
) -> Iterator[tuple[TestClient, Service]]:
    service = Service(str(run) if run else None, limits or Limits(), Project(project) if project else None)
    with TestClient(make_app(service, door or Door()), base_url=HOST, raise_server_exceptions=False) as client:
        yield client, service
