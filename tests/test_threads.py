import threading
import time

import pytest

from unseen.threads import work_ahead


def test_results_come_in_order_though_the_first_takes_longest() -> None:
    def job(n: int) -> int:
        time.sleep(0.05 if n == 0 else 0.0)
        return n * n

    assert list(work_ahead(job, range(200), "test")) == [n * n for n in range(200)]


def test_only_a_few_are_begun_before_they_are_asked_for() -> None:
    begun: list[int] = []
    lock = threading.Lock()

    def job(n: int) -> int:
        with lock:
            begun.append(n)
        return n

    results = work_ahead(job, range(10_000), "test")
    assert next(results) == 0
    results.close()
    assert len(begun) < 1_000


def test_what_a_job_raises_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(work_ahead(lambda n: 1 // n, [1, 0, 2], "test"))
