"""Measure `unseen serve` under load, beside the predictor alone on the same photos; check every answer."""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from unseen.inference.predictor import Predictor

TOLERANCE = 0.01
TOGETHER = 8  # as the server does


@dataclass
class Load:
    """What clients saw."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


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


def client(port: int, contents: list[bytes], expected: list[list[float]], first: int, until: float, load: Load) -> None:
    """Ask one photo after another over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    number = first
    while time.monotonic() < until:
        i = number % len(contents)
        began = time.monotonic()
        connection.request("POST", "/v1/predict", contents[i])
        answer = connection.getresponse()
        said = json.loads(answer.read())
        load.statuses[answer.status] = load.statuses.get(answer.status, 0) + 1
        if answer.status == 200:
            load.seconds.append(time.monotonic() - began)
            found = list(said["predictions"][0]["probabilities"].values())
            load.wrong += int(np.abs(np.subtract(found, expected[i])).max() > TOLERANCE)
        number += 7


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def mutated(contents: list[bytes], count: int, port: int) -> dict[int, int]:
    """Send photos with bytes changed, cut or repeated; return how often each status came."""
    rng, statuses = np.random.default_rng(0), dict[int, int]()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(count):
        photo = bytearray(contents[rng.integers(len(contents))])
        for at in rng.integers(0, len(photo), rng.integers(1, 20)):
            photo[at] = rng.integers(256)
        if rng.random() < 0.3:
            del photo[rng.integers(len(photo)) :]
        connection.request("POST", "/v1/predict", bytes(photo))
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    return statuses


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--data", type=Path, required=True, help="a folder of JPEGs")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--mutated", type=int, default=0, help="so many broken photos afterwards")
    arguments = parser.parse_args()
    files = sorted(arguments.data.rglob("*.jpg"))
    contents = [path.read_bytes() for path in files[:: max(1, len(files) // 64)][:64]]
    expected = Predictor(arguments.run).predict_proba(contents).tolist()
    before = alone(arguments.run, contents, arguments.seconds / 2)
    command = [sys.executable, "-m", "unseen", "serve", arguments.run, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        port = int(server.stderr.readline().rpartition(" (")[0].rstrip("/").rpartition(":")[2])
        load, until, memory = Load(), time.monotonic() + arguments.seconds, [memory_mib(server.pid)]
        jobs = [(port, contents, expected, i, until, load) for i in range(arguments.clients)]
        threads = [threading.Thread(target=client, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(1)
            memory.append(memory_mib(server.pid))
        broken = mutated(contents, arguments.mutated, port)
        memory_after = memory_mib(server.pid)
        server.terminate()
        code = server.wait(60)
    after = alone(arguments.run, contents, arguments.seconds / 2)
    p50, p99 = np.percentile(load.seconds, [50, 99])
    served = len(load.seconds) / arguments.seconds
    result = {
        "photos_a_second": round(served, 2), "alone": [round(before, 2), round(after, 2)],
        "ratio": round(served / ((before + after) / 2), 3), "p50_s": round(p50, 3), "p99_s": round(p99, 3),
        "wrong": load.wrong, "statuses": load.statuses, "mutated": broken, "exit": code,
        "memory_mib": [round(memory[1]), round(memory[len(memory) // 2]), round(memory[-1]), round(memory_after)],
    }  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
