"""Measure `unseen serve` under load, beside the predictor alone on the same photos; check every answer.

With a Python that has LitServe, BentoML, onnxruntime and Pillow, both serve the same graph to the same clients
(`--rival-python`; `bench/litserve_rival.py`, `bench/bentoml_rival.py`).
"""

import argparse
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unseen.export.bundle import GRAPH, find_bundle
from unseen.inference.predictor import Predictor

TOLERANCE = 0.01
TOGETHER = 8  # as the server does
RIVALS, STARTS_IN = ("litserve", "bentoml"), 90


@dataclass
class Load:
    """What clients saw."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def figures(self, over: float) -> dict[str, object]:
        """Return what is printed of a load that lasted `over` seconds."""
        p50, p99 = np.percentile(self.seconds, [50, 99])
        rate = len(self.seconds) / over
        return {
            "photos_a_second": round(rate, 2), "p50_s": round(p50, 3), "p99_s": round(p99, 3),
            "wrong": self.wrong, "statuses": self.statuses,
        }  # fmt: skip


@dataclass(frozen=True)
class Server:
    """Where a photo is sent; rival: as a file of a form, and answered in another shape."""

    port: int
    rival: bool = False

    def ask(self, connection: http.client.HTTPConnection, content: bytes) -> tuple[int, list[float]]:
        """Return the status, and the probabilities."""
        path, headers = "/v1/predict", {}
        if self.rival:
            head = b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
            content = head + b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n--edge--\r\n"
            path, headers = "/predict", {"Content-Type": "multipart/form-data; boundary=edge"}
        connection.request("POST", path, content, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200:
            return answer.status, []
        return 200, said["probabilities"] if self.rival else list(said["predictions"][0]["probabilities"].values())


@dataclass(frozen=True)
class Clients:
    """So many of them, asking for so many seconds. expected: the probabilities of each photo."""

    contents: list[bytes]
    expected: list[list[float]]
    count: int
    seconds: float

    def put_on(self, server: Server, pid: int, load: Load) -> list[float]:
        """Add to `load` what they see for so many seconds; return the memory of process `pid` every second."""
        until, memory = time.monotonic() + self.seconds, [memory_mib(pid)]
        threads = [threading.Thread(target=self._one, args=(server, i, until, load)) for i in range(self.count)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.5)
            memory.append(memory_mib(pid))
        return memory

    def _one(self, server: Server, first: int, until: float, load: Load) -> None:
        """Ask one photo after another over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        number = first
        while time.monotonic() < until:
            i = number % len(self.contents)
            began = time.monotonic()
            status, found = server.ask(connection, self.contents[i])
            load.statuses[status] = load.statuses.get(status, 0) + 1
            if status == 200:
                load.seconds.append(time.monotonic() - began)
                load.wrong += int(np.abs(np.subtract(found, self.expected[i])).max() > TOLERANCE)
            number += 7


def alone(run: str, contents: list[bytes], seconds: float) -> float:
    """Return photos a second of a predictor with one thread in each of as many threads as cores."""
    predictor, until = Predictor(run, threads=1), time.monotonic() + seconds

    def work(_: int) -> int:
        done = 0
        while time.monotonic() < until:
            start = done % len(contents)
            done += len(predictor.predict_proba(contents[start : start + TOGETHER]))
        return done

    cores = os.cpu_count() or 1
    began = time.monotonic()
    with ThreadPoolExecutor(cores) as pool:
        return sum(pool.map(work, range(cores))) / (time.monotonic() - began)


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


@contextmanager
def serving(run: str) -> Iterator[tuple[Server, subprocess.Popen[str]]]:
    """Start `unseen serve`."""
    command = [sys.executable, "-m", "unseen", "serve", run, "--port", "0"]
    # in a session of its own, as the rivals: Linux shares cores out among sessions
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        try:
            yield Server(int(process.stderr.readline().rpartition(" (")[0].rstrip("/").rpartition(":")[2])), process
        finally:
            process.terminate()


@contextmanager
def rival(python: Path, kind: str, run: str, photo: bytes) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """Start a rival in a session of its own, and wait until it answers; end it with all it started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = Server(free.getsockname()[1], rival=True)
    program, graph = Path(__file__).with_name(f"{kind}_rival.py"), find_bundle(Path(run)) / GRAPH
    command = [str(python), str(program), str(graph), str(server.port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            for _ in range(STARTS_IN):
                time.sleep(1)
                with suppress(OSError, http.client.HTTPException, ValueError):
                    if server.ask(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10), photo)[0] == 200:
                        break
            else:
                raise SystemExit(f"{kind} gives no answer in {STARTS_IN} s: run {' '.join(command)} to see why")
            yield server, process
        finally:
            process.send_signal(signal.SIGINT)  # first: BentoML ends its workers, which are in sessions of their own
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", type=Path, required=True, help="a folder of JPEGs")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60, help="of load on each server, in all rounds")
    parser.add_argument("--rounds", type=int, default=6, help="all take turns, so that what else runs weighs on each")
    parser.add_argument("--rival-python", type=Path, help="a Python that has LitServe and BentoML")
    given = parser.parse_args()
    files = sorted(given.data.rglob("*.jpg"))
    contents = [path.read_bytes() for path in files[:: max(1, len(files) // 64)][:64]]
    expected = Predictor(given.run).predict_proba(contents).tolist()
    clients = Clients(contents, expected, given.clients, given.seconds / given.rounds)
    rates, memory = [], list[float]()
    with ExitStack() as stack:
        server, process = stack.enter_context(serving(given.run))
        rivals = {
            kind: stack.enter_context(rival(given.rival_python, kind, given.run, contents[0]))
            for kind in (RIVALS if given.rival_python else ())
        }
        load, loads = Load(), {kind: Load() for kind in rivals}
        for _ in range(given.rounds):
            rates.append(alone(given.run, contents, clients.seconds))
            memory += clients.put_on(server, process.pid, load)
            for kind, (other, started) in rivals.items():
                clients.put_on(other, started.pid, loads[kind])
        process.terminate()
        code = process.wait(60)
    found = load.figures(given.seconds)
    result = {
        **found, "alone": round(float(np.mean(rates)), 2),
        "ratio": round(len(load.seconds) / given.seconds / float(np.mean(rates)), 3), "exit": code,
        "memory_mib": [round(memory[i]) for i in (len(memory) // 8, len(memory) // 2, -1)],
        **{kind: one.figures(given.seconds) for kind, one in loads.items()},
    }  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
