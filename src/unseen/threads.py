"""A job and its arguments in; its results in the same order out, worked on by a few threads, a few ahead."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")

AHEAD = 4  # results a thread that wait to be taken: memory stays bounded however slowly they are


def work_ahead(
    job: Callable[[Argument], Result], arguments: Iterable[Argument], name: str
) -> Generator[Result, None, None]:
    """Yield `job(argument)` for each argument, in order; `name` is what its threads are called.

    Where the caller stops early or a job raises, what has not begun is dropped.
    """
    threads = os.cpu_count() or 1
    ahead: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix=name) as pool:
        try:
            for argument in arguments:
                ahead.append(pool.submit(job, argument))
                if len(ahead) >= AHEAD * threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
