"""Send damaged images to a running `unseen serve`: no 5xx, no crash, no memory that grows.

    unseen serve RUN --port 8000
    python -m bench.fuzz_server http://127.0.0.1:8000 --cases 20000 --pid PID

Some cases are forms of several photos, some have a wrong type, some ask for an explanation. The answer is JSON with
predictions, or one line that says why there is none. `--pid` is the server's process, whose memory is read after the
first thousand cases and at the end. Several clients ask at once, each over one connection. For what the interface's
description allows, Schemathesis asks:

    schemathesis run http://127.0.0.1:8000/openapi.json --checks not_a_server_error --max-examples 30
"""

import argparse
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import urlsplit

from bench.damage import damaged, images

TYPES = ("application/octet-stream", "image/jpeg", "image/png", "", "text/html; charset=x", "multipart/form-data")
WARM = 1000  # cases after which memory no longer grows by what is loaded once
EXPLAINED = 1000  # every so many cases: an explanation takes a hundred times as long


def body_of(number: int, seed: int) -> tuple[str, bytes, str]:
    """Return path, body and content type of a case; the same for the same number and seed."""
    rng = random.Random(f"{seed} {number}")
    files = _files()
    broken = damaged(files[number % len(files)], rng.choice(files), rng)
    if number % EXPLAINED == 1:
        return "/v1/explain", broken, "application/octet-stream"
    if number % 3 or rng.random() < 0.5:
        return "/v1/predict", broken, rng.choice(TYPES)
    parts = [damaged(one, rng.choice(files), rng) for one in rng.sample(files, rng.randint(1, 4))]
    form = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="p%d"; filename="%d.jpg"\r\n\r\n%s\r\n' % (i, i, part)
        for i, part in enumerate(parts)
    )
    form += b"--edge--\r\n" if rng.random() < 0.8 else b""
    return "/v1/predict", form, "multipart/form-data; boundary=edge"


@cache
def _files() -> list[bytes]:
    return list(images().values())


def problem(status: int, content: bytes) -> str:
    """Say what is wrong with an answer; empty where nothing is."""
    if status >= 500:
        return f"status {status}: {content[:200]!r}"
    try:
        said = json.loads(content)
    except ValueError:
        return f"status {status}, and no JSON: {content[:200]!r}"
    if status == 200:
        return "" if "predictions" in said or "label" in said or "causes" in said else f"no answer: {content[:200]!r}"
    reason = said.get("error", "")
    return "" if reason and "\n" not in reason else f"status {status} without a reason in one line: {content[:200]!r}"


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


@dataclass
class Tally:
    """What the answers to all cases were so far. before_mb: the process after the first thousand."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    slowest: float = 0.0
    before_mb: float = 0.0


def send(
    server: str, numbers: Iterable[int], seed: int, until: float, pid: int | None, tally: Tally, lock: Lock
) -> None:
    """Send cases one after the other over one connection, until the clock is at `until`."""
    address = urlsplit(server)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port or 80, timeout=60)
    for number in numbers:
        if time.monotonic() > until:
            break
        path, body, kind = body_of(number, seed)
        started, status = time.monotonic(), 0
        try:
            connection.request("POST", path, body, {"Content-Type": kind} if kind else {})
            answer = connection.getresponse()
            status, said = answer.status, problem(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            said = f"no answer: {error!r}"
            connection.close()
        with lock:
            tally.statuses[status] += 1
            tally.slowest = max(tally.slowest, time.monotonic() - started)
            tally.wrong += bool(said)
            if pid and not tally.before_mb and tally.statuses.total() >= WARM:
                tally.before_mb = memory_mb(pid)
        if said:
            print(f"case {number}: {said}", flush=True)


def main() -> int:
    """Send all cases; return 1 where one went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case, to go on where one run ended")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end earlier, after so many seconds")
    parser.add_argument("--pid", type=int)
    stated = parser.parse_args()
    tally, lock, began = Tally(), Lock(), time.monotonic()
    numbers = iter(range(stated.first, stated.first + stated.cases))  # each client takes the next one
    given = stated.seed, began + stated.seconds, stated.pid, tally, lock
    clients = [Thread(target=send, args=(stated.server, numbers, *given)) for _ in range(stated.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    found = {
        "cases": tally.statuses.total(),
        "wrong": tally.wrong,
        "statuses": dict(sorted(tally.statuses.items())),
        "grown_mb": round(memory_mb(stated.pid) - tally.before_mb, 1) if stated.pid and tally.before_mb else None,
    }
    print(json.dumps({**found, "slowest": round(tally.slowest, 2), "seconds": round(time.monotonic() - began)}))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
