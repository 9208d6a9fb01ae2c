"""Teach a model in a process of its own: the command line's `train` or `extend`, which can be watched and stopped."""

import asyncio
import json
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from unseen.paths import READY
from unseen.serve.about import run_folder
from unseen.serve.limits import Refused
from unseen.serve.project import GROUPS, Project

TIME_LIMIT_MINUTES = "10"
LINES = 100
# What `train` advises where the photos are of too few sessions to keep one of them back.
RANDOM = "--split random"


class State(StrEnum):
    """Of the newest job."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Teaching:
    """One job at a time."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._lines: deque[str] = deque(maxlen=LINES)
        self._result: dict[str, Any] = {}
        self.state, self.out = State.NONE, Path()
        self.taken = self.one_session = False
        self._began = self._ended = 0.0

    def status(self) -> dict[str, Any]:
        """Return what the page shows: the state, the last lines, and of a finished job what it came to."""
        ended = time.monotonic() if self.state == State.RUNNING else self._ended
        return {
            "state": self.state,
            "seconds": round(ended - self._began, 3),
            "lines": list(self._lines)[-12:],
            "result": _shown(self._result),
            "taken": self.taken,
            "one_session": self.one_session,
        }

    async def start(self, run: str | None) -> None:
        """Extend `run` by the recorded photos; train anew where there is none, or it cannot be extended."""
        if self.state == State.RUNNING:
            raise Refused(409, "a model is being taught: wait for it, or cancel it")
        number = 1
        while (out := self._project.runs / f"model-{number}").exists():
            number += 1
        self.out, self.state, self._result, self.taken, self.one_session = out, State.RUNNING, {}, False, False
        self._began = time.monotonic()
        self._lines.clear()
        self._project.runs.mkdir(parents=True, exist_ok=True)
        job = _job(run, self._project.photos, out)
        self._process = await self._started(job)
        self._watch = asyncio.create_task(self._follow(job))

    async def _started(self, job: Sequence[str]) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "unseen", *job, stdout=pipe, stderr=pipe, start_new_session=True
        )

    async def cancel(self) -> None:
        """Stop the job; the model that is served stays as it is."""
        if self._process is not None and self.state == State.RUNNING:
            self.state = State.CANCELLED
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            assert self._watch is not None
            await self._watch

    async def _follow(self, job: Sequence[str]) -> None:
        code, said = await self._ended_with()
        if code and self.state == State.RUNNING and job[0] == "train" and RANDOM in " ".join(self._lines):
            # a first try, of one session: nothing but photos of that one can be kept back
            self.one_session = True
            self._lines.clear()
            self._process = await self._started([*job, *RANDOM.split()])
            code, said = await self._ended_with()
        self._ended = time.monotonic()
        if self.state == State.CANCELLED:
            return
        with suppress(ValueError):
            self._result = json.loads(said)
        self.state = State.DONE if code == 0 and self._result else State.FAILED

    async def _ended_with(self) -> tuple[int, bytes]:
        """Read what the process says until it ends; return its exit code and standard output."""
        process = self._process
        assert process is not None
        assert process.stderr is not None
        assert process.stdout is not None
        out = asyncio.create_task(process.stdout.read())
        while line := await process.stderr.readline():
            self._lines.append(line.decode("utf-8", "replace").strip())
        return await process.wait(), await out


def _job(run: str | None, photos: Path, out: Path) -> Sequence[str]:
    common = [str(photos), "--out", str(out), "--groups", GROUPS, "--json"]
    if run is not None and not run.startswith(READY) and (run_folder(run) / "manifest.json").is_file():
        return ["extend", str(run_folder(run)), *common]
    return ["train", *common, "--no-audit", "--time-limit", TIME_LIMIT_MINUTES]


def _shown(result: dict[str, Any]) -> dict[str, Any] | None:
    if not result:
        return None
    kept = ("summary", "extended", "test", "validation")
    return {name: result[name] for name in kept if name in result}
