"""Work in a few threads, and keep idle ones from spinning."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")

AHEAD = 4  # results a thread that wait to be taken: memory stays bounded however slowly they are


def let_idle_threads_sleep() -> None:
    """Let OpenMP's idle threads give way soon; call it before torch is first imported, which reads the setting.

    By default they spin for milliseconds at every parallel loop. Beside another program that works, a training step
    then takes several times as long; with a short spin an undisturbed one is as fast (docs/performance.md).
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")


def work_ahead(
    job: Callable[[Argument], Result], arguments: Iterable[Argument], name: str, threads: int = 0, ahead: int = AHEAD
) -> Generator[Result, None, None]:
    """Yield `job(argument)` for each argument, in order; `name` is what its threads are called.

    threads: how many; 0 for one a core. ahead: as `AHEAD`, that which is taken next among them. Where the caller stops
    early or a job raises, what has not begun is dropped.
    """
    threads = threads or os.cpu_count() or 1
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
        try:
            for argument in arguments:
                waiting.append(pool.submit(job, argument))
                if len(waiting) >= ahead * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
