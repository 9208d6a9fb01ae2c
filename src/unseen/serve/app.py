"""Put the server together: which path is answered by what, and every refusal as one line of JSON."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ExceptionHandler
from starlette.websockets import WebSocket

from unseen.errors import UnseenError
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.records import ASKED_HANDS, AskedHand
from unseen.serve.about import NOT_MEASURED, about_model
from unseen.serve.answers import answers_json
from unseen.serve.batching import PhotoQueue
from unseen.serve.counters import Counters
from unseen.serve.explaining import Explainer, training_photos
from unseen.serve.frames_socket import FrameSession
from unseen.serve.guard import Door, Guard
from unseen.serve.limits import ByteBudget, Limits, Refused
from unseen.serve.page_files import read_page
from unseen.serve.project import Project
from unseen.serve.request_photos import sent_photos
from unseen.serve.teach_endpoints import Classroom
from unseen.version import __version__

TRY_AGAIN_LATER = 1013
LONGEST_REASON = 500
Endpoint = Callable[[Request], Awaitable[Response]]


class Service:
    """The model that is served, and what its endpoints share; `run` is `None` until one is taught.

    project: the photos that are recorded on the page, `None` where none may be. Without a run its own model is served.
    """

    def __init__(
        self, run: str | None, limits: Limits, project: Project | None = None, hand: AskedHand | None = None
    ) -> None:
        self.limits, self._hand = limits, hand
        self.photos = PhotoQueue(limits)
        self._explainer = Explainer()
        self.run: str | None = None
        self._training: Path | None = None
        self.about: Mapping[str, Any] = {"id": None, "name": "unseen", "classes": [], **NOT_MEASURED}
        self.counters = Counters(lambda: self.photos.waiting)
        self.page = read_page()
        self._budget = ByteBudget(limits)
        self._views = 0
        self.classroom: Classroom | None = None
        if run is None and project is not None and project.taken:
            run = str(project.taken)
        if run is not None:
            self.take(run)
        if project is not None:
            self.classroom = Classroom(project, limits, self._budget, self._served, self.take)

    def take(self, run: str) -> None:
        """Serve another run from now on."""
        predictor = ExplainingPredictor(run, threads=1, hand=self._hand)
        about = about_model(run, predictor)
        self.run, self.about, self.photos.predictor = run, about, predictor
        self._training = training_photos(run)

    def _served(self) -> tuple[str, ExplainingPredictor] | None:
        predictor = self.photos.predictor
        return None if self.run is None or predictor is None else (self.run, predictor)

    async def close(self) -> None:
        """Stop what runs, once what waits is answered."""
        if self.classroom:
            await self.classroom.teaching.cancel()
        self.photos.close()

    async def predict(self, request: Request) -> Response:
        """Say what is on the photos of the request."""
        pixels, hand = request.query_params.get("pixels") in ("1", "true"), _hand(request)
        async with sent_photos(request, self.limits, self._budget) as photos:
            answers = await self.photos.predict([photo.content for photo in photos], pixels=pixels, hand=hand)
        said = answers_json(photos, answers, pixels=pixels)
        for result, rows in said.items():
            self.counters.photos.labels(result).inc(len(rows))
        if not said["predictions"]:
            raise Refused(_status(said["rejected"][0]["reason"]), _reasons(said["rejected"]))
        return JSONResponse({**said, "model": self.about["id"]})

    async def explain(self, request: Request) -> Response:
        """Say why the model says what it says of one photo."""
        hand = _hand(request)
        async with sent_photos(request, self.limits, self._budget) as photos:
            if len(photos) > 1:
                raise Refused(413, "one photo at a time is explained: send one")
            predictor = self.photos.ready()
            said = await self._explainer.explain(
                predictor if hand is None else predictor.asking(hand),
                photos[0].content,
                request.query_params.get("label") or None,
                self._training,
            )
        return JSONResponse({**said, "model": self.about["id"]})

    async def model(self, _: Request) -> Response:
        """Say what the model knows."""
        return JSONResponse({**self.about, "teachable": self.classroom is not None})

    async def health(self, _: Request) -> Response:
        """Say that the server is there."""
        return JSONResponse({"status": "ok", "waiting": self.photos.waiting})

    async def metrics(self, _: Request) -> Response:
        """Return the counters."""
        return Response(self.counters.text(), media_type=CONTENT_TYPE_LATEST)

    async def frames(self, socket: WebSocket) -> None:
        """Answer a live view."""
        if self._views >= self.limits.views:
            await socket.accept()  # a refused one is told no reason
            await socket.close(TRY_AGAIN_LATER, "too many live views are open: close one")
            return
        self._views += 1
        try:
            await FrameSession(socket, self.photos, self.limits).run()
        finally:
            self._views -= 1

    async def file(self, request: Request) -> Response:
        """Return a file of the page."""
        name = request.path_params.get("name") or {"/": "index.html", "/docs": "docs.html"}[request.url.path]
        if name not in self.page:
            raise HTTPException(404)
        return self.page[name]

    async def openapi(self, _: Request) -> Response:
        """Return the description of this interface."""
        described = json.loads(bytes(self.page["openapi.json"].body))
        if not self.classroom:  # nothing can be taught
            paths = described["paths"].items()
            described["paths"] = {
                path: of for path, of in paths if not any(one.get("tags") == ["teach"] for one in of.values())
            }
        described["info"]["version"] = __version__
        return JSONResponse(described)


def make_app(service: Service, door: Door) -> Starlette:
    """Return the application that answers for `service` whoever `door` lets in."""
    routes: list[Route | WebSocketRoute] = [
        _route("/v1/predict", service, service.predict, "POST"),
        _route("/v1/explain", service, service.explain, "POST"),
        _route("/v1/model", service, service.model),
        _route("/healthz", service, service.health),
        _route("/metrics", service, service.metrics),
        _route("/openapi.json", service, service.openapi),
        _route("/", service, service.file),
        _route("/docs", service, service.file),
        _route("/page/{name}", service, service.file),
        WebSocketRoute("/v1/frames", service.frames),
    ]
    if service.classroom:
        room = service.classroom
        routes += [
            _route("/v1/project", service, room.project),
            _route("/v1/record", service, room.record, "POST"),
            _route("/v1/undo", service, room.undo, "POST"),
            _route("/v1/teach", service, room.teach, "GET", "POST", "DELETE"),
            _route("/v1/take", service, room.take, "POST"),
        ]
    handlers: dict[Any, ExceptionHandler] = {HTTPException: _http_error, UnseenError: _unseen_error}
    middleware = [Middleware(Guard, door=door)]

    @asynccontextmanager
    async def whole_life(_: Starlette) -> AsyncIterator[None]:
        yield
        await service.close()

    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=whole_life)
    app.router.redirect_slashes = False  # a path is one of the above, or nothing
    return app


def _route(path: str, service: Service, endpoint: Endpoint, *methods: str) -> Route:
    return Route(path, partial(_counted, service.counters, path, endpoint), methods=methods or ["GET"])


async def _counted(counters: Counters, path: str, endpoint: Endpoint, request: Request) -> Response:
    began, status = time.monotonic(), 500
    try:
        answer = await endpoint(request)
        status = answer.status_code
        return answer
    except HTTPException as error:
        status = error.status_code
        raise
    except UnseenError:
        status = 400
        raise
    finally:
        counters.requests.labels(path, str(status)).inc()
        counters.seconds.labels(path).observe(time.monotonic() - began)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = error.detail
    if error.status_code == 404:
        reason = "nothing is here: /docs lists what is"
    if error.status_code == 405:
        reason = f"{request.method} is not taken here: /docs says what is"
    return JSONResponse({"error": " ".join(reason.split())}, error.status_code, error.headers)


async def _unseen_error(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": " ".join(str(error).split())[:LONGEST_REASON]}, 400)


def _hand(request: Request) -> AskedHand | None:
    """Return which of two hands is meant, `None` where the request does not say."""
    given = request.query_params.get("hand")
    for hand in ASKED_HANDS:
        if given == hand:
            return hand
    if given:
        raise Refused(400, f"hand is one of {', '.join(ASKED_HANDS)}")
    return None


def _status(reason: str) -> int:
    """Return the status for a photo that cannot be used: too large, not a photo, or a broken one."""
    if reason.startswith(("too many pixels", "file too large")):
        return 413
    return 422 if reason in ("truncated", "damaged") else 415


def _reasons(rejected: list[dict[str, Any]]) -> str:
    if len(rejected) == 1:
        return f"the photo cannot be used: {rejected[0]['reason']}"
    return "none of the photos can be used: " + ", ".join(sorted({row["reason"] for row in rejected}))
