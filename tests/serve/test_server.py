"""A server that is stopped answers what it took, refuses the rest, and ends with 0."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import TinyRun


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-W", "error", "-m", "unseen", "serve", *arguments, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            assert found, line + process.stderr.read()
            yield process, int(found[1])
        finally:
            process.kill()


def test_stopped_under_load_it_finishes_what_it_took_and_ends_well(tiny_run: TinyRun) -> None:
    photo = (tiny_run.photos / "green" / "s3_011.png").read_bytes()
    results: Counter[str] = Counter()
    some = threading.Event()

    def ask(port: int) -> None:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.connect()
            except OSError:
                results["refused"] += 1
                return
            try:
                connection.request("POST", "/v1/predict", photo)
                answer = connection.getresponse()
                said = json.loads(answer.read())
                results["answered" if answer.status == 200 and said["predictions"] else "wrong"] += 1
            except (http.client.RemoteDisconnected, ConnectionError):
                results["refused"] += 1  # before anything of an answer came
                return
            except (http.client.HTTPException, ValueError, OSError):
                results["cut off"] += 1
                return
            finally:
                connection.close()
            if results["answered"] > 20:
                some.set()

    with started(str(tiny_run.root)) as (process, port):
        threads = [threading.Thread(target=ask, args=(port,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        assert some.wait(60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        for thread in threads:
            thread.join(60)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert results["answered"] > 20
    assert (results["wrong"], results["cut off"]) == (0, 0)


def test_interrupted_idle_it_ends_well(tiny_run: TinyRun) -> None:
    with started(str(tiny_run.root)) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
