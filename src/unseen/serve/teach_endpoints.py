"""Answer what the page asks when photos are recorded and a model is taught from them."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.photos.any_photo import open_any
from unseen.photos.sniff import identify
from unseen.records import Regions, Uint8Array
from unseen.serve.limits import ByteBudget, Limits, Refused
from unseen.serve.project import Project, class_name
from unseen.serve.request_photos import sent_photos
from unseen.serve.teaching import State, Teaching
from unseen.serve.wanted_photos import is_blurred, look_at, sharpness, wanted

SIDE_PX = 320
MOST_SESSIONS = 999
# Before the first model this one says where hands are, so that distance and hand can be asked for from the start; what
# it scores lower is some other thing.
FINDS_HANDS, IS_HAND = "signs:rps", 0.9


class Classroom:
    """A project's photos and its job. served: what answers now, `None` before the first model; take: serve another."""

    def __init__(
        self,
        project: Project,
        limits: Limits,
        budget: ByteBudget,
        served: Callable[[], tuple[str, ExplainingPredictor] | None],
        take: Callable[[str], None],
    ) -> None:
        self._project, self._limits, self._budget = project, limits, budget
        self._served, self._take = served, take
        self.teaching = Teaching(project)
        self._burst: deque[float] = deque(maxlen=15)
        self._burst_of: tuple[str, int] | None = None

    async def project(self, _: Request) -> Response:
        """Say what was recorded, and what is wanted next."""
        return JSONResponse(await asyncio.to_thread(self._described))

    async def record(self, request: Request) -> Response:
        """Keep one photo of a class; a blurred one is dropped. Answered once it is on the disk."""
        label, session = class_name(request.query_params.get("label", "")), _session(request)
        async with sent_photos(request, self._limits, self._budget) as photos:
            if len(photos) != 1 or identify(photos[0].content[:64]) != "JPEG":
                raise Refused(415, "one JPEG at a time is recorded: send one")
            kept = await asyncio.to_thread(self._record, photos[0].content, label, session)
        return JSONResponse({"kept": kept, **await asyncio.to_thread(self._described)})

    async def undo(self, request: Request) -> Response:
        """Delete the newest photo of a class in a session."""
        label, session = class_name(request.query_params.get("label", "")), _session(request)
        removed = await asyncio.to_thread(self._project.remove_last, label, session)
        return JSONResponse({"removed": removed, **await asyncio.to_thread(self._described)})

    async def teach(self, request: Request) -> Response:
        """Start a job (POST), stop it (DELETE), or say how far it is (GET)."""
        if request.method == "POST":
            if len(self._project.counts()) < 2 and self._served() is None:
                raise Refused(409, "photos of two classes are needed: record more")
            served = self._served()
            await self.teaching.start(served[0] if served else None)
        elif request.method == "DELETE":
            await self.teaching.cancel()
        return JSONResponse(self.teaching.status())

    async def take(self, _: Request) -> Response:
        """Serve the model that was taught."""
        if self.teaching.state != State.DONE:
            raise Refused(409, "no model was taught: teach one first")
        await asyncio.to_thread(self._take, str(self.teaching.out))
        self._project.take(self.teaching.out)
        self.teaching.taken = True
        return JSONResponse({"taken": True})

    def _record(self, content: bytes, label: str, session: int) -> bool:
        try:
            photo = open_any(content, SIDE_PX)
        except UnreadablePhoto as error:
            raise Refused(415, f"the photo cannot be used: {error}") from None
        if self._burst_of != (label, session):
            self._burst.clear()
            self._burst_of = label, session
        sharp = sharpness(photo)
        blurred = is_blurred(sharp, self._burst)
        self._burst.append(sharp)
        if blurred:
            return False
        self._project.add(content, look_at(photo, label, session, self._regions(photo)))
        return True

    def _regions(self, photo: Uint8Array) -> Regions | None:
        if served := self._served():
            return served[1].run([photo]).regions
        found = self._hands.run([photo]).regions
        return found if found is not None and found.scores[0] >= IS_HAND else None

    @cached_property
    def _hands(self) -> ExplainingPredictor:
        return ExplainingPredictor(FINDS_HANDS, threads=1)

    def _described(self) -> dict[str, Any]:
        counts, served = self._project.counts(), self._served()
        classes = sorted({*counts, *(served[1].classes if served else ())})
        recorded = self._project.recorded()
        begun = [name for name in classes if name in counts] if served else classes
        return {
            "classes": classes,
            "counts": {name: {str(one): n for one, n in rows.items()} for name, rows in counts.items()},
            "last_session": max((row.session for row in recorded), default=0),
            "wanted": [one.sentence for one in wanted(begun, recorded)[:3]],
            "folder": str(self._project.photos),
        }


def _session(request: Request) -> int:
    given = request.query_params.get("session", "")
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:4]) <= MOST_SESSIONS):
        raise UnseenError(f"a session is a number from 1 to {MOST_SESSIONS}")
    return int(given)
