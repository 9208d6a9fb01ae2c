"""A service on the tiny run, and a client that needs no port."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.serve.about import about_model
from unseen.serve.app import Service, make_app
from unseen.serve.guard import Door
from unseen.serve.limits import Limits

HOST = "http://127.0.0.1"
FRAMES = "ws://127.0.0.1/v1/frames"


@contextmanager
def serving(run: Path, limits: Limits | None = None, door: Door | None = None) -> Iterator[tuple[TestClient, Service]]:
    predictor = ExplainingPredictor(run, threads=1)
    service = Service(predictor, about_model(str(run), predictor), limits or Limits())
    with TestClient(make_app(service, door or Door()), base_url=HOST, raise_server_exceptions=False) as client:
        yield client, service
