"""Answer photos in batches: a bounded queue, and a thread a core that decodes and predicts what waits."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from unseen.errors import UnreadablePhoto
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.inference.predictor import Outputs, Prediction
from unseen.photos.any_photo import open_any
from unseen.records import AskedHand, Rejected, Uint8Array
from unseen.serve.limits import Limits, Refused

# A thread takes so many photos at once: more brings nothing on a CPU, and makes the first wait for the last.
TOGETHER = 8
# Weight of the newest batch in the rate that Retry-After is reckoned from.
NEWEST = 0.2


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says of one photo, and the graph's outputs: one row each."""

    prediction: Prediction
    outputs: Outputs


@dataclass(slots=True)
class _Waiting:
    content: bytes
    pixels: bool
    hand: AskedHand | None
    expires: float
    future: "Future[Answer | Rejected]" = field(default_factory=Future)


class PhotoQueue:
    """Photos that wait for the model. `predict` is called in an event loop, the work is done in threads.

    Each thread runs the network in one thread of its own: two photos at once take less than one after the other in two.
    """

    def __init__(self, limits: Limits, threads: int = 0) -> None:
        self.limits = limits
        self.predictor: ExplainingPredictor | None = None  # replaced while photos wait, where another model is taken
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._taken, self._lock = 0, threading.Lock()
        self._seconds_a_photo = 0.05
        self._threads = [
            threading.Thread(target=self._work, name=f"predict-{i}", daemon=True)
            for i in range(threads or os.cpu_count() or 1)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Photos that were taken and are not answered yet."""
        return self._taken

    def close(self) -> None:
        """End the threads once what waits is answered."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    async def predict(
        self, contents: Sequence[bytes], *, pixels: bool = False, hand: AskedHand | None = None
    ) -> list[Answer | Rejected]:
        """Answer the bytes of photo files, in order; raise 429 where too many wait, or these waited too long.

        hand: of two hands in a photo, the one that is meant; `None`: as the model was opened.
        """
        self.ready()
        self._reserve(len(contents))
        expires = time.monotonic() + self.limits.seconds
        rows = [_Waiting(content, pixels, hand, expires) for content in contents]
        try:
            for row in rows:
                self._queue.put(row)
            return list(await asyncio.gather(*(asyncio.wrap_future(row.future) for row in rows)))
        except TimeoutError:
            raise Refused(429, "the photos waited too long: try again later", self._retry_after()) from None
        finally:
            self._taken -= len(rows)
            for row in rows:
                row.future.cancel()  # where the client went, or another photo failed

    def ready(self) -> ExplainingPredictor:
        """Return the model; raise 409 where none was taught yet."""
        if self.predictor is None:
            raise Refused(409, "there is no model yet: record photos of two classes, and teach one")
        return self.predictor

    def _reserve(self, count: int) -> None:
        if self._taken + count > self.limits.waiting:
            waiting = f"{self._taken} photos wait already"
            raise Refused(429, f"{waiting}: try again in {self._retry_after()} s", self._retry_after())
        self._taken += count

    def _retry_after(self) -> int:
        """Return the seconds in which half of what waits will be answered, at least one."""
        return max(1, round(self._taken / 2 * self._seconds_a_photo))

    def _work(self) -> None:
        while (row := self._queue.get()) is not None:
            rows = [row]
            while len(rows) < min(TOGETHER, 1 + self._taken // len(self._threads)):
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)  # for after these
                    break
                rows.append(more)
            began = time.monotonic()
            self._answer(rows)
            each = (time.monotonic() - began) / len(rows) / len(self._threads)
            with self._lock:
                self._seconds_a_photo += NEWEST * (each - self._seconds_a_photo)

    def _answer(self, rows: Sequence[_Waiting]) -> None:
        opened = [(row, photo) for row in rows if (photo := self._opened(row)) is not None]
        for hand in {row.hand for row, _ in opened}:
            self._run([one for one in opened if one[0].hand == hand], hand)

    def _run(self, opened: Sequence[tuple[_Waiting, Uint8Array]], hand: AskedHand | None) -> None:
        try:
            predictor = self.ready() if hand is None else self.ready().asking(hand)
            outputs = predictor.run([photo for _, photo in opened], pixels=any(row.pixels for row, _ in opened))
            said = predictor.said(outputs)
            for i, ((row, _), one) in enumerate(zip(opened, said, strict=True)):
                row.future.set_result(one if isinstance(one, Rejected) else Answer(one, outputs.select([i])))
        except Exception as error:  # it must reach those who wait, or they would wait for ever
            for row, _ in opened:
                if not row.future.done():
                    row.future.set_exception(error)

    def _opened(self, row: _Waiting) -> Uint8Array | None:
        """Return a photo's pixels, `None` where it cannot be used or nobody waits for it any more."""
        if not row.future.set_running_or_notify_cancel():
            return None
        try:
            if time.monotonic() > row.expires:
                raise TimeoutError
            return open_any(row.content, self.ready().facts.decode_side_px)
        except UnreadablePhoto as error:
            row.future.set_result(Rejected("", str(error)))
        except Exception as error:
            row.future.set_exception(error)
        return None
