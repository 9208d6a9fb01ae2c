"""Take the photos out of a request, within the limits: parts of a form, or the body itself. Nothing touches a disk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from unseen.serve.limits import ByteBudget, Limits, Refused

FORM = "multipart/form-data"
# What a program may say of a photo it sends: some say nothing, or only that it is bytes; curl calls any body a form
# unless it is told otherwise. The bytes decide.
RAW = ("image/", "application/octet-stream", "application/x-www-form-urlencoded")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """The bytes of a photo, and the name it was sent under: given back with the answer, never opened."""

    name: str
    content: bytes


class _InMemory(MultiPartParser):
    spool_max_size = 2**40  # bodies are bounded: none is spooled to a file
    ended = False

    def on_end(self) -> None:
        """Note that the form came whole: without its last line the last photo would be left out, and nobody told."""
        self.ended = True

    def close(self) -> None:
        """Let go of all parts; Starlette closes those that came whole, and those of a form that it cannot read."""
        for file in self._files_to_close_on_error:
            file.close()


@asynccontextmanager
async def sent_photos(request: Request, limits: Limits, budget: ByteBudget) -> AsyncIterator[list[SentPhoto]]:
    """Yield the photos of a request; their bytes count as received until the block ends."""
    stated = _stated_bytes(request, limits)
    budget.take(stated)
    try:
        async with asyncio.timeout(limits.seconds):
            photos = await _read(request, limits, stated)
    except TimeoutError:
        budget.give_back(stated)
        raise Refused(408, f"the photos did not arrive in {limits.seconds:g} s: send smaller ones") from None
    except BaseException:
        budget.give_back(stated)
        raise
    try:
        yield photos
    finally:
        budget.give_back(stated)


def _stated_bytes(request: Request, limits: Limits) -> int:
    """Return how long the body says it is, the limit where it does not say; raise where that is too long."""
    stated = request.headers.get("content-length")
    if stated is None:
        return limits.body_bytes
    count = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 20 else -1
    if count < 0:
        raise Refused(400, "Content-Length is not a number")
    if count > limits.body_bytes:
        raise Refused(413, f"the body is larger than {limits.body_bytes // 2**20} MiB: send fewer or smaller photos")
    return count


async def _read(request: Request, limits: Limits, most: int) -> list[SentPhoto]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = _bounded(request, limits, most)
    if kind == FORM:
        photos = await _parts(request, limits, body)
    elif not kind or kind.startswith(RAW):
        photos = [SentPhoto("photo", b"".join([piece async for piece in body]))]
    else:
        raise Refused(415, f"the body is {kind[:60]}: send the bytes of a photo, or several as {FORM}")
    if not any(photo.content for photo in photos):
        raise Refused(400, "the body has no photo in it: send the bytes of one, or several as files of a form")
    return photos


async def _bounded(request: Request, limits: Limits, most: int) -> AsyncGenerator[bytes, None]:
    left = most
    try:
        async for piece in request.stream():
            left -= len(piece)
            if left < 0:
                raise Refused(413, f"the body is larger than {limits.body_bytes // 2**20} MiB: send smaller photos")
            yield piece
    except ClientDisconnect:
        raise Refused(400, "the body ended early") from None


async def _parts(request: Request, limits: Limits, body: AsyncGenerator[bytes, None]) -> list[SentPhoto]:
    parser = _InMemory(request.headers, body, max_files=limits.photos, max_fields=limits.photos)
    try:
        form = await parser.parse()
        if not parser.ended:
            raise Refused(400, "the form is cut: send it again, with its last line")
        uploads = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        return [SentPhoto((part.filename or "photo")[:LONGEST_NAME], await part.read()) for part in uploads]
    except MultiPartException as error:
        too_many = "Too many files" in error.message
        reason = f"more than {limits.photos} photos: send fewer" if too_many else f"not a form ({error.message})"
        raise Refused(413 if too_many else 400, reason) from None
    except (KeyError, ValueError, AssertionError) as error:  # a form without a boundary
        raise Refused(400, f"not a form ({type(error).__name__}: {str(error)[:80]})") from None
    finally:
        parser.close()
